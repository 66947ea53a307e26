#!/usr/bin/env python3
"""Packages and other people's tools. Ours is what nRF Connect SDK's script would have written, and its halves go through
mcumgr-toolkit to the virtual board; neither that client nor smpmgr takes the zip file itself. A package made by that script's rules, of
halves that imgtool has signed, goes through slipway update.

usage: package_test.py        (in the build folder, with venv/bin/python)
"""
import json
import os
import subprocess
import tempfile
import zipfile

from mcumgr_toolkit import MCUmgrClient, mcuboot_get_image_info

from board import SLIPWAY, Board, expect

FIRMWARE = "tests/strategy-direct-xip"
KEY = "keys/dev-ecdsa-p256.pem"
SLOTS = (0x08020000, 0x08100000)
PROGRAMS = ("smp_server.bin", "smp_server_slot1.bin")
HEADER = 0x400


def read_ours(version):
    """The halves, by slot, as the manifest names them."""
    with zipfile.ZipFile(f"{FIRMWARE}/smp_server-{version}.zip") as z:
        expect(z.testzip() is None, "python's zipfile reads the package")
        manifest = json.loads(z.read("manifest.json"))
        files = manifest["files"]
        expect(manifest["format-version"] == 1 and isinstance(manifest["time"], int), "format-version, time")
        expect(sorted(z.namelist()) == sorted(["manifest.json"] + [f["file"] for f in files]), "every file is named")
        for f in files:
            slot = int(f["slot"])
            # What the SDK's script leaves as a text, and what it makes a number.
            expect(f["image_index"] == "0" and f["slot"] in ("0", "1"), f"slot {slot}: image_index, slot")
            expect(f["load_address"] == SLOTS[slot] + HEADER, f"slot {slot}: load_address")
            expect(f["size"] == len(z.read(f["file"])) and isinstance(f["modtime"], int), f"slot {slot}: size, modtime")
            expect(f["version_MCUBOOT+XIP"] == version and "version_MCUBOOT" not in f, f"slot {slot}: version")
            expect((f["type"], f["board"], f["soc"]) == ("application", "nucleo_h753zi", "stm32h753"), f"slot {slot}: labels")
        return {int(f["slot"]): z.read(f["file"]) for f in files}


def sdk_package(folder, version):
    """As the SDK's generate_zip.py: nothing is compressed, the manifest comes last."""
    files, name = [], os.path.join(folder, "dfu_application.zip")
    with zipfile.ZipFile(name, "w") as z:
        for slot, program in enumerate(PROGRAMS):
            out = os.path.join(folder, f"app{slot}.bin")
            subprocess.run(["venv/bin/imgtool", "sign", "-k", KEY, "-v", version, "-H", hex(HEADER), "--pad-header", "-S", "0xe0000",
                            "--align", "32", "--max-align", "32", "--rom-fixed", hex(SLOTS[slot]), f"{FIRMWARE}/{program}", out],
                           check=True)
            z.write(out, f"app{slot}.bin")
            files.append({"type": "application", "board": "nucleo", "soc": "stm32", "load_address": SLOTS[slot] + HEADER,
                          "image_index": "0", "slot": str(slot), "version_MCUBOOT+XIP": version + "+0",
                          "size": os.path.getsize(out), "file": f"app{slot}.bin", "modtime": int(os.path.getmtime(out))})
        z.writestr("manifest.json", json.dumps({"format-version": 1, "time": 1, "files": files, "firmware": {}}, indent=4))
    return name


def states(board):
    client = MCUmgrClient.serial(board.uart, timeout_ms=600000)
    return client, [(i.slot, i.version, i.active, i.confirmed) for i in client.image_get_state()]


def with_toolkit(board, halves):
    client, _ = states(board)
    with open(f"{FIRMWARE}/smp_server-2.0.0.zip", "rb") as f:
        package = f.read()
    try:
        client.firmware_update(package)
        said = "it was taken"
    except RuntimeError as e:
        said = str(e)
    expect("not a valid MCUboot image" in said, f"mcumgr-toolkit does not take the zip file: {said}")
    expect(str(mcuboot_get_image_info(halves[1]).version) == "2.0.0", "mcumgr-toolkit reads the half for slot1")
    client.firmware_update(halves[1])
    del client
    board.wait_ready(2)
    client, have = states(board)
    expect(have == [(0, "1.0.0", False, True), (1, "2.0.0", True, False)], f"2.0.0 runs from slot1, on trial: {have}")
    client.image_set_state(None, True)


def with_smpmgr(board):
    done = subprocess.run(["venv/bin/smpmgr", "--port", board.uart, "upgrade", f"{FIRMWARE}/smp_server-2.0.0.zip"],
                          capture_output=True, text=True,
                          env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}, timeout=600)
    expect(done.returncode != 0, f"smpmgr does not take the zip file: {(done.stdout + done.stderr).strip().splitlines()[-1:]}")


def with_slipway(board, package):
    done = subprocess.run([SLIPWAY, "--port", board.uart, "update", package], capture_output=True, text=True, timeout=1200)
    expect(done.returncode == 0 and "update confirmed" in done.stdout, "slipway update takes a package of the SDK's kind"
           + ("" if done.returncode == 0 else f"\n{done.stdout}{done.stderr}"))
    expect("app0.bin" in done.stdout and "linked for the first slot" in done.stdout, "the half for slot0, which is free")
    _, have = states(board)
    expect(have == [(0, "3.0.0", True, True), (1, "2.0.0", False, False)], f"3.0.0 runs from slot0: {have}")


def with_rehearsal(package):
    """Both arguments may be packages: the old one's half for slot0 runs, the new one's for slot1 is asked for."""
    done = subprocess.run([SLIPWAY, "rehearse", "update", f"{FIRMWARE}/bootloader.elf", f"{FIRMWARE}/smp_server-1.0.0.zip", package,
                           "--config", f"{FIRMWARE}/.config", "--cuts", "20", "--jobs", "1"],
                          capture_output=True, text=True, timeout=1200)
    said = done.stdout
    expect(done.returncode == 0 and "0 bricks" in said, "slipway rehearse update takes packages"
           + ("" if done.returncode == 0 else f"\n{said}{done.stderr}"))
    expect("1.0.0.zip: smp_server-1.0.0.signed.bin" in said and ": app1.bin" in said, "the half for each slot")
    expect("the new image runs after 1 flash operations" in said, "one flash operation between reset and the new image")


def main():
    halves = read_ours("2.0.0")
    with tempfile.TemporaryDirectory() as folder:
        with Board(folder, f"{FIRMWARE}/bootloader.elf", "tests/strategy-direct-xip-1.0.0.bin@0x08020000") as board:
            board.wait_ready()
            with_toolkit(board, halves)
            with_smpmgr(board)
            package = sdk_package(folder, "3.0.0")
            with_slipway(board, package)
        with_rehearsal(package)
    print("packages, other people's tools: everything passed")


if __name__ == "__main__":
    main()
