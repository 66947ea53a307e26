"""The runner of the documents' commands finds what a reader would stumble over, in small documents of its own.

Usage: runner_test.py SLIPWAY. The documents stand in a repository of their own, whose Makefile builds nothing."""
import contextlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import compare
import docs_test

SLIPWAY = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else os.path.abspath("build/slipway")
PRINTED = ("image    a.bin: version 1.0.0, 1234 bytes", "upload 100 %  1.2/1.2 KB  40.2 KB/s  in 8.2 s",
           "hash 0123456789abcdef")
MAKEFILE = f"""NAME ?= nobody
all:
\t@mkdir -p build && ln -sf {SLIPWAY} build/slipway
image:
\t@printf '%s\\n' {" ".join(f"'{line}'" for line in PRINTED)}
broken:
\t@false
"""


def block(info, *lines):
    return "\n".join([f"```{info}", *lines, "```", ""])


class Runner(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.top = os.path.realpath(tempfile.mkdtemp(prefix="slipway docs "))  # a space: people have them
        os.makedirs(os.path.join(cls.top, "build"))
        os.makedirs(os.path.join(cls.top, "examples"))
        os.symlink(SLIPWAY, os.path.join(cls.top, "build/slipway"))
        for path, text in (("Makefile", MAKEFILE), ("examples/main.c", "int main;\n"), ("README.md", "")):
            with open(os.path.join(cls.top, path), "w", encoding="utf-8") as f:
                f.write(text)
        for words in (["init", "-q"], ["add", "Makefile", "examples", "README.md"]):
            subprocess.run(["git", "-C", cls.top, *words], check=True)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.top)

    def read(self, path="README.md"):
        with open(os.path.join(self.top, path), encoding="utf-8") as f:
            return f.read()

    def run_document(self, *blocks, update=False):
        """(the runner's counts, what it printed) for a README of these blocks."""
        with open(os.path.join(self.top, "README.md"), "w", encoding="utf-8") as f:
            f.write("\n".join(blocks))
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            run = docs_test.Run(self.top, update)
            run.exact = True  # as if the compiler were the documents' one
            run.folder.start()
            run.document("README.md")
        return run.counts, out.getvalue()

    def passes(self, *blocks, **expected):
        counts, printed = self.run_document(*blocks)
        self.assertEqual(counts["failed"], 0, printed)
        for name, count in expected.items():
            self.assertEqual(counts[name], count, f"{name}\n{printed}")
        return printed

    def fails(self, text, *blocks):
        counts, printed = self.run_document(*blocks)
        self.assertEqual(counts["failed"], 1, printed)
        self.assertIn(text, printed)
        self.assertRegex(printed, r"README\.md:\d+")

    def test_commands_are_run_in_one_session(self):
        printed = self.passes(block("sh", "export WHO=me   # a comment", "cd examples", "# nothing", ""), "words",
                              block("sh", "cat main.c \\", "    ../Makefile >/dev/null", "echo $WHO in ${PWD##*/}"),
                              block("text output", "me in examples"), run=4, compared=1)
        self.assertIn("README.md:1  ok", printed)

    def test_console_blocks_hold_commands_and_their_output(self):
        self.passes(block("console", "$ echo one", "one", "$ true", "$ echo two", "two"), run=3, compared=2)
        self.fails("the document has: three", block("console", "$ echo one", "three"))

    def test_figures_are_compared(self):
        self.passes(block("sh", "make image"), block("text output", *PRINTED), compared=1)
        self.passes(block("sh", "make image"), block("text output", "image    a.bin: version 1.0.0, 1232 bytes",
                    "upload 100 %  1.2/1.2 KB  9.9 KB/s  in 1.0 s", "hash fedcba9876543210"), compared=1)
        for right, wrong in (("1234 bytes", "1243 bytes"), ("1.2/1.2 KB", "1.2/1.4 KB"), ("1.0.0", "1.0.1"),
                             ("100 %", "99 %"), ("hash", "hush")):
            text = "\n".join(PRINTED).replace(right, wrong, 1)
            self.fails("the output is another one", block("sh", "make image"), block("text output", text))

    def test_a_large_figure_may_differ_a_little(self):
        self.assertIsNone(compare.compare(["342640 bytes"], ["342655 bytes"], exact=True))
        self.assertIsNotNone(compare.compare(["342640 bytes"], ["344640 bytes"], exact=True))
        self.assertIsNotNone(compare.compare(["33.6/334.6 KB"], ["33.6/337.6 KB"], exact=True))

    def test_lines_are_left_out_only_where_dots_stand(self):
        self.passes(block("sh", "make image"), block("text output", "...", "hash 0123…"), compared=1)
        self.passes(block("sh", "make image"), block("text output", PRINTED[0], "..."), compared=1)
        self.fails("more is printed", block("sh", "make image"), block("text output", PRINTED[0]))
        self.fails("the document has: hash", block("sh", "make image"), block("text output", PRINTED[0], PRINTED[2]))

    def test_figures_of_another_compiler_may_differ(self):
        self.assertIsNone(compare.compare(["1234 bytes"], ["5678 bytes"], exact=False))
        self.assertIsNotNone(compare.compare(["1234 bytes"], ["5678 bytes"], exact=True))
        self.assertIsNotNone(compare.compare(["1234 bytes"], ["5678 words"], exact=False))

    def test_update_takes_over_figures_and_no_words(self):
        shown = ["image    a.bin: version 1.0.0, 9999 bytes", "...", "hash 0123…"]
        counts, printed = self.run_document(block("sh", "make image"), block("text output", *shown), update=True)
        self.assertEqual(counts["failed"], 0, printed)
        self.assertIn("\n".join([PRINTED[0], *shown[1:]]), self.read())
        shown[0] = "picture  a.bin: version 1.0.0, 9999 bytes"
        counts, _ = self.run_document(block("sh", "make image"), block("text output", *shown), update=True)
        self.assertEqual(counts["failed"], 1)
        self.assertIn(shown[0], self.read())

    def test_a_file_that_nobody_makes(self):
        self.fails("No such file", block("sh", "cat build/none.bin"))
        self.fails("there is no build/none.bin", block("sh hardware", "build/slipway verify build/none.bin"))
        self.fails("there is no examples/none.c", block("sh yours", "cp examples/none.c ."))
        self.passes(block("sh yours", "slipway verify build/zephyr/zephyr.bin", "make -f ci/my.mk CUTS=3 rehearse"),
                    block("sh hardware", "cat examples/main.c"), checked=3)

    def test_what_is_not_run_must_exist(self):
        for text, line in (("no option --flesh", "slipway board run a.elf --flesh f"),
                           ("no command updaet", "slipway updaet a.bin"),
                           ("no option --cuts", "slipway update a.bin --cuts 3"), ("no target flesh", "make flesh"),
                           ("no variable NOME", "make image NOME=x"), ("no target flesh", "make -C . flesh")):
            self.fails(text, block("sh minutes", line))
            self.fails(text, f"Type `{line}`.")
        printed = self.passes(block("sh interactive", "slipway board run --gdb :3 --halt a.elf", "make image NAME=y",
                                    "slipway bootloader sbom --port p"),  # sbom is a command, too
                              "`make image`, `slipway why 0x00040000 --bank 2`", checked=3, prose=2, run=0)
        self.assertIn("checked only (interactive)", printed)

    def test_an_exit_code_is_expected(self):
        self.fails("exit code 2", block("sh", "make broken"))
        self.passes(block("sh exit=2", "true", "make broken"), run=2)
        self.fails("exit code 0 instead of 2", block("sh exit=2", "make image"))

    def test_a_block_says_what_it_is(self):
        self.fails("a block without a language", block("", "make image"))
        self.fails("the language 'bash'", block("bash", "make image"))
        self.fails("exit= wants a number", block("sh exit=x", "make image"))
        self.fails("the word 'hardwear'", block("sh hardwear", "make image"))
        self.fails("does not end", "```sh\nmake image\n")
        self.fails("no block before this output", block("text output", "one"))
        self.fails("does not begin its line", " " + block("sh", "make image"))
        self.passes(block("text", "nothing"), block("cmake", "project(x)"), other=2, run=0)

    def test_the_background_ends_at_the_next_heading(self):
        loop = 'trap "rm alive; exit 0" TERM; touch alive; echo up; while :; do sleep 0.05; done'
        with open(os.path.join(self.top, "examples/main.c"), "w", encoding="utf-8") as f:
            f.write(loop)
        self.passes(block('sh background until="up"', "bash examples/main.c"), block("sh", "ls alive"), "## Next",
                    block("sh exit=2", "ls alive"), run=3)
        self.fails("did not say 'down'", block('sh background until="down"', "echo up"))

    def test_nothing_outside_is_touched(self):
        before, home = os.environ.get("HOME", ""), os.path.join(self.top, "build/home")
        os.makedirs(home)
        os.environ["HOME"] = home  # not the person's own, in case that this fails
        try:
            self.passes(block("sh", "touch here build/here ~/here"), block("sh", "ls here build/here ~/here"), run=2)
        finally:
            os.environ["HOME"] = before
        for folder in (self.top, os.path.join(self.top, "build"), home):
            self.assertFalse(os.path.exists(os.path.join(folder, "here")), folder)
        self.fails("No such file", block("sh", "ls build/here"))  # each document begins anew

    def test_variables_of_make_and_the_caller_stay_outside(self):
        os.environ.update(NAME="me", MAKEFLAGS="-n", SLIPWAY_DEVICE="/dev/none")
        try:
            self.passes(block("sh", 'echo "<$NAME$MAKEFLAGS$SLIPWAY_DEVICE>"'), block("text output", "<>"), compared=1)
        finally:
            for name in ("NAME", "MAKEFLAGS", "SLIPWAY_DEVICE"):
                del os.environ[name]


if __name__ == "__main__":
    unittest.main()
