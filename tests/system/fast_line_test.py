#!/usr/bin/env python3
"""An upload over a line that is made faster: what it carries, what it loses, who leaves it in the middle.

usage: fast_line_test.py SLIPWAY      (from the build folder)
"""
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest

SLIPWAY = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else os.path.abspath("slipway")
LOADER = "tests/nucleo_h753zi/bootloader.elf"
V1 = "tests/nucleo_h753zi-1.0.0.bin@0x08020000"
V2 = "tests/nucleo_h753zi-2.0.0.bin"
PROVEN = "line     {} baud for the upload, proven in both directions\n"


class FastLine(unittest.TestCase):
    def board(self, *options):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.pty = os.path.join(folder.name, "uart")
        self.reports = os.path.join(folder.name, "reports")
        with open(self.reports, "wb") as out:
            board = subprocess.Popen([SLIPWAY, "board", "run", LOADER, V1, "--uart", f"pty:{self.pty}", *options],
                                     stdout=subprocess.DEVNULL, stderr=out)
        self.addCleanup(board.wait, 60)
        self.addCleanup(board.kill)
        self.slipway("reset", "--wait", "300")
        return board

    def run_slipway(self, *words):
        return subprocess.run([SLIPWAY, *words, "--port", self.pty], capture_output=True, text=True, check=False, timeout=400)

    def slipway(self, *words):
        done = self.run_slipway(*words)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout, done.stderr

    def upload(self, *options):
        """Also: what was uploaded is there, and the device answers as before."""
        out, told = self.slipway("image", "upload", V2, *options)
        self.assertIn("uploaded 2.0.0", out)
        self.assertEqual(self.slipway("echo", "hello")[0], "hello\n")
        with open(self.reports, encoding="utf-8") as f:
            self.assertNotIn("lint", f.read())
        return out, told

    def test_as_fast_as_both_ends_have(self):
        self.board()
        out, told = self.upload()
        self.assertIn(PROVEN.format(1000000), out)
        self.assertNotIn("packets are lost", told)

    def test_not_faster_than_wanted(self):
        self.board()
        self.assertIn(PROVEN.format(460800), self.upload("--baud-max", "500000")[0])
        self.board()
        self.assertNotIn("line ", self.upload("--baud-max", "0")[0])

    def test_an_adapter_that_drops_bytes_above_a_rate(self):
        self.board("--line-max", "300000")
        out, told = self.upload()
        self.assertIn(PROVEN.format(230400), out)
        self.assertIn("packets are lost at 460800 baud and above\n", told)

    def test_an_adapter_that_carries_no_more_than_before(self):
        self.board("--line-max", "115200")
        out, told = self.upload()
        self.assertIn("line     115200 baud, as before\n", out)
        self.assertIn("packets are lost at 230400 baud and above\n", told)

    def test_noise(self):
        """Some 10 of 480,000 bytes: each costs a packet, and perhaps the speed, but not the upload."""
        for seed in "1", "2":
            self.board("--line-noise", "20", "--seed", seed)
            self.upload()

    def test_the_next_client_finds_the_device(self):
        """The client is killed at the high speed; the device goes back by itself."""
        self.board()
        with subprocess.Popen([SLIPWAY, "image", "upload", V2, "--port", self.pty], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True) as client:
            for line in client.stdout:
                if re.match(r"upload +20 %", line):
                    break
            client.kill()
        begun = time.monotonic()
        self.assertEqual(self.slipway("echo", "hello")[0], "hello\n")
        self.assertLess(time.monotonic() - begun, 60)
        self.upload()


if __name__ == "__main__":
    unittest.main()
