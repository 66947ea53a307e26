#!/usr/bin/env python3
"""gdb-multiarch drives the virtual board: break at main of the bootloader, step, watch a word of a trailer, reset,
registers, memory map, load, reconnect, and a client that sends nonsense.

gdb_test.py SLIPWAY BUILD_FOLDER"""
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

SLIPWAY, BUILD = sys.argv[1:3]
ELF = os.path.join(BUILD, "bootloader.elf")
HEX = os.path.join(BUILD, "merged.hex")
KEY = os.path.abspath("keys/dev-ecdsa-p256.pem")
PENDING = os.path.join(tempfile.mkdtemp(prefix="slipway-gdb-"), "pending.bin")
FLASH, SECTOR = 0x08000000, 0x20000

with open(os.path.join(BUILD, "generated", "partitions.ld")) as partitions:
    layout = {name: int(value, 0) for name, value in re.findall(r"(\w+) = (\w+);", partitions.read())}
SLOT0, SLOT0_SIZE, SLOT1 = FLASH + layout["SLOT0_OFFSET"], layout["SLOT0_SIZE"], FLASH + layout["SLOT1_OFFSET"]


class Board:
    """A board that waits for its debugger; leaves its flash in a file."""

    def __init__(self, *args, flash=None):
        self.folder = tempfile.mkdtemp(prefix="slipway-gdb-")
        self.flash = flash or os.path.join(self.folder, "flash.bin")
        self.errors = open(os.path.join(self.folder, "stderr"), "w+")
        command = [SLIPWAY, "board", "run", *args, "--flash", self.flash, "--uart", "none", "--timing", "fast",
                   "--gdb", "127.0.0.1:0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.errors, text=True)
        for line in self.process.stdout:
            found = re.match(r"gdb: target remote (\S+)", line)
            if found:
                self.place = found[1]
                break
        else:
            raise RuntimeError("the board does not offer GDB")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.wait(60)
        self.process.stdout.close()
        self.errors.close()
        shutil.rmtree(self.folder)

    def end(self):
        """The exit code after Ctrl-C, or after a kill."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)

    def said(self):
        self.errors.flush()
        self.errors.seek(0)
        return self.errors.read()

    def gdb(self, *commands, elf=ELF, mode="remote"):
        """What GDB prints for these commands."""
        script = ["set pagination off", "set confirm off", "set width 0", "set remotetimeout 600",
                  f"target {mode} {self.place}", *commands]
        arguments = [a for c in script for a in ("-ex", c)]
        done = subprocess.run(["gdb-multiarch", "-q", "-nx", "-batch", *([elf] if elf else []), *arguments],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=600)
        return done.stdout


class Session(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        subprocess.run([SLIPWAY, "sign", "--key", KEY, "--version", "2.0.0", "--header-size", "0x400", "--pad-header",
                        "--slot-size", hex(SLOT0_SIZE), "--align", "32", "--max-align", "32", "--pad",
                        os.path.join(BUILD, "smp_server.bin"), PENDING], check=True, capture_output=True)
        with open(PENDING, "rb") as padded:  # swap-offset: the image begins one sector into the slot
            whole = padded.read()
        with open(PENDING, "wb") as slot:
            slot.write(b"\xff" * SECTOR + whole[:-SECTOR - 32] + whole[-32:])

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(os.path.dirname(PENDING))

    def test_break_at_main_and_step(self):
        with Board(HEX, "--halt") as board:
            text = board.gdb("p/x $pc", "p/x (unsigned)reset_handler & ~1", "break main", "continue", "bt 1", "set var $before = $pc", "stepi",
                             "p $pc != $before", "monitor time", "detach")
            first = re.findall(r"\$[12] = (0x[0-9a-f]+)", text)
            self.assertEqual(first[0], first[1], text)  # --halt: not one instruction yet
            self.assertIn("Note: automatically using hardware breakpoints", text)  # the memory map says flash
            self.assertRegex(text, r"Breakpoint 1, main \(\) at .*main\.c")
            self.assertIn("$3 = 1", text)
            self.assertRegex(text, r"ms of virtual time, \d+ instructions, 0 flash operations")

    def test_registers_and_memory_map(self):
        with Board(HEX, "--halt") as board:
            text = board.gdb("info registers", "info mem", "p $d15 = 1.5", "p $d15", "set var $r0 = 0x1234", "p/x $r0",
                             "set var *(int*)0x20000000 = 77", "p *(int*)0x20000000", "x/wx 0xe000ed00",
                             "x/wx 0x90000000", "detach")
            for name in ("xpsr", "msp", "psp", "primask", "basepri", "faultmask", "control", "fpscr"):
                self.assertRegex(text, rf"(?m)^{name} +0x")
            self.assertRegex(text, r"0x08000000 0x08200000 flash blocksize 0x20000")
            self.assertIn("$2 = 1.5", text)
            self.assertIn("$3 = 0x1234", text)
            self.assertIn("$4 = 77", text)
            self.assertRegex(text, r"0xe000ed00:\s+0x41.fc27.")  # CPUID of a Cortex-M7
            self.assertIn("Cannot access memory at address 0x90000000", text)

    def test_load_into_flash(self):
        with Board("--halt") as board:  # erased
            text = board.gdb("load", "compare-sections", "monitor reset halt", "maintenance flush register-cache",
                             "break main", "continue", "detach")
            self.assertRegex(text, r"Transfer rate: ")
            self.assertNotIn("MIS-MATCHED", text)
            self.assertRegex(text, r"Breakpoint 1, main \(\)")
            self.assertEqual(board.end(), 0)
            binary = os.path.join(board.folder, "dump.bin")
            subprocess.run([SLIPWAY, "board", "flash", "dump", board.flash, binary], check=True, capture_output=True)
            with open(os.path.join(BUILD, "bootloader.bin"), "rb") as f:
                wanted = f.read()
            with open(binary, "rb") as f:
                self.assertEqual(f.read(len(wanted)), wanted)

    def test_watch_a_trailer_word(self):
        """The bootloader swaps: the controller programs the magic of the primary slot."""
        magic = SLOT0 + SLOT0_SIZE - 16
        with Board(HEX, f"{PENDING}@{SLOT1:#x}", "--halt") as board:
            text = board.gdb(f"watch *(unsigned char*){magic:#x}", "continue", "monitor why", "info watchpoints", "detach")
        self.assertIn("Hardware watchpoint 1", text)
        self.assertIn("Old value = 255", text)
        self.assertIn("New value = 32", text)  # 0x20 begins the magic of slots with 32-byte words
        self.assertRegex(text, rf"board: flash at {magic - 16:#010x} was programmed, begun by 0x08")

    def test_faults_are_signals(self):
        with Board(HEX, "--halt") as board:
            text = board.gdb("set var *(short*)0x24000000 = 0x6812", "set var $r2 = 0x48000000",  # ldr r2, [r2]
                             "set var $pc = 0x24000000", "continue", "monitor why", "monitor reset",
                             "maintenance flush register-cache", "p $pc == reset_handler", "detach")
        self.assertIn("Program received signal SIGBUS", text)
        self.assertRegex(text, r"board: .*0x48000000")
        self.assertIn("$1 = 1", text)

    def test_power_cut(self):
        with Board(HEX, f"{PENDING}@{SLOT1:#x}", "--halt") as board:
            text = board.gdb("monitor cut 3 during", "continue", "monitor time", "monitor power cycle",
                             "maintenance flush register-cache", "p $pc == reset_handler", "detach")
        self.assertIn("Program received signal SIGPWR", text)
        self.assertIn("board: power was cut", text)
        self.assertRegex(text, r"instructions, 3 flash operations")
        self.assertIn("$1 = 1", text)

    def test_reconnects(self):
        with Board(HEX, "--halt") as board:
            for _ in range(3):  # gdb ends without detaching in so many words
                text = board.gdb("monitor reset halt", "maintenance flush register-cache", "break main", "continue")
                self.assertRegex(text, r"Breakpoint 1, main \(\)")

    def test_run_and_kill(self):
        with Board(HEX) as board:
            text = board.gdb("break main", "run", "kill", "run", mode="extended-remote")
            self.assertEqual(len(re.findall(r"Breakpoint 1, main \(\)", text)), 2, text)
            board.gdb("kill")
            self.assertEqual(board.process.wait(30), 0)  # a kill ends the board, and its flash is saved
            self.assertTrue(os.path.exists(board.flash))

    def test_ctrl_c_and_time(self):
        def packet(body):
            return b"$%s#%02x" % (body, sum(body) & 255)

        def until(s, end):
            got = b""
            while not re.search(end, got):
                got += s.recv(4096)
            return got

        with Board(HEX) as board:
            host, port = board.place.rsplit(":", 1)
            with socket.create_connection((host, int(port)), 10) as s:
                s.settimeout(600)
                s.sendall(packet(b"c"))
                s.sendall(b"\x03")
                self.assertIn(b"T02", until(s, rb"T..thread:1;#.."))
                times = []
                for _ in range(2):
                    s.sendall(packet(b"qRcmd," + b"time".hex().encode()))
                    times.append(re.search(rb"\$O([0-9a-f]+)#", until(s, rb"OK#9a"))[1])
                self.assertEqual(times[0], times[1])  # halted is halted

    def test_merged_hex_has_one_address_to_start_at(self):
        """pyOCD's and imgtool's reader refuses a second one."""
        with open(HEX, encoding="ascii") as f:
            self.assertLessEqual(sum(line[7:9] in ("03", "05") for line in f), 1)

    def test_nonsense_does_no_harm(self):
        noise = random.Random(7)
        letters = b"$#+-}*?gGmMXZz0123456789abcdef,:;qvc\x03"
        with Board(HEX, "--halt") as board:
            host, port = board.place.rsplit(":", 1)
            for _ in range(20):
                with socket.create_connection((host, int(port)), 10) as s:
                    raw = bytes(noise.choice(letters) if noise.random() < 0.9 else noise.randrange(256)
                                for _ in range(20000))
                    try:
                        s.sendall(raw)
                    except (ConnectionError, socket.timeout):
                        pass  # it may have said k or D
                if board.process.poll() is not None:
                    break
            if board.process.poll() is None:
                self.assertIn("thread 1", board.gdb("monitor power cycle", "info threads", "detach").lower())
            self.assertEqual(board.end(), 0, board.said())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
