#!/usr/bin/env python3
"""slipway rehearse fleet: a rollout through `slipway gateway` to many devices, with a server, lines, power and units that fail,
and a gateway that is killed. A judge compares what the server was told with what every device really runs.

Started by slipway, with its words; the programs that it needs lie beside this file."""
import argparse
import contextlib
import json
import os
import random
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.dont_write_bytecode = True
import fleet_report

HERE = os.path.dirname(os.path.realpath(sys.argv[0]))
SLIPWAY, GATEWAY = os.path.join(HERE, "slipway"), os.path.join(HERE, "slipway-gateway")
TOKEN = "rehearsal"
# A native device's slot, as fleet_devices says; a program of it begins with a stack pointer and a vector that a board has.
SIGN = ["--header-size", "0x400", "--pad-header", "--align", "32", "--max-sectors", "8", "--slot-size", "0x10000"]
VECTORS = bytes.fromhex("00000220" "09040208")
MEMORY_MOST_MB = 64
# Seconds without a word from the gateway to the server after which the rehearsal is over.
SILENCE_S = 180


# With --json: stderr.
SAYS_TO = sys.stdout


class Failed(Exception):
    pass


def say(text):
    print(text, file=SAYS_TO, flush=True)


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"{' '.join(words)}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


# ---- what takes part ----

class Server:
    """The stand-in for hawkBit. Killed and started again it has the same ports and the same state."""

    def __init__(self, folder, o):
        self.port, self.judge = free_port(), free_port()
        self.words = [os.path.join(HERE, "fleet_server"), "--state", os.path.join(folder, "server.db"), "--port", str(self.port),
                      "--judge", str(self.judge), "--token", TOKEN, "--sleep", str(o.sleep), "--faults", str(o.faults),
                      "--seed", str(o.seed)]
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.words, stdout=subprocess.PIPE, text=True)
        if not self.process.stdout.readline():
            raise Failed("the stand-in server does not start")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def ask(self, **what):
        request = urllib.request.Request(f"http://127.0.0.1:{self.judge}/", json.dumps(what).encode(), method="POST")
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
            return json.load(answer)


class Natives:
    """Devices of the same server and engine, in one process, each on a UDP port."""

    def __init__(self, folder, o, image, key):
        self.control = os.path.join(folder, "judge")
        words = [os.path.join(HERE, "fleet_devices"), "--image", image, "--key", key, "--control", self.control,
                 "--devices", str(o.natives), "--seed", str(o.seed), "--loss", str(o.loss), "--cuts", str(o.cuts),
                 "--bad", str(o.bad), "--busy", str(o.busy)]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        if not self.process.stdout.readline():
            raise Failed("the native devices do not start")
        self.ports = [state["port"] for state in self.states()]

    def states(self):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(self.control)
            s.sendall(b'{"cmd":"states"}\n')
            with s.makefile() as f:
                return json.loads(f.readline())["devices"]


class Boards:
    """Virtual boards with the ELF files."""

    def __init__(self, folder, o):
        self.links, self.processes = [], []
        for i in range(o.boards):
            link = os.path.join(folder, f"uart{i}")
            self.links.append(link)
            self.processes.append(subprocess.Popen(
                [SLIPWAY, "board", "run", o.bootloader, o.image, "--flash", os.path.join(folder, f"flash{i}"),
                 "--uart", f"pty:{link}", "--timing", "fast", "--quiet"], stderr=subprocess.DEVNULL))
        for link in self.links:
            while not os.path.exists(link):
                time.sleep(0.05)

    def running(self, i):
        images = json.loads(run(SLIPWAY, "image", "list", "--port", self.links[i], "--json", "--retries", "20"))["images"]
        return next(image for image in images if image["active"])


