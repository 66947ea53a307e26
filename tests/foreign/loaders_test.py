#!/usr/bin/env python3
"""Flash loaders that we did not write, unmodified, on the virtual board: the machine code that pyOCD and OpenOCD send
into the RAM of an STM32H743/753, called as these programs call it. pyOCD's own host half drives its loader.

What a loader gets wrong is stated here as it was seen: these tests also hold the board to showing it.

loaders_test.py SLIPWAY OPENOCD_SOURCE"""
import os
import random
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(__file__))

from pyocd.core.exceptions import FlashFailure  # noqa: E402
from pyocd.flash.flash import Flash  # noqa: E402
from pyocd.target.builtin.target_STM32H743xx import FLASH_ALGO, STM32H743xx  # noqa: E402

from board import Board, Stopped  # noqa: E402
from pyocd_target import BoardTarget  # noqa: E402

SLIPWAY, OPENOCD = sys.argv[1:3]
FLASH, BANK2, SECTOR, WORD, PAGE = 0x08000000, 0x08100000, 0x20000, 32, 1024
END = FLASH + 16 * SECTOR
KEYR, CR, SR, OPTKEYR, OPTCR, OPTSR_CUR = (0x52002000 + r for r in (0x04, 0x0C, 0x10, 0x08, 0x18, 0x1C))
OPTSR_PRG, WPSN_PRG1 = 0x52002020, 0x5200203C
PGSERR, INCERR = 1 << 18, 1 << 21
KEYS, OPTION_KEYS = (0x45670123, 0xCDEF89AB), (0x08192A3B, 0x4C5D6E7F)
noise = random.Random(0x753)


def erased_sectors(board):
    return [address for what, address in board.operations() if what == "erase sector"]


class Golden:
    """What flash should hold."""

    def __init__(self):
        self.bytes = bytearray(b"\xff" * (END - FLASH))

    def put(self, address, data):
        self.bytes[address - FLASH:address - FLASH + len(data)] = data

    def erase(self, address):
        self.put(address, b"\xff" * SECTOR)

    def compare(self, test, board, start=FLASH, end=END):
        test.assertTrue(board.read(start, end - start) == self.bytes[start - FLASH:end - FLASH],
                        f"0x{start:08x}..0x{end:08x} does not hold what it should")


