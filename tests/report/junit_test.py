"""The JUnit XML of every rehearsal: valid by junit.xsd (xmllint judges), its counts right, and hostile names as text.

Usage: junit_test.py, in the build folder, after make_reports.py"""
import glob
import json
import os
import shutil
import subprocess
import unittest
import xml.etree.ElementTree as ElementTree

SCHEMA = os.path.join(os.path.dirname(os.path.realpath(__file__)), "junit.xsd")
OUTCOMES = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def validate(*paths):
    """(exit code, what it said) of xmllint."""
    if shutil.which("xmllint") is None:
        raise AssertionError("error: there is no xmllint\n  next: apt-get install libxml2-utils")
    done = subprocess.run(["xmllint", "--noout", "--nonet", "--schema", SCHEMA, *paths], capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def counts(cases):
    found = {"tests": len(cases), "failures": 0, "errors": 0, "skipped": 0}
    for case in cases:
        for outcome in case:
            found[OUTCOMES[outcome.tag]] += 1
    return found


class JUnit(unittest.TestCase):
    def paths(self):
        paths = sorted(glob.glob("tests/reports/*.xml"))
        self.assertEqual(len(paths), len(glob.glob("tests/reports/*.json")))
        return paths

    def test_every_file_is_valid(self):
        code, said = validate(*self.paths())
        self.assertEqual(code, 0, said)

    def test_hostile_text_is_text(self):
        paths = sorted(glob.glob("tests/reports/strange/*.xml"))
        self.assertGreater(len(paths), 5)
        code, said = validate(*paths)
        self.assertEqual(code, 0, said)
        for path in paths:
            words = "".join(each for case in ElementTree.parse(path).getroot().iter("testcase") for each in case.attrib.values())
            self.assertIn("<b>]]>&amp;\"'", words, path)

    def test_the_counts_are_right(self):
        for path in self.paths():
            root = ElementTree.parse(path).getroot()
            for element in (root, *root):
                said = {name: int(element.get(name)) for name in ("tests", *OUTCOMES.values())}
                self.assertEqual(said, counts(list(element.iter("testcase"))), f"{path}: {element.get('name')}")
                self.assertGreater(said["tests"], 0, path)

    def test_a_failure_is_there_if_and_only_if_the_verdict_is_failed(self):
        for path in self.paths():
            with open(path.replace(".xml", ".json"), encoding="utf-8") as f:
                verdict = json.load(f)["verdict"]
            root = ElementTree.parse(path).getroot()
            failed = int(root.get("failures")) + int(root.get("errors"))
            self.assertEqual(verdict, "failed" if failed else "passed", path)

    def test_failures_are_the_failed_cases(self):
        for name in ("update-passed", "update-failed", "update-many"):
            with open(f"tests/reports/{name}.json", encoding="utf-8") as f:
                document = json.load(f)
            failures = ElementTree.parse(f"tests/reports/{name}.xml").getroot().iter("failure")
            self.assertEqual(len(list(failures)), document["bricks"], name)

    def test_the_schema_refuses_what_readers_stumble_over(self):
        with open("tests/reports/update-failed.xml", encoding="utf-8") as f:
            text = f.read()
        for old, new in (('classname="', 'class="'), (' tests="', ' test="'), ("<failure ", "<flaw "), ('failures="', 'failures="-'),
                         ("<testsuite ", '<testsuite hostname="x" '), ('message="', 'message="one&#10;two'),
                         ("</testsuite>", '<testcase classname="a" name="b"/><testcase classname="a" name="b"/></testsuite>')):
            self.assertIn(old, text)
            with open("tests/reports/spoilt.tmp", "w", encoding="utf-8") as f:
                f.write(text.replace(old, new).replace("</flaw>", "</failure>").replace("</failure>", "</flaw>")
                        if old == "<failure " else text.replace(old, new, 1))
            code, said = validate("tests/reports/spoilt.tmp")
            os.remove("tests/reports/spoilt.tmp")
            self.assertNotEqual(code, 0, new)
            self.assertIn("validity error" if old != "<failure " else "error", said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
