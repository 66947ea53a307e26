#!/usr/bin/env python3
"""Images that run from either slot, with other people's tools at both ends: imgtool signs the new version (--rom-fixed for
direct-XIP, --load-addr for RAM-load), smpclient uploads it to the virtual board, tests, goes back, tries again and confirms it.

usage: either_test.py        (in the build folder, with venv/bin/python)
"""
import asyncio
import os
import subprocess
import tempfile

from smpclient import SMPClient
from smpclient.generics import success
from smpclient.requests.image_management import ImageStatesRead, ImageStatesWrite
from smpclient.requests.os_management import ResetWrite
from smpclient.transport.serial import SMPSerialTransport

from board import SLIPWAY, Board, expect

KEY = "keys/dev-ecdsa-p256.pem"
# strategy, program of the new version, imgtool's option for its place
CASES = [("direct-xip", "smp_server_slot1.bin", ["--rom-fixed", "0x08100000"]),
         ("ram-load", "smp_server.bin", ["--load-addr", "0x24000000"])]


def sign(folder, strategy, program, place):
    """Version 2.0.0, made by imgtool; slipway verify must agree with it."""
    out = os.path.join(folder, "v2.bin")
    subprocess.run(["venv/bin/imgtool", "sign", "-k", KEY, "-v", "2.0.0", "-H", "0x400", "--pad-header", "-S", "0xe0000",
                    "--align", "32", "--max-align", "32", *place, f"tests/strategy-{strategy}/{program}", out], check=True)
    subprocess.run([SLIPWAY, "verify", "-k", KEY, "--quiet", out], check=True)
    return out


class Session:
    def __init__(self, board, strategy):
        self.board, self.strategy, self.boots = board, strategy, 1

    def client(self):
        return SMPClient(SMPSerialTransport(), self.board.uart, timeout_s=600)

    async def states(self, client, want, what):
        """The list as {slot: flags}."""
        read = await client.request(ImageStatesRead())
        expect(success(read), f"{self.strategy}: image list")
        words = ("active", "confirmed", "pending", "permanent")
        have = {i.slot: " ".join(w for w in words if getattr(i, w)) for i in read.images}
        expect(have == want, f"{self.strategy}: {what}: {have}")
        return {i.slot: i for i in read.images}

    async def reset(self, client):
        expect(success(await client.request(ResetWrite())), f"{self.strategy}: reset")
        self.boots += 1
        self.board.wait_ready(self.boots)

    async def upload_and_test(self, client, image):
        async for offset in client.upload(image):
            last = offset
        expect(last == len(image), f"{self.strategy}: uploaded {last} bytes")
        slots = await self.states(client, {0: "active confirmed", 1: ""}, "uploaded to the slot that does not run")
        expect(success(await client.request(ImageStatesWrite(hash=slots[1].hash))), f"{self.strategy}: test")
        await self.states(client, {0: "active confirmed", 1: "pending"}, "asked for")
        await self.reset(client)

    async def run(self, image):
        async with self.client() as client:
            await self.upload_and_test(client, image)
        async with self.client() as client:
            await self.states(client, {0: "confirmed", 1: "active"}, "on trial")
            await self.reset(client)
        async with self.client() as client:
            await self.states(client, {0: "active confirmed"}, "gone back")
            await self.upload_and_test(client, image)
        async with self.client() as client:
            expect(success(await client.request(ImageStatesWrite(confirm=True))), f"{self.strategy}: confirm")
            await self.reset(client)
        async with self.client() as client:
            slots = await self.states(client, {0: "", 1: "active confirmed"}, "kept")
            expect(slots[1].version == "2.0.0", f"{self.strategy}: 2.0.0 runs")


def main():
    for strategy, program, place in CASES:
        with tempfile.TemporaryDirectory() as folder:
            with open(sign(folder, strategy, program, place), "rb") as f:
                image = f.read()
            with Board(folder, f"tests/strategy-{strategy}/bootloader.elf",
                       f"tests/strategy-{strategy}-1.0.0.bin@0x08020000") as board:
                board.wait_ready()
                asyncio.run(Session(board, strategy).run(image))
    print("either slot, imgtool and smpclient: everything passed")


if __name__ == "__main__":
    main()
