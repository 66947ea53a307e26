#!/usr/bin/env python3
"""layers.py [LINKS...] - check every #include "..." and every link of CMake's targets against tools/layers.txt: each
may point down only. LINKS: what tools/cmake/links.cmake wrote; default: those of the host's and the default board's
build."""
import os
import re
import subprocess
import sys

BUILD = os.environ.get("SLIPWAY_BUILD", "build")
LINKS = [f"{BUILD}/host/links.txt", f"{BUILD}/tests/nucleo_h753zi/links.txt"]
TEST = re.compile(r"(^|/)(test|bench)/|^tests/|^testing/")


def read_rules(path):
    """The folders that each folder may use, and those of them that some builds do not use."""
    rules, seldom, folder = {}, set(), None
    for line in open(path, encoding="utf-8"):
        words = line.split("#")[0].rstrip()
        if words and not words[0].isspace():
            folder, _, words = words.partition(":")
            rules[folder] = set()
        for word in words.split():
            rules[folder].add(word.rstrip("?"))
            if word.endswith("?"):
                seldom.add((folder, word.rstrip("?")))
    return rules, seldom


def folder_of(path, rules):
    """The longest rule name that path lies under."""
    folders = [r for r in rules if path.startswith(r + "/")]
    return max(folders, key=len, default=None)


def circle(rules):
    """A path from a folder back to itself, or None."""
    def walk(folder, way):
        if folder in way:
            return way[way.index(folder):] + [folder]
        if folder in done:
            return None
        for below in sorted(rules.get(folder, ())):
            found = walk(below, way + [folder])
            if found:
                return found
        done.add(folder)
        return None

    done = set()
    return next((found for folder in rules if (found := walk(folder, []))), None)


class Uses:
    """Collects uses between folders: those that are not allowed, and the permissions that were needed."""

    def __init__(self, rules):
        self.rules, self.wrong, self.needed = rules, [], set()

    def add(self, where, folder, path, what):
        """Record that folder uses the file path, at the place where."""
        if TEST.search(path):
            self.wrong.append(f"{where}: {folder} may not use what is for tests: {what}")
            return
        other = folder_of(path, self.rules)
        if other is None or other == folder:
            return
        self.needed.add((folder, other))
        if other not in self.rules[folder]:
            self.wrong.append(f"{where}: {folder} may not use {other}: {what}")


def check_includes(uses):
    files = subprocess.run(["git", "ls-files", "*.c", "*.h"], capture_output=True, text=True, check=True)
    for path in files.stdout.split():
        if TEST.search(path):
            continue
        folder = folder_of(path, uses.rules)
        if folder is None:
            uses.wrong.append(f"{path}: its folder has no rule in tools/layers.txt")
            continue
        for number, line in enumerate(open(path, encoding="utf-8"), 1):
            match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if match and "/" in match[1]:
                uses.add(f"{path}:{number}", folder, match[1], match[1])


def read_targets(path):
    """name: (its folder, its sources, the targets it names), paths from the top of the tree."""
    top, targets = os.getcwd() + "/", {}
    for line in open(path, encoding="utf-8"):
        name, _, folder, sources, libs = line.rstrip("\n").split("\t")
        sources = [os.path.normpath(os.path.join(folder, s)) for s in sources.split("|") if s and not s.startswith("$")]
        ours = [s.removeprefix(top) for s in sources if s.startswith(top) and not s.startswith(os.path.abspath(BUILD) + "/")]
        targets[name] = (folder.removeprefix(top) + "/", ours, libs.split("|"))
    return targets


def check_links(uses, path):
    targets = read_targets(path)

    def place(name):
        """The path that decides a target's folder: its first source, or its folder if that is for tests."""
        folder, sources, _ = targets[name]
        return folder if TEST.search(folder) or not sources else sources[0]

    for name, (_, sources, libs) in targets.items():
        home = place(name)
        folder = folder_of(home, uses.rules)
        if TEST.search(home) or folder is None:
            continue
        for source in sources:
            uses.add(f"{path}: {name}", folder, source, f"compiles {source}")
        for lib in libs:
            if lib in targets and targets[lib][1]:
                uses.add(f"{path}: {name}", folder, place(lib), f"links {lib}")


def main():
    rules, seldom = read_rules("tools/layers.txt")
    uses = Uses(rules)
    uses.wrong += [f"tools/layers.txt: {folder}: there is no folder {other}"
                   for folder in rules for other in sorted(rules[folder] - set(rules))]
    found = circle(rules)
    if found:
        uses.wrong.append("tools/layers.txt: a circle: " + " -> ".join(found))
    check_includes(uses)
    for path in sys.argv[1:] or LINKS:
        if not os.path.exists(path):
            uses.wrong.append(f"{path} is not there; next: make")
            continue
        check_links(uses, path)
    uses.wrong += [f"tools/layers.txt: {folder}: nothing there uses {other}"
                   for folder in rules for other in sorted(rules[folder]) if (folder, other) not in uses.needed | seldom]
    print("\n".join(uses.wrong))
    return 1 if uses.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
