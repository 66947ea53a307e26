"""slipway rehearse update: our bootloader comes through, one with a mistake does not, and what is not an update is refused.

Usage: rehearse_update_test.py SLIPWAY, after make_broken.sh. The images are a few bytes that stop at their first
instruction: what is
rehearsed is the bootloader."""
import contextlib
import functools
import json
import os
import pty
import re
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import unittest

SLIPWAY = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else os.path.abspath("slipway")
GOOD = os.path.abspath("tests/nucleo_h753zi/bootloader.elf")
BROKEN = os.path.abspath("tests/broken-swap-move/bootloader.elf")
KEY = os.path.abspath("keys/dev-ecdsa-p256.pem")
SLOT0 = 0x08020000


def run(*args):
    return subprocess.run(args, capture_output=True, text=True, check=False)


class Rehearsal(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="slipway rehearsal ")  # a space: people have them
        cls.old, cls.new = cls.image("1.0.0", 0xA5), cls.image("2.0.0", 0x5A)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.dir)

    @classmethod
    @functools.cache  # a signature is never the same twice, and may be a byte longer: a case is one of these files
    def image(cls, version, filler, *options, key=KEY, at=SLOT0, size=20000):
        payload, out = os.path.join(cls.dir, "payload"), os.path.join(cls.dir, f"{version}-{filler}.bin")
        with open(payload, "wb") as f:
            f.write(struct.pack("<II", 0x20020000, at + 0x409) + bytes([0, 0xBE]) + bytes([filler]) * size)
        done = run(SLIPWAY, "sign", "--key", key, "--version", version, "--header-size", "0x400", "--pad-header", "--slot-size",
                   "0xe0000", "--align", "32", *options, payload, out)
        assert done.returncode == 0, done.stderr
        return out

    def rehearse(self, boot, old, new, *options):
        return run(SLIPWAY, "rehearse", "update", boot, old, new, *options)

    def refused(self, code, text, boot, old, new, *options):
        done = self.rehearse(boot, old, new, *options)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertIn(text, done.stderr)
        self.assertIn("next:", done.stderr)

    def test_a_good_bootloader_comes_through(self):
        done = self.rehearse(GOOD, self.old, self.new, "--cuts", "8", "--json")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual([b["image"] for b in report["boots"]], ["new", "old", "old"])
        self.assertEqual(report["bricks"], 0)
        self.assertTrue(all(c["ran"][-1] == "old" for c in report["cases"]))
        self.assertGreater(len(report["cases"]), 3)
        self.assertEqual(done.stderr, "")
        self.agrees(report)
        self.assertEqual([i["version"] for i in report["images"]], ["1.0.0", "2.0.0"])
        where = {c["what"]: c["offset"] for c in report["contents"]["before"]}
        areas = {a["name"]: a for a in report["areas"]}
        self.assertEqual(where["bootloader"], 0)
        self.assertEqual(where["old image"], areas["slot0"]["offset"])
        self.assertEqual(where["new image"], areas["slot1"]["offset"] + report["flash"]["banks"][0]["sector"])
        self.assertGreater(where["trailer"], where["new image"])
        self.assertEqual(report["contents"]["after"][2]["what"], "old image")

    def agrees(self, report):
        """The parts of a document say the same."""
        for boot in report["boots"]:
            number, now = 1, 0
            for entry in boot["trace"]:
                self.assertEqual(entry["operation"], number)
                self.assertGreaterEqual(entry["begin_us"], now)
                number, now = number + entry["count"], entry["begin_us"] + entry["us"]
                size = report["flash"]["word"] if entry["kind"] == "program" else report["flash"]["banks"][0]["sector"]
                self.assertEqual(entry["size"], entry["count"] * size)
            self.assertEqual(number - 1, boot["operations"])
            self.assertEqual(sum(e["kind"] == "erase" for e in boot["trace"]), boot["erases"])
            self.assertLessEqual(now, (boot["ms"] + 1) * 1000)
        for pieces in report["contents"].values():
            end = 0
            for piece in pieces:
                self.assertEqual(piece["offset"], end)
                end += piece["size"]
            self.assertEqual(end, report["flash"]["size"])
        self.assertEqual([c["case"] for c in report["cases"]], list(range(len(report["cases"]))))
        counted = [c for c in report["cases"] if not c.get("repeated")]
        self.assertEqual(report["repeated"], len(report["cases"]) - len(counted))
        for case in counted:
            entry = next(e for e in report["boots"][case["boot"] - 1]["trace"]
                         if e["operation"] <= case["operation"] < e["operation"] + e["count"])
            behind = (case["operation"] - entry["operation"]) * report["flash"]["word"]
            self.assertEqual((case["kind"], case["offset"]), (entry["kind"], entry["offset"] + behind))
            self.assertEqual(case["cuts"].split()[:2], [f"{case['boot']}:", f"{case['operation']}.{case['how']}"])
        for end, count in report["ends"].items():
            self.assertEqual(count, sum(c["end"] == end for c in counted))
        failed = [c for c in counted if c["end"] not in ("came back", "went back")]
        self.assertEqual(report["bricks"], len(failed))
        self.assertEqual(report["verdict"], "failed" if failed else "passed")
        self.assertEqual([(s["case"], s["cuts"], s["end"]) for s in report["stories"]],
                         [(c["case"], c["cuts"], c["end"]) for c in failed[:20]])
        self.assertEqual(report.get("stories_left", 0), len(failed) - len(report["stories"]))

    def test_what_is_done_is_said_in_a_pipe(self):
        done = self.rehearse(GOOD, self.old, self.new, "--cuts", "8")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        progress = done.stderr.splitlines()
        self.assertEqual(progress[0], "before   the old image boots")
        self.assertIn("update   first without cuts", progress)
        counted = [l for l in progress if re.match(r"cuts +[0-9]+ %", l)]
        cases = int(re.match(r"cuts +0 %  0/([0-9]+) cases$", counted[0]).group(1))
        self.assertRegex(counted[-1], rf"^cuts +100 %  {cases}/{cases} cases  [0-9.]+ cases/s  in ")
        self.assertLessEqual(len(counted), 12)
        self.assertNotIn("again ", done.stderr)  # no case failed
        result = done.stdout.splitlines()
        self.assertEqual(result[-1], "rehearse update: 0 bricks")
        for line in (rf"cuts     {cases} cases with [0-9]+ power cuts in all, seed 1\.",
                     r"         First cut of a case: [0-9]+ before, [0-9]+ inside and [0-9]+ after a flash operation\.",
                     r"         In [0-9]+ cases? the first cut was at an erase\. The update has [0-9]+ erases\.",
                     r"         [0-9]+ cases? had more cuts while the bootloader repaired the first\.",
                     r"end      [0-9]+ cases? finished the update\.",
                     r"         [0-9]+ cases? went back to the old image\..*",
                     r"repair   A repair took at most [0-9]+ boots and [0-9]+ flash operations\."):
            self.assertEqual(len([l for l in result if re.fullmatch(line, l)]), 1, line + "\n" + done.stdout)
        done = self.rehearse(GOOD, self.old, self.new, "--cuts", "8", "--quiet")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_what_is_done_is_said_on_a_terminal(self):
        master, slave = pty.openpty()
        command = [SLIPWAY, "rehearse", "update", GOOD, self.old, self.new, "--cuts", "8"]
        with subprocess.Popen(command, stdin=slave, stdout=subprocess.DEVNULL, stderr=slave) as process:
            os.close(slave)
            seen = b""
            try:
                while more := os.read(master, 4096):
                    seen += more
            except OSError:  # the other end has gone
                pass
        os.close(master)
        self.assertEqual(process.returncode, 0, seen)
        for text in (b"\rbefore   the old image boots\x1b[K", b"\rupdate   first without cuts\x1b[K",
                     b"\rcuts     [", b"] 100 %  "):
            self.assertIn(text, seen)

    def test_the_options_are_read_before_the_boots(self):
        for option in ("--cuts", "--jobs"):
            done = self.rehearse(GOOD, self.old, self.new, option, "many")
            self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)

    def test_permanently(self):
        done = self.rehearse(GOOD, self.old, self.new, "--cuts", "3", "--permanent", "--verbose")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("boot 2   the new image runs after 0 flash operations: at rest", done.stdout)
        self.assertIn("case 0", done.stdout)

    def test_a_mistake_is_found_and_replayed(self):
        # Nearly a sector each: a word that is copied wrong matters only where an image has it.
        old, new = self.image("1.0.1", 0xA6, size=120000), self.image("2.0.1", 0x6A, size=120000)
        done = self.rehearse(BROKEN, old, new, "--cuts", "4")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("the board did not come back", done.stderr)
        self.assertRegex(done.stdout, r"\n         [0-9]+ cases? failed\.\n")
        command = [l for l in done.stderr.splitlines() if "--replay" in l][0].split("next: ")[1]
        again = run(SLIPWAY, *shlex.split(command)[1:])
        self.assertEqual(again.returncode, 1, again.stdout)
        self.assertIn("power cut", again.stdout)
        self.assertIn("mcuboot:", again.stdout)
        self.assertNotIn("\\x0d", again.stdout)

    def test_a_repair_that_is_over_before_its_cut_is_a_boot_like_others(self):
        done = self.rehearse(GOOD, self.old, self.new, "--replay", "1: 3.before 99999999.during")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("== cut 1, before operation 3: power cut\n", done.stdout)
        self.assertIn("== boot 1 after the cuts, over before cut 2 at operation 99999999: the new image runs\n", done.stdout)
        self.assertIn("== boot 2 after the cuts: the old image runs\n", done.stdout)

    @classmethod
    @functools.cache
    def failed(cls):
        """The document of a rehearsal that fails, and what was said on stderr."""
        old, new = cls.image("1.0.1", 0xA6, size=120000), cls.image("2.0.1", 0x6A, size=120000)
        reports = [w for kind in ("html", "junit", "json-file") for w in (f"--{kind}", os.path.join(cls.dir, kind))]
        done = run(SLIPWAY, "rehearse", "update", BROKEN, old, new, "--cuts", "4", "--seed", "1", "--json", *reports)
        assert done.returncode == 1, done.stderr
        return json.loads(done.stdout), done.stderr

    def test_a_failure_is_told_in_the_document(self):
        report, said = self.failed()
        self.agrees(report)
        self.assertGreater(report["bricks"], 0)
        self.assertIn(report["error"]["what"], said)
        self.assertEqual(report["error"]["next"], report["stories"][0]["replay"])
        for kind in ("html", "junit", "json-file"):
            self.assertTrue(os.path.exists(os.path.join(self.dir, kind)))
        for story in report["stories"]:
            options = [w for w in shlex.split(story["gdb"]) if w.startswith("--")]
            self.assertEqual(options, ["--seed", "--replay", "--gdb"])
            cuts = [b["cut"] for b in story["boots"] if "cut" in b]
            self.assertEqual([f"{c['operation']}.{c['how']}" for c in cuts], story["cuts"].split()[1:1 + len(cuts)])
            self.assertTrue(all("mcuboot: " in b["console"] for b in story["boots"]), story)
            self.assertEqual([(t["when"], t["slot"]) for t in story["trailers"]],
                             [(w, s) for w in ("after the cuts", "at the end") for s in ("slot0", "slot1")])
        again = run(SLIPWAY, *shlex.split(report["stories"][0]["replay"])[1:], "--json")
        self.assertEqual(again.returncode, 1, again.stderr)
        one = json.loads(again.stdout)
        self.agrees(one)
        for part in ("boots", "torn", "trailers", "why", "end"):
            self.assertEqual(one["stories"][0][part], report["stories"][0][part])

    def test_what_a_cut_erase_has_left_is_torn(self):
        report, _ = self.failed()
        old, new = (image["path"] for image in report["images"])
        erase = next(e for e in report["boots"][0]["trace"] if (e["kind"], e["offset"]) == ("erase", 0x20000))
        done = self.rehearse(BROKEN, old, new, "--json", "--replay", f"1: {erase['operation']}.during")
        (story,) = json.loads(done.stdout)["stories"]
        self.assertEqual(story["boots"][0]["cut"], {"operation": erase["operation"], "how": "during", "kind": "erase",
                                                    "offset": 0x20000, "size": 0x20000})
        (torn,) = story["torn"]
        self.assertEqual((torn["offset"], torn["size"], torn["what"]), (0x20000, 0x20000, "half erased"))
        self.assertGreater(torn["unreadable"], 100)

    def test_a_replayed_case_waits_for_gdb_in_the_boot_that_fails(self):
        report, _ = self.failed()
        story = next(s for s in report["stories"] if s["end"] == "lost")
        case, last = report["cases"][story["case"]], report["boots"][-1]["image"]
        wrong = len(case["ran"])
        while wrong > 2 and case["ran"][wrong - 2] != last:
            wrong -= 1
        if case["ran"][0] != report["boots"][case["boot"] - 1]["image"]:
            wrong = 1
        command = shlex.split(story["gdb"])
        self.assertEqual(command[-2:], ["--gdb", ":3333"])
        with subprocess.Popen([SLIPWAY, *command[1:-1], "127.0.0.1:0"], stdout=subprocess.PIPE, text=True) as process, \
                contextlib.ExitStack() as stack:
            stack.callback(process.kill)  # it would wait for a debugger for ever
            said = []
            while not (said and said[-1].startswith("gdb: target remote ")):
                said.append(process.stdout.readline())
                self.assertNotEqual(said[-1], "", said)
            self.assertIn(f"gdb: boot {wrong} after the cuts waits before its first instruction\n", said)
            script = ["set pagination off", "set confirm off", "set remotetimeout 600", said[-1][len("gdb: "):].strip(),
                      "p $pc == ((unsigned)reset_handler & ~1)", "break main", "continue", "delete", "continue",
                      "p/x $pc", f"x/1xb {SLOT0 + 0x420:#x}", "kill"]
            done = run("gdb-multiarch", "-q", "-nx", "-batch", BROKEN, *(word for line in script for word in ("-ex", line)))
            limit = threading.Timer(300, process.kill)  # a board that GDB left without a word waits for the next one
            limit.start()
            rest = process.stdout.read()
            process.wait(60)
            limit.cancel()
        self.assertIn("$1 = 1", done.stdout, done.stderr)
        self.assertRegex(done.stdout, r"Breakpoint 1, main \(\)")
        self.assertIn(f"$2 = {SLOT0 + 0x408:#x}", done.stdout)  # it is an image, and the wrong one
        self.assertRegex(done.stdout, rf"0x8020420:.*{'0x6a' if case['ran'][wrong - 1] == 'new' else '0xa6'}")
        self.assertIn("board| *** Booting", rest)
        self.assertEqual(process.returncode, 1, done.stdout + done.stderr)

    def test_the_debugger_needs_one_case_and_a_port(self):
        self.refused(2, "--gdb stops in one case", GOOD, self.old, self.new, "--gdb", ":3333")
        self.refused(2, "is not an address", GOOD, self.old, self.new, "--replay", "1: 1.before", "--gdb", "nowhere:at:all")

    def test_the_bootloader_does_not_want_the_image(self):
        stranger = os.path.join(self.dir, "stranger.pem")
        self.assertEqual(run(SLIPWAY, "keygen", "-t", "ecdsa-p256", "-k", stranger).returncode, 0)
        new = self.image("3.0.0", 0x33, key=stranger)
        self.refused(1, "keeps the old image", GOOD, self.old, new)
        old = self.image("0.9.0", 0x22, key=stranger)
        self.refused(1, "does not run the old image", GOOD, old, new)

    def test_what_is_no_update(self):
        elsewhere = self.image("4.0.0", 0x44, at=0x08100000)
        large = self.image("5.0.0", 0x55, size=700000)
        missing = os.path.join(self.dir, "missing.bin")
        self.refused(2, "the same image", GOOD, self.old, self.old)
        self.refused(2, "would replace", GOOD, self.old, self.new, "--html", self.new)
        self.refused(1, "not linked for the address where it would run", GOOD, self.old, elsewhere)
        self.refused(1, "does not fit the slots", GOOD, self.old, large)
        self.refused(4, "missing.bin", GOOD, self.old, missing)
        self.refused(4, "is not a valid image", GOOD, self.old, GOOD)
        copy = shutil.copy(GOOD, self.dir)
        self.refused(2, "the partition table is not given", copy, self.old, self.new)
        several = os.path.join(self.dir, "several.config")
        with open(several, "w", encoding="utf-8") as f:
            f.write("CONFIG_UPDATEABLE_IMAGE_NUMBER=2\n")
        self.refused(1, "supports one image only", GOOD, self.old, self.new, "--config", several)
        for text in ("", "1", "0: 1.before", "9: 1.before", "1: 99999999.after", "1: 1.torn", "1: 1.before x"):
            self.refused(2, "--replay", GOOD, self.old, self.new, "--replay", text)


if __name__ == "__main__":
    unittest.main(verbosity=2)
