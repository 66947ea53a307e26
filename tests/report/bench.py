"""For make bench: how long the page of 10,000 cases takes to be drawn, and to be opened; and its bytes.

Usage: bench.py SLIPWAY BOOTLOADER OLD NEW"""
import json
import os
import subprocess
import sys
import tempfile
import time

from chromium import Browser
from make_reports import many_cases

# A frame that was requested when the page is loaded is drawn before the next one begins.
SECOND_FRAME = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def milliseconds(work):
    began = time.monotonic()
    work()
    return round(1000 * (time.monotonic() - began))


def main():
    slipway, *files = sys.argv[1:]
    done = subprocess.run([slipway, "rehearse", "update", *files, "--cuts", "2", "--json"], capture_output=True, check=True)
    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as folder, Browser() as browser:
        kept, html = os.path.join(folder, "many.json"), os.path.join(folder, "many.html")
        with open(kept, "w", encoding="utf-8") as f:
            json.dump(many_cases(json.loads(done.stdout)), f)
        draw = [slipway, "report", "--quiet", kept, "--html", html]
        print("report_draw_ms", milliseconds(lambda: subprocess.run(draw, check=True)))
        print("report_bytes", os.path.getsize(html))
        page = browser.blank()
        print("report_open_ms", milliseconds(lambda: (page.open(html), page.evaluate(SECOND_FRAME))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
