#!/usr/bin/env python3
"""House rules that a script can check: #if only where it may stand, no heap in device code, no secrets
outside tests/keys, no machine paths, no unfinished-work words, no number of a chip outside core/soc, no name of a file or
document that is not there, no folder with too many files."""
import collections
import fnmatch
import os
import re
import subprocess
import sys

MOST_FILES = 30
# Text for people goes through cli_print, which makes terminal escapes visible. Exceptions: cli_print itself; the
# progress bar, the passphrase prompt and "out of memory", which print only our own texts; programs of the build and of
# tests.
PRINT_ALLOWED = {"host/cli/core/output.c", "host/cli/core/progress.c", "host/cli/core/files.c", "host/image/keys/passphrase.c",
                 "host/layout/dts2c.c", "host/image/build/fresh_key.c", "host/mmio/mmio.c"}
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
    ("static state in core/", lambda p: p.startswith("core/") and "/test/" not in p and p.endswith(".c") and p != "core/base/log.c",
     re.compile(r"^\s*static (?!.*\bconst\b)(?!inline)[^()]*(;|=|\{)\s*$|^\s*static (?!.*\bconst\b)[^()]*;")),
    ("text printed without cli_print",
     lambda p: p.startswith("host/") and p.endswith(".c") and "/test/" not in p and p not in PRINT_ALLOWED,
     re.compile(r"(?<!\w)v?(printf|fprintf|puts|fputs|putchar|fputc|putc)\s*\(")),
    # Private words that the field has terms for (rollback store, unstable word, encrypted, UART endpoint, setup, security
    # counter, verdict, plain text), and inverted sentences.
    ("a word that may not come back", lambda p: p not in ("tools/house.py", "CHANGELOG.md"),
     re.compile(r"\b(ratchet\w*|fickle\w*|foresight|outgr(own|ew|owing)|scattered\w*|sealed|(?<!back )doors?|\w*_doors?|bed|bed_\w+|worlds"
                r"|world_\w+|struct world|family_(boot|copy|init|install)\w*|update_guard\w*|guard_re\w+|closure_lab\w*"
                r"|(has|have) not the|opinions?|DO_SPOIL|DO_MEND)\b", re.I)),
    # Phrases that stopped readers of messages and comments: say "not a number", "not for a product", "valid", "lacks".
    ("a phrase that may not come back", lambda p: p.startswith(("host/", "tools/", "Makefile")) and p != "tools/house.py",
     re.compile(r"for the desk|for no product|ways? to upgrade|\bsound (image|blob|tree|text|Intel HEX|devicetree)"
                r"|\b(said no|would rather not|no way out|left out of account|brings no older)\b"
                r"|'%s' is no\b|clock on the wall|so long for (each|the)\b")),
    # Plain verbs instead: report, print, read, check.
    ("a word that may not come back", lambda p: p.startswith(("vboard/", "rehearse/", "museum/", "testing/")),
     re.compile(r"\b(say|tell|told|look_at|look_for)_\w+|\w_(told|untold)\b", re.I)),
    ("unfinished-work word", lambda p: p.endswith((".c", ".h", ".py", ".sh", ".S", ".ld")) and p != "tools/house.py",
     re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")),
    ("private key outside tests/keys", lambda p: not p.startswith("tests/") and p != "tools/house.py",
     re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\n|-----BEGIN [A-Z ]*PRIVATE KEY-----$")),
    # Exceptions: engines for tokens, and a test that freezes random numbers; EVP has neither.
    ("OpenSSL below its EVP interface",
     lambda p: p not in {"tools/house.py", "tools/cmake/host.cmake", "host/image/keys/key_token.c",
                         "host/image/test/images_test.c"},
     re.compile(r"OPENSSL_(NO|SUPPRESS)_DEPRECATED")),
    ("path of one machine", lambda p: p != "tools/house.py",
     re.compile(r"(^|[\s\"'=(])/(work|root)/")),
]

# Files that may repeat a number of core/soc/, and why.
CHIP_ALLOWED = {
    # The architecture's memory map (SRAM, the core's registers) and its bits.
    "target/boot/vectors.c": {0x20000000, 0x40000000},
    "vboard/cpu/execute_float.c": {0x40000000},
    "vboard/cpu/scb.c": {0x100000},
    "vboard/debug/gdb_memory.c": {0x100000},
    # The TCMs' sizes are also the core's: ITCMCR and DTCMCR report them.
    "vboard/cpu/debug.c": {0x20000, 0x20000000},
    # Register values and a mark that look like addresses.
    "vboard/soc/h7/rcc.c": {0x20000000, 0x40000000},
    "vboard/soc/h7/flash/flash_options.c": {0x1ff00800},
    "vboard/board/register_list.c": {0x1ff00800},
    "rehearse/closure/closure_store.h": {0x40000000},
    # Examples and advice, for people.
    "host/board/board_files.c": {0x08020000},
    "host/cli/commands/cmd_board.c": {0x08020000},
    "host/cli/commands/cmd_board_flash.c": {0x08020000},
    "host/client/explain.c": {0x1ff00000},
    # Other things of that size: what M means, a dictionary of LZMA2, the slot of a measured image; sections by address.
    "host/cli/core/options.c": {0x100000},
    "host/image/sign_compress.c": {0x20000},
    "tools/bench_sign.sh": {0x200000},
    "tools/bench.sh": {0x08000000},
    "tools/size.sh": {0x08000000, 0x20000000, 0x40000000},
}
CHIP_CODE = (".c", ".h", ".S", ".ld", ".cmake", ".sh", ".py", "CMakeLists.txt")
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
NUMBER = re.compile(r"\b(0x[0-9a-fA-F]+|\d{6,})[uUlL]*\b|\b(\d+)u? \* (1024)u?( \* 1024u?)?\b")


def is_shipped_code(path):
    """False for the museum, which shows other people's code, and for tests, which repeat numbers so that a wrong table
    is noticed."""
    return (path.endswith(CHIP_CODE) and not path.startswith(("core/soc/", "museum/", "tests/", "testing/"))
            and not re.search(r"/test/|/bench/|_test\.\w+$|^tools/house\.py$", path))


def chip_numbers():
    """The numbers of the parts in core/soc/: memories and register blocks as (start, length), and sizes."""
    ranges, sizes = [], set()
    for path in subprocess.run(["git", "ls-files", "core/soc/*.[ch]"], capture_output=True, text=True,
                               check=True).stdout.split():
        if "/test/" in path:
            continue
        text = COMMENT.sub(" ", open(path, encoding="utf-8").read())
        pairs = re.findall(r"{(?:\.base = )?(0x[0-9a-f]+),\s*(?:\.size = )?(0x[0-9a-f]+)", text)
        ranges += [(int(base, 16), int(size, 16)) for base, size in pairs]
        for number in re.findall(r"0x[0-9a-f]+", text):
            value = int(number, 16)
            if value >= 0x08000000:
                ranges.append((value, 0x400))
            elif value > 0x10000 and not path.endswith("_units.c"):
                sizes.add(value)
    return [(start, length) for start, length in ranges if start >= 0x08000000], sizes


def numbers_of(line):
    for match in NUMBER.finditer(line):
        if match[1]:
            yield int(match[1], 0) if match[1].startswith("0x") else int(match[1])
        else:
            yield int(match[2]) * 1024 * (1024 if match[4] else 1)


def chip_numbers_in(path, text, chip):
    ranges, sizes = chip
    text = COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text) if not path.endswith((".py", ".sh")) else text
    for number, line in enumerate(text.split("\n"), 1):
        for value in numbers_of(line):
            inside = any(value - start in range(length) for start, length in ranges) and value % 4 == 0
            if (inside or value in sizes) and value not in CHIP_ALLOWED.get(path, ()):
                yield f"{path}:{number}: a chip's number outside core/soc/: {line.strip()}"
                break


