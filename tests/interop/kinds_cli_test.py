"""What slipway says about images of every kind: before a bootloader's ELF file (as the board says, kinds_test.c), spoilt at
every byte, compared with each other, signed elsewhere; and what the build says about keys.

Usage: kinds_cli_test.py SLIPWAY. Run with the Python of build/venv, after make_kinds.py.
"""
import base64
import filecmp
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
KINDS = os.path.abspath("tests/kinds")
SLIPWAY = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else os.path.abspath("slipway")
IMGTOOL = os.path.abspath("venv/bin/imgtool")
KEY_TYPES = {"ed25519-sha512": "ed25519", "ed25519-pure": "ed25519"}
SIGNATURES = (0x20, 0x22, 0x23, 0x24)


def run(*args):
    return subprocess.run(args, capture_output=True, text=True, check=False)


def slipway(*args):
    return run(SLIPWAY, *args)


def kinds():
    with open(os.path.join(KINDS, "list"), encoding="utf-8") as f:
        return f.read().split()


def key(kind, who="good"):
    return os.path.join(KINDS, f"{KEY_TYPES.get(kind, kind)}-{who}.pem")


def tlvs(data):
    """(type, offset of the value, length) of each TLV of the unprotected area; nothing else is in these images."""
    header, size = struct.unpack_from("<H", data, 8)[0], struct.unpack_from("<I", data, 12)[0]
    at = header + size + 4
    while at < len(data):
        kind, length = struct.unpack_from("<HH", data, at)
        yield kind, at + 4, length
        at += 4 + length


