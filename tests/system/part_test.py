#!/usr/bin/env python3
"""What the tool says of programs, layouts and flash files of two parts: each is taken by its own board and refused by the other.

usage: part_test.py SLIPWAY      (from the top of the tree)
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SLIPWAY = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else os.path.abspath("slipway")
TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
BOARDS = {"nucleo_h753zi": "stm32h753", "nucleo_h723zg": "stm32h723"}
PAIRS = [("nucleo_h753zi", "nucleo_h723zg"), ("nucleo_h723zg", "nucleo_h753zi")]
KEY = "keys/dev-ecdsa-p256.pem"


def slipway(*words):
    return subprocess.run([SLIPWAY, *words], capture_output=True, text=True, timeout=120, check=False)


def image(board, name="1.0.0"):
    return f"tests/{board}-{name}.bin"


class Parts(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(dir="tests")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def taken(self, *words):
        r = slipway(*words)
        self.assertEqual(r.returncode, 0, f"{words}\n{r.stdout}{r.stderr}")
        return r

    def refused(self, code, *words, says=()):
        r = slipway(*words)
        self.assertEqual(r.returncode, code, f"{words}\n{r.stdout}{r.stderr}")
        for text in says:
            self.assertIn(text, r.stderr)
        self.assertIn("evidence:", r.stderr)
        self.assertIn("next:", r.stderr)
        return r

    def file(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def test_verify_knows_the_part(self):
        for board in BOARDS:
            for judge in "bootloader.elf", "board.dtb":
                self.taken("verify", "--against", f"tests/{board}/{judge}", image(board))
        for board, other in PAIRS:
            for judge in "bootloader.elf", "board.dtb":
                self.refused(1, "verify", "--against", f"tests/{board}/{judge}", image(other),
                             says=(f"built for the {BOARDS[other]}", f"{judge} is for the {BOARDS[board]}"))
        self.refused(1, "verify", "--against", "tests/nucleo_h723zg/board.dtb", image("nucleo_h723zg", "other-part"),
                     says=("built for the stm32h753",))
        self.taken("verify", "--against", "tests/nucleo_h723zg/bootloader.elf", image("nucleo_h723zg", "no-mark"))

    def sign(self, vectors, *options):
        """Words of a command that signs a program without a mark; the last one is the image."""
        program = os.path.join(self.folder, "program.bin")
        with open(program, "wb") as f:
            f.write(b"".join(word.to_bytes(4, "little") for word in vectors) + bytes(1000))
        return ["sign", "--key", KEY, "--version", "1.0.0", "-H", "0x400", "--pad-header", "--align", "32", *options,
                program, os.path.join(self.folder, "signed.bin")]

    def test_vectors_tell_where_there_is_no_mark(self):
        h723, h753 = "tests/nucleo_h723zg/board.dtb", "tests/nucleo_h753zi/board.dtb"
        axi_of_753 = (0x24080000, 0x08020441)
        self.taken(*self.sign((0x20020000, 0x08020441), "--layout", h723))
        self.taken(*self.sign((0x24050000, 0x08020441), "--layout", h723))
        self.taken(*self.sign(axi_of_753, "--layout", h753))
        self.refused(1, *self.sign(axi_of_753, "--layout", h723),
                     says=("stack begins at 0x24080000", "AXI SRAM at 0x24050000", "stm32h723"))
        for reset, judge, says in ((0x08100441, h753, None), (0x080ff441, h723, None),
                                   (0x08100441, h723, ("reset vector is 0x08100441", "ends at 0x08100000"))):
            words = self.sign((0x20020000, reset), "--slot-size", "0x60000")
            self.taken(*words)
            if says:
                self.refused(1, "verify", "--against", judge, words[-1], says=says)
            else:
                self.taken("verify", "--against", judge, words[-1])

    def test_data_have_no_vectors(self):
        for vectors in (0x24080000, 0x08020440), (0x6c536c69, 0x79617770), (0xffffffff, 0xffffffff), (0, 0):
            words = self.sign(vectors, "--slot-size", "0x60000")
            self.taken(*words)
            self.taken("verify", "--against", "tests/nucleo_h723zg/board.dtb", words[-1])

    def test_no_vector_table_at_the_header_size(self):
        """A program that has room for a header of 0x400 bytes, signed for one of 0x200."""
        program, signed = os.path.join(self.folder, "room.bin"), os.path.join(self.folder, "signed.bin")
        elf, layout = "tests/nucleo_h753zi/bootloader.elf", "tests/nucleo_h753zi/board.dtb"
        with open("tests/nucleo_h753zi/smp_server.bin", "rb") as f:
            bare = f.read()
        with open(program, "wb") as f:
            f.write(bytes(0x400) + bare)
        words = ["sign", "--key", KEY, "--version", "1.0.0", "--align", "32", "--slot-size", "0xe0000"]
        says = ("no vector table at the header size 0x200", "begins at 0x400", "--header-size 0x400")
        self.refused(1, *words, "-H", "0x200", program, signed, says=says)
        self.taken(*words, "-H", "0x400", program, signed)
        # Signed by another tool.
        with open(program, "wb") as f:
            f.write(bytes(0x200) + bare)
        imgtool = ["venv/bin/imgtool", *words, "--header-size", "0x200", "--pad-header", program, signed]
        subprocess.run(imgtool, check=True, capture_output=True)
        for judge in (), ("--against", elf), ("--against", layout):
            self.refused(1, "verify", *judge, signed, says=says)
        for command in ("update",), ("image", "upload"):
            self.refused(1, *command, signed, "--port", "/dev/null", says=says)

    def test_vtor_takes_no_header_of_0x200(self):
        """The vectors stand behind the header, and where VTOR cannot point to."""
        signed = os.path.join(self.folder, "signed.bin")
        elf, layout = "tests/nucleo_h753zi/bootloader.elf", "tests/nucleo_h753zi/board.dtb"
        words = ["sign", "--key", KEY, "--version", "1.0.0", "--align", "32", "--pad-header", "-H", "0x200"]
        says = ("size 0x200 does not suit the core", "166 entries", "multiple of 0x400")
        self.refused(1, *words, "--layout", layout, "tests/nucleo_h753zi/smp_server.bin", signed, says=says)
        self.taken(*words, "--slot-size", "0xe0000", "tests/nucleo_h753zi/smp_server.bin", signed)
        self.taken("verify", "-k", KEY, signed)  # it may be for another part
        for judge in elf, layout:
            self.refused(1, "verify", "--against", judge, signed, says=says)
        r = self.taken("board", "run", elf, f"{signed}@0x08020000", "--uart", "none", "--timing", "fast", "--for", "5",
                       "--until-text", "link it for 0x08020400, 1 KB aligned", "--log",
                       os.path.join(self.folder, "log"))
        self.assertNotIn("lockup", r.stdout + r.stderr)

    def test_a_mark_goes_before_the_layout_when_signing(self):
        for board, other in PAIRS:
            words = ["sign", "--key", KEY, "--version", "1.0.0", "-H", "0x400", "--pad-header", "--align", "32",
                     "--layout", f"tests/{board}/board.dtb", f"tests/{other}/smp_server.bin", os.path.join(self.folder, "x.bin")]
            self.refused(1, *words, says=(f"built for the {BOARDS[other]}", f"layout is for the {BOARDS[board]}"))

    def test_board_run_takes_the_board_from_the_program(self):
        run = ("board", "run", "--uart", "none", "--timing", "fast", "--for", "1")
        for program in "bootloader.elf", "merged.hex":
            r = self.taken(*run, f"tests/nucleo_h723zg/{program}")
            self.assertIn("board: nucleo_h723zg ", r.stdout)
            self.assertIn("is built for the stm32h723", r.stdout)
            r = self.taken(*run, f"tests/nucleo_h753zi/{program}")
            self.assertNotIn("board:", r.stdout)
        for board, other in PAIRS:
            self.refused(1, *run, "--board", board, f"tests/{other}/bootloader.elf",
                         says=(f"built for the {BOARDS[other]}", f"has an {BOARDS[board]}", f"there is a board {other}"))
            # The first program chooses the board, and the second is for another one.
            self.refused(1, *run, f"tests/{board}/bootloader.elf", f"{image(other)}@0x08020000",
                         says=(f"built for the {BOARDS[other]}",))
        self.refused(2, *run, "--board", "nucleo_h743zi", "tests/nucleo_h753zi/bootloader.elf",
                     says=("nucleo_h753zi, nucleo_h723zg",))

    def test_a_flash_file_is_of_its_board(self):
        flash = os.path.join(self.folder, "flash.bin")
        run = ("board", "run", "--uart", "none", "--timing", "fast", "--for", "1", "--flash", flash)
        self.taken(*run, "tests/nucleo_h723zg/merged.hex")
        r = self.taken(*run)
        self.assertIn("board: nucleo_h723zg (the flash file", r.stdout)
        self.refused(1, *run, "tests/nucleo_h753zi/merged.hex", says=("is of another board", "nucleo_h723zg", "nucleo_h753zi"))
        dump = os.path.join(self.folder, "dump.bin")
        self.taken("board", "flash", "dump", flash, dump)
        self.assertEqual(os.path.getsize(dump), 0x100000)
        self.taken("board", "flash", "diff", flash, flash)

    def test_no_board_has_the_part(self):
        with open("tests/nucleo_h723zg/bootloader.bin", "rb") as f:
            program = f.read().replace(b"SOC:stm32h723", b"SOC:stm32h7a3")
        path = os.path.join(self.folder, "other.bin")
        with open(path, "wb") as f:
            f.write(program)
        self.refused(1, "board", "run", "--uart", "none", path, says=("stm32h7a3", "nucleo_h753zi, nucleo_h723zg"))

    def test_layouts_say_their_part_and_what_one_bank_means(self):
        r = self.taken("layout", "check", "tests/nucleo_h723zg/board.dtb")
        self.assertIn("the stm32h723 has one bank", r.stdout)
        self.assertIn("stalls", r.stdout)
        self.assertIn("largest image 131072", r.stdout)
        j = json.loads(self.taken("--json", "layout", "show", "tests/nucleo_h723zg/board.dtb").stdout)
        self.assertEqual((j["part"], j["part_assumed"], j["banks"]), ("stm32h723", False, 1))
        self.assertTrue(j["images"][0]["upload_stalls_code"])
        r = self.taken("layout", "show", "tests/nucleo_h753zi/board.dtb")
        self.assertNotIn("one bank", r.stdout)
        self.assertNotIn("assumed", r.stdout)
        j = json.loads(self.taken("--json", "layout", "check", "tests/nucleo_h753zi/board.dtb").stdout)
        self.assertEqual((j["part"], j["part_assumed"], j["banks"]), ("stm32h753", False, 2))
        self.assertFalse(j["images"][0]["upload_stalls_code"])

    def tree(self, compatible, board="st,stm32h753zi-nucleo"):
        with open(TOP + "/target/boards/nucleo_h753zi/board.dts", encoding="utf-8") as f:
            tree = f.read().replace('"st,stm32h753zi-nucleo"', f'"{board}"')
        return self.file("board.dts", re.sub(r'compatible = "st,stm32h753", "simple-bus"', f"compatible = {compatible}", tree))

    def test_an_unknown_part_is_reported(self):
        for compatible, says in (('"st,stm32h7a3", "st,stm32h7", "simple-bus"', 'it names "st,stm32h7a3", "st,stm32h7"'),
                                 ('"simple-bus"', "it names no part of ST")):
            path = self.tree(compatible, board="my,board")
            for command in "show", "check":
                r = self.taken("layout", command, path)
                self.assertIn("part: stm32h753 assumed", r.stdout)
                self.assertIn(says, r.stdout)
                j = json.loads(self.taken("--json", "layout", command, path).stdout)
                self.assertEqual((j["part"], j["part_assumed"], j["part_evidence"]), ("stm32h753", True, says))
            # What is only assumed refuses nothing.
            self.taken("verify", "--against", path, image("nucleo_h753zi"))

    def test_the_part_is_read_from_the_board_s_name(self):
        path = self.tree('"simple-bus"')
        r = self.taken("layout", "show", path)
        self.assertIn('part: stm32h753, by the root\'s compatible "st,stm32h753zi-nucleo"', r.stdout)
        j = json.loads(self.taken("--json", "layout", "show", path).stdout)
        self.assertEqual((j["part"], j["part_assumed"], j["part_evidence"]),
                         ("stm32h753", False, 'the root\'s "st,stm32h753zi-nucleo"'))
        self.refused(1, "layout", "check", self.tree('"simple-bus"', board="st,stm32h723zg-nucleo"),
                     says=("not that of the stm32h723",))

    def test_a_layout_for_the_other_part_is_refused(self):
        self.refused(1, "layout", "check", self.tree('"st,stm32h723", "simple-bus"'),
                     says=("not that of the stm32h723", "2048 KB", "1024 KB"))
        self.refused(1, "layout", "check", TOP + "/target/boards/nucleo_h753zi/layout-scratch.overlay",
                     "--board", TOP + "/target/boards/nucleo_h723zg/board.dts", says=("leave the flash of 0x100000 bytes",))
        build = tempfile.TemporaryDirectory(dir="tests")
        self.addCleanup(build.cleanup)
        name = f"tests/{os.path.basename(build.name)}"
        self.addCleanup(os.remove, f"{name}.log")
        r = subprocess.run([TOP + "/tools/firmware.sh", name, "all", "-DBOARD=nucleo_h723zg", "-DLAYOUT=rollback"],
                           capture_output=True, text=True, check=False)
        self.assertNotEqual(r.returncode, 0)
        self.assertIn("LAYOUT=rollback", r.stderr)
        self.assertRegex(re.sub(r"\s+", " ", r.stderr), r"use LAYOUT=default or one of scratch, single")

    def test_the_build_packs_no_program_for_the_other_part(self):
        build = os.path.join(self.folder, "build")
        shutil.copytree("tests/nucleo_h723zg", build, ignore=shutil.ignore_patterns("CMakeFiles", "core", "target", "app", "museum"))
        words = [TOP + "/tools/package.sh", build, "1.0.0"]
        self.assertEqual(subprocess.run(words, capture_output=True, check=False).returncode, 0)
        with open(os.path.join(build, "smp_server.bin"), "r+b") as f:
            program = f.read()
            f.seek(0)
            f.write(program.replace(b"SOC:stm32h723", b"SOC:stm32h753"))
        r = subprocess.run(words, capture_output=True, text=True, check=False)
        self.assertEqual(r.returncode, 1, r.stdout + r.stderr)
        self.assertIn("built for the stm32h753", r.stderr)
        self.assertIn("board.dtb is for the stm32h723", r.stderr)

    def test_openocd_gets_the_file_for_one_bank_or_two(self):
        openocd = self.file("openocd", '#!/bin/sh\necho "$@"\n')
        os.chmod(openocd, 0o755)
        path = os.path.abspath(self.folder) + ":" + os.environ["PATH"]
        for board, chip in (("nucleo_h753zi", "stm32h7x_dual_bank.cfg"), ("nucleo_h723zg", "stm32h7x.cfg")):
            r = subprocess.run([TOP + "/tools/flash.sh", f"tests/{board}"], env={**os.environ, "PATH": path},
                               capture_output=True, text=True, check=True)
            self.assertIn(f"target/{chip}", r.stdout)

    def test_why_knows_one_bank(self):
        r = self.taken("why", "0x00040000", "--bank", "1", "--part", "stm32h723")
        self.assertIn("one bank", r.stdout)
        self.assertNotIn("in the other bank", r.stdout)
        self.assertIn("no bank 2", self.taken("why", "0x00040000", "--bank", "2", "--part", "stm32h723").stdout)
        self.assertIn("in the other bank", self.taken("why", "0x00040000", "--bank", "2").stdout)
        self.assertIn("in the other bank", self.taken("why", "0x00040000", "--bank", "1", "--part", "stm32h753").stdout)
        self.assertEqual(slipway("why", "0x00040000", "--part", "stm32h7a3").returncode, 2)

    def test_an_update_is_rehearsed_on_the_board_of_the_bootloader(self):
        boot = "tests/nucleo_h723zg/bootloader.elf"
        r = self.taken("rehearse", "update", boot, image("nucleo_h723zg"), image("nucleo_h723zg", "2.0.0"), "--cuts", "20", "--seed", "1")
        self.assertIn("board: nucleo_h723zg", r.stdout)
        self.assertIn("0 bricks", r.stdout)
        self.refused(1, "rehearse", "update", boot, image("nucleo_h723zg"), image("nucleo_h723zg", "2.0.0"), "--cuts", "1",
                     "--layout", "tests/nucleo_h753zi/board.dtb", says=("stm32h753", "stm32h723"))

    def test_a_replay_runs_on_the_board_of_the_bootloader(self):
        replay_elf = os.path.join(os.path.dirname(SLIPWAY), "../tests/sweep/replay_elf")
        r = subprocess.run([replay_elf, "offset,32x1024x3,revert,0: 12.touched 3.touched", "tests/nucleo_h723zg/bootloader.elf", KEY],
                           capture_output=True, text=True, check=False)
        self.assertEqual(r.returncode, 0, r.stdout + r.stderr)
        self.assertIn("replay: no violation", r.stdout)


if __name__ == "__main__":
    unittest.main()
