"""The JSON of every rehearsal is what docs/json.md says, and its counts agree with each other.

Usage: json_test.py SLIPWAY DOCS/JSON.MD, in the build folder, after make_reports.py"""
import copy
import glob
import json
import os
import shlex
import subprocess
import sys
import unittest

from documents import Malformed, Schema

SLIPWAY, DOCUMENT = map(os.path.abspath, sys.argv[1:3])
del sys.argv[1:3]
with open(DOCUMENT, encoding="utf-8") as document_file:
    TEXT = document_file.read()
SCHEMA = Schema(TEXT)


def read(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def load(name):
    return read(f"tests/reports/{name}.json")


class Documents(unittest.TestCase):
    def test_every_document_is_what_the_tables_say(self):
        kinds = set()
        for path in sorted(glob.glob("tests/reports/*.json")):
            with self.subTest(path):
                document = read(path)
                self.assertEqual(SCHEMA.problems(document)[:10], [])
                kinds.add(document["report"])
                self.assertTrue(SCHEMA.is_complete(document))
                if not path.endswith("-sample.json"):
                    verdict = "passed" if path.endswith(("-passed.json", "-hostile.json")) else "failed"
                    self.assertEqual(document["verdict"], verdict)
        self.assertEqual(sorted(kinds), sorted(SCHEMA.kinds))

    def test_a_command_that_could_not_begin_is_an_error(self):
        for words in (("update", "none.elf", "none.bin", "none.bin"), ("flash", "--driver", "none"), ("closure", "none")):
            done = subprocess.run([SLIPWAY, "rehearse", *words, "--json"], capture_output=True, text=True, check=False)
            document = json.loads(done.stdout)
            self.assertEqual((SCHEMA.problems(document), document["error"]["exit"]), ([], done.returncode))

    def test_the_command_of_a_document_makes_it_again(self):
        for name in ("update-failed", "flash-failed", "closure-passed"):
            words = shlex.split(load(name)["command"])
            done = subprocess.run([SLIPWAY, *words[1:], "--json"], capture_output=True, text=True, check=False)
            self.assertEqual(json.loads(done.stdout), load(name), name)

    def test_a_rehearsal_that_ended_early_is_a_document_too(self):
        document = {"report": "rehearse update", "schema": 1, "program": "slipway 0.1.0", "command": "slipway", "verdict": "failed",
                    "error": {"what": "x", "evidence": None, "next": None, "exit": 4}}
        self.assertEqual(SCHEMA.problems(document), [])
        del document["error"]
        self.assertIn("rehearse update: the member 'board' is missing", SCHEMA.problems(document))

    def spoilt(self, name, spoil, expected):
        """A document that was spoilt by spoil() has a problem with these words."""
        document = copy.deepcopy(load(name))
        spoil(document)
        problems = SCHEMA.problems(document)
        self.assertTrue(any(expected in problem for problem in problems), f"{expected}\n{problems}")

    def test_what_the_tables_do_not_have_is_found(self):
        self.spoilt("update-failed", lambda d: d.update(colour="red"), "'colour' is not documented")
        self.spoilt("update-failed", lambda d: d["flash"].pop("word"), "flash: the member 'word' is missing")
        self.spoilt("update-failed", lambda d: d["cases"][0].update(end="fine"), "cases[0].end: 'fine' is none of")
        self.spoilt("update-failed", lambda d: d["cases"][0].update(case="0"), "cases[0].case: '0' is not a number")
        self.spoilt("update-failed", lambda d: d["cases"][0].update(ran=[1]), "cases[0].ran[0]: 1 is not a text")
        self.spoilt("update-failed", lambda d: d["boots"][0].update(trace={}), "boots[0].trace: not a list")
        self.spoilt("update-failed", lambda d: d["ends"].update(lost=True), "ends.lost: True is not a number")
        self.spoilt("update-failed", lambda d: d.update(report="rehearsal"), "no documented kind")

    def test_counts_that_contradict_each_other_are_found(self):
        self.spoilt("update-failed", lambda d: d.update(bricks=0), "bricks is 0")
        self.spoilt("update-failed", lambda d: d.update(verdict="passed"), "verdict is 'passed'")
        self.spoilt("update-failed", lambda d: d["cases"][d["stories"][0]["case"]].update(end="came back"), "ends is")
        self.spoilt("update-failed", lambda d: d["stories"].pop(), "stories is")
        self.spoilt("update-failed", lambda d: d["stories"][0].update(cuts="1: 1.after"), "story of case")
        self.spoilt("update-failed", lambda d: d["boots"][0].update(operations=1), "boot 1: operations")
        self.spoilt("update-passed", lambda d: d["cases"][0].update(offset=7), "case 0: offset is 7")
        self.spoilt("update-passed", lambda d: d["areas"][0].update(size=1 << 30), "areas lie in flash")
        self.spoilt("flash-failed", lambda d: d.update(finding_count=0), "no more findings")
        self.spoilt("museum-passed", lambda d: d["exhibits"][0].update(caught=False), "caught is False")
        self.spoilt("closure-passed", lambda d: d.update(states=1), "states is 1")
        self.spoilt("fleet-passed", lambda d: d["units"][0].update(success=99), "devices is")

    def test_a_table_that_cannot_be_read_is_found(self):
        for old, new in (("| `size` | number | bytes |", "| `size` | numbr | bytes |"), ("list of [bank](#bank)", "list of number"),
                         ("(#bank)", "(#banks)"), ("| `base` | number |", "| `size` | number |"), ("### bank", "### area")):
            with self.subTest(new), self.assertRaises(Malformed):
                self.assertIn(old, TEXT)
                Schema(TEXT.replace(old, new, 1))


if __name__ == "__main__":
    unittest.main(verbosity=2)