class Gateway:
    """The process under trial, and what it took. It is killed without a word, and started again."""

    def __init__(self, folder, o, server, natives, boards, keys):
        self.config, self.log = os.path.join(folder, "gateway.conf"), os.path.join(folder, "gateway.log")
        self.kills = self.resumed = 0
        self.memory_kb = 0
        with open(os.path.join(folder, "token"), "w", encoding="utf-8") as f:
            f.write(TOKEN + "\n")
        os.chmod(f.name, 0o600)
        devices = [f'{{ id = "native-{i}"; udp = "127.0.0.1:{natives.ports[i]}"; keys = ( "{keys[0]}" ); }}'
                   for i in range(o.natives)]
        devices += [f'{{ id = "board-{i}"; port = "{link}"; board = "nucleo_h753zi"; keys = ( "{keys[1]}" ); }}'
                    for i, link in enumerate(boards.links)]
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(f"""server = {{ url = "{server.url}"; gateway_token_file = "token"; }};
state = "{folder}/state";
rollout = {{ at_once = {o.at_once}; at_once_per_link = {o.at_once}; canary = {3 if o.devices > 100 else 1}; stop_after_failures = 5; wait = 20;
            retry_first = 1; retry_most = 8; }};
devices = ( {", ".join(devices)} );
""")
        self.start()

    def start(self):
        with open(self.log, "a", encoding="utf-8") as log:
            self.process = subprocess.Popen([GATEWAY, "gateway", self.config], stdout=log, stderr=log)

    def measure(self):
        with contextlib.suppress(OSError), open(f"/proc/{self.process.pid}/status", encoding="utf-8") as f:
            for line in f:
                if line.startswith("VmHWM:"):
                    self.memory_kb = max(self.memory_kb, int(line.split()[1]))

    def kill(self):
        self.measure()
        self.process.kill()
        self.process.wait()
        self.kills += 1
        self.start()

    def resume_if_stopped(self):
        """What a person would do who has looked at the units that failed."""
        done = subprocess.run([GATEWAY, "gateway", "status", self.config, "--quiet"], capture_output=True, text=True)
        stopped = "a rollout is stopped" in done.stderr
        if stopped:
            run(GATEWAY, "gateway", "resume", self.config)
            self.resumed += 1
        return stopped

    def stop(self):
        self.measure()
        self.process.terminate()
        if self.process.wait(120):
            raise Failed("the gateway did not end cleanly")


# ---- files ----

def make_image(folder, key, version, seed):
    program, image = os.path.join(folder, "program"), os.path.join(folder, f"native-{version}.bin")
    with open(program, "wb") as f:
        f.write(VECTORS + random.Random(f"{seed} {version}").randbytes(40000))
    run(SLIPWAY, "sign", "--quiet", "--key", key, "--version", version, *SIGN, program, image)
    return image


def make_files(folder, o):
    """Images of the native devices, old and new, and the public keys of both kinds."""
    key = os.path.join(folder, "key.pem")
    run(SLIPWAY, "keygen", "-t", "ecdsa-p256", "-k", key)
    public = [os.path.join(folder, "native.pub.pem"), os.path.join(folder, "board.pub.pem")]
    run(SLIPWAY, "getpub", "-k", key, "-e", "pem", "-o", public[0])
    if o.boards:
        run(SLIPWAY, "getpub", "-k", o.key, "-e", "pem", "-o", public[1])
    else:
        shutil.copy(public[0], public[1])
    return make_image(folder, key, "1.0.0", o.seed), make_image(folder, key, "2.0.0", o.seed), public


def hash_of(image):
    tlvs = json.loads(run(SLIPWAY, "dumpinfo", "--json", image))["tlv_area"]["tlvs"]
    return next(tlv["data"] for tlv in tlvs if tlv["type_name"] == "SHA256")


# ---- the rehearsal ----

def over(actions):
    return sum(a["status"] in ("finished", "error", "canceled") for a in actions)


