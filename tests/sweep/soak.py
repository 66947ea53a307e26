#!/usr/bin/env python3
"""N updates back and forth on one flash file: each must end confirmed, and the board's memory must not grow. Prints how often
each sector was erased.

usage: soak.py N SLIPWAY BOOTLOADER OLD NEW      (make soak N=200)
"""
import collections
import os
import re
import subprocess
import sys
import tempfile
import threading

WARM = 10  # updates until all that is allocated once is there
GROWTH = 1.1  # of the memory after that
STEP = 20  # updates between two lines
ERASE = re.compile(r" erase sector +bank \d +0x([0-9a-f]+)")


def resident_kb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return int(re.search(r"VmRSS:\s+(\d+) kB", f.read())[1])


def count_erases(path, erases):
    with open(path, encoding="ascii", errors="replace") as trace:
        for line in trace:
            if m := ERASE.search(line):
                erases[int(m[1], 16)] += 1


def update(slipway, port, image):
    done = subprocess.run([slipway, "update", image, "--port", port, "--wait", "300"], capture_output=True, text=True, check=False)
    if done.returncode != 0 or "update confirmed\n" not in done.stdout:
        sys.exit(f"soak: this update failed, exit code {done.returncode}:\n{done.stdout}{done.stderr}")


def main():
    count, slipway, loader, old, new = int(sys.argv[1]), *sys.argv[2:6]
    erases = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        trace, port = os.path.join(folder, "trace"), os.path.join(folder, "uart")
        os.mkfifo(trace)
        counter = threading.Thread(target=count_erases, args=(trace, erases), daemon=True)
        counter.start()
        with subprocess.Popen([slipway, "board", "run", loader, f"{old}@0x08020000", "--flash", os.path.join(folder, "flash.bin"),
                               "--trace", f"flash:{trace}", "--uart", f"pty:{port}", "--quiet"]) as board:
            try:
                resident = []
                for n in range(1, count + 1):
                    update(slipway, port, (new, old)[n % 2 == 0])
                    resident.append(resident_kb(board.pid))
                    if n % STEP == 0 or n == count:
                        print(f"{n:5} updates, board's memory {resident[-1]} KB", flush=True)
            finally:
                board.terminate()
        counter.join()
    print("sector      erases")
    for address in sorted(erases):
        print(f"0x{address:08x} {erases[address]:7}")
    steady = resident[min(WARM, count) - 1]
    grown = resident[-1] > steady * GROWTH
    print(f"soak: {count} updates, 0 failed; memory {steady} KB after {min(WARM, count)}, {resident[-1]} KB at the end; "
          f"most worn sector {max(erases.values())} erases" + (": it grows" if grown else ""))
    return grown


if __name__ == "__main__":
    sys.exit(main())
