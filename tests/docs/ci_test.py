"""The recipes of docs/ci.md: they can be read, their makefile rehearses an update and fails when a board does not come back,
and the packages that they install are those that slipway is linked with.

Usage: ci_test.py DOCS/CI.MD SLIPWAY, in the build folder, after make_reports.py (tests/report)"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import yaml

from document import Document

DOCUMENT, SLIPWAY = map(os.path.abspath, sys.argv[1:3])
del sys.argv[1:3]
CUTS = "CUTS=2"


def blocks(language):
    with open(DOCUMENT, encoding="utf-8") as f:
        return ["\n".join(block.lines) + "\n" for block in Document(DOCUMENT, f.read()).blocks if block.language == language]


def scripts(recipe):
    """The shell texts of a GitLab job or of a GitHub workflow."""
    if "jobs" in recipe:
        return [step["run"] for job in recipe["jobs"].values() for step in job["steps"] if "run" in step]
    return ["\n".join(job["before_script"] + job["script"]) for job in recipe.values()]


def packages(script):
    found = re.search(r"apt-get install (.*)", script.replace("\\\n", " "))
    return sorted(word for word in found[1].split() if not word.startswith("-")) if found else []


class Recipes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.makefile, = blocks("make")
        cls.recipes = [yaml.safe_load(text) for text in blocks("yaml")]

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="slipway-ci-")
        self.addCleanup(shutil.rmtree, self.folder)

    def put(self, source, path):
        path = os.path.join(self.folder, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copy(source, path)

    def project(self, board, old, new):
        """A project as the makefile expects it: build and release, and slipway is there already."""
        folder = "build/mcuboot/zephyr"
        self.put(f"tests/{board}/bootloader.elf", f"{folder}/zephyr.elf")
        self.put(f"tests/{board}/.config", f"{folder}/.config")
        subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", "-o", os.path.join(self.folder, folder, "zephyr.dts"),
                        f"tests/{board}/board.dtb"], check=True)
        self.put(f"tests/reports/{old}", "released/zephyr.signed.bin")
        self.put(f"tests/reports/{new}", "build/app/zephyr/zephyr.signed.bin")
        os.makedirs(os.path.join(self.folder, "slipway/bin"))
        os.symlink(SLIPWAY, os.path.join(self.folder, "slipway/bin/slipway"))
        os.makedirs(os.path.join(self.folder, "ci"))
        with open(os.path.join(self.folder, "ci/rehearse.mk"), "w", encoding="utf-8") as f:
            f.write(self.makefile)

    def run_in_project(self, *words, **variables):
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "SLIPWAY_"))}
        return subprocess.run(words, cwd=self.folder, env={**environment, **variables}, capture_output=True, text=True, check=False)

    def read(self, path):
        with open(os.path.join(self.folder, path), encoding="utf-8") as f:
            return f.read()

    def reports(self):
        """The verdict, which all three reports have."""
        verdict = json.loads(self.read("rehearsal/update.json"))["verdict"]
        self.assertIn(f"<title>{verdict}", self.read("rehearsal/update.html"))
        self.assertEqual(' failures="0"' in self.read("rehearsal/update.xml"), verdict == "passed")
        return verdict

    def test_an_update_that_comes_through(self):
        self.project("nucleo_h753zi", "old.bin", "new.bin")
        done = self.run_in_project("make", "-f", "ci/rehearse.mk", CUTS)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.reports(), "passed")
        summary, = [script for recipe in self.recipes for script in scripts(recipe) if "SUMMARY" in script]
        done = self.run_in_project("bash", "-e", "-c", summary, GITHUB_STEP_SUMMARY=os.path.join(self.folder, "summary"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(self.read("summary"), r'^rehearsal of the update: tests="\d+" failures="0" ')

    def test_an_update_that_does_not(self):
        self.project("broken-swap-move", "old-large.bin", "new-large.bin")
        done = self.run_in_project("make", "-f", "ci/rehearse.mk", CUTS)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("did not come back", done.stderr)
        self.assertEqual(self.reports(), "failed")

    def test_slipway_is_fetched_where_it_is_not_there(self):
        self.project("nucleo_h753zi", "old.bin", "new.bin")
        os.remove(os.path.join(self.folder, "slipway/bin/slipway"))
        done = self.run_in_project("make", "-n", "-f", "ci/rehearse.mk", "SLIPWAY=URL", "COMMIT=c0ffee")
        self.assertIn("git clone --quiet URL slipway-source", done.stdout)
        self.assertIn("checkout --quiet c0ffee", done.stdout)
        self.assertRegex(done.stdout, r"-C slipway-source install PREFIX=/\S+/slipway\n")

    def test_the_recipes_can_be_read(self):
        self.assertEqual(len(self.recipes), 2)
        for recipe in self.recipes:
            self.assertIn("make -f ci/rehearse.mk", "\n".join(scripts(recipe)))
            for script in scripts(recipe):
                done = subprocess.run(["bash", "-n", "-c", script], capture_output=True, text=True, check=False)
                self.assertEqual((done.returncode, done.stderr), (0, ""), script)
            text = json.dumps(recipe, default=str)
            for path in ("rehearsal", "slipway", "ci/rehearse.mk", "debian:12"):
                self.assertIn(f'"{path}', text.replace("('", '"').replace("/\"", '"'))

    def test_the_packages_hold_what_slipway_is_linked_with(self):
        lists = [packages(script) for recipe in self.recipes for script in scripts(recipe) if packages(script)]
        self.assertEqual(len(lists), 2)
        self.assertEqual(lists[0], lists[1])
        needed = subprocess.run(["readelf", "-d", SLIPWAY], capture_output=True, text=True, check=True).stdout
        for library in re.findall(r"\(NEEDED\).*\[(.*)\]", needed):
            done = subprocess.run(["dpkg", "-S", f"*/{library}"], capture_output=True, text=True, check=True)
            # Debian 13 has new names for some; what dpkg itself needs is everywhere.
            owners = {line.split(":")[0].removesuffix("t64") for line in done.stdout.splitlines()}
            self.assertTrue(owners & {*lists[0], "libc6", "liblzma5"}, f"{library}: {owners}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
