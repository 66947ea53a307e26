#!/usr/bin/env python3
"""A double of mcumgr-client, which PyPI has as mcumgr-client-wrapper 0.3.0, but not for Python 3.13: it wants an answer, and
nothing else, behind each request. A log line in front of one ended the original's command with "read error, expected: 6,
read: 91". The double lists, uploads, tests, confirms and erases on the virtual board, as the original did by hand.

usage: strict_client_test.py        (in the build folder, with venv/bin/python)
"""
import base64
import binascii
import hashlib
import os
import select
import struct
import sys
import tempfile
import termios
import tty

import cbor2

from board import Board, expect

LOADER = "tests/nucleo_h753zi/bootloader.elf"
V1 = "tests/nucleo_h753zi-1.0.0.bin"
V2 = "tests/nucleo_h753zi-2.0.0.bin"
LINE, MTU = 128, 512  # its defaults: bytes of a line, of a packet
FIRST, NEXT = b"\x06\x09", b"\x04\x14"


class StrictClient:
    def __init__(self, board):
        self.port = os.open(board.uart, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.port)
        termios.tcflush(self.port, termios.TCIFLUSH)  # of the boot
        self.sequence = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.port)

    def byte(self):
        if not select.select([self.port], [], [], 600)[0]:
            sys.exit("FAILED: strict client: no answer")
        return os.read(self.port, 1)

    def line(self, marker):
        """A line of a frame; its first byte is the first that comes."""
        head = self.byte() + self.byte()
        if head != marker:
            sys.exit(f"FAILED: strict client: read error, expected: {marker[0]}, read: {head[0]}")
        text = b""
        while (c := self.byte()) != b"\n":
            text += c
        return base64.b64decode(text)

    def send(self, packet):
        framed = struct.pack(">H", len(packet) + 2) + packet + struct.pack(">H", binascii.crc_hqx(packet, 0))
        text = base64.b64encode(framed)
        for at in range(0, len(text), LINE - 4):
            os.write(self.port, (FIRST if at == 0 else NEXT) + text[at:at + LINE - 4] + b"\n")

    def ask(self, operation, command, **body):
        """A command of group image; protocol version 1, as it speaks."""
        encoded = cbor2.dumps(body)
        self.sequence = (self.sequence + 1) & 0xff
        self.send(struct.pack(">BBHHBB", operation, 0, len(encoded), 1, self.sequence, command) + encoded)
        data = self.line(FIRST)
        while len(data) < struct.unpack(">H", data[:2])[0] + 2:
            data += self.line(NEXT)
        header = struct.unpack(">BBHHBB", data[2:10])
        expect_quietly(header[0] == operation + 1 and header[4:] == (self.sequence, command), f"it is the answer: {header}")
        answer = cbor2.loads(data[10:-2])
        expect_quietly(answer.get("rc", 0) == 0, f"command {command}: {answer}")
        return answer

    def slots(self):
        return {i["slot"]: i for i in self.ask(0, 0)["images"]}

    def upload(self, image):
        first = {"image": 0, "len": len(image), "sha": hashlib.sha256(image).digest()}
        at = 0
        while at < len(image):
            at = self.ask(2, 1, data=image[at:at + MTU - 150], off=at, **(first if at == 0 else {}))["off"]


def expect_quietly(condition, what):
    if not condition:
        sys.exit(f"FAILED: strict client: {what}")


def main():
    with open(V2, "rb") as f:
        image = f.read()
    with tempfile.TemporaryDirectory() as folder, Board(folder, LOADER, f"{V1}@0x08020000") as board:
        board.wait_ready()
        with StrictClient(board) as client:
            expect(list(client.slots()) == [0], "strict client: list")
            client.upload(image)
            slots = client.slots()
            expect(slots[1]["version"] == "2.0.0", "strict client: upload")
            client.ask(2, 0, hash=slots[1]["hash"], confirm=False)
            expect(client.slots()[1]["pending"], "strict client: test")
            client.ask(2, 5, slot=1)
            expect(list(client.slots()) == [0], "strict client: erase takes the request back")
            client.upload(image)
            client.ask(2, 0, hash=slots[1]["hash"], confirm=True)
            expect(client.slots()[1]["permanent"], "strict client: confirm")
    print("strict client: everything passed")


if __name__ == "__main__":
    main()
