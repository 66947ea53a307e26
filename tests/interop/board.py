"""The virtual board as a process of its own, for other people's SMP clients: its UART behind a link in a temporary folder."""
import os
import subprocess
import sys
import time

SLIPWAY = os.path.abspath("slipway")
READY = "SMP server ready"


def expect(condition, what):
    if not condition:
        sys.exit(f"FAILED: {what}")
    print(f"ok: {what}")


class Board:
    def __init__(self, folder, *programs):
        """Power on. programs: what flash holds, as `slipway board run` takes it (FILE or FILE@ADDRESS)."""
        self.uart = os.path.join(folder, "uart")
        self.log = os.path.join(folder, "console.log")
        self.process = subprocess.Popen(
            [SLIPWAY, "board", "run", *programs, "--flash", os.path.join(folder, "flash.bin"), "--uart", f"pty:{self.uart}",
             "--log", self.log, "--quiet"])

    def __enter__(self):
        return self

    def __exit__(self, *failed):
        self.process.terminate()
        code = self.process.wait(600)
        if failed[0] is None:
            expect(code == 0, "slipway board run ended cleanly")

    def console(self):
        if not os.path.exists(self.log):
            return ""
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return f.read()

    def wait_for(self, text, times=1):
        """Until the console has shown text so many times since power-on."""
        for _ in range(6000):
            if self.console().count(text) >= times:
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        sys.exit(f"the board did not say {text!r} {times} time(s):\n{self.console()}")

    def wait_ready(self, boots=1):
        """Until the application has come up so many times."""
        self.wait_for(READY, boots)


def smpmgr(board, *words):
    """What PyPI's smpmgr prints for these words; it has to succeed."""
    done = subprocess.run(["venv/bin/smpmgr", "--port", board.uart, "--timeout", "600", *words], capture_output=True,
                          text=True, env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}, timeout=1200)
    expect(done.returncode == 0, f"smpmgr {' '.join(words)}" + ("" if done.returncode == 0 else f"\n{done.stdout}{done.stderr}"))
    return done.stdout
