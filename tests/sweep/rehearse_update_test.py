"""slipway rehearse update: our bootloader comes through, one with a mistake does not, and what is not an update is refused.

Usage: rehearse_update_test.py SLIPWAY, after make_broken.sh. The images are a few bytes that stop at their first
instruction: what is
rehearsed is the bootloader."""
import json
import os
import pty
import re
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

SLIPWAY = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else os.path.abspath("slipway")
GOOD = os.path.abspath("tests/nucleo_h753zi/bootloader.elf")
BROKEN = os.path.abspath("tests/broken-swap-move/bootloader.elf")
KEY = os.path.abspath("keys/dev-ecdsa-p256.pem")
SLOT0 = 0x08020000


def run(*args):
    return subprocess.run(args, capture_output=True, text=True, check=False)


class Rehearsal(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="slipway rehearsal ")  # a space: people have them
        cls.old, cls.new = cls.image("1.0.0", 0xA5), cls.image("2.0.0", 0x5A)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.dir)

    @classmethod
    def image(cls, version, filler, *options, key=KEY, at=SLOT0, size=20000):
        payload, out = os.path.join(cls.dir, "payload"), os.path.join(cls.dir, f"{version}-{filler}.bin")
        with open(payload, "wb") as f:
            f.write(struct.pack("<II", 0x20020000, at + 0x409) + bytes([0, 0xBE]) + bytes([filler]) * size)
        done = run(SLIPWAY, "sign", "--key", key, "--version", version, "--header-size", "0x400", "--pad-header", "--slot-size",
                   "0xe0000", "--align", "32", *options, payload, out)
        assert done.returncode == 0, done.stderr
        return out

    def rehearse(self, boot, old, new, *options):
        return run(SLIPWAY, "rehearse", "update", boot, old, new, *options)

    def refused(self, code, text, boot, old, new, *options):
        done = self.rehearse(boot, old, new, *options)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertIn(text, done.stderr)
        self.assertIn("next:", done.stderr)

    def test_a_good_bootloader_comes_through(self):
        done = self.rehearse(GOOD, self.old, self.new, "--cuts", "8", "--json")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual([b["image"] for b in report["boots"]], ["new", "old", "old"])
        self.assertEqual(report["bricks"], 0)
        self.assertTrue(all(c["ran"][-1] == "old" for c in report["cases"]))
        self.assertGreater(len(report["cases"]), 3)
        self.assertEqual(done.stderr, "")

    def test_what_is_done_is_said_in_a_pipe(self):
        done = self.rehearse(GOOD, self.old, self.new, "--cuts", "8")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        progress = done.stderr.splitlines()
        self.assertEqual(progress[0], "before   the old image boots")
        self.assertIn("update   first without cuts", progress)
        counted = [l for l in progress if re.match(r"cuts +[0-9]+ %", l)]
        cases = int(re.match(r"cuts +0 %  0/([0-9]+) cases$", counted[0]).group(1))
        self.assertRegex(counted[-1], rf"^cuts +100 %  {cases}/{cases} cases  [0-9.]+ cases/s  in ")
        self.assertLessEqual(len(counted), 12)
        result = done.stdout.splitlines()
        self.assertEqual(result[-1], "rehearse update: 0 bricks")
        for line in (rf"cuts     {cases} cases with [0-9]+ power cuts in all, seed 1\.",
                     r"         First cut of a case: [0-9]+ before, [0-9]+ inside and [0-9]+ after a flash operation\.",
                     r"         In [0-9]+ cases? the first cut was at an erase\. The update has [0-9]+ erases\.",
                     r"         [0-9]+ cases? had more cuts while the bootloader repaired the first\.",
                     r"end      [0-9]+ cases? finished the update\.",
                     r"         [0-9]+ cases? went back to the old image\..*",
                     r"repair   A repair took at most [0-9]+ boots and [0-9]+ flash operations\."):
            self.assertEqual(len([l for l in result if re.fullmatch(line, l)]), 1, line + "\n" + done.stdout)
        done = self.rehearse(GOOD, self.old, self.new, "--cuts", "8", "--quiet")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_what_is_done_is_said_on_a_terminal(self):
        master, slave = pty.openpty()
        command = [SLIPWAY, "rehearse", "update", GOOD, self.old, self.new, "--cuts", "8"]
        with subprocess.Popen(command, stdin=slave, stdout=subprocess.DEVNULL, stderr=slave) as process:
            os.close(slave)
            seen = b""
            try:
                while more := os.read(master, 4096):
                    seen += more
            except OSError:  # the other end has gone
                pass
        os.close(master)
        self.assertEqual(process.returncode, 0, seen)
        for text in (b"\rbefore   the old image boots\x1b[K", b"\rupdate   first without cuts\x1b[K",
                     b"\rcuts     [", b"] 100 %  "):
            self.assertIn(text, seen)

    def test_the_options_are_read_before_the_boots(self):
        for option in ("--cuts", "--jobs"):
            done = self.rehearse(GOOD, self.old, self.new, option, "many")
            self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)

    def test_permanently(self):
        done = self.rehearse(GOOD, self.old, self.new, "--cuts", "3", "--permanent", "--verbose")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("boot 2   the new image runs after 0 flash operations: at rest", done.stdout)
        self.assertIn("case 0", done.stdout)

    def test_a_mistake_is_found_and_replayed(self):
        # Nearly a sector each: a word that is copied wrong matters only where an image has it.
        old, new = self.image("1.0.1", 0xA6, size=120000), self.image("2.0.1", 0x6A, size=120000)
        done = self.rehearse(BROKEN, old, new, "--cuts", "4")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("the board did not come back", done.stderr)
        self.assertRegex(done.stdout, r"\n         [0-9]+ cases? failed\.\n")
        command = [l for l in done.stderr.splitlines() if "--replay" in l][0].split("next: ")[1]
        again = run(SLIPWAY, *shlex.split(command)[1:])
        self.assertEqual(again.returncode, 1, again.stdout)
        self.assertIn("power cut", again.stdout)
        self.assertIn("mcuboot:", again.stdout)
        self.assertNotIn("\\x0d", again.stdout)

    def test_the_bootloader_does_not_want_the_image(self):
        stranger = os.path.join(self.dir, "stranger.pem")
        self.assertEqual(run(SLIPWAY, "keygen", "-t", "ecdsa-p256", "-k", stranger).returncode, 0)
        new = self.image("3.0.0", 0x33, key=stranger)
        self.refused(1, "keeps the old image", GOOD, self.old, new)
        old = self.image("0.9.0", 0x22, key=stranger)
        self.refused(1, "does not run the old image", GOOD, old, new)

    def test_what_is_no_update(self):
        elsewhere = self.image("4.0.0", 0x44, at=0x08100000)
        large = self.image("5.0.0", 0x55, size=700000)
        missing = os.path.join(self.dir, "missing.bin")
        self.refused(2, "the same image", GOOD, self.old, self.old)
        self.refused(1, "not linked for the address where it would run", GOOD, self.old, elsewhere)
        self.refused(1, "does not fit the slots", GOOD, self.old, large)
        self.refused(4, "missing.bin", GOOD, self.old, missing)
        self.refused(4, "is not a valid image", GOOD, self.old, GOOD)
        copy = shutil.copy(GOOD, self.dir)
        self.refused(2, "the partition table is not given", copy, self.old, self.new)
        several = os.path.join(self.dir, "several.config")
        with open(several, "w", encoding="utf-8") as f:
            f.write("CONFIG_UPDATEABLE_IMAGE_NUMBER=2\n")
        self.refused(1, "supports one image only", GOOD, self.old, self.new, "--config", several)
        for text in ("", "1", "0: 1.before", "9: 1.before", "1: 99999999.after", "1: 1.torn", "1: 1.before x"):
            self.refused(2, "--replay", GOOD, self.old, self.new, "--replay", text)


if __name__ == "__main__":
    unittest.main(verbosity=2)
