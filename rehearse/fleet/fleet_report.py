"""What a rehearsed rollout came to: the judge's verdict, how it went over time, and the JSON document of both (docs/json.md), from
which `slipway report` draws the page and the JUnit file."""
import json
import os
import secrets
import shlex
import subprocess
import sys
import tempfile
import time

POINTS_MOST = 300  # of the curve over time
OPTIONS = ("loss", "cuts", "bad", "busy", "faults", "kills", "restarts", "at_once", "sleep", "minutes")
# Options that say where results go, and are no part of the rehearsal: with a value, and without one.
OUTPUTS, FLAGS = ("--html", "--junit", "--json-file"), ("--json", "--quiet", "--verbose")


class Course:
    """How many actions were closed when, and when gateway and server were killed."""

    def __init__(self):
        self.began = time.monotonic()
        self.points, self.marks = [{"s": 0, "closed": 0}], []
        self.took = None

    def seconds(self):
        return round(time.monotonic() - self.began, 1)

    def end(self):
        self.took = self.seconds()

    def closed(self, count):
        if count != self.points[-1]["closed"]:
            self.points.append({"s": self.seconds(), "closed": count})

    def mark(self, what):
        self.marks.append({"s": self.seconds(), "what": what})

    def progress(self):
        """At most so many points, the last one among them."""
        step = -(-len(self.points) // POINTS_MOST)
        return self.points[-1::-step][::-1]


class Verdict:
    """What each device runs, beside what the server was told."""

    def __init__(self):
        self.units, self.bricks, self.false_successes, self.false_failures, self.open = {}, [], [], [], []

    def add(self, kind, name, told, runs_new, bricked):
        unit = self.units.setdefault(kind, {"unit": kind, "devices": 0, "success": 0, "failure": 0, "open": 0, "new": 0, "wrong": []})
        unit["devices"] += 1
        unit[{"finished": "success", "error": "failure"}.get(told, "open")] += 1
        unit["new"] += runs_new
        wrong = [names for names, is_so in ((self.bricks, bricked),
                                            (self.false_successes, told == "finished" and not runs_new),
                                            (self.false_failures, told == "error" and runs_new),
                                            (self.open, told not in ("finished", "error"))) if is_so]
        for names in wrong:
            names.append(name)
        if wrong:
            unit["wrong"].append(name)

    def lines(self):
        yield f"{'unit':12}  devices  success  failure  open  run the new image, confirmed"
        for kind, unit in sorted(self.units.items()):
            yield (f"{kind:12}  {unit['devices']:7}  {unit['success']:7}  {unit['failure']:7}  {unit['open']:4}  {unit['new']:7}")
        for what, names in (("bricked", self.bricks), ("success was told, and is not true", self.false_successes),
                            ("failure was told of what runs", self.false_failures), ("open", self.open)):
            if names:
                yield f"{what}: {' '.join(names[:20])}{' ...' if len(names) > 20 else ''}"

    def members(self):
        return {"units": [unit for _, unit in sorted(self.units.items())], "bricks": self.bricks,
                "false_successes": self.false_successes, "false_failures": self.false_failures, "open": self.open}


def own_words():
    """What was typed behind (or before) the command's name."""
    words = sys.argv[1:]
    at = next((i for i in range(len(words)) if words[i:i + 2] == ["rehearse", "fleet"]), None)
    return words if at is None else words[:at] + words[at + 2:]


def command_line(words):
    """What was typed, without the outputs. A byte that is no UTF-8 becomes U+FFFD, as in all documents."""
    kept, skip = [], False
    for word in words:
        name, equals, _ = word.partition("=")
        if not skip and name not in OUTPUTS and word not in FLAGS:
            kept.append(word)
        skip = not skip and name in OUTPUTS and not equals
    return os.fsencode(shlex.join(["slipway", "rehearse", "fleet", *kept])).decode(errors="replace")


def head(o, words, program):
    return {"report": "rehearse fleet", "schema": 1, "program": program, "command": command_line(words), "devices": o.devices,
            "boards": o.boards, "seed": o.seed, "options": {name: getattr(o, name) for name in OPTIONS}}


def course_members(course):
    return {"seconds": course.took or course.seconds(), "progress": course.progress(), "marks": course.marks}


def unwritable(path):
    """Why the file cannot be written, as far as that can be known before; None: it can."""
    folder = os.path.dirname(os.path.abspath(path))
    if os.path.isdir(path):
        return "it is a folder"
    if not os.path.isdir(folder):
        return f"there is no folder {folder}"
    is_stream = os.path.exists(path) and not os.path.isfile(path)
    return None if is_stream or os.access(folder, os.W_OK) else f"{folder} cannot be written to"


def put_file(path, text):
    """A whole file or none: written beside, and renamed. What cannot be replaced, such as a pipe, is written to."""
    is_stream = os.path.exists(path) and not os.path.isfile(path)
    beside = path if is_stream else os.path.join(os.path.dirname(os.path.abspath(path)), f".slipway-{secrets.token_hex(4)}.tmp")
    try:
        with open(beside, "w" if is_stream else "x", encoding="utf-8") as f:
            f.write(text)
        if not is_stream:
            os.replace(beside, path)
    except BaseException:
        if not is_stream and os.path.exists(beside):
            os.unlink(beside)
        raise


def write(o, document, slipway):
    """Print the document (--json), keep it (--json-file), and have slipway draw the others. Returns the exit code of that;
    OSError: the document could not be written."""
    text = json.dumps(document, indent=2) + "\n"
    if o.json:
        print(text, end="", flush=True)
    if o.json_file:
        put_file(o.json_file, text)
    files = [f"--{name}={getattr(o, name)}" for name in ("html", "junit") if getattr(o, name)]
    if not files:
        return 0
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as f:
        f.write(text)
        f.flush()
        return subprocess.run([slipway, "report", "--quiet", *files, f.name], check=False).returncode