# A file or a folder/ in back-ticks; `a.[ch]`, `a_*.c`, `{a,b}.c` and `<name>.c` name several.
NAMED = re.compile(r"`([\w./*{},<>\[\]-]+(?:\.(?:c|h|\[ch\]|py|sh|md|S|ld|dts|overlay|conf|txt|cmake|cddl)|/))`")
DOCUMENT = re.compile(r"[\w/-]+\.md\b")  # in a comment, or a message
FOREIGN = {"ed25519_ref10.c", "inner.h", "int/i32_{add,sub,montmul}.c"}  # files of libraries that documents mention


def is_there(name, folder, paths):
    """From the top of the tree, or anywhere in the folder of the document that names it."""
    if name.startswith("build/") or name in FOREIGN:
        return True
    for one in re.search(r"{(.*?)}", name)[1].split(",") if "{" in name else [""]:
        pattern = re.sub(r"<.*?>", "*", re.sub(r"{.*?}", one, name)) + ("*" if name.endswith("/") else "")
        if not any(fnmatch.fnmatchcase(p, pattern) or fnmatch.fnmatchcase("/" + p, f"/{folder}*/{pattern}") for p in paths):
            return False
    return True


def is_above(name, folder, paths):
    """From the top of the tree, in the folder of the file that names it, or above that."""
    return name in paths or f"{folder}/{name}" in paths or (folder != "" and is_above(name, os.path.dirname(folder), paths))


def absent_files(path, lines, paths):
    pattern, found = (NAMED, is_there) if path.endswith(".md") else (DOCUMENT, is_above)
    for number, line in enumerate(lines, 1):
        for name in pattern.findall(line):
            if not found(name.lstrip("/"), os.path.dirname(path), paths):
                yield f"{path}:{number}: it names {name}, which does not exist"


def folders_without_a_row(paths):
    """Every folder must be in the README's map, as `folder/` or `folder/...`."""
    with open("README.md", encoding="utf-8") as f:
        rows = re.findall(r"^\| (`[^|]*)\|", f.read(), re.M)
    for folder in sorted({p.split("/")[0] for p in paths if "/" in p and p[0] != "."}):
        if not any(f"`{folder}/" in row for row in rows):
            yield f"README.md: the map has no row for {folder}/"


def full_folders(paths):
    """A folder has at most MOST_FILES files, so that a reader can survey it; the museum and tests/ have a file for
    each thing and are exempt."""
    count = collections.Counter(os.path.dirname(p) for p in paths if not p.startswith(("museum/", "tests/")))
    for folder, files in sorted(count.items()):
        if files > MOST_FILES:
            yield f"{folder}: {files} files, more than {MOST_FILES}"


def main():
    paths = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True).stdout.splitlines()
    wrong = list(folders_without_a_row(paths)) + list(full_folders(paths))
    chip = chip_numbers()
    for path in paths:
        try:
            lines = open(path, encoding="utf-8").read().split("\n")
        except (UnicodeDecodeError, FileNotFoundError):
            continue
        for what, applies, pattern in RULES:
            if applies(path):
                wrong += [f"{path}:{n}: {what}: {l.strip()}" for n, l in enumerate(lines, 1) if pattern.search(l)]
        wrong += absent_files(path, lines, paths)
        if is_shipped_code(path):
            wrong += chip_numbers_in(path, "\n".join(lines), chip)
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
