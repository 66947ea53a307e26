#!/usr/bin/env python3
"""`board run --flash FILE` is killed (SIGKILL) again and again in the middle of a swap: the file is a board that lost power.

usage: killed_board_test.py SLIPWAY      (from the top of the tree)
"""
import os
import subprocess
import sys
import tempfile
import time
import unittest

SLIPWAY = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else os.path.abspath("slipway")
LOADER = "tests/nucleo_h753zi/bootloader.elf"
V1 = "tests/nucleo_h753zi-1.0.0.bin@0x08020000"
V2 = "tests/nucleo_h753zi-2.0.0.bin"
SLOT0, SLOT1 = 0x20000, 0x100000
KILLS = 5


class KilledBoard(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.flash = os.path.join(folder.name, "flash.bin")
        self.pty = os.path.join(folder.name, "uart")

    def board(self, *programs):
        board = subprocess.Popen([SLIPWAY, "board", "run", *programs, "--flash", self.flash, "--uart", f"pty:{self.pty}",
                                  "--quiet"], stdout=subprocess.DEVNULL)
        self.addCleanup(board.wait, 60)
        self.addCleanup(board.kill)
        return board

    def slipway(self, *words):
        done = subprocess.run([SLIPWAY, *words, "--port", self.pty], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def slot0(self):
        with open(self.flash, "rb") as f:
            f.seek(SLOT0)
            return f.read(SLOT1 - SLOT0)

    def kill_when_slot0_changes(self, board):
        """Whether it was the swap that was killed: slot0 has changed, and the board still runs."""
        before = self.slot0()
        while self.slot0() == before:
            self.assertIsNone(board.poll())
            time.sleep(0.001)
        board.kill()
        board.wait()

    def test_a_swap_that_is_killed_goes_on(self):
        board = self.board(LOADER, V1)
        self.slipway("reset", "--wait", "300")
        self.slipway("image", "upload", V2)
        self.slipway("image", "test", V2)
        self.slipway("reset")
        self.kill_when_slot0_changes(board)
        seen = {self.slot0()}
        for _ in range(KILLS - 1):
            self.kill_when_slot0_changes(self.board())
            seen.add(self.slot0())
        self.assertGreater(len(seen), 1)  # a boot that is killed early may have come as far as one before
        self.board()
        self.assertIn("update confirmed\n", self.slipway("update", V2, "--wait", "300"))
        self.assertRegex(self.slipway("image", "list"), r"\n +0 +0 +2\.0\.0 +active confirmed ")

    def test_two_boards_cannot_have_one_file(self):
        self.board(LOADER, V1)
        self.slipway("reset", "--wait", "300")
        for words in (["board", "run", "--flash", self.flash, "--uart", "none"], ["board", "flash", "load", self.flash, V1]):
            other = subprocess.run([SLIPWAY, *words], capture_output=True, text=True, check=False)
            self.assertEqual(other.returncode, 1)
            self.assertIn("is the flash of a running board", other.stderr)


if __name__ == "__main__":
    unittest.main()
