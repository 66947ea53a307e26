"""Cut sequences that the closure found, on the ELF (replay_elf.c). A bootloader with the mistake fails as the closure said,
the true one survives; what cannot be carried over is refused, and the error says why.

Usage: replay_test.py REPLAY_ELF SLIPWAY. After make_broken.sh and tests/system/make_strategies.sh.
"""
import os
import subprocess
import sys
import tempfile
import unittest

REPLAY_ELF, SLIPWAY = (os.path.abspath(sys.argv.pop(1)) for _ in range(2))
KEY = os.path.abspath("keys/dev-ecdsa-p256.pem")
TRUE = {"swap-offset": "nucleo_h753zi"}

# ROWS=... tools/closure_mutants.py prints these: strategy, sequence, what it is a violation of.
FOUND = [
    ("swap-offset", "offset,32x1024x7,revert,1fbf: 12.touched 3.touched", "an image runs that the rules do not allow"),
    ("swap-offset", "offset,32x1024x7,permanent,1fbe: 3.before 42.before 3.touched", "no genuine image in the primary slot"),
    ("swap-offset", "offset,32x1024x7,test,1fbe: 3.before 42.before 3.touched", "no genuine image in the primary slot"),
    ("swap-move", "move,32x1024x7,permanent,1f80: 3.before 178.before", "no genuine image in the primary slot"),
]

# Cuts in the application's part, in payload, of every kind; scenes whose first state is none that an update leaves.
SURVIVED = [
    ("overwrite", "overwrite,32x512x7,upload,0: 3.mixed9 30.unreadable - 2.scatter1", "part of the application"),
    ("overwrite", "overwrite,32x512x7,forged,0: 4.after quiet", "The request is cleared"),
    ("ram-load", "ram-revert,32x512x7,no-way-back,0: 1.touched", "The request for slot 0 is cleared"),
]


def elf(strategy, broken=False):
    build = f"broken-{strategy}" if broken else TRUE.get(strategy, f"strategy-{strategy}")
    return os.path.abspath(os.path.join("tests", build, "bootloader.elf"))


def replay(text, path, *key):
    return subprocess.run([REPLAY_ELF, text, path, *(key or [KEY])], capture_output=True, text=True, check=False)


class Replay(unittest.TestCase):
    def test_the_mistake_shows(self):
        for strategy, text, fault in FOUND:
            with self.subTest(text):
                done = replay(text, elf(strategy, broken=True))
                self.assertIn(f"replay: {fault}\n", done.stdout, done.stderr)
                self.assertEqual(done.returncode, 1)

    def test_the_true_one_survives(self):
        for strategy, text, _ in FOUND:
            with self.subTest(text):
                done = replay(text, elf(strategy))
                self.assertIn("replay: no violation\n", done.stdout, done.stderr)
                self.assertEqual(done.returncode, 0)
                self.assertEqual(done.stdout.count("power is cut"), len(text.split(": ")[1].split()))

    def test_cuts_everywhere(self):
        for strategy, text, sign in SURVIVED:
            with self.subTest(text):
                done = replay(text, elf(strategy))
                self.assertIn("replay: no violation\n", done.stdout, done.stderr)
                self.assertIn(sign, done.stdout)

    def refused(self, done, code, words):
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertIn(words, done.stderr)
        self.assertNotIn("power on", done.stdout)

    def test_what_does_not_fit_is_refused(self):
        good = FOUND[0][1]
        for text, words in [
                ("offset,32x512x4,revert,f: 1.before", "in the row offset,32x1024x7,revert"),
                ("offset,8x512x7,revert,f: 1.before", "words of 32 bytes"),
                ("move,32x1024x7,revert,f: 1.before", "the sequence is for move, the bootloader does offset"),
                ("offset,32x1024x7,downgrade,f: 1.before", "CONFIG_MCUBOOT_DOWNGRADE_PREVENTION"),
                ("offset,32x1024x7", "does not begin with STRATEGY,WORDxSECTORxSECTORS,SCENE,ABSTRACT:"),
                ("offset,32x1024x7,nothing,f:", "of a known row")]:
            with self.subTest(text):
                self.refused(replay(text, elf("swap-offset")), 2, words)
        self.refused(replay(good, elf("swap-offset"), KEY, "more"), 2, "TEXT BOOTLOADER.elf KEY.pem")
        self.refused(replay(good, "no.elf"), 4, "no.elf")
        self.refused(replay(good, SLIPWAY), 4, "which keys the bootloader trusts")
        with tempfile.TemporaryDirectory() as folder:
            stranger = os.path.join(folder, "stranger.pem")
            subprocess.run([SLIPWAY, "keygen", "-t", "ecdsa-p256", "-k", stranger], check=True, capture_output=True)
            self.refused(replay(good, elf("swap-offset"), stranger), 4, "none of the keys")
            alone = os.path.join(folder, "bootloader.elf")
            os.symlink(elf("swap-offset"), alone)
            self.refused(replay(good, alone), 4, "board.dtb")
            os.symlink(elf("swap-offset").replace("bootloader.elf", "board.dtb"), os.path.join(folder, "board.dtb"))
            self.refused(replay(good, alone), 4, "no .config")

    def test_a_cut_that_never_comes(self):
        done = replay("offset,32x1024x7,revert,0: 4000.before", elf("swap-offset"))
        self.assertEqual(done.returncode, 2)
        self.assertIn("the cut of this step does not exist here", done.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