class PyOcd(unittest.TestCase):
    """pyocd 0.46.0: target_STM32H743xx.FLASH_ALGO, driven by pyocd.flash.flash.Flash and its FlashBuilder."""

    def flash(self, board, address):
        flash = Flash(BoardTarget(board), FLASH_ALGO)
        flash.region = STM32H743xx.MEMORY_MAP.get_region_for_address(address)
        return flash

    def prepare(self, board, address, operation):
        flash = self.flash(board, address)
        flash.init(operation)
        return flash

    def test_builder_programs_and_verifies_both_banks(self):
        golden = Golden()
        with Board(SLIPWAY, "--stores", "in-order") as board:
            for address, length in ((FLASH, 3 * PAGE + 100), (BANK2 - 2 * PAGE, 2 * PAGE), (BANK2, 5000),
                                    (END - 2 * SECTOR, SECTOR)):
                data = noise.randbytes(length)
                self.flash(board, address).flash_block(address, data, smart_flash=False, chip_erase="sector")
                golden.put(address, data)
                if address == BANK2 - 2 * PAGE:  # its sector is erased, and bank 2's first one, too: see below
                    golden.erase(BANK2)
            golden.compare(self, board)
            self.assertEqual({rule for rule, _ in board.findings()}, {"ACR1", "CPU2", "M9", "IWDG1", "M12"})
            board.print_findings("pyocd 0.46.0, STM32H743xx")

    def test_each_erase_erases_the_next_sector_too(self):
        """EraseSector(a) loops while the address is <= a + 0x20000."""
        golden = Golden()
        with Board(SLIPWAY, "--stores", "in-order") as board:
            flash = self.prepare(board, FLASH, Flash.Operation.PROGRAM)
            for address in (FLASH + SECTOR, BANK2, BANK2 + 7 * SECTOR):
                data = noise.randbytes(PAGE)
                flash.program_page(address, data)
                golden.put(address, data)
            flash.init(Flash.Operation.ERASE)
            flash.erase_sector(FLASH)
            golden.erase(FLASH + SECTOR)
            self.assertEqual(erased_sectors(board), [FLASH, FLASH + SECTOR])
            golden.compare(self, board)
            flash.erase_sector(BANK2 - SECTOR)  # bank 1's last sector, and bank 2's first
            golden.erase(BANK2)
            self.assertEqual(erased_sectors(board)[2:], [BANK2 - SECTOR, BANK2])
            golden.compare(self, board)

    def test_erase_of_the_last_sector_erases_the_first_of_bank_2(self):
        """Behind the end of flash it computes sector number -8: ones in bits 31..11 of CR2, SNB 0."""
        golden = Golden()
        with Board(SLIPWAY, "--stores", "in-order") as board:
            data = noise.randbytes(PAGE)
            flash = self.prepare(board, BANK2, Flash.Operation.PROGRAM)
            flash.program_page(BANK2, data)
            golden.put(BANK2, data)
            golden.compare(self, board)
            flash.init(Flash.Operation.ERASE)
            flash.erase_sector(END - SECTOR)
            golden.erase(BANK2)
            golden.compare(self, board)
            self.assertEqual(erased_sectors(board), [END - SECTOR, BANK2])
            self.assertIn(("M11", 0x20000282), board.findings())

    def test_its_missing_barrier_is_named(self):
        """No DSB between PG=1 and the data. By default the board lets that go wrong: nothing is programmed, and the
        loader, which drops the flags that it reads, says that all is well."""
        with Board(SLIPWAY) as board:
            flash = self.prepare(board, FLASH, Flash.Operation.PROGRAM)
            flash.program_page(FLASH, noise.randbytes(PAGE))  # no exception: it returned 0
            self.assertEqual(board.read(FLASH, PAGE), b"\xff" * PAGE)
            self.assertEqual(board.read32(SR) & PGSERR, PGSERR)
            self.assertIn(("M12", 0x20000376), board.findings())
            self.assertEqual(board.operations(), [])

    def test_it_never_reports_an_error(self):
        """A bank that is locked, a sector that is write-protected: both calls return 0, and nothing was done."""
        with Board(SLIPWAY, "--stores", "in-order") as board:
            flash = self.prepare(board, FLASH, Flash.Operation.PROGRAM)
            board.write32(CR, 1)  # LOCK
            flash.program_page(FLASH, noise.randbytes(PAGE))
            self.assertEqual(board.read(FLASH, PAGE), b"\xff" * PAGE)
            self.assertIn("M1", {rule for rule, _ in board.findings()})
        with Board(SLIPWAY, "--stores", "in-order") as board:
            protect(self, board, sector=0)
            flash = self.prepare(board, FLASH, Flash.Operation.ERASE)
            flash.erase_sector(FLASH)
            self.assertIn("refused: write-protected", board.said())
            flash.init(Flash.Operation.PROGRAM)
            flash.program_page(FLASH, noise.randbytes(PAGE))
            self.assertEqual(board.read(FLASH, PAGE), b"\xff" * PAGE)

    def test_the_second_program_of_a_word_is_seen(self):
        with Board(SLIPWAY, "--stores", "in-order") as board:
            flash = self.prepare(board, BANK2, Flash.Operation.PROGRAM)
            flash.program_page(BANK2, b"\x0f" * PAGE)
            flash.program_page(BANK2, b"\xf0" * PAGE)
            self.assertIn("M5", {rule for rule, _ in board.findings()})

    def test_swapped_banks(self):
        with Board(SLIPWAY, "--stores", "in-order") as board:
            swap(self, board, True)
            data = noise.randbytes(PAGE)
            flash = self.prepare(board, FLASH, Flash.Operation.PROGRAM)
            flash.program_page(FLASH, data)
            self.assertEqual(board.read(FLASH, PAGE), data)
            swap(self, board, False)
            self.assertEqual(board.read(BANK2, PAGE), data)
            self.assertEqual(board.read(FLASH, PAGE), b"\xff" * PAGE)

    def test_a_loader_that_runs_wild_is_stopped(self):
        """Its entry called with a stack that does not exist: a statement, and pyOCD gets no success."""
        with Board(SLIPWAY) as board:
            flash = self.flash(board, FLASH)
            flash.begin_stack = 0x60000010
            with self.assertRaisesRegex(Stopped, "external memory at the FMC"):
                flash.init(Flash.Operation.ERASE)


