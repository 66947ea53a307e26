"""The virtual board with the recovery bootloader and two empty slots, as a process of its own."""
import os
import subprocess
import sys
import time

SLIPWAY = "build/slipway"
LOADER = "build/nucleo_h753zi-recovery/bootloader.elf"
V2 = "build/tests/nucleo_h753zi-2.0.0.bin"


def expect(condition, what):
    if not condition:
        sys.exit(f"FAILED: {what}")
    print(f"ok: {what}")


class RecoveryBoard:
    def __init__(self, folder):
        self.uart = os.path.join(folder, "uart")
        self.log = os.path.join(folder, "console.log")
        self.process = subprocess.Popen([SLIPWAY, "board", "run", LOADER, "--uart", f"pty:{self.uart}", "--log", self.log, "--quiet"])
        self.wait_for("Serial recovery")

    def console(self):
        if not os.path.exists(self.log):
            return ""
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return f.read()

    def wait_for(self, text):
        for _ in range(600):
            if text in self.console():
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        sys.exit(f"the board did not say {text!r}:\n{self.console()}")

    def stop(self):
        self.process.terminate()
        assert self.process.wait(20) == 0, "slipway board run did not end cleanly"
