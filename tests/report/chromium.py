"""Headless Chromium, driven over its DevTools protocol: what a person sees of a page, as data and as pictures.

    with Browser() as browser:
        page = browser.open("report.html")
        page.evaluate("document.title"), page.problems, page.requests

The program is Debian's `chromium`, or what the variable CHROMIUM names. It has a profile of its own, and reaches no network:
a page is a file."""
import base64
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request

from websockets.sync.client import connect

LIMIT_S = 600  # for what hangs; far more than a slow machine needs
FLAGS = ["--headless=new", "--no-sandbox", "--remote-debugging-port=0", "--no-first-run", "--disable-gpu", "--hide-scrollbars",
         "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


class Failed(Exception):
    """What the browser could not do: the words are for people."""


def find_program():
    wanted = os.environ.get("CHROMIUM", "chromium")
    program = shutil.which(wanted)
    if program is None:
        raise Failed(f"error: no headless browser\n  evidence: there is no program {wanted}\n"
                     "  next: apt-get install chromium, or CHROMIUM=PROGRAM for another Chromium or Chrome")
    return program


class Page:
    """A page that is open. problems: what its console or its scripts complained about; requests: the URLs it asked for."""

    def __init__(self, url):
        self.stack = contextlib.ExitStack()
        self.socket = self.stack.enter_context(connect(url, max_size=None, proxy=None, open_timeout=LIMIT_S))
        self.last, self.problems, self.requests, self.loaded = 0, [], [], 0
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    def take(self, message):
        """Note an event."""
        method, p = message.get("method"), message.get("params", {})
        if method == "Page.loadEventFired":
            self.loaded += 1
        elif method == "Network.requestWillBeSent":
            self.requests.append(p["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.problems.append(p["exceptionDetails"].get("exception", {}).get("description") or p["exceptionDetails"]["text"])
        elif method == "Runtime.consoleAPICalled" and p["type"] in ("error", "warning", "assert"):
            self.problems.append(f"console.{p['type']}: {[a.get('value') for a in p['args']]}")
        elif method == "Log.entryAdded" and p["entry"]["level"] in ("error", "warning"):
            self.problems.append(p["entry"]["text"])

    def receive(self):
        message = json.loads(self.socket.recv(timeout=LIMIT_S))
        self.take(message)
        return message

    def send(self, method, **params):
        self.last += 1
        self.socket.send(json.dumps({"id": self.last, "method": method, "params": params}))
        while True:
            message = self.receive()
            if message.get("id") == self.last:
                if "error" in message:
                    raise Failed(f"{method}: {message['error']}")
                return message["result"]

    def open(self, path):
        before = self.loaded
        self.problems, self.requests = [], []
        self.send("Page.navigate", url=pathlib.Path(path).resolve().as_uri())
        while self.loaded == before:
            self.receive()

    def evaluate(self, expression):
        """The value of a JavaScript expression."""
        result = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise Failed(f"{expression}\n{result['exceptionDetails']}")
        return result["result"].get("value")

    def media(self, kind="", scheme="light"):
        """kind: "" for a screen, or "print"; scheme: "light" or "dark"."""
        self.send("Emulation.setEmulatedMedia", media=kind, features=[{"name": "prefers-color-scheme", "value": scheme}])

    def width(self, pixels, height=900):
        self.send("Emulation.setDeviceMetricsOverride", width=pixels, height=height, deviceScaleFactor=1, mobile=False)

    def scripts(self, on):
        """Of pages that are opened from now on."""
        self.send("Emulation.setScriptExecutionDisabled", value=not on)

    def click(self, selector):
        """As a person does: with the mouse, at the middle of the element."""
        x, y = self.evaluate(f"""(() => {{ const e = document.querySelector({json.dumps(selector)});
            e.scrollIntoView({{block: "center"}}); const r = e.getBoundingClientRect();
            return [r.x + r.width / 2, r.y + r.height / 2]; }})()""")
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def picture(self, path, most=6000):
        """The whole page as PNG, at most so many pixels of its height."""
        size = self.send("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], most), "scale": 1}
        data = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)["data"]
        with open(path, "wb") as f:
            f.write(base64.b64decode(data))

    def close(self):
        self.stack.close()


class Browser:
    def __enter__(self):
        program = find_program()
        self.folder = tempfile.mkdtemp(prefix="chromium-")
        self.log = os.path.join(self.folder, "log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([program, *FLAGS, f"--user-data-dir={self.folder}/profile", "about:blank"],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                                            env={**os.environ, "HOME": self.folder})
        try:
            self.port = self.wait_for_port()
        except BaseException:
            self.__exit__()
            raise
        return self

    def wait_for_port(self):
        path, end = os.path.join(self.folder, "profile/DevToolsActivePort"), time.monotonic() + LIMIT_S
        while time.monotonic() < end and self.process.poll() is None:
            if os.path.exists(path):
                with open(path, encoding="utf-8") as f:
                    lines = f.read().split("\n")
                if len(lines) > 1:
                    return int(lines[0])
            time.sleep(0.05)
        with open(self.log, encoding="utf-8", errors="replace") as f:
            raise Failed(f"error: the browser does not start\n  evidence: {f.read().strip()}\n"
                         "  next: start `chromium --headless=new --no-sandbox about:blank` by hand")

    def open(self, path):
        page = self.blank()
        page.open(path)
        return page

    def blank(self):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/json/new?about:blank", method="PUT")
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=LIMIT_S) as answer:
            return Page(json.load(answer)["webSocketDebuggerUrl"])

    def __exit__(self, *_):
        for sig in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, sig)
            except ProcessLookupError:
                break
            try:
                self.process.wait(20)
                break
            except subprocess.TimeoutExpired:
                pass
        shutil.rmtree(self.folder, ignore_errors=True)
