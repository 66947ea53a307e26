#!/usr/bin/env python3
"""House rules that have a number or a word: #if only where it may stand, no heap in device code, no secrets
outside tests/keys, no machine paths, no unfinished-work words, no name of a file or document that is not there, no
folder that is too full."""
import collections
import fnmatch
import os
import re
import subprocess
import sys

MOST_FILES = 30
IF_ALLOWED = {"core/base/compiler.h", "core/base/config.h"}


def is_device_code(path):
    return path.startswith(("core/", "target/")) and "/test/" not in path


RULES = [
    ("heap in device code", lambda p: is_device_code(p) and p.endswith((".c", ".h")),
     re.compile(r"\b(malloc|calloc|realloc|free|alloca)\s*\(")),
    ("#if outside core/base/compiler.h and core/base/config.h",
     lambda p: p.endswith(".c") and p not in IF_ALLOWED and is_device_code(p),
     re.compile(r"^\s*#\s*(if|ifdef|ifndef|elif)\b")),
    # The log's destination is set once, by the board.
    ("state of its own in core/", lambda p: p.startswith("core/") and "/test/" not in p and p.endswith(".c") and p != "core/base/log.c",
     re.compile(r"^\s*static (?!.*\bconst\b)(?!inline)[^()]*(;|=|\{)\s*$|^\s*static (?!.*\bconst\b)[^()]*;")),
    ("unfinished-work word", lambda p: p.endswith((".c", ".h", ".py", ".sh", ".S", ".ld")) and p != "tools/house.py",
     re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")),
    ("private key outside tests/keys", lambda p: not p.startswith("tests/") and p != "tools/house.py",
     re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\n|-----BEGIN [A-Z ]*PRIVATE KEY-----$")),
    ("path of one machine", lambda p: p != "tools/house.py",
     re.compile(r"(^|[\s\"'=(])/(work|root)/")),
]

# A file or a folder/ in back-ticks; `a.[ch]`, `a_*.c`, `{a,b}.c` and `<name>.c` name several.
NAMED = re.compile(r"`([\w./*{},<>\[\]-]+(?:\.(?:c|h|\[ch\]|py|sh|md|S|ld|dts|overlay|conf|txt|cmake|cddl)|/))`")
DOCUMENT = re.compile(r"[\w/-]+\.md\b")  # in a comment, or a message
FOREIGN = {"ed25519_ref10.c", "inner.h", "int/i32_{add,sub,montmul}.c"}  # of libraries that documents speak of


def is_there(name, room, paths):
    """From the top of the tree, or anywhere in the room of the document that names it."""
    if name.startswith("build/") or name in FOREIGN:
        return True
    for one in re.search(r"{(.*?)}", name)[1].split(",") if "{" in name else [""]:
        pattern = re.sub(r"<.*?>", "*", re.sub(r"{.*?}", one, name)) + ("*" if name.endswith("/") else "")
        if not any(fnmatch.fnmatchcase(p, pattern) or fnmatch.fnmatchcase("/" + p, f"/{room}*/{pattern}") for p in paths):
            return False
    return True


def is_above(name, room, paths):
    """From the top of the tree, in the room of the file that names it, or above that."""
    return name in paths or f"{room}/{name}" in paths or (room != "" and is_above(name, os.path.dirname(room), paths))


def absent_files(path, lines, paths):
    pattern, found = (NAMED, is_there) if path.endswith(".md") else (DOCUMENT, is_above)
    for number, line in enumerate(lines, 1):
        for name in pattern.findall(line):
            if not found(name.lstrip("/"), os.path.dirname(path), paths):
                yield f"{path}:{number}: there is no {name}"


def rooms_without_a_row(paths):
    """Every folder stands in the README's map, as `folder/` or `folder/...`."""
    with open("README.md", encoding="utf-8") as f:
        rows = re.findall(r"^\| (`[^|]*)\|", f.read(), re.M)
    for room in sorted({p.split("/")[0] for p in paths if "/" in p and p[0] != "."}):
        if not any(f"`{room}/" in row for row in rows):
            yield f"README.md: there is no row for {room}/"


def full_folders(paths):
    """A folder that one can take in: at most so many files. The museum and tests/ grow by a file for each thing."""
    count = collections.Counter(os.path.dirname(p) for p in paths if not p.startswith(("museum/", "tests/")))
    for folder, files in sorted(count.items()):
        if files > MOST_FILES:
            yield f"{folder}: {files} files, more than {MOST_FILES}"


def main():
    paths = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True).stdout.splitlines()
    wrong = list(rooms_without_a_row(paths)) + list(full_folders(paths))
    for path in paths:
        try:
            lines = open(path, encoding="utf-8").read().split("\n")
        except (UnicodeDecodeError, FileNotFoundError):
            continue
        for what, applies, pattern in RULES:
            if applies(path):
                wrong += [f"{path}:{n}: {what}: {l.strip()}" for n, l in enumerate(lines, 1) if pattern.search(l)]
        wrong += absent_files(path, lines, paths)
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