class OpenOcd(unittest.TestCase):
    """openocd 0.12.0: contrib/loaders/flash/stm32/stm32h7x.inc. The host half unlocks, fills the ring of the work area
    (write pointer, read pointer, data) and calls it; here the ring is filled before the call."""
    CODE, WORK, ROOM = 0x20000000, 0x20000400, 4096

    def setUp(self):
        with open(os.path.join(OPENOCD, "contrib/loaders/flash/stm32/stm32h7x.inc")) as f:
            self.code = bytes(int(b, 16) for b in re.findall(r"0x([0-9a-f]{2})\b", f.read()))

    def unlock(self, board):
        board.write(self.CODE, self.code)
        for bank in (0, 0x100):
            for key in KEYS:
                board.write32(KEYR + bank, key)

    def program(self, board, address, data):
        """The status that it returns: SR, 0 if it was stopped."""
        bank = 0x100 * (address >= BANK2)
        ring = self.WORK + 8
        board.write(ring, data)
        board.write32(self.WORK, ring + len(data), ring)
        status = board.call(self.CODE, 0x20010000, self.CODE, r0=self.WORK, r1=ring + self.ROOM, r2=address,
                            r3=len(data) // WORD, r4=WORD, r5=0x52002000 + bank)
        board.write32(CR + bank, 0)
        return status

    def test_programs_both_banks_without_a_finding(self):
        golden = Golden()
        with Board(SLIPWAY) as board:
            self.unlock(board)
            for address in (FLASH, BANK2 - 2 * PAGE, BANK2, END - 2 * PAGE):
                data = noise.randbytes(2 * PAGE)
                self.assertEqual(self.program(board, address, data) & 0x07EE0004, 0)
                golden.put(address, data)
            golden.compare(self, board)
            self.assertEqual(board.findings(), [])
            board.print_findings("openocd 0.12.0, stm32h7x")
            self.assertEqual(len(board.operations()), 4 * 2 * PAGE // WORD)

    def test_reports_what_goes_wrong(self):
        with Board(SLIPWAY) as board:
            self.unlock(board)
            self.assertEqual(self.program(board, FLASH + 16, noise.randbytes(WORD)) & INCERR, INCERR)
            self.assertEqual(board.read32(self.WORK + 4), 0)  # read pointer 0: the host shall stop
            self.assertEqual(board.operations(), [])
            board.write32(0x52002014, INCERR)
            board.write32(CR, 1)  # LOCK
            self.assertEqual(self.program(board, FLASH, noise.randbytes(WORD)) & PGSERR, PGSERR)
            board.write32(CR + 0x100, 1)
            self.assertEqual(self.program(board, BANK2, noise.randbytes(WORD)) & PGSERR, PGSERR)
            self.assertEqual(board.operations(), [])
            self.assertEqual({rule for rule, _ in board.findings()}, {"M1", "M3", "M10"})


def change_options(test, board, register, value):
    for key in OPTION_KEYS:
        board.write32(OPTKEYR, key)
    board.write32(register, value)
    board.write32(OPTCR, 2)  # OPTSTART
    board.write32(0x20000000, 0x6801BF00, 0xD1FC07C9, 0xBE00BE00)  # nop; 1: ldr r1, [r0]; lsls r1, #31; bne 1b; bkpt
    board.call(0x20000000, 0x20010000, 0x20000008, r0=OPTSR_CUR)
    test.assertEqual(board.read32(OPTSR_CUR) & 1, 0)  # OPT_BUSY


def protect(test, board, sector):
    change_options(test, board, WPSN_PRG1, 0xFF & ~(1 << sector))


def swap(test, board, on):
    change_options(test, board, OPTSR_PRG, board.read32(OPTSR_PRG) & 0x7FFFFFFF | on << 31)
    board.monitor("reset halt")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