def roll_out(o, server, gateway, total, course):
    """Until every action is closed, or nothing happens any more. The gateway and the server are killed on the way."""
    last_change = time.monotonic()
    closed, shown = 0, -1
    kills = [total * (i + 1) // (o.kills + 1) for i in range(o.kills)]
    restarts = [total * (i + 1) // (o.restarts + 1) for i in range(o.restarts)]
    while closed < total and course.seconds() < o.minutes * 60 and time.monotonic() - last_change < SILENCE_S:
        time.sleep(0.5)
        actions = server.ask(cmd="actions")["actions"]
        now = over(actions)
        if now != closed:
            last_change = time.monotonic()
        closed = now
        course.closed(closed)
        if gateway.process.poll() is not None:
            raise Failed(f"the gateway ended by itself: {gateway.process.returncode}\n{tail(gateway.log)}")
        while kills and closed >= kills[0]:
            kills.pop(0)
            time.sleep(random.Random(f"{o.seed} {len(kills)}").random())
            gateway.kill()
            course.mark("gateway killed")
        while restarts and closed >= restarts[0]:
            restarts.pop(0)
            server.kill()
            server.start()
            course.mark("server killed")
        if gateway.resume_if_stopped():
            course.mark("resumed")
        if not o.quiet and (closed * 10 // total) != shown:
            shown = closed * 10 // total
            say(f"fleet: {closed} of {total} actions are closed, {course.seconds():.0f} s")


def tail(path, lines=20):
    with open(path, encoding="utf-8", errors="replace") as f:
        return "".join(f.readlines()[-lines:])


def judge(o, server, natives, boards, new_native):
    verdict = fleet_report.Verdict()
    told = {a["controller"]: a for a in server.ask(cmd="actions")["actions"]}
    wanted = hash_of(new_native)
    for i, state in enumerate(natives.states() if natives else []):
        name = f"native-{i}"
        good = state["power"] == "vanished" or state.get("intact", True)
        runs_new = state["hash"] == wanted and bool(state.get("confirmed"))
        verdict.add(state["unit"], name, told[name]["status"], runs_new, state["power"] == "bricked" or not good)
    wanted = hash_of(o.new) if o.boards else None
    for i in range(o.boards):
        image = boards.running(i)
        runs_new = image["hash"] == wanted and image["confirmed"]
        verdict.add("board", f"board-{i}", told[f"board-{i}"]["status"], runs_new, False)
    return verdict


def rehearse(o, folder, document):
    old, new, keys = make_files(folder, o)
    with contextlib.ExitStack() as at_end:
        def keep(process):
            at_end.callback(lambda: (process.terminate(), process.wait()))
        server = Server(folder, o)
        at_end.callback(lambda: server.kill())
        natives = Natives(folder, o, old, keys[0])
        keep(natives.process)
        boards = Boards(folder, o)
        for process in boards.processes:
            keep(process)
        server.ask(cmd="assign", file=new, version="2.0.0", controllers=[f"native-{i}" for i in range(o.natives)])
        if o.boards:
            server.ask(cmd="assign", file=o.new, version="2.0.0", controllers=[f"board-{i}" for i in range(o.boards)])
        gateway = Gateway(folder, o, server, natives, boards, keys)
        at_end.callback(lambda: gateway.process.kill())
        course = fleet_report.Course()
        at_end.callback(lambda: document.update(fleet_report.course_members(course)))
        roll_out(o, server, gateway, o.devices, course)
        course.end()
        gateway.stop()
        verdict = judge(o, server, natives, boards, new)
        return report(o, server, gateway, verdict, course.took, document)


def report(o, server, gateway, verdict, seconds, document):
    counts = server.ask(cmd="counts")
    for line in verdict.lines():
        say(line)
    faults = sum(n for name, n in counts.items() if name.startswith("fault_"))
    say(f"gateway: killed {gateway.kills} times, {gateway.memory_kb // 1024} MB at most, resumed {gateway.resumed} times; server: "
        f"killed {o.restarts} times, {faults} answers spoilt, {counts['downloads']} downloads, {counts['polls']} polls")
    again, followed = counts.get("offered_after_closed", 0), counts.get("followed", 0)
    document.update(verdict.members(), offered_again=again,
                    gateway={"kills": gateway.kills, "resumed": gateway.resumed, "memory_kb": gateway.memory_kb,
                             "memory_limit_kb": MEMORY_MOST_MB * 1024},
                    server={"restarts": o.restarts, "faults": faults, "downloads": counts["downloads"], "polls": counts["polls"],
                            "followed": followed})
    bad = (len(verdict.bricks) or len(verdict.false_successes) or again or verdict.open or verdict.false_failures or
           followed or gateway.memory_kb > MEMORY_MOST_MB * 1024)
    if gateway.memory_kb > MEMORY_MOST_MB * 1024:
        say(f"the gateway took more than {MEMORY_MOST_MB} MB")
    say(f"time: {seconds / 60:.1f} minutes; seed {o.seed}")
    say(f"{o.devices} devices, {len(verdict.bricks)} bricks, {len(verdict.false_successes)} false successes, "
        f"{again} offered again after closed")
    return 1 if bad else 0


def read_options(words):
    p = argparse.ArgumentParser(prog="slipway rehearse fleet", description=__doc__.split("\n\n")[0])
    p.add_argument("--devices", type=int, default=1000, help="in all (default 1000)")
    p.add_argument("--boards", type=int, default=50, help="of these, virtual boards with the ELF files (default 50)")
    p.add_argument("--bootloader", help="of the boards")
    p.add_argument("--image", help="that the boards run at first: HEX, or FILE@ADDRESS")
    p.add_argument("--new", help="that they get")
    p.add_argument("--key", help="that has signed both")
    p.add_argument("--seed", type=int, default=1, help="of all that is drawn (default 1)")
    p.add_argument("--loss", type=float, default=10, help="percent of datagrams lost in each direction (default 10)")
    p.add_argument("--cuts", type=float, default=0.03, help="percent of flash operations at which power fails (default 0.03)")
    p.add_argument("--bad", type=float, default=5, help="percent of bad units (default 5)")
    p.add_argument("--busy", type=float, default=5, help="percent of devices that are busy at first (default 5)")
    p.add_argument("--faults", type=float, default=2, help="percent of the server's answers that are spoilt (default 2)")
    p.add_argument("--kills", type=int, default=10, help="times that the gateway is killed (default 10)")
    p.add_argument("--restarts", type=int, default=2, help="times that the server is killed (default 2)")
    p.add_argument("--at-once", type=int, default=50, help="updates at the same time (default 50)")
    p.add_argument("--sleep", type=int, default=0, help="seconds between polls (default: a hundredth of the devices, at least 1)")
    p.add_argument("--minutes", type=float, default=60, help="most (default 60)")
    p.add_argument("--keep", help="folder for logs and journal, which stays")
    p.add_argument("--html", help="file: the report as a page")
    p.add_argument("--junit", help="file: the report as JUnit XML")
    p.add_argument("--json-file", help="file: the report as JSON, beside the text on stdout")
    p.add_argument("--json", action="store_true", help="the report as JSON on stdout, all else on stderr")
    p.add_argument("--quiet", action="store_true", help="the verdict only")
    p.add_argument("--verbose", action="store_true", help="nothing more, here")
    o = p.parse_args(words)
    o.boards = min(o.boards, o.devices)
    o.natives, o.sleep = o.devices - o.boards, o.sleep or max(1, o.devices // 100)
    if not 1 <= o.devices <= 4000:
        p.error("--devices: 1 to 4000")
    if o.boards and not (o.bootloader and o.image and o.new and o.key):
        p.error("--boards need --bootloader, --image, --new and --key; --boards 0 does without")
    return o


def fail(code, what, evidence, following, document):
    """As cli_fail of the host program does, and in the document."""
    print(f"error: {what}", file=sys.stderr)
    for title, lines in (("evidence", evidence), ("next", following)):
        for line in (lines or "").splitlines():
            print(f"  {title}: {line}", file=sys.stderr)
    document["error"] = {"what": what, "evidence": evidence, "next": following, "exit": code}
    return code


def refuse_outputs(o, document):
    """Before the hour that a rehearsal may take: can its files be written?"""
    for path in (o.html, o.junit, o.json_file):
        why = path and fleet_report.unwritable(path)
        if why:
            o.html = o.junit = o.json_file = None
            return fail(4, f"{path} cannot be written", why, "name a file in a folder that exists", document)
    return 0


def rehearse_in_folder(o, document):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    try:
        if o.keep:
            os.makedirs(o.keep, exist_ok=True)
            return rehearse(o, os.path.abspath(o.keep), document)
        with tempfile.TemporaryDirectory(prefix="fleet-") as folder:
            return rehearse(o, folder, document)
    except Failed as why:
        what, _, evidence = str(why).partition("\n")
        return fail(1, what, evidence or None, "slipway rehearse fleet --keep FOLDER leaves logs and journal there", document)


def main():
    global SAYS_TO
    words = fleet_report.own_words()
    o = read_options(words)
    SAYS_TO = sys.stderr if o.json else sys.stdout
    document = fleet_report.head(o, words, f"slipway {run(SLIPWAY, 'version').strip()}")
    code = refuse_outputs(o, document) or rehearse_in_folder(o, document)
    document["verdict"] = "failed" if code else "passed"
    try:
        drawn = fleet_report.write(o, document, SLIPWAY)
    except OSError as why:
        drawn = fail(4, "the report cannot be written", str(why), "check the folder, its permissions and the free space", document)
    return code or drawn


if __name__ == "__main__":
    sys.exit(main())
