#!/usr/bin/env python3
"""A rollout through goosebit by `slipway gateway`: three virtual boards, of which one has a flash driver that cannot write
bank 2. What goosebit believes at the end is what the boards run.

usage: gateway_test.py SLIPWAY     (in the build folder, with the images of the tests)
"""
import atexit
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time

from board import Board, expect
from goosebit import Goosebit
from make_swu import write_swu

SLIPWAY = os.path.abspath(sys.argv[1])
BOARD = "nucleo_h753zi:1.0"
GOOD = ["tests/nucleo_h753zi/bootloader.elf", "tests/nucleo_h753zi-1.0.0.bin@0x08020000"]
BROKEN = ["tests/nucleo_h753zi/bootloader.elf", "tests/nucleo_h753zi-BANK_SPLIT_2M-1.0.0.bin@0x08020000"]
NEW = "tests/nucleo_h753zi-2.0.0.bin"
DESCRIPTION = """\
software = {{
  version = "2.0.0";
  nucleo_h753zi = {{
    hardware-compatibility = [ "1.0" ];
    images = ( {{ filename = "app.bin"; version = "2.0.0"; sha256 = "{sha256}"; type = "slipway"; }} );
  }};
}};
"""
CONFIG = """\
server = {{ url = "{url}"; kind = "goosebit"; }};
state = "{folder}/state";
keys = ( "{key}" );
rollout = {{ at_once = 2; canary = 1; stop_after_failures = 2; retry_first = 1; }};
devices = ( {devices} );
"""


def make_swu(path):
    with open(NEW, "rb") as f:
        image = f.read()
    write_swu(path, DESCRIPTION.format(sha256=hashlib.sha256(image).hexdigest()), [("app.bin", image)])


class Gateway:
    def __init__(self, folder, url, boards):
        self.config, self.log = os.path.join(folder, "gateway.conf"), os.path.join(folder, "gateway.log")
        devices = ", ".join(f'{{ id = "{name}"; port = "{board.uart}"; board = "{BOARD}"; }}' for name, board in boards.items())
        key = os.path.join(folder, "vendor.pub.pem")
        subprocess.run([SLIPWAY, "getpub", "-k", "keys/dev-ecdsa-p256.pem", "-e", "pem", "-o", key], check=True)
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(CONFIG.format(url=url, folder=folder, key=key, devices=devices))
        self.start()
        atexit.register(lambda: self.process.kill())

    def start(self):
        with open(self.log, "a", encoding="utf-8") as log:
            self.process = subprocess.Popen([SLIPWAY, "gateway", self.config], stdout=log, stderr=log)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        expect(self.process.wait(300) == 0, "the gateway ended cleanly")

    def says(self):
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return f.read()

    def status(self):
        done = subprocess.run([SLIPWAY, "gateway", "status", self.config, "--json"], capture_output=True, text=True, check=True)
        return {d["device"]: d for d in json.loads(done.stdout)["devices"]}


def wait_for(condition, what, gateway, seconds=600):
    for _ in range(seconds * 2):
        if condition():
            print(f"ok: {what}", flush=True)
            return
        if gateway.process.poll() is not None:
            break
        time.sleep(0.5)
    sys.exit(f"FAILED: {what}\n{gateway.says()}")


def runs(board):
    done = subprocess.run([SLIPWAY, "image", "list", "--port", board.uart, "--json"], capture_output=True, text=True, check=True)
    return [(i["version"], i["confirmed"]) for i in json.loads(done.stdout)["images"] if i["active"]]


def roll_out(server, gateway, boards, folder):
    wait_for(lambda: {d["id"] for d in server.devices()} == set(boards) and
             all(d["sw_version"] == "1.0.0" for d in server.devices()), "goosebit knows the boards and what they run", gateway)
    swu = os.path.join(folder, "app-2.0.0.swu")
    make_swu(swu)
    software = server.upload(swu)
    server.assign(software, *boards)
    wait_for(lambda: "pump-1 action" in gateway.says() and "running" in json.dumps(gateway.status()), "an update is under way", gateway)
    gateway.kill()
    gateway.start()
    print("ok: the gateway is killed, and started again", flush=True)
    wait_for(lambda: all(server.state(name)["last_state"] in ("Finished", "Error") for name in boards), "each action is closed", gateway)


def main():
    with tempfile.TemporaryDirectory() as folder:
        for name in ("a", "b", "c", "server"):
            os.mkdir(os.path.join(folder, name))
        with Goosebit(os.path.join(folder, "server")) as server, Board(os.path.join(folder, "a"), *GOOD) as a, \
                Board(os.path.join(folder, "b"), *GOOD) as b, Board(os.path.join(folder, "c"), *BROKEN) as c:
            boards = {"pump-1": a, "pump-2": b, "pump-3": c}
            for board in boards.values():
                board.wait_ready()
            gateway = Gateway(folder, server.url, boards)
            roll_out(server, gateway, boards, folder)
            gateway.stop()
            for name in ("pump-1", "pump-2"):
                expect(runs(boards[name]) == [("2.0.0", True)], f"{name} runs 2.0.0, confirmed")
                state = server.state(name)
                expect((state["last_state"], state["sw_version"]) == ("Finished", "2.0.0"), f"goosebit says so of {name}")
            expect(runs(c) == [("1.0.0", True)], "pump-3 runs 1.0.0 as before")
            state = server.state("pump-3")
            expect((state["last_state"], state["sw_version"]) == ("Error", "1.0.0"), "goosebit says that its update failed")
            told = server.device_log("pump-3")
            expect("IMG_MGMT_ERR_FLASH_WRITE_FAILED" in told and "Status Bank2: 0x00040000" in told,
                   "with the device's own words: Status Bank2: 0x00040000" + ("" if "Status Bank2" in told else f"\n{told}"))
            expect(gateway.status()["pump-1"]["action"]["state"] == "succeeded", "the journal says what is true")
            if "--show" in sys.argv:
                print(gateway.says())


if __name__ == "__main__":
    main()
