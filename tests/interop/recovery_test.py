#!/usr/bin/env python3
"""PyPI's smpclient brings back a board whose two slots hold nothing, through the bootloader's serial recovery.

usage: recovery_test.py        (in the build folder, with venv/bin/python)
"""
import asyncio
import tempfile

from smpclient import SMPClient
from smpclient.generics import success
from smpclient.requests.image_management import ImageErase, ImageStatesRead
from smpclient.requests.os_management import EchoWrite, MCUMgrParametersRead, ResetWrite
from smpclient.transport.serial import SMPSerialTransport

from board import Board, expect

LOADER = "tests/nucleo_h753zi-recovery/bootloader.elf"
V2 = "tests/nucleo_h753zi-2.0.0.bin"


async def bring_back(board):
    image = open(V2, "rb").read()
    async with SMPClient(SMPSerialTransport(), board.uart, timeout_s=600) as client:
        echo = await client.request(EchoWrite(d="hello"))
        expect(success(echo) and echo.r == "hello", "recovery, smpclient: echo")
        params = await client.request(MCUMgrParametersRead())
        expect(success(params) and params.buf_count == 1, f"recovery, smpclient: params, buf_size {params.buf_size}")
        states = await client.request(ImageStatesRead())
        expect(success(states) and states.images == [], "recovery, smpclient: no images")
        expect(success(await client.request(ImageErase(slot=1), timeout_s=600)), "recovery, smpclient: erase")
        async for offset in client.upload(image):
            last = offset
        expect(last == len(image), f"recovery, smpclient: uploaded {last} bytes")
        states = await client.request(ImageStatesRead())
        expect([(i.slot, i.version) for i in states.images] == [(0, "2.0.0")], "recovery, smpclient: 2.0.0 is in slot 0")
        reset = await client.request(ResetWrite())
        expect(success(reset) or reset.rc == 0, "recovery, smpclient: reset")  # MCUboot says {"rc": 0}
    board.wait_for("Booting smp_server 2.0.0")
    board.wait_ready()
    print("ok: recovery, smpclient: 2.0.0 runs")


def main():
    with tempfile.TemporaryDirectory() as folder:
        with Board(folder, LOADER) as board:  # both slots empty
            board.wait_for("Serial recovery")
            asyncio.run(bring_back(board))


if __name__ == "__main__":
    main()