class Kinds(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="slipway-kinds-")
        self.addCleanup(shutil.rmtree, self.dir)

    def path(self, name, data=None):
        path = os.path.join(self.dir, name)
        if data is not None:
            with open(path, "wb") as f:
                f.write(data)
        return path

    def done(self, result, code=0):
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return result

    # ---- verify --against

    def test_against_says_what_the_board_says(self):
        rows = 0
        for built in kinds():
            elf = os.path.join(KINDS, built, "bootloader.elf")
            for signed in kinds():
                for who in ("good", "second", "stranger"):
                    image = os.path.join(KINDS, signed, who + ".bin")
                    result = slipway("verify", "--against", elf, image)
                    right = built == signed and who != "stranger"
                    rows += 1
                    with self.subTest(built=built, signed=signed, who=who):
                        self.done(result, 0 if right else 1)
                        if not right:
                            self.assertRegex(result.stderr, r"^error: .*\n")
        print(f"verify --against: {rows} rows")

    def test_against_names_the_key(self):
        for kind in kinds():
            for who, number in (("good", 1), ("second", 2)):
                elf, image = (os.path.join(KINDS, kind, n) for n in ("bootloader.elf", who + ".bin"))
                said = json.loads(self.done(slipway("verify", "--json", "--against", elf, image)).stdout)
                want = json.loads(slipway("getpub", "-k", key(kind, who), "--json").stdout)["keyhash"]
                self.assertEqual(said["keyhash"], want)
                text = self.done(slipway("verify", "--against", elf, image)).stdout
                self.assertIn(f"key {number} of 2", text)

    def test_against_sees_a_flipped_bit(self):
        words = {0: "hash does not match", 1: "unknown key", 2: "signature"}
        for kind in kinds():
            elf = os.path.join(KINDS, kind, "bootloader.elf")
            with open(os.path.join(KINDS, kind, "good.bin"), "rb") as f:
                good = f.read()
            found = list(tlvs(good))
            places = (0x400 + 100, next(at for t, at, _ in found if t == 1) + 3, found[-1][1] + 20)
            for n, place in enumerate(places):
                bad = bytearray(good)
                bad[place] ^= 4
                result = self.done(slipway("verify", "--against", elf, self.path("bad.bin", bad)), 1)
                self.assertIn(words[n], result.stderr)

    # ---- every byte

    def small(self, kind):
        options = {"ed25519-sha512": ["--sha", "512"], "ed25519-pure": ["--pure"]}.get(kind, [])
        out = self.path("small.bin")
        self.done(run(IMGTOOL, "sign", "-k", key(kind), "-v", "1.2.3", "-H", "32", "--pad-header", "-S", "0", *options,
                      self.path("app.bin", b"sixteen bytes at"), out))
        with open(out, "rb") as f:
            return f.read()

    def reasons(self, data, at):
        """What may be said about a change at this place."""
        spans = [(0, 4, ["image magic", "header is erased"]), (20, 28, ["hash does not match"]), (28, 48, ["hash does not match"])]
        for kind, value, length in tlvs(data):
            words = {0x10: ["hash does not match"], 0x11: ["hash does not match"], 0x12: ["hash does not match"],
                     0x01: ["unknown key"], 0x25: ["signature"]}.get(kind, ["signature does not verify", "malformed signature"])
            spans.append((value, value + length, words))
        for start, end, words in spans:
            if start <= at < end:
                return words
        return ["error: "]  # sizes, flags, types, lengths: any reason

    def test_every_byte_of_a_small_image_counts(self):
        for kind in ("ecdsa-p256", "ed25519-pure"):
            if kind not in kinds():
                continue
            good, spare = self.small(kind), 0
            elf = os.path.join(KINDS, kind, "bootloader.elf")
            self.done(slipway("verify", "--against", elf, self.path("good.bin", good)))
            for at in range(len(good)):
                bad = bytearray(good)
                bad[at] ^= 1 << at % 8
                result = slipway("verify", "--against", elf, self.path("bad.bin", bad))
                if result.returncode == 0 and kind.startswith("ecdsa") and good[at] == 0 and at > tuple(tlvs(good))[-1][1]:
                    spare += 1  # the zero in front of a DER INTEGER is not looked at
                    continue
                with self.subTest(kind=kind, at=at):
                    self.done(result, 1)
                    self.assertTrue(any(w in result.stderr for w in self.reasons(good, at)), result.stderr)
            self.assertLessEqual(spare, 2)
            for cut in range(0, len(good), 5):
                self.done(slipway("verify", "--against", elf, self.path("bad.bin", good[:cut])), 1)

    # ---- signed elsewhere

    def test_pure_images_signed_elsewhere(self):
        app, base = self.path("app.bin", bytes(range(100))), ["-v", "1.0.0", "-H", "32", "--pad-header", "-S", "0x8000", "--pure"]
        for pure in (True, False):
            what = "payload" if pure else "digest"
            vector = self.path("vector")
            self.done(slipway("sign", *base, "--vector-to-sign", what, app, vector))
            self.done(run("openssl", "pkeyutl", "-sign", "-rawin", "-inkey", key("ed25519"), "-in", vector, "-out",
                          self.path("sig")))
            with open(self.path("sig"), "rb") as f:
                self.path("sig.b64", base64.b64encode(f.read()))
            self.done(slipway("getpub", "-k", key("ed25519"), "-e", "pem", "-o", self.path("pub.pem")))
            fixed = ["--fix-sig", self.path("sig.b64"), "--fix-sig-pubkey", self.path("pub.pem")]
            result = slipway("sign", *base, *fixed, app, self.path("fixed.bin"))
            if not pure:
                self.assertIn("does not match this image", self.done(result, 1).stderr)
                continue
            self.done(result)
            self.done(slipway("sign", *base, "-k", key("ed25519"), app, self.path("direct.bin")))
            self.assertTrue(filecmp.cmp(self.path("fixed.bin"), self.path("direct.bin"), shallow=False))
            self.done(run(IMGTOOL, "verify", "-k", key("ed25519"), self.path("fixed.bin")))
            os.remove(self.path("fixed.bin"))
        self.assertFalse(os.path.exists(self.path("fixed.bin")))

    # ---- diff

    def differences(self, a, b, code=1):
        text = self.done(slipway("diff", a, b), code).stdout
        listed = json.loads(self.done(slipway("diff", "--json", a, b), code).stdout)["differences"]
        self.assertEqual([d["what"] for d in listed], [line[:22].strip() for line in text.splitlines() if " -> " in line])
        return {d["what"]: (d["a"], d["b"]) for d in listed}

    def test_diff_of_two_images(self):
        program = bytearray(range(200))
        def sign(name, version, *options):
            self.done(slipway("sign", "-k", key("ed25519"), "-v", version, "-H", "64", "--pad-header", "-S", "0x8000", *options,
                              self.path("app.bin", program), self.path(name)))
            return self.path(name)
        one = sign("one.bin", "1.0.0", "-s", "5")
        self.assertEqual(self.differences(one, sign("same.bin", "1.0.0", "-s", "5"), 0), {})
        found = self.differences(one, sign("newer.bin", "1.0.1", "-s", "5"))
        self.assertEqual(found.pop("version"), ("1.0.0", "1.0.1"))
        self.assertEqual(set(found), {"SHA256", "ED25519"})
        found = self.differences(one, sign("counter.bin", "1.0.0", "-s", "6"))
        self.assertEqual(set(found), {"protected SEC_CNT", "SHA256", "ED25519"})
        self.assertEqual(self.differences(one, sign("bare.bin", "1.0.0"))["protected SEC_CNT"][1], "absent")
        program[7] ^= 1
        program[150] ^= 1
        found = self.differences(one, sign("patched.bin", "1.0.0", "-s", "5"))
        self.assertTrue(any("program" in what for what in found), found)
        self.assertIn("2", str([v for w, v in found.items() if "program" in w]))
        program += b"longer"
        self.assertEqual(self.differences(one, sign("longer.bin", "1.0.0", "-s", "5"))["program size"], ("0xc8", "0xce"))
        for bad in (self.path("none.bin", b""), self.path("text.bin", b"no image at all, but long enough for a header"),
                    self.path("missing")):
            self.assertNotIn(slipway("diff", one, bad).returncode, (0, 2))

    # ---- keys of the build

    def keys_c(self, kind, *pems):
        return run(os.path.join(TOP, "tools/keys_c.sh"), SLIPWAY, kind, "0", self.path("keys.c"), *pems)

    def test_a_key_of_another_type_stops_the_build(self):
        wrong = self.keys_c("ed25519", key("ed25519"), key("rsa-2048"))
        self.assertIn("is a key of type rsa-2048; the configuration wants ed25519", self.done(wrong, 1).stderr)
        self.assertEqual([name for name in os.listdir(self.dir) if name.startswith("keys.c")], [])
        wrong = self.keys_c("rsa-3072", key("rsa-2048"))
        self.assertIn("rsa-2048; the configuration wants rsa-3072", self.done(wrong, 1).stderr)

    def test_a_key_that_is_too_small_stops_the_build(self):
        self.done(run("openssl", "genrsa", "-out", self.path("small.pem"), "1024"))
        wrong = self.keys_c("rsa-2048", self.path("small.pem"))
        self.assertNotEqual(wrong.returncode, 0)
        self.assertIn("1024 bits, which is too small", wrong.stderr)

    def test_the_same_key_twice_stops_the_build(self):
        wrong = self.keys_c("ed25519", key("ed25519", "second"), key("ed25519", "second-public"))
        self.assertIn("named before", self.done(wrong, 1).stderr)

    def test_more_keys_than_there_is_room_for_stop_the_build(self):
        self.assertIn("17 keys", self.done(self.keys_c("ed25519", *17 * [key("ed25519")]), 1).stderr)

    def test_a_table_of_three(self):
        self.done(self.keys_c("ed25519", key("ed25519"), key("ed25519", "second-public"), key("ed25519", "stranger")))
        with open(self.path("keys.c"), encoding="utf-8") as f:
            text = f.read()
        self.assertIn("{key_1, sizeof key_1}, {key_2, sizeof key_2}, {key_3, sizeof key_3}", text)
        self.assertIn("bootutil_key_count = 3;", text)
        self.assertEqual(text.count("0x30, 0x2a, 0x30, 0x05"), 3)


if __name__ == "__main__":
    unittest.main()
