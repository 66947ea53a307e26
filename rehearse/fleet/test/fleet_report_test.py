"""What fleet_report.py puts into a rollout's document. Usage: fleet_report_test.py"""
import json
import os
import sys
import tempfile
import types
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.dont_write_bytecode = True
import fleet_report


class Report(unittest.TestCase):
    def test_who_is_wrong_and_how(self):
        verdict = fleet_report.Verdict()
        verdict.add("good", "a", "finished", True, False)
        verdict.add("good", "b", "finished", False, True)
        verdict.add("good", "c", "error", True, False)
        verdict.add("bad", "d", "running", False, False)
        verdict.add("bad", "e", "error", False, False)
        members = verdict.members()
        self.assertEqual([members[name] for name in ("bricks", "false_successes", "false_failures", "open")],
                         [["b"], ["b"], ["c"], ["d"]])
        self.assertEqual(members["units"], [
            {"unit": "bad", "devices": 2, "success": 0, "failure": 1, "open": 1, "new": 0, "wrong": ["d"]},
            {"unit": "good", "devices": 3, "success": 2, "failure": 1, "open": 0, "new": 2, "wrong": ["b", "c"]}])
        self.assertIn("bricked: b", list(verdict.lines()))

    def test_the_command_without_its_outputs(self):
        for words, command in [
                ([], "slipway rehearse fleet"),
                (["--json", "--devices", "4", "--html", "a b", "--junit=x", "--json-file", "--html", "--quiet"],
                 "slipway rehearse fleet --devices 4"),
                (["--keep", "it's"], "slipway rehearse fleet --keep 'it'\"'\"'s'"),
                (["--keep", "half \udce2\udc82 \U0001f600"], "slipway rehearse fleet --keep 'half \ufffd \U0001f600'")]:
            self.assertEqual(fleet_report.command_line(words), command)
            json.dumps(command).encode()

    def test_a_long_rollout_has_few_points(self):
        course = fleet_report.Course()
        for closed in range(1, 4001):
            course.closed(closed)
            course.closed(closed)
        points = course.progress()
        self.assertLessEqual(len(points), fleet_report.POINTS_MOST)
        self.assertEqual(points[-1]["closed"], 4000)
        self.assertEqual([p["closed"] for p in points], sorted(p["closed"] for p in points))
        self.assertEqual(len(course.points), 4001)

    def test_files_are_whole_or_not_there(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "report.json")
            fleet_report.put_file(path, "old")
            fleet_report.put_file(path, "new")
            with self.assertRaises(UnicodeEncodeError):
                fleet_report.put_file(path, "half \udce2")
            with open(path, encoding="utf-8") as f:
                self.assertEqual(f.read(), "new")
            self.assertEqual(os.listdir(folder), ["report.json"])
            self.assertEqual(fleet_report.unwritable(folder), "it is a folder")
            self.assertIsNone(fleet_report.unwritable(path))
            self.assertIn("no folder", fleet_report.unwritable(os.path.join(path, "x")))
        self.assertIsNone(fleet_report.unwritable("/dev/null"))

    def test_what_cannot_be_drawn_is_an_exit_code(self):
        o = types.SimpleNamespace(json=False, json_file=None, html="page", junit=None)
        self.assertEqual(fleet_report.write(o, {}, "/bin/false"), 1)
        o.html = None
        self.assertEqual(fleet_report.write(o, {}, "/bin/false"), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
