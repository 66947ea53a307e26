#!/usr/bin/env python3
"""Check every #include "..." against tools/layers.txt: includes point down only."""
import re
import subprocess
import sys


def read_rules(path):
    rules = {}
    for line in open(path, encoding="utf-8"):
        line = line.split("#")[0].strip()
        if line:
            room, _, allowed = line.partition(":")
            rules[room.strip()] = set(allowed.split())
    return rules


def room_of(path, rules):
    """The longest rule name that path lies under."""
    folders = [r for r in rules if path.startswith(r + "/")]
    return max(folders, key=len, default=None)


def main():
    rules = read_rules("tools/layers.txt")
    files = subprocess.run(["git", "ls-files", "*.c", "*.h"], capture_output=True, text=True, check=True)
    wrong = []
    for path in files.stdout.split():
        if path.startswith("tests/") or re.search(r"_(test|fuzz)\.c$", path) or re.search(r"/fuzz_", path):
            continue
        room = room_of(path, rules)
        if room is None:
            wrong.append(f"{path}: its folder has no rule in tools/layers.txt")
            continue
        for number, line in enumerate(open(path, encoding="utf-8"), 1):
            match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            target = match and room_of(match.group(1), rules)
            if target and target != room and target not in rules[room] and not target.startswith(room + "/"):
                wrong.append(f"{path}:{number}: {room} may not include {match.group(1)}")
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
