"""What a Markdown document holds: its fenced blocks, the commands in them, and the commands in its prose.

The first word behind a fence is the language. `sh` holds commands; `console` holds commands behind `$ ` and what they
print; `text output` is what the last command of the `sh` block before it printed. Anything else is not a command.
Further words:

    hardware           needs a real board: checked, not run
    interactive        needs a person's input: checked, not run
    minutes            takes over a minute: checked, not run
    yours              needs files or programs that only the reader has: checked, not run
    root               needs root: checked, not run
    background         runs until the next heading; the blocks behind it talk to it
    until="TEXT"       with background: it is ready when it, or the file of its --log, says TEXT
    exit=N             the exit code of the block's last command, if it is meant to fail
"""
import re
import shlex

COMMANDS = ("sh", "console")
OTHERS = ("text", "c", "cmake", "dts", "ini", "json", "make", "python", "yaml")
NOT_RUN = ("hardware", "interactive", "minutes", "yours", "root")
FENCE = re.compile(r"^```(.*)$")
SPAN = re.compile(r"(?<!`)`((?:[^`\n]|\n(?!\n))+)`(?!`)")  # within a paragraph
HEADING = re.compile(r"^#{1,6} ")


class Malformed(Exception):
    """A document that cannot be read, with file and line."""


class Command:
    """One command as printed, continued lines included; output: the lines that it must print, None: not compared."""

    def __init__(self, text, line, output=None, output_line=0):
        self.text, self.line, self.output, self.output_line = text, line, output, output_line


class Block:
    """A fenced block; line is the fence's, from 1. section counts the headings before it."""

    def __init__(self, path, line, section, info, lines):
        self.path, self.line, self.section, self.lines = path, line, section, lines
        try:
            words = shlex.split(info)
        except ValueError as e:
            raise Malformed(f"{path}:{line}: the words behind the fence cannot be read: {e}") from None
        if not words:
            raise Malformed(f"{path}:{line}: a block without a language: write ```sh (commands, which are run), "
                            "```console (commands and their output) or ```text")
        self.language, self.words, self.values = words[0], set(), {}
        if self.language not in (*COMMANDS, *OTHERS):
            raise Malformed(f"{path}:{line}: the language '{self.language}' is unknown; commands: ```sh, ```console")
        for word in words[1:]:
            name, _, value = word.partition("=")
            if name not in (("until", "exit") if "=" in word else (*NOT_RUN, "background") if self.language in COMMANDS
                            else ("output",)):
                raise Malformed(f"{path}:{line}: the word '{word}' behind the fence is unknown")
            if name == "exit" and not value.isdecimal():
                raise Malformed(f"{path}:{line}: exit= wants a number")
            if value:
                self.values[name] = value
            else:
                self.words.add(name)
        self.commands = read_commands(self) if self.language in COMMANDS else []
        if "background" in self.words and (len(self.commands) != 1 or "until" not in self.values):
            raise Malformed(f"{path}:{line}: a block in the background is one command with until=\"TEXT\"")

    @property
    def not_run(self):
        """Why its commands are not run: a word of NOT_RUN, or None."""
        return next((word for word in NOT_RUN if word in self.words), None)


def read_commands(block):
    """The commands of a block of that kind; blank lines and comments alone are none."""
    commands, text = [], None
    for number, line in enumerate(block.lines, block.line + 1):
        if text is not None:
            text += "\n" + line
        elif block.language == "console" and not line.startswith("$ "):
            if not commands:
                raise Malformed(f"{block.path}:{number}: output before the first `$ ` of a console block")
            if commands[-1].output is None:
                commands[-1].output, commands[-1].output_line = [], number
            commands[-1].output.append(line)
            continue
        else:
            text, first = line.removeprefix("$ ") if block.language == "console" else line, number
        if not text.endswith("\\"):
            if text.strip() and not text.lstrip().startswith("#"):
                commands.append(Command(text, first))
            text = None
    if text is not None:
        raise Malformed(f"{block.path}:{block.line}: the last command ends with a backslash")
    return commands


class Document:
    """The blocks of a document in order, and in .spans the (line, text) of what stands in `...` in its prose."""

    def __init__(self, path, text):
        self.path, self.blocks, self.spans = path, [], []
        opened, section, prose = None, 0, []
        for number, line in enumerate(text.split("\n"), 1):
            fence = FENCE.match(line)
            if opened is None and re.match(r"\s+```", line):
                raise Malformed(f"{path}:{number}: a fence that does not begin its line is not read")
            if fence and opened is None:
                opened, info, lines = number, fence.group(1).strip(), []
                prose.append("")
            elif fence:
                self.blocks.append(Block(path, opened, section, info, lines))
                opened = None
                prose.append("")
            elif opened is not None:
                lines.append(line)
                prose.append("")
            else:
                section += bool(HEADING.match(line))
                prose.append(line)
        if opened is not None:
            raise Malformed(f"{path}:{opened}: this block does not end")
        self.read_outputs()
        for span in SPAN.finditer("\n".join(prose)):
            self.spans.append(("\n".join(prose).count("\n", 0, span.start()) + 1, " ".join(span.group(1).split())))

    def read_outputs(self):
        """Give each `text output` to the last command of the block before it."""
        for before, block in zip([None, *self.blocks], self.blocks):
            if "output" not in block.words:
                continue
            if before is None or before.language != "sh" or before.not_run or "background" in before.words:
                raise Malformed(f"{block.path}:{block.line}: no block before this output that is run")
            before.commands[-1].output, before.commands[-1].output_line = block.lines, block.line + 1
