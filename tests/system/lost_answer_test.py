#!/usr/bin/env python3
"""`slipway update` on the virtual board, over a line that loses the answer to the reset; and begun before the board is on.

usage: lost_answer_test.py SLIPWAY      (from the top of the tree)
"""
import base64
import os
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

SLIPWAY = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else os.path.abspath("slipway")
LOADER = "tests/nucleo_h753zi/bootloader.elf"
V1 = "tests/nucleo_h753zi-1.0.0.bin@0x08020000"
V2 = "tests/nucleo_h753zi-2.0.0.bin"
WRITE_ANSWER, GROUP_OS, RESET = 3, 0, 5


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def is_reset_answer(line):
    """A console line that holds the whole answer to a reset: length, header (op, flags, length, group, seq, id)."""
    if not line.startswith(b"\x06\x09"):
        return False
    frame = base64.b64decode(line[2:].strip())
    return len(frame) > 9 and (frame[2] & 7, int.from_bytes(frame[6:8], "big"), frame[9]) == (WRITE_ANSWER, GROUP_OS, RESET)


class Line:
    """A TCP endpoint in front of the board's that loses the first answer to a reset."""

    def __init__(self, board_port):
        self.board_port = board_port
        self.lost = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            client, _ = self.listener.accept()
            board = socket.create_connection(("127.0.0.1", self.board_port))
            threading.Thread(target=self.pass_on, args=(client, board, False), daemon=True).start()
            self.pass_on(board, client, True)

    def pass_on(self, source, sink, answers):
        try:
            with source.makefile("rb") as lines:
                while data := lines.readline() if answers else source.recv(4096):
                    if answers and not self.lost and is_reset_answer(data):
                        self.lost += 1
                    else:
                        sink.sendall(data)
            sink.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # one side has closed; the other one will
        finally:
            source.close()


class LostAnswer(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.port = free_port()

    def board(self):
        board = subprocess.Popen([SLIPWAY, "board", "run", LOADER, V1, "--flash", os.path.join(self.folder.name, "flash.bin"),
                                  "--uart", f"tcp:{self.port}", "--quiet"])
        self.addCleanup(board.wait, 60)
        self.addCleanup(board.terminate)

    def slipway(self, port, *words):
        return subprocess.run([SLIPWAY, *words, "--tcp", f"127.0.0.1:{port}"], capture_output=True, text=True, check=False)

    def expect_confirmed(self, done, port):
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("update confirmed\n", done.stdout)
        self.assertRegex(self.slipway(port, "image", "list").stdout, r"\n +0 +0 +2\.0\.0 +active confirmed ")

    def test_the_answer_to_the_reset_is_lost(self):
        self.board()
        line = Line(self.port)
        self.assertEqual(self.slipway(self.port, "reset", "--wait", "300").returncode, 0)
        done = self.slipway(line.port, "update", V2, "--wait", "300")
        self.assertEqual(line.lost, 1)
        self.expect_confirmed(done, line.port)
        self.assertIn("reset    no answer (", done.stdout)

    def test_an_update_that_begins_before_the_board(self):
        update = subprocess.Popen([SLIPWAY, "update", V2, "--wait", "300", "--tcp", f"127.0.0.1:{self.port}"],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        first = update.stderr.readline()
        self.assertRegex(first, r"^waiting up to 300 s for tcp 127\.0\.0\.1:\d+ \(Connection refused\)$")
        self.board()
        out, err = update.communicate(timeout=600)
        done = subprocess.CompletedProcess(update.args, update.returncode, out, err)
        self.expect_confirmed(done, self.port)


if __name__ == "__main__":
    unittest.main()
