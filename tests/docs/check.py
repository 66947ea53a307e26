"""Could this command be typed? For a command that is not run: whether there are the make target, the variable, the
command of slipway, its option, and the file of the tree."""
import glob
import os
import re
import shlex
import subprocess

FOR_EVERY_COMMAND = {"--help", "-h", "--json", "--quiet", "--verbose", "--version"}


def simple_commands(text):
    """The simple commands of a command line, each a list of words."""
    lexer = shlex.shlex(text.replace("\\\n", " "), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    found = [[]]
    for word in lexer:
        if set(word) <= set("()<>&|;"):
            found.append([])
        else:
            found[-1].append(word)
    for words in found:
        while words and (re.match(r"[A-Z_]+=", words[0]) or words[0] == "sudo"):
            words.pop(0)
    return [words for words in found if words]


def read_makefile(path):
    """(targets, variables) of a Makefile."""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    targets = {name for line in re.findall(r"^([a-z][a-z_ -]*):(?!=)", text, re.M) for name in line.split()}
    variables = set(re.findall(r"^([A-Z]+)\s*[?:+]?=", text, re.M))
    return targets, variables | set(re.findall(r"\$\((?:or \$\(|if \$\()?([A-Z]+)\b", text))


class Checker:
    def __init__(self, top, slipway):
        self.top, self.program, self.help_texts = top, slipway, {}
        self.targets, self.variables = read_makefile(os.path.join(top, "Makefile"))
        self.folders = {name for name in os.listdir(top) if os.path.isdir(os.path.join(top, name))} - {"build", ".git"}
        self.commands = set(re.findall(r"^  ([a-z]+(?: [a-z]+)?)  +", self.help_text(()), re.M))

    def help_text(self, words):
        """What `slipway WORDS --help` prints; empty if there is no such command."""
        if words not in self.help_texts:
            done = subprocess.run([self.program, *words, "--help"], capture_output=True, text=True, check=False)
            self.help_texts[words] = done.stdout if done.returncode == 0 else ""
        return self.help_texts[words]

    def make(self, words):
        targets, variables = self.targets, self.variables
        words = iter(words)
        for word in words:
            if word == "-f":  # a makefile of the reader's
                return
            if word == "-C":
                makefile = os.path.join(self.top, next(words, ""), "Makefile")
                if not os.path.exists(makefile):
                    yield f"there is no {makefile}"
                    return
                targets, variables = read_makefile(makefile)
            elif re.match(r"[A-Z]+=", word):
                if word.split("=")[0] not in variables:
                    yield f"the Makefile has no variable {word.split('=')[0]}"
            elif not word.startswith("-") and word not in targets:
                yield f"the Makefile has no target {word}"

    def slipway(self, words):
        options = {word.split("=")[0] for word in words if re.match(r"--?[a-zA-Z]", word)}
        # Options may come before the command, some with a value: so look for its one or two words everywhere.
        plain = [word for word in words if re.fullmatch(r"[a-z]+", word)]
        pairs = [tuple(plain[i:i + n]) for n in (2, 1) for i in range(len(plain) - n + 1)]
        command = next((pair for pair in pairs if " ".join(pair) in self.commands), None)
        if command is not None:
            known = set(re.findall(r"(?<![\w-])(--?[a-zA-Z][\w-]*)", self.help_text(command)))
            yield from (f"slipway {' '.join(command)} has no option {option}" for option in sorted(options - known))
        elif not options <= FOR_EVERY_COMMAND or plain and plain[0] not in {name.split()[0] for name in self.commands}:
            yield f"slipway has no command {' '.join(plain) or words[0]}"

    def files(self, words, built):
        for path in (word.split("@")[0] for word in words):
            if "/" not in path or path.startswith(("-", "/", "~", "$")) or "=" in path:
                continue
            root = built if path.startswith("build/") else self.top if path.split("/")[0] in self.folders else None
            if root is not None and not glob.glob(os.path.join(glob.escape(root), path)):
                yield f"there is no {path}"

    def problems(self, text, built=None):
        """What is wrong with a command. built: the folder where its files below build/ must be; None: they need not."""
        try:
            simple = simple_commands(text)
        except ValueError as e:
            return [f"it cannot be read: {e}"]
        found = []
        for words in simple:
            if words[0] == "make":
                found += self.make(words[1:])
            elif words[0] in ("slipway", "build/slipway"):
                found += self.slipway(words[1:])
            found += self.files(words, built)
        return found
