#!/usr/bin/python3
"""Compare two builds of the same firmware, file by file.

usage: compare.py FIRST SECOND [FOLDER...]     FOLDER: a name that no file may contain, such as that of a source tree

Prints a row for each file with its sha256, and for a file that differs the first place and what it looks like. The last
line is the verdict; exit code 1 if something differs. A signature is random: of signed files it is left out, of sum and
comparison, unless it is the same in both."""
import glob
import hashlib
import os
import re
import subprocess
import sys

import firmware_bytes

# Copies of them (NAME-VERSION.signed.bin, NAME-VERSION.cdx.json) and packages of images are not compared.
COMPARED = (".config", "board.dtb", "*.elf", "*.bin", "*.hex", "*.cdx.json", "*.spdx.json")
COPY = re.compile(r"-\d+\.\d+\.\d+\S*\.(signed\.bin|cdx\.json)$")
SHOWN = 48  # characters of a text that differs


def names_in(folder):
    found = {os.path.basename(path) for pattern in COMPARED for path in glob.glob(pattern, root_dir=folder)}
    return {name for name in found if not COPY.search(name)}


def read(folder, name):
    with open(os.path.join(folder, name), "rb") as f:
        return f.read()


def first_difference(a, b):
    shared = min(len(a), len(b))
    step = 4096
    for start in range(0, shared, step):
        if a[start:start + step] != b[start:start + step]:
            return next(i for i in range(start, shared) if a[i] != b[i])
    return shared


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def elf_sections(elf):
    """The sections of an ELF file, as (name, bytes): those with texts before the rest of the debug information, which
    holds offsets into them and says less."""
    with open(elf, "rb") as f:
        data = f.read()
    sections = []
    for line in output("arm-none-eabi-readelf", "-SW", elf).splitlines():
        row = re.match(r"\s*\[ *\d+\] (\S+) +(\S+) +[0-9a-f]+ ([0-9a-f]+) ([0-9a-f]+)", line)
        if row and row[2] not in ("NOBITS", "NULL"):
            at = int(row[3], 16)
            sections.append((row[1], data[at:at + int(row[4], 16)]))
    texts = (".debug_str", ".debug_line_str")
    return sorted(sections, key=lambda s: 1 if s[0] in texts else 2 if s[0].startswith(".debug") else 0)


def symbol_at(elf, address):
    """The symbol before an address, as "name+0x12"; "" if there is none."""
    best = None
    for line in output("arm-none-eabi-nm", "-n", elf).splitlines():
        row = re.match(r"([0-9a-f]+) [tTrRdD] ([^$]\S*)", line)
        if row and int(row[1], 16) & ~1 <= address:
            best = f"{row[2]}+0x{address - (int(row[1], 16) & ~1):x}"
    return best or ""


def base_of(elf):
    """The address at which objcopy's binary file begins: that of the first section with bytes."""
    for line in output("arm-none-eabi-readelf", "-lW", elf).splitlines():
        row = re.match(r"\s*LOAD +0x[0-9a-f]+ 0x[0-9a-f]+ 0x([0-9a-f]+) 0x0*([1-9a-f][0-9a-f]*) ", line)
        if row:
            return int(row[1], 16)
    return 0


def place(folder, name, part, offset):
    """Where the byte at offset of a part lies. A part is an ELF file's section by its name, or bytes by their address."""
    if isinstance(part, str):
        return f"byte 0x{offset:x} of {part}"
    path = os.path.join(folder, name)
    elf = re.sub(r"\.[a-z]*$", ".elf", path)
    if name.endswith(".bin") and os.path.exists(elf):
        part = base_of(elf)
    symbol = symbol_at(elf, part + offset) if part and os.path.exists(elf) else ""
    return f"{'address' if part else 'byte'} 0x{(part or 0) + offset:x}{', in ' + symbol if symbol else ''}"


def text_around(data, at):
    """The printable text that the byte at lies in; "" if it is too short to say something."""
    start = end = at
    while start > 0 and at - start < SHOWN and 0x20 <= data[start - 1] < 0x7F:
        start -= 1
    while end < len(data) and end - at < SHOWN and 0x20 <= data[end] < 0x7F:
        end += 1
    return data[start:end].decode("ascii") if end - start >= 6 else ""


def hint(texts):
    if any("/" in text for text in texts):
        return "the name of a folder or file: folder_names in tools/cmake/target.cmake maps those that the compiler writes"
    if any(re.search(r"\d\d:\d\d|20\d\d", text) for text in texts):
        return "a date or a time: nothing in a firmware may say when it was built"
    if all(texts):
        return "a text that depends on the machine, or on the order of files"
    return "no text: an order of files or symbols, a random number, or code that follows a text of another length"


def explain(folders, name, parts):
    """Lines on the first place where two files differ."""
    if name.endswith(".elf"):
        parts = [elf_sections(os.path.join(folder, name)) or one for folder, one in zip(folders, parts)]
    a, b = parts
    if len(a) != len(b) or any(first[0] != second[0] for first, second in zip(a, b)):
        yield f"the files have other parts: {parts_text(a)}; and {parts_text(b)}"
    for (part, first), (_, second) in zip(a, b):
        if first == second:
            continue
        at = first_difference(first, second)
        texts = [text_around(data, at) for data in (first, second)]
        yield f"first at {place(folders[0], name, part, at)}"
        for text in filter(None, texts):
            yield f"  text: {text}"
        yield f"hint: {hint(texts)}"
        return


def parts_text(parts):
    return ", ".join(part if isinstance(part, str) else "start" if part is None else f"0x{part:x}" for part, _ in parts)


def digest(parts):
    return hashlib.sha256(b"".join(part for _, part in parts)).hexdigest()


def compare(folders, name):
    """Print a file's rows; True if it is the same in both."""
    data = [read(folder, name) for folder in folders]
    if data[0] == data[1]:
        print(f"{name:<30} {hashlib.sha256(data[0]).hexdigest()} same")
        return True
    try:
        parts, counts = zip(*(firmware_bytes.compared_parts(name, one) for one in data))
    except ValueError as e:
        sys.exit(f"error: {name}: {e}\n  next: build it again; if that does not help, compare the files themselves")
    if parts[0] == parts[1]:
        print(f"{name:<30} {digest(parts[0])} same, without the signature")
        return True
    for one in parts if counts[0] else [[(0, one)] for one in data]:
        print(f"{name:<30} {digest(one)} DIFFERS")
    for line in explain(folders, name, parts):
        print(f"    {line}")
    return False


def named_folders(folder, name, forbidden):
    data = read(folder, name)
    return [one for one in forbidden if one.encode() in data][:1]


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    folders, forbidden = sys.argv[1:3], sys.argv[3:]
    names = [names_in(folder) for folder in folders]
    wrong = []
    print(f"{'file':<30} {'sha256':<64}")
    for name in sorted(names[0] | names[1]):
        if name not in names[0] & names[1]:
            print(f"{name:<30} only in {folders[0 if name in names[0] else 1]}")
            wrong.append(name)
            continue
        if not compare(folders, name):
            wrong.append(name)
        for found in named_folders(folders[0], name, forbidden):
            print(f"    it contains the name of a folder of this machine: {found}")
            wrong.append(name)
    if wrong or not names[0]:
        sys.exit(f"not reproducible: {', '.join(dict.fromkeys(wrong)) or 'nothing was built'}")
    print(f"reproducible: {len(names[0])} files are the same in both builds")


if __name__ == "__main__":
    main()
