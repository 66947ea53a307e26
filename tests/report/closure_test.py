"""The reports of `slipway rehearse closure` beside the lines that it prints: the same path, the same verdict, and the files
that --html, --junit and --json-file leave. The page itself is judged by page_test.py.

Usage: closure_test.py SLIPWAY"""
import json
import os
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

SLIPWAY = os.path.abspath(sys.argv.pop(1))
SEQUENCE = "offset,8x128x4,test,77: - 3.before 2.touched -"
LIMITED = ("offset,8x128x4,no-way-back", "offset,8x128x4,test", "--states", "2000")


def closure(*words):
    return subprocess.run([SLIPWAY, "rehearse", "closure", *words], capture_output=True, text=True, check=False)


class Closure(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.files = [os.path.join(folder.name, name) for name in ("page.html", "cases.xml", "report.json")]

    def outputs(self):
        return [word for pair in zip(("--html", "--junit", "--json-file"), self.files) for word in pair]

    def read(self, n):
        with open(self.files[n], encoding="utf-8") as f:
            return f.read()

    def test_the_steps_are_the_printed_replay(self):
        printed = closure("--replay", SEQUENCE)
        document = json.loads(closure("--replay", SEQUENCE, "--json").stdout)
        lines = [line.strip() for line in printed.stdout.splitlines()]
        self.assertEqual(lines.pop(), "replay: no violation")
        self.assertEqual([step["text"] for step in document["paths"][0]["steps"]], lines)
        self.assertEqual((document["verdict"], document["paths"][0]["fault"]), ("passed", None))

    def test_steps_have_places(self):
        path = json.loads(closure("--replay", SEQUENCE, "--json").stdout)["paths"][0]
        steps, areas = path["steps"], path["areas"]
        self.assertEqual([(area["name"], area["trailer"]) for area in areas], [("primary slot", 128), ("secondary slot", 128)])
        end = max(area["offset"] + area["size"] for area in areas)
        for step in steps:
            if step["kind"] in ("erase", "program"):
                self.assertEqual(step["size"], path["sector"] if step["kind"] == "erase" else path["word"])
                self.assertLessEqual(step["offset"] + step["size"], end)
        cuts = [(step["session"], step["operation"], step["how"], step["in"]) for step in steps if step["kind"] == "cut"]
        self.assertEqual(cuts, [(2, 3, "before", "bootloader"), (3, 2, "touched", "bootloader")])

    def test_a_long_path_keeps_what_sessions_came_to(self):
        path = json.loads(closure("--replay", SEQUENCE + " -" * 800, "--json").stdout)["paths"][0]
        kinds = [step["kind"] for step in path["steps"]]
        printed = closure("--replay", SEQUENCE + " -" * 800).stdout.splitlines()
        self.assertEqual(kinds.count("cut"), 2)
        self.assertEqual(kinds.count("boot"), sum("power on" in line for line in printed))
        self.assertEqual(len(kinds) + path["steps_left"], len(printed) - 1)

    def test_files_beside_the_text(self):
        done = closure(*LIMITED, *self.outputs())
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout.splitlines()[-1], r"^closure: 2 rows, .* 1 bounded, 0 violations$")
        document = json.loads(self.read(2))
        self.assertEqual(document, json.loads(closure(*LIMITED, "--json").stdout), "the same command, the same document")
        self.assertNotIn(self.files[0], self.read(2))
        self.assertIn("<tr data-end=\"not finished\">", self.read(0))
        cases = {case.get("name"): [failure.get("message") for failure in case]
                 for case in xml.etree.ElementTree.fromstring(self.read(1)).iter("testcase")}
        self.assertEqual(cases, {"offset,8x128x4,no-way-back": [],
                                 "offset,8x128x4,test": ["the search ended at its limit of 2000 states"]})

    def test_a_kept_document_gives_the_same_files(self):
        closure(*LIMITED, *self.outputs())
        before = self.read(0), self.read(1)
        subprocess.run([SLIPWAY, "report", "--quiet", self.files[2], "--html", self.files[0], "--junit", self.files[1]], check=True)
        self.assertEqual((self.read(0), self.read(1)), before)

    def test_what_cannot_be_written_or_replayed(self):
        done = closure(*LIMITED, "--html", "/proc/no/page.html")
        self.assertEqual((done.returncode, done.stdout), (4, ""))
        self.assertIn("cannot write '/proc/no/page.html'", done.stderr)
        done = closure("--replay", "offset,8x128x4,test,77: 900.before", *self.outputs())
        self.assertEqual(done.returncode, 2)
        self.assertIn("<error", self.read(1))
        self.assertIn("cannot be run", json.loads(self.read(2))["error"]["what"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
