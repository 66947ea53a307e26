"""PyPI's goosebit, a fleet server that speaks hawkBit's device protocol, as a process on loopback: what an operator does with it,
and what it believes of a device.

What a caller has to know of goosebit 0.2.12:
* An action's id is the software's: the same software, assigned or forced again, has the same id.
* A device that it has not seen is asked for configData, and gets nothing until it has answered. hw_boardname and hw_revision in
  that answer must be what the .swu names, or nothing can be assigned to the device.
* There is no cancelAction: what is taken back, or replaced by other software, is no longer offered. The link of an old action then
  leads to the new software under the old id, so a client has to poll before it goes on.
* After closed/failure it offers nothing until force_update is set, after closed/success nothing of the same version.
* It gives the SHA-1 of an artifact and not the SHA-256; tokens are TargetTokens of at most 32 characters.
"""
import importlib.metadata
import os
import socket
import subprocess
import sys
import time

import httpx

# For the tests: make_swu.
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples/gateway"))

TENANT = "DEFAULT"
USER = {"username": "operator@localhost", "password": "operator"}

# Read in the folder that the server runs in.
SETTINGS = """\
tenant: {tenant}
poll_time: "{poll}"
db_uri: sqlite:///{folder}/db.sqlite3
artifacts_dir: {folder}/artifacts
device_auth:
  enable: {tokens}
  mode: strict
"""
MIGRATIONS = """\
[tool.aerich]
tortoise_orm = "goosebit.db.config.TORTOISE_CONF"
location = "{location}"
src_folder = "./."
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Goosebit:
    """A context manager. folder: exists, and is for it alone. poll: HH:MM:SS, at least a second. tokens: devices must have them."""

    def __init__(self, folder, poll="00:00:01", tokens=False):
        self.folder, self.port, self.process = os.path.abspath(folder), free_port(), None
        self.log_path = os.path.join(self.folder, "goosebit.log")
        self.url = f"http://127.0.0.1:{self.port}"
        self.api = httpx.Client(base_url=self.url, timeout=60, trust_env=False)
        self._write("goosebit.yaml", SETTINGS.format(tenant=TENANT, poll=poll, folder=self.folder, tokens=str(tokens).lower()))
        installed = importlib.metadata.distribution("goosebit").locate_file("goosebit/db/migrations")
        self._write("pyproject.toml", MIGRATIONS.format(location=installed))

    def _write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as f:
            f.write(text)

    def _command(self, *words):
        """A module of this Python environment, in the folder; its output goes into the log."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GOOSEBIT_")}
        with open(self.log_path, "a", encoding="utf-8") as log:
            return subprocess.Popen([sys.executable, "-m", *words], cwd=self.folder, env=environment, stdout=log, stderr=log)

    def __enter__(self):
        if self._command("aerich", "upgrade").wait(300) != 0:
            sys.exit(f"aerich upgrade failed:\n{self.log()}")
        self.start()
        self._login("/setup")
        return self

    def __exit__(self, *failed):
        self.stop()
        self.api.close()

    def start(self):
        """Also after stop(): what it knew is in the folder, but an operator has to log in again."""
        self.process = self._command("uvicorn", "goosebit:app", "--host", "127.0.0.1", "--port", str(self.port),
                                     "--timeout-graceful-shutdown", "5")
        for _ in range(3000):
            if self.process.poll() is not None:
                break
            try:
                self.api.get("/login")
                return
            except httpx.TransportError:
                time.sleep(0.1)
        sys.exit(f"goosebit does not answer:\n{self.log()}")

    def stop(self):
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(60)
        self.process = None

    def restart(self):
        self.stop()
        self.start()
        self._login("/login")

    def _login(self, path):
        answer = self.api.post(path, data=USER).raise_for_status().json()
        self.api.headers["Authorization"] = f"Bearer {answer['access_token']}"

    def log(self):
        """What the server has printed."""
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    # ---- what an operator does ----

    def upload(self, path):
        """A .swu becomes a software; its id."""
        with open(path, "rb") as f:
            answer = self.api.put("/api/v1/software", files={"file": (os.path.basename(path), f)})
        return answer.raise_for_status().json()["id"]

    def register(self, *devices, token=None):
        """Make the devices known before their first poll."""
        self._put(devices, auth_token=token)

    def assign(self, software, *devices):
        """The devices must have said (configData) that they are boards that the software is for."""
        self._put(devices, software=str(software))

    def take_back(self, *devices):
        """Nothing is assigned to them any more, if they are not in a rollout."""
        self._put(devices, software="rollout", feed="default")

    def force(self, *devices):
        """Offer again what failed, or what the device has already."""
        self._put(devices, force_update=True)

    def _put(self, devices, **what):
        given = {name: value for name, value in what.items() if value is not None}
        self.api.put("/api/v1/devices", json={"devices": list(devices), **given}).raise_for_status()

    # ---- what it believes ----

    def state(self, device):
        """sw_version, last_state (Unknown, Registered, Running, Error, Finished), progress, hardware, assigned_software, ..."""
        return next(d for d in self.devices() if d["id"] == device)  # asked for one, 0.2.12 answers 500

    def devices(self):
        return self.api.get("/api/v1/devices").raise_for_status().json()["devices"]

    def device_log(self, device):
        """The details of all feedback since the action began, a line each."""
        return self.api.get(f"/api/v1/devices/{device}/log").raise_for_status().json()["log"] or ""

