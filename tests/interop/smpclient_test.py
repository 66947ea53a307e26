#!/usr/bin/env python3
"""Other people's SMP clients against our device: PyPI's smpclient and smpmgr update the virtual board through its pty.

usage: smpclient_test.py        (in the build folder, with venv/bin/python)
"""
import asyncio
import tempfile

from smpclient import SMPClient
from smpclient.generics import success
from smpclient.requests.enumeration_management import ListSupportedGroups
from smpclient.requests.image_management import ImageErase, ImageStatesRead, ImageStatesWrite
from smpclient.requests.os_management import (
    BootloaderInformationRead,
    EchoWrite,
    MCUMgrParametersRead,
    OSApplicationInfoRead,
    ResetWrite,
)
from smpclient.requests.settings_management import (
    CommitSettings,
    DeleteSetting,
    LoadSettings,
    ReadSetting,
    SaveSettings,
    WriteSetting,
)
from smpclient.requests.zephyr_management import EraseStorage
from smpclient.transport.serial import SMPSerialTransport

from board import READY, Board, expect, smpmgr

LOADER = "tests/nucleo_h753zi/bootloader.elf"
V1 = "tests/nucleo_h753zi-1.0.0.bin"
V2 = "tests/nucleo_h753zi-2.0.0.bin"
SETTINGS = {"net/ip": b"10.0.0.1", "net/name": b"board", "cal": bytes(range(200))}


async def with_smpclient(board):
    """List, upload, test, reset and confirm with the library."""
    image = open(V2, "rb").read()
    async with SMPClient(SMPSerialTransport(), board.uart, timeout_s=600) as client:
        echo = await client.request(EchoWrite(d="hello"))
        expect(success(echo) and echo.r == "hello", "smpclient: echo")
        params = await client.request(MCUMgrParametersRead())
        expect(success(params) and params.buf_size >= 256, f"smpclient: params, buf_size {params.buf_size}")
        info = await client.request(OSApplicationInfoRead(format="a"))
        expect(success(info), f"smpclient: os info: {getattr(info, 'output', info)}")
        loader = await client.request(BootloaderInformationRead())
        expect(success(loader) and loader.bootloader == "MCUboot", "smpclient: bootloader info")
        states = await client.request(ImageStatesRead())
        expect(success(states) and [i.version for i in states.images] == ["1.0.0"], "smpclient: one image, 1.0.0")
        async for offset in client.upload(image):
            last = offset
        expect(last == len(image), f"smpclient: uploaded {last} bytes")
        states = await client.request(ImageStatesRead())
        new = next(i for i in states.images if i.slot == 1)
        expect(new.version == "2.0.0" and not new.pending, "smpclient: 2.0.0 is in slot 1")
        states = await client.request(ImageStatesWrite(hash=new.hash))
        expect(success(states) and any(i.slot == 1 and i.pending for i in states.images), "smpclient: 2.0.0 is pending")
        expect(success(await client.request(ResetWrite())), "smpclient: reset")
    board.wait_ready(2)
    async with SMPClient(SMPSerialTransport(), board.uart, timeout_s=600) as client:
        states = await client.request(ImageStatesRead())
        running = next(i for i in states.images if i.slot == 0)
        expect(running.hash == new.hash and running.active and not running.confirmed, "smpclient: 2.0.0 runs, not confirmed")
        states = await client.request(ImageStatesWrite(hash=new.hash, confirm=True))
        expect(success(states) and any(i.slot == 0 and i.confirmed for i in states.images), "smpclient: 2.0.0 is confirmed")
        expect(success(await client.request(ImageErase(slot=1), timeout_s=600)), "smpclient: slot 1 is erased")
        states = await client.request(ImageStatesRead())
        expect([i.slot for i in states.images] == [0], "smpclient: slot 1 is empty")


async def running_version(board):
    async with SMPClient(SMPSerialTransport(), board.uart, timeout_s=600) as client:
        states = await client.request(ImageStatesRead())
        return next((i.version, i.confirmed) for i in states.images if i.active)


