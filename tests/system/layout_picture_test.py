"""slipway layout show on every partition table of the boards: the picture keeps to the terminal's width, and the SVG file is
XML that says what the text and the JSON say.

Usage: layout_picture_test.py TOP SLIPWAY"""
import fcntl
import glob
import json
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
import unittest
import xml.etree.ElementTree as tree

TOP, SLIPWAY = (os.path.abspath(word) for word in sys.argv[1:3])
BOARDS = os.path.join(TOP, "target/boards")
STRATEGIES = {"scratch": "BOOT_SWAP_USING_SCRATCH", "single": "SINGLE_APPLICATION_SLOT", "default": "BOOT_SWAP_USING_OFFSET",
              "bank1": "BOOT_DIRECT_XIP_REVERT", "rollback": "BOOT_UPGRADE_ONLY", "two-images": "BOOT_SWAP_USING_MOVE"}


def environment(locale):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))}
    return {**kept, "LC_ALL": locale}


def layouts():
    """(name, words of the command) of each layout."""
    for board in sorted(glob.glob(BOARDS + "/*/board.dts")):
        yield "default", [board]
        for overlay in sorted(glob.glob(os.path.dirname(board) + "/layout-*.overlay")):
            yield os.path.basename(overlay)[len("layout-"):-len(".overlay")], ["--board", board, overlay]


def on_terminal(words, columns, locale="C.UTF-8"):
    """What the command prints on a terminal of this width."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen([SLIPWAY, *words], stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL,
                          env=environment(locale)) as process:
        os.close(theirs)
        said = b""
        while True:
            try:
                more = os.read(ours, 4096)
            except OSError:  # the other end is closed
                break
            said += more
        process.wait()
    os.close(ours)
    return said.decode().replace("\r\n", "\n")


def picture(said):
    """The lines between the first empty line and the next."""
    return said.split("\n\n")[1].splitlines()


class Picture(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.scratch = scratch.name

    def words(self, name, words):
        config = os.path.join(self.scratch, "config")
        with open(config, "w", encoding="utf-8") as f:
            f.write(f"CONFIG_{STRATEGIES[name]}=y\n")
        return ["layout", "show", "--config", config, *words]

    def run_piped(self, *words, locale="C.UTF-8"):
        done = subprocess.run([SLIPWAY, *words], capture_output=True, text=True, check=True, env=environment(locale),
                              encoding="utf-8")
        return done.stdout

    def test_the_picture_keeps_to_the_width(self):
        for name, words in layouts():
            for columns in (30, 50, 81, 200):
                lines = picture(on_terminal(self.words(name, words), columns))
                self.assertLess(max(map(len, lines)), columns, (name, columns))
                self.assertEqual(lines[0].count("bank"), 2 if columns > 80 and "h753zi" in words[-1] else 1)

    def test_a_pipe_has_80_columns(self):
        words = self.words("default", [BOARDS + "/nucleo_h753zi/board.dts"])
        piped = picture(self.run_piped(*words))
        self.assertEqual(piped, picture(on_terminal(words, 81)))
        self.assertTrue(piped[1].startswith("0x000000 ┌─"))
        self.assertTrue(picture(self.run_piped(*words, locale="C"))[1].startswith("0x000000 +--"))
        self.assertTrue(self.run_piped(*words, locale="C").isascii())

    def test_text_json_and_svg_agree(self):
        for name, words in layouts():
            svg = os.path.join(self.scratch, "x.svg")
            text = self.run_piped(*self.words(name, words), "--svg", svg)
            facts = json.loads(self.run_piped("--json", *self.words(name, words)))
            root = tree.parse(svg).getroot()
            words_drawn = " ".join(e.text for e in root.iter("{http://www.w3.org/2000/svg}text") if e.text).split()
            drawn = " ".join(words_drawn)
            titles = [e.text for e in root.iter("{http://www.w3.org/2000/svg}title")]
            sentences = text.split("\n\n")[2].split("\nstrategy:")[0]
            for line in re.sub(r",\n| and(?=\n)", lambda m: m[0].strip() + " ", sentences).splitlines():
                if not line.startswith("the stm32h723 has one bank"):
                    self.assertIn(" ".join(line.split()), drawn, name)
            for piece in facts["pieces"]:
                place = f"0x{piece['offset']:06x} to 0x{piece['offset'] + piece['size'] - 1:06x}, "
                self.assertEqual(sum(place in title for title in titles), 1, (name, piece))
            self.assertEqual(sum(piece["wasted"] for piece in facts["pieces"]), facts["wasted"])
            self.assertIn(f"no image can use {facts['wasted']} bytes" if facts["wasted"] else "no byte is wasted", text)
            images = sum(piece["size"] for piece in facts["pieces"] if piece["use"] == "image" and piece["image"] == 0)
            self.assertEqual(images, facts["largest_image"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
