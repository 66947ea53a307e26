"""Reports of every kind, passed and failed, as the commands write them: NAME.json, NAME.html and NAME.xml in tests/reports of
the build folder. The tests of JSON, pages and JUnit read them.

Usage: make_reports.py SLIPWAY MUSEUM, in the build folder, after make_broken.sh"""
import copy
import glob
import json
import os
import shutil
import struct
import subprocess
import sys

FOLDER = "tests/reports"
GOOD, BROKEN = "tests/nucleo_h753zi/bootloader.elf", "tests/broken-swap-move/bootloader.elf"
KEY = "keys/dev-ecdsa-p256.pem"
SLOT0 = 0x08020000
MANY = 10000
# Markup, quotes, an escape sequence, a mark that reorders text, four bytes of UTF-8, and half a character.
HOSTILE = "<b>]]>&amp;\"'\x1b[31m\u202e\U0001f600 --> ".encode() + b"\xe2\x82.bin"


def run(code, *words, out=None):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode != code:
        sys.exit(f"{words}\nexit code {done.returncode} instead of {code}\n{done.stdout[-2000:]}\n{done.stderr.decode()}")
    if out is not None:
        with open(out, "wb") as f:
            f.write(done.stdout)


class Reports:
    def __init__(self, slipway, museum):
        self.slipway, self.museum = slipway, museum
        shutil.rmtree(FOLDER, ignore_errors=True)
        os.makedirs(FOLDER)

    def path(self, name):
        return os.path.join(FOLDER, name)

    def report(self, name, code, *words):
        """Run a command, and keep its three reports under that name."""
        files = "--html", self.path(f"{name}.html"), "--junit", self.path(f"{name}.xml")
        run(code, *words, *files, "--json", out=self.path(f"{name}.json"))

    def report_museum(self, name):
        run(0, self.museum, "--html", self.path(f"{name}.html"), "--junit", self.path(f"{name}.xml"), "--json", self.path(f"{name}.json"))

    def draw(self, name, document):
        """The page and the JUnit of a document that no command has made."""
        path = self.path(name)
        with open(f"{path}.json", "w", encoding="utf-8") as f:
            json.dump(document, f)
        run(0, self.slipway, "report", f"{path}.json", "--html", f"{path}.html", "--junit", f"{path}.xml")

    def image(self, name, version, filler, size):
        """An image that stops at its first instruction: what is rehearsed is the bootloader."""
        payload, out = self.path("payload"), os.path.join(os.fsencode(FOLDER), name)
        with open(payload, "wb") as f:
            f.write(struct.pack("<II", 0x20020000, SLOT0 + 0x409) + bytes([0, 0xBE]) + bytes([filler]) * size)
        run(0, self.slipway, "sign", "--key", KEY, "--version", version, "--header-size", "0x400", "--pad-header",
            "--slot-size", "0xe0000", "--align", "32", payload, out)
        os.remove(payload)
        return out


def updates(r):
    update = r.slipway, "rehearse", "update"
    old, new = r.image(b"old.bin", "1.0.0", 0xA5, 20000), r.image(b"new.bin", "2.0.0", 0x5A, 20000)
    r.report("update-passed", 0, *update, GOOD, old, new, "--cuts", "12")
    r.report("update-hostile", 0, *update, GOOD, r.image(HOSTILE, "1.0.0", 0xA5, 20000), new, "--cuts", "2")
    # Nearly a sector each: a word that is copied wrong matters only where an image has it.
    old, new = r.image(b"old-large.bin", "1.0.1", 0xA6, 120000), r.image(b"new-large.bin", "2.0.1", 0x6A, 120000)
    r.report("update-failed", 1, *update, BROKEN, old, new, "--cuts", "6", "--seed", "4")
    with open(r.path("update-failed.json"), encoding="utf-8") as f:
        r.draw("update-many", many_cases(json.load(f)))


def many_cases(document):
    """The same update with MANY cases: every cut of its first boot, in turn coming back, going back, dead and lost."""
    document, ends = copy.deepcopy(document), ("came back", "went back", "dead", "lost")
    document["cases"], document["ends"] = [], dict.fromkeys(ends, MANY // len(ends))
    runs = document["boots"][0]["trace"]
    for number in range(MANY):
        run_, end = runs[number % len(runs)], ends[number % len(ends)]
        at = number // len(runs) % run_["count"]
        offset = run_["offset"] + at * (document["flash"]["word"] if run_["kind"] == "program" else 0)
        document["cases"].append({"case": number, "cuts": f"1: {run_['operation'] + at}.during", "boot": 1,
                                  "operation": run_["operation"] + at, "how": "during", "kind": run_["kind"],
                                  "offset": offset, "end": end, "ran": ["new"], "operations": 7})
    document.update(cuts=MANY, repeated=0, bricks=MANY // 2)
    failed = [case for case in document["cases"] if case["end"] in ("dead", "lost")]
    stories = [{**story, "case": case["case"], "cuts": case["cuts"], "end": case["end"],
                "replay": f"slipway rehearse update a b c --replay '{case['cuts']}'"}
               for case in failed[:20] for story in document["stories"][:1]]
    document.update(stories=stories, stories_left=len(failed) - len(stories))
    return document


def strange(value):
    """A document whose every text has hostile words behind it."""
    if isinstance(value, dict):
        return {name: each if name in ("report", "verdict") else strange(each) for name, each in value.items()}
    if isinstance(value, list):
        return [strange(each) for each in value]
    return value + HOSTILE.decode(errors="replace") if isinstance(value, str) else value


def strange_ones(r):
    """The same of each document, in a folder of its own: what its tables say does not hold for them."""
    os.makedirs(r.path("strange"))
    for path in sorted(glob.glob(r.path("*.json"))):
        if not path.endswith("-many.json"):
            with open(path, encoding="utf-8") as f:
                r.draw(os.path.join("strange", os.path.basename(path)[:-5]), strange(json.load(f)))


def samples(r):
    """What is there as a file because no command makes it in a moment: a violated closure, a fleet with bricks."""
    folder = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../host/report/test")
    for kind in ("closure", "fleet"):
        with open(os.path.join(folder, f"rehearse-{kind}.json"), encoding="utf-8") as f:
            r.draw(f"{kind}-sample", json.load(f))


def main():
    r = Reports(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]))
    updates(r)
    r.report("flash-passed", 0, r.slipway, "rehearse", "flash")
    r.report("flash-failed", 1, r.slipway, "rehearse", "flash", "--driver", "BANK_SPLIT_2M")
    r.report_museum("museum-passed")
    closure = r.slipway, "rehearse", "closure", "offset,32x512x4,revert", "overwrite,8x128x3,permanent"
    r.report("closure-passed", 0, *closure)
    r.report("closure-bounded", 1, *closure, "--states", "100")
    r.report("closure-replay-passed", 0, r.slipway, "rehearse", "closure", "--replay", "offset,8x128x4,test,77: - 3.before 2.touched -")
    r.report("fleet-passed", 0, r.slipway, "rehearse", "fleet", "--devices", "3", "--boards", "0", "--loss", "0", "--kills", "0",
             "--restarts", "0")
    samples(r)
    strange_ones(r)
    return 0


if __name__ == "__main__":
    sys.exit(main())
