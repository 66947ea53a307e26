"""Does a command print what a document says? A line of `...` stands for any number of lines, `…` for any text in a
line. Figures are compared, except those that differ from one run or one compiler to the next:

    any value   rates, times left and durations; virtual time and instructions of a board that waited for a client; the
                time of a log line, a date with its time; the program counter of a finding; hashes; the number of a pty
    near        bytes and flash operations: within 4, as an ECDSA signature has 70 to 72 bytes; KB of KB: within 0.1; of
                large ones within 0.5 %, or each change of the firmware would change the documents. Another compiler than
                the documents' (COMPILER) makes other programs: then any value is right here, too
"""
import re
import subprocess

COMPILER = "12.2.1"  # arm-none-eabi-gcc of Debian 12

ANY = re.compile("|".join(f"(?:{token})" for token in (
    r"\d+\.\d [KM]?B/s", r"\d+:\d\d left", r"\bin \d+(?:\.\d+)? s\b", r"\d+\.\d+ s of virtual time",
    r"\d+ million instructions", r"\d+\.\d s of processor time", r"\d+ MIPS", r"\[\d\d:\d\d:\d\d\.\d{3},\d{3}\]",
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", r"\bpc 0x[0-9a-f]{8}", r"\b[0-9a-f]{12,}\b", r"/dev/pts/\d+")))
NEAR = re.compile(r"\d+(?= bytes\b)|\d+(?= flash operations\b)|\d+\.\d+(?=/\d+\.\d+ KB\b)|(?<=\d/)\d+\.\d+(?= KB\b)")
PART = re.compile(f"(?P<gap>…)|(?P<any>{ANY.pattern})|(?P<near>{NEAR.pattern})")


def same_compiler():
    done = subprocess.run(["arm-none-eabi-gcc", "-dumpfullversion"], capture_output=True, text=True, check=False)
    return done.stdout.strip() == COMPILER


def loosen(text):
    """The regular expression of a text in which each number and hash may be another one."""
    shape = re.sub(r"[0-9a-f]{12,}", lambda m: f"\0{len(m.group())}\0", text)
    shape = re.sub(r"\d+(?:\.\d+)?(?!\d*\0)", "\1", shape)
    return re.sub("\0(\\d+)\0", r"[0-9a-f]{\1}", re.escape(shape)).replace("\1", r"\d+(?:\.\d+)?")


def is_near(ours, theirs):
    least = 0.11 if "." in ours else 4.5
    return abs(float(ours) - float(theirs)) <= max(least, 0.005 * float(ours))


class Line:
    """A line of a document, and what it accepts."""

    def __init__(self, text, exact):
        self.text, self.near = text, []
        pattern, loose, at = "", "", 0
        for part in PART.finditer(text):
            pattern += re.escape(text[at:part.start()])
            if part.group("gap"):
                pattern += ".*?"
            elif part.group("any"):
                pattern += f"(?:{ANY.pattern})"
            else:
                pattern += r"(\d+(?:\.\d+)?)"
                self.near.append(part.group())
            at = part.end()
        self.pattern = re.compile(pattern + re.escape(text[at:]))
        self.loose = re.compile(".*?".join(f"({loosen(piece)})" for piece in text.split("…")))
        self.exact = exact

    def accepts(self, printed):
        match = self.pattern.fullmatch(printed)
        return match is not None and (not self.exact or all(map(is_near, self.near, match.groups())))

    def renewed(self, printed):
        """This line with the figures of the printed one, or None if more than figures differ."""
        match = self.loose.fullmatch(printed)
        return None if match is None else "…".join(match.groups())


def trim(lines):
    lines = [line.rstrip() for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    while lines and not lines[0]:
        lines.pop(0)
    return lines


def is_gap(line):
    return line.strip() in ("...", "…")


def align(wanted, printed, fits):
    """For each wanted line the index of the printed line that it is, None for a gap; or, if they do not match, how many
    wanted lines did. Lines between gaps are consecutive."""
    furthest, tried = 0, set()
    stack = [(0, 0, ())]
    while stack:
        at, line, found = stack.pop()
        furthest = max(furthest, at)
        if at == len(wanted):
            if line == len(printed):
                return list(found), furthest
            continue
        if (at, line) in tried:
            continue
        tried.add((at, line))
        if is_gap(wanted[at]):
            if line < len(printed):
                stack.append((at, line + 1, found))
            stack.append((at + 1, line, (*found, None)))
        elif line < len(printed) and fits(wanted[at], printed[line]):
            stack.append((at + 1, line + 1, (*found, line)))
    return None, furthest


def compare(wanted, printed, exact):
    """None if printed is what wanted says, else what is wrong, in one or more lines."""
    wanted, printed = trim(wanted), trim(printed)
    lines = {text: Line(text, exact) for text in wanted}
    found, furthest = align(wanted, printed, lambda text, line: lines[text].accepts(line))
    if found is not None:
        return None
    if furthest == len(wanted):
        return "more is printed than the document has (a line of ... stands for what is left out)"
    line = lines[wanted[furthest]]
    nearest = [text for text in printed if line.renewed(text) is not None]
    return f"the document has: {line.text}" + "".join(f"\n    printed is:   {text}" for text in nearest[:3])


def renew(wanted, printed, exact):
    """The wanted lines with the printed figures; None if more than figures differ."""
    first = next((i for i, text in enumerate(wanted) if text.strip()), 0)
    inner, printed = trim(wanted), trim(printed)
    lines = {text: Line(text, exact) for text in inner}
    # A line that is there with its own figures is that one, and not the first that resembles it.
    there = {text for text, line in lines.items() if any(line.accepts(other) for other in printed)}
    found, _ = align(inner, printed, lambda text, other: lines[text].accepts(other) if text in there
                     else lines[text].renewed(other) is not None)
    if found is None:
        return None
    new = [text if line is None or text in there else lines[text].renewed(printed[line])
           for text, line in zip(inner, found)]
    return wanted[:first] + new + wanted[first + len(inner):]
