#!/usr/bin/env python3
"""evidence_test.py SLIPWAY DOCS/EVIDENCE.MD - slipway evidence with the real firmware: what a pack of a good update holds, what
one of a bad update says, that openssl and sha256 check it without slipway, and that its documents are what the tables say. Runs
in the build folder."""
import glob
import hashlib
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree
import zipfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.append(TOP + "/tests/report")
from documents import HEAD, Schema  # pylint: disable=wrong-import-position

SLIPWAY, DOCUMENT = map(os.path.abspath, sys.argv[1:3])
del sys.argv[1:3]
with open(DOCUMENT, encoding="utf-8") as tables:
    SCHEMA = Schema(tables.read())
FOLDER = "tests/nucleo_h753zi"
BOOT = FOLDER + "/bootloader.elf"
OLD, STRANGER = "tests/nucleo_h753zi-1.0.0.bin", "tests/nucleo_h753zi-stranger.bin"
KEY = "keys/dev-ecdsa-p256.pem"


def slipway(*words):
    return subprocess.run([SLIPWAY, *words], capture_output=True, text=True, check=False)


def content(path):
    with open(path, "rb") as f:
        return f.read()


def sha256(path):
    return hashlib.sha256(content(path)).hexdigest()


class Evidence(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(dir="tests")
        cls.signer, cls.public = cls.path("signer.pem"), cls.path("public.pem")
        cls.new = cls.path("app-3.0.0.bin")
        cls.done(0, "keygen", "-t", "ecdsa-p256", "-k", cls.signer)
        cls.done(0, "getpub", "-k", cls.signer, "-e", "pem", "-o", cls.public)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder.name, name)

    @staticmethod
    def done(code, *words):
        r = slipway(*words)
        if r.returncode != code:
            raise AssertionError(f"{shlex.join(words)}: exit code {r.returncode}\n{r.stdout}{r.stderr}")
        return r

    def make(self, code, name, new, *options):
        r = self.done(code, "evidence", BOOT, OLD, new, "--allow-development", "--out", self.path(name), *options)
        self.assertEqual(glob.glob(self.path(".*")), [])
        with open(self.path(name) + "/manifest.json", encoding="utf-8") as f:
            return r, json.load(f)

    def sign(self, *options, program=FOLDER + "/smp_server.bin"):
        self.done(0, "sign", "--key", KEY, "--version", "3.0.0", "-H", "0x400", "--pad-header", "--slot-size", "0xe0000",
                  "--align", "32", *options, program, self.new)

    def documented(self, document):
        members = {**SCHEMA.tables[document["report"]], **SCHEMA.tables[HEAD]}
        self.assertEqual(SCHEMA.of_members(document, members, document["report"], ()), [])

    def checks(self, manifest):
        return {c["check"]: c for c in manifest["checks"]}

    def test_a_good_update(self):
        sbom = FOLDER + "/smp_server.cdx.json"
        self.sign("--sbom", sbom)
        _, m = self.make(0, "good", self.new, "--cuts", "6", "--seed", "3", "--key", self.signer, "--sbom", sbom)
        good = self.path("good")
        self.assertEqual((m["verdict"], m["seed"], m["part"]), ("passed", 3, "stm32h753"))
        self.assertEqual({c["outcome"] for c in m["checks"]}, {"passed"})
        for i in m["inputs"]:
            self.assertEqual((i["sha256"], i["bytes"]), (sha256(i["path"]), os.path.getsize(i["path"])))
        # Every file is listed, and the zip file has the same ones.
        listed = {f["name"] for f in m["files"]}
        self.assertEqual(set(os.listdir(good)), listed | {"manifest.json", "manifest.sig", "manifest.pub.pem"})
        for f in m["files"]:
            self.assertEqual(f["sha256"], sha256(f"{good}/{f['name']}"))
        with zipfile.ZipFile(good + ".zip") as z:
            self.assertEqual(sorted(z.namelist()), sorted(os.listdir(good)))
            for name in z.namelist():
                self.assertEqual(z.read(name), content(f"{good}/{name}"))
        self.assertEqual(content(f"{good}/sbom-smp_server.cdx.json"), content(sbom))
        for name in "manifest", "keys", "configuration":
            self.documented(json.loads(content(f"{good}/{name}.json")))
        # The signature, without slipway.
        subprocess.run(["openssl", "dgst", "-sha256", "-verify", self.public, "-signature", good + "/manifest.sig",
                        good + "/manifest.json"], check=True, capture_output=True)
        # A document is what its command prints.
        for name in "verify new", "fit old", "sbom":
            c = self.checks(m)[name]
            again = subprocess.run([SLIPWAY, *shlex.split(c["command"])[1:]], capture_output=True, check=True)
            self.assertEqual(again.stdout, content(f"{good}/{c['document']}"))
        # The rehearsal's three forms agree.
        with open(good + "/rehearsal.json", encoding="utf-8") as f:
            rehearsal = json.load(f)
        self.assertEqual((rehearsal["bricks"], rehearsal["seed"]), (0, 3))
        suite = xml.etree.ElementTree.parse(good + "/rehearsal.junit.xml").getroot()
        self.assertGreaterEqual(len(list(suite.iter("testcase"))), len(rehearsal["cases"]))
        self.assertIn(b"</html>", content(good + "/rehearsal.html"))
        with open(good + "/README.txt", encoding="utf-8") as f:
            self.assertIn("Verdict: passed", f.read())
        r = self.done(0, "evidence", "check", good + ".zip", "-k", self.public, "--bootloader", BOOT, "--old", OLD,
                      "--new", self.new)
        self.assertIn("evidence check: passed: whole and signed", r.stdout)
        r = self.done(1, "evidence", "check", good, "-k", self.public, "--new", OLD)
        self.assertIn("is not the new image of the pack", r.stderr)
        r = self.done(0, "evidence", "check", good, "--json")
        self.documented(json.loads(r.stdout))

    def test_an_image_of_another_key(self):
        r, m = self.make(1, "bad", STRANGER, "--cuts", "1", "--key", self.signer, "--json")
        self.assertEqual(json.loads(r.stdout), m)
        self.documented(m)
        checks = self.checks(m)
        for name in "verify new", "rehearsal":
            self.assertEqual(checks[name]["outcome"], "failed")
            self.assertIn(f"{name} failed: ", r.stderr)
        self.assertIn("unknown key", checks["verify new"]["summary"])
        self.assertIn("the bootloader keeps the old image", checks["rehearsal"]["summary"])
        self.assertEqual(m["verdict"], "failed")
        self.assertIn(b"keeps the old image", content(self.path("bad") + "/rehearsal.html"))
        r = self.done(1, "evidence", "check", self.path("bad.zip"), "-k", self.public)
        self.assertIn("is whole and signed, and its evidence is unfavourable", r.stderr)

    def test_an_image_that_is_too_large_and_a_pack_that_can_be_made_again(self):
        program = self.path("large.bin")
        with open(program, "wb") as f:
            f.write(content(FOLDER + "/smp_server.bin").ljust(700 * 1024, b"\1"))
        self.sign(program=program)
        packs = []
        for name in "large", "again":
            r, m = self.make(1, name, self.new)
            self.assertIn("NOT SIGNED", r.stderr)
            packs.append(content(self.path(name) + ".zip"))
        checks = self.checks(m)
        self.assertEqual([checks[name]["outcome"] for name in ("verify new", "fit old", "fit new", "rehearsal")],
                         ["failed", "passed", "failed", "failed"])
        self.assertEqual(packs[0], packs[1])
        self.done(1, "evidence", "check", self.path("large.zip"))
        r = self.done(1, "evidence", "check", self.path("large.zip"), "--unsigned")
        self.assertIn("fit new failed: ", r.stderr)

    def test_what_cannot_be_checked_is_said(self):
        """A bootloader without symbols, and no layout beside it."""
        boot = self.path("boot.hex")
        with open(boot, "wb") as f:
            f.write(content(FOLDER + "/bootloader.hex"))
        r = self.done(1, "evidence", boot, OLD, STRANGER, "--out", self.path("stripped"))
        with open(self.path("stripped") + "/manifest.json", encoding="utf-8") as f:
            checks = self.checks(json.load(f))
        self.assertEqual({c["outcome"] for c in checks.values()}, {"not run"})
        self.assertIn("does not show which keys the bootloader trusts", checks["verify old"]["summary"])
        self.assertIn("--layout FILE", checks["fit new"]["summary"])
        self.assertIn("the partition table is not given", checks["rehearsal"]["summary"])
        self.assertIn("rehearsal not run: ", r.stderr)

    def test_every_kind_of_key_as_the_readme_says(self):
        """README.txt has the command of openssl; nothing else has to be run for a pack to be signed."""
        boot = self.path("unreadable.elf")
        with open(boot, "wb") as f:
            f.write(b"none")
        for kind in "rsa-2048", "rsa-3072", "ecdsa-p256", "ecdsa-p384", "ed25519":
            with self.subTest(kind):
                key, out = self.path(f"{kind}.pem"), self.path(kind)
                self.done(0, "keygen", "-t", kind, "-k", key)
                self.done(1, "evidence", boot, OLD, STRANGER, "--key", key, "--out", out)
                self.assertIn("is whole and signed", self.done(1, "evidence", "check", out, "-k", key).stderr)
                readme = content(out + "/README.txt").decode()
                command = readme[readme.index("openssl "):readme.index("  sha256sum")]
                r = subprocess.run(command, shell=True, cwd=out, capture_output=True, text=True, check=True)
                self.assertIn("erified", r.stdout)
                with open(out + "/manifest.json", "ab") as f:
                    f.write(b"\n")
                r = subprocess.run(command, shell=True, cwd=out, capture_output=True, text=True, check=False)
                self.assertNotEqual(r.returncode, 0)
                self.assertIn("the manifest has changed", self.done(1, "evidence", "check", out).stderr)

    def begin(self, *options):
        """A pack whose checks have reached the rehearsal."""
        p = subprocess.Popen([SLIPWAY, "evidence", BOOT, OLD, STRANGER, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             text=True)
        for line in p.stdout:
            if line.startswith("fit new"):
                break
        return p

    def test_a_file_that_changes_meanwhile(self):
        config = self.path("changing.config")
        with open(config, "wb") as f:
            f.write(content(FOLDER + "/.config"))
        before = sorted(os.listdir(self.folder.name))
        p = self.begin("--cuts", "1", "--config", config, "--out", self.path("changing"))
        with open(config, "ab") as f:
            f.write(b"\n")
        self.assertIn("changing.config' changed while it was checked", p.communicate()[1])
        self.assertEqual(p.returncode, 4)
        self.assertEqual(sorted(os.listdir(self.folder.name)), before)

    def test_a_signal_leaves_nothing(self):
        before = sorted(os.listdir(self.folder.name))
        p = self.begin("--cuts", "100", "--out", self.path("stopped"))
        p.send_signal(signal.SIGINT)
        p.communicate()
        self.assertEqual(p.returncode, -signal.SIGINT)
        self.assertEqual(sorted(os.listdir(self.folder.name)), before)


if __name__ == "__main__":
    unittest.main()