def with_smpmgr(board):
    """The same with the command-line program, back to 1.0.0. (Its --slot 0 would upload without asking for a test.)"""
    boots = board.console().count(READY)
    out = smpmgr(board, "image", "state-read")
    expect("2.0.0" in out, "smpmgr: the list shows 2.0.0")
    smpmgr(board, "upgrade", "--slot", "1", V1)
    board.wait_ready(boots + 1)
    expect(asyncio.run(running_version(board)) == ("1.0.0", False), "smpmgr: after its upgrade 1.0.0 runs")
    smpmgr(board, "image", "state-write", "--confirm")
    expect(asyncio.run(running_version(board)) == ("1.0.0", True), "smpmgr: 1.0.0 is confirmed")


async def write_settings(board):
    """Saved together, and one that is not saved."""
    async with SMPClient(SMPSerialTransport(), board.uart, timeout_s=600) as client:
        expect(success(await client.request(EraseStorage())), "smpclient: erase storage")
        groups = await client.request(ListSupportedGroups())
        expect(success(groups) and {0, 1, 3, 10, 63} <= set(groups.groups), f"smpclient: groups {groups.groups}")
        for name, value in SETTINGS.items():
            expect(success(await client.request(WriteSetting(name=name, val=value))), f"smpclient: write {name}")
        expect(success(await client.request(SaveSettings())), "smpclient: save")
        expect(success(await client.request(WriteSetting(name="net/ip", val=b"not saved"))), "smpclient: write without save")
        read = await client.request(ReadSetting(name="net/ip"))
        expect(success(read) and read.val == b"not saved", "smpclient: what is written can be read")
        none = await client.request(ReadSetting(name="none"))
        expect(not success(none) and none.err.rc == 3, "smpclient: no such key")
        long = await client.request(WriteSetting(name="n" * 65, val=b"x"))
        expect(not success(long) and long.err.rc == 2, "smpclient: a key that is too long")


async def read_settings(board):
    """After a power cut: what was saved. Then a delete, which is in flash at once, and a load."""
    async with SMPClient(SMPSerialTransport(), board.uart, timeout_s=600) as client:
        for name, value in SETTINGS.items():
            read = await client.request(ReadSetting(name=name))
            expect(success(read) and read.val == value, f"smpclient: {name} is there after a power cut")
        expect(success(await client.request(DeleteSetting(name="net/name"))), "smpclient: delete")
        expect(success(await client.request(WriteSetting(name="net/ip", val=b"tried"))), "smpclient: write")
        expect(success(await client.request(LoadSettings())), "smpclient: load")
        expect(success(await client.request(CommitSettings())), "smpclient: commit")
        read = await client.request(ReadSetting(name="net/ip"))
        expect(success(read) and read.val == SETTINGS["net/ip"], "smpclient: load forgets what is not saved")
        gone = await client.request(ReadSetting(name="net/name"))
        expect(not success(gone) and gone.err.rc == 3, "smpclient: what was deleted is gone")


def with_power_cut(folder):
    """A board that is killed is one that loses power: its flash is in a file."""
    with Board(folder, LOADER, f"{V1}@0x08020000") as board:
        board.wait_ready()
        asyncio.run(write_settings(board))
        board.process.kill()
        board.process.wait(600)
        with Board(folder) as again:
            again.wait_ready(2)
            asyncio.run(read_settings(again))
        board.process = again.process


def main():
    with tempfile.TemporaryDirectory() as folder:
        with_power_cut(folder)
    with tempfile.TemporaryDirectory() as folder:
        with Board(folder, LOADER, f"{V1}@0x08020000") as board:
            board.wait_ready()
            asyncio.run(with_smpclient(board))
            with_smpmgr(board)
    print("smpclient and smpmgr: everything passed")


if __name__ == "__main__":
    main()
