#!/usr/bin/env python3
"""Two images, with PyPI's smpclient and smpmgr as the client, and slipway update where one needs the other: a board whose
four slots are empty is brought back through the bootloader's serial recovery; then the application's server takes an update
of both, which are tested, confirmed and erased.

usage: images_test.py        (in the build folder, with venv/bin/python)
"""
import asyncio
import subprocess
import tempfile

from smpclient import SMPClient
from smpclient.generics import success
from smpclient.requests.image_management import ImageErase, ImageStatesRead, ImageStatesWrite, ImageUploadWrite
from smpclient.requests.os_management import ResetWrite
from smpclient.transport.serial import SMPSerialTransport

from board import SLIPWAY, Board, expect, smpmgr

LOADER = "tests/nucleo_h753zi-two-images/bootloader.elf"
APP = ["tests/nucleo_h753zi-two-images-1.0.0.bin", "tests/two-app-2.0.0.bin"]
DATA = ["tests/two-data-1.0.0.bin", "tests/two-data-2.0.0.bin",
        "tests/two-data-4.0.0.bin"]
FLAGS = ("active", "confirmed", "pending", "permanent")


class Session:
    """One connection. who: for the messages."""

    def __init__(self, board, who):
        self.who, self.board = who, board
        self.client = SMPClient(SMPSerialTransport(), board.uart, timeout_s=600)

    async def __aenter__(self):
        await self.client.connect()
        return self

    async def __aexit__(self, *failed):
        await self.client.disconnect()

    async def states(self, want, what, read=ImageStatesRead()):
        """The answer to read must list {(image, slot): "version flag flag"}."""
        answer = await self.client.request(read)
        expect(success(answer), f"{self.who}: {what}: answered")
        have = {(i.image, i.slot): " ".join([i.version, *(f for f in FLAGS if getattr(i, f))]) for i in answer.images}
        expect(have == want, f"{self.who}: {what}: {have}")
        return {(i.image, i.slot): i.hash for i in answer.images}

    async def upload(self, image, path):
        with open(path, "rb") as f:
            data = f.read()
        async for offset in self.client.upload(data, slot=image):
            last = offset
        expect(last == len(data), f"{self.who}: uploaded {last} bytes to image {image}")

    async def refused(self, request, what):
        answer = await self.client.request(request, timeout_s=600)
        refusal = not success(answer) or answer.rc != 0  # recovery's flat rc fits the model of an upload's answer
        expect(refusal, f"{self.who}: {what} is refused")

    async def erase(self, slot):
        expect(success(await self.client.request(ImageErase(slot=slot), timeout_s=600)), f"{self.who}: slot {slot} is erased")


async def bring_back(board):
    async with Session(board, "recovery") as s:
        await s.states({}, "nothing there")
        await s.upload(0, APP[0])
        await s.upload(1, DATA[0])
        # Recovery says only what is there: bootable, active and the rest are the application's to know.
        await s.states({(0, 0): "1.0.0", (1, 0): "1.0.0"}, "both are listed")
        await s.refused(ImageUploadWrite(off=0, data=b"x" * 64, len=64, image=2), "image 2")
        await s.refused(ImageErase(slot=4), "slot 4")
        await s.erase(3)
        await s.states({(0, 0): "1.0.0", (1, 0): "1.0.0"}, "both are still there")
        await s.client.request(ResetWrite())


async def update(board):
    async with Session(board, "smpclient") as s:
        old = {(0, 0): "1.0.0 active confirmed", (1, 0): "1.0.0 active confirmed"}
        await s.states(old, "both run")
        await s.upload(1, DATA[1])
        hashes = await s.states({**old, (1, 1): "2.0.0"}, "image 1 has a second slot")
        await s.states({**old, (1, 1): "2.0.0 pending"}, "test of image 1", ImageStatesWrite(hash=hashes[1, 1]))
        await s.upload(0, APP[1])
        hashes = await s.states({**old, (0, 1): "2.0.0", (1, 1): "2.0.0 pending"}, "image 0 too")
        await s.states({**old, (0, 1): "2.0.0 pending", (1, 1): "2.0.0 pending"}, "test of image 0",
                       ImageStatesWrite(hash=hashes[0, 1]))
        await s.client.request(ResetWrite())
    board.wait_ready(3)
    async with Session(board, "smpclient") as s:
        trial = {(0, 0): "2.0.0 active", (0, 1): "1.0.0 confirmed", (1, 0): "2.0.0 active", (1, 1): "1.0.0 confirmed"}
        hashes = await s.states(trial, "both on trial")
        half = {**trial, (1, 0): "2.0.0 active confirmed", (1, 1): "1.0.0"}
        await s.states(half, "image 1 confirmed by its hash", ImageStatesWrite(hash=hashes[1, 0], confirm=True))
        await s.states({**half, (0, 0): "2.0.0 active confirmed", (0, 1): "1.0.0"}, "image 0 confirmed",
                       ImageStatesWrite(confirm=True))
        await s.refused(ImageErase(slot=2), "slot 2, which runs,")
        await s.refused(ImageErase(slot=4), "slot 4")
        await s.erase(3)
        await s.states({(0, 0): "2.0.0 active confirmed", (0, 1): "1.0.0", (1, 0): "2.0.0 active confirmed"}, "slot 3 is empty")


def slipway(board, code, says, *words):
    done = subprocess.run([SLIPWAY, *words, "--port", board.uart], capture_output=True, text=True, check=False, timeout=300)
    out = done.stdout + done.stderr
    expect(done.returncode == code and says in out, f"slipway {' '.join(words)}: exit {code}, {says!r}" +
           ("" if done.returncode == code and says in out else f"\n{out}"))


def alone_it_waits(board):
    """Of two that need each other one: the tool says at once what it waits for, and how to go on."""
    slipway(board, 1, "evidence: an image waits for another image, which is too old or not uploaded yet\n"
            "  evidence: likely cause: it depends on a version of the other image\n  next: slipway update --image N OTHER_IMAGE", "update", APP[1])
    slipway(board, 0, "", "image", "erase")


def with_smpmgr(board):
    smpmgr(board, "image", "upload", "--slot", "1", DATA[0])
    smpmgr(board, "image", "erase", "1")
    out = smpmgr(board, "image", "state-read")
    listed = [[word.strip() for word in entry.split(",")[0:3]] for entry in out.split("ImageState(")[1:]]
    want = [["slot=0", "version='2.0.0'", "image=0"], ["slot=0", "version='2.0.0'", "image=1"],
            ["slot=1", "version='1.0.0'", "image=1"]]
    expect(listed == want, f"smpmgr: three slots are listed: {listed}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        with Board(folder, LOADER) as board:
            board.wait_for("Serial recovery")
            asyncio.run(bring_back(board))
            board.wait_ready()
            alone_it_waits(board)
            asyncio.run(update(board))
            with_smpmgr(board)
            slipway(board, 0, "update confirmed", "update", "--image", "1", DATA[2])
    print("two images, smpclient and smpmgr: everything passed")


if __name__ == "__main__":
    main()
