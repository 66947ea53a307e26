"""imgtool judges what slipway writes, and slipway what imgtool writes.

Usage: imgtool_test.py SLIPWAY FROZEN [unittest arguments]; FROZEN is frozen.c as a library. Run by ctest with the
Python of build/venv, where imgtool is.
"""
import base64
import contextlib
import io
import itertools
import json
import math
import os
import random
import re
import pty
import resource
import shutil
import signal
import stat
import struct
import subprocess
import sys
import tempfile
import termios
import unittest
import unittest.mock

import click.testing
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from imgtool import keys as imgtool_keys
from imgtool import main as imgtool_main

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
SLIPWAY = FROZEN = None

PAYLOAD = bytes((7 * i + i // 256) % 256 for i in range(1000))
HEADER_SIZE_AT = 8
ECDSA_SIG, SHA256, KEYHASH = 0x22, 0x10, 0x01


def run(*args):
    return subprocess.run([str(a) for a in args], capture_output=True, text=True, timeout=600)


def slipway(*args):
    return run(SLIPWAY, *args)


def imgtool(*args):
    """In this process: starting Python for each of 250 calls takes most of a minute."""
    done = click.testing.CliRunner().invoke(imgtool_main.imgtool, [str(a) for a in args])
    return subprocess.CompletedProcess(args, done.exit_code, done.stdout, "")


def signature_range(image):
    """(start, length) of the ECDSA_SIG value, or None."""
    hdr, prot, size = struct.unpack_from("<HHI", image, HEADER_SIZE_AT)
    at = hdr + size + prot
    end = at + struct.unpack_from("<H", image, at + 2)[0]
    at += 4
    while at < end:
        kind, length = struct.unpack_from("<HH", image, at)
        if kind == ECDSA_SIG:
            return at + 4, length
        at += 4 + length
    return None


def der_integer(n):
    body = n.to_bytes(n.bit_length() // 8 + 1, "big")
    length = len(body)
    head = [length] if length < 0x80 else [0x81, length] if length < 0x100 else [0x82, *length.to_bytes(2, "big")]
    return bytes([2, *head]) + body


def short_exponent_key():
    """An RSA-2048 key whose private exponent has 255 bytes: always the same one, for tests only."""
    source = random.Random(1)
    likely_prime = lambda n: all(pow(base, n - 1, n) == 1 for base in (2, 3, 5))
    candidate = lambda: source.getrandbits(1024) | 3 << 1022 | 1
    e, p, q, d = 65537, candidate(), 0, 1 << 2048
    while not likely_prime(p):
        p += 2
    while d.bit_length() > 2039 or not likely_prime(q):
        q = candidate()
        order = math.lcm(p - 1, q - 1)
        d = pow(e, -1, order) if math.gcd(e, order) == 1 else 1 << 2048
    parts = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, d, *parts, rsa.RSAPublicNumbers(e, p * q))


class Interop(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="slipway-imgtool-")
        for name in ("key", "other"):
            made = imgtool("keygen", "-t", "ecdsa-p256", "-k", cls.path(name + ".pem"))
            assert made.returncode == 0, made.stderr
        with open(cls.path("app.bin"), "wb") as f:
            f.write(PAYLOAD)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.dir)

    @classmethod
    def path(cls, name):
        return os.path.join(cls.dir, name)

    def read(self, name):
        with open(self.path(name), "rb") as f:
            return f.read()

    def write(self, name, data):
        with open(self.path(name), "wb") as f:
            f.write(data)
        return self.path(name)

    def done(self, result, code=0):
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return result

    def input_for(self, header_size, pad_header):
        if pad_header:
            return self.path("app.bin")
        return self.write("zeros_app.bin", bytes(header_size) + PAYLOAD)

    def sign_both(self, options, header_size=0x400, pad_header=True, key="key.pem"):
        """The two programs' images for the same options, equal outside the signature's value."""
        args = ["-H", hex(header_size)] + (["--pad-header"] if pad_header else [])
        args += (["-k", self.path(key)] if key else []) + list(options)
        source = self.input_for(header_size, pad_header)
        length = 0
        while length not in (None, 70, 71, 72):  # one DER signature in a hundred is shorter still
            self.done(imgtool("sign", *args, source, self.path("theirs.bin")))
            theirs = self.read("theirs.bin")
            length = signature_range(theirs)[1] if key else None
        for _ in range(100):  # until ours has the same length: a quarter or a half of them have
            self.done(slipway("sign", *args, source, self.path("ours.bin")))
            ours = self.read("ours.bin")
            if not key or signature_range(ours)[1] == signature_range(theirs)[1]:
                break
        if key:
            at, length = signature_range(theirs)
            self.assertEqual((at, length), signature_range(ours))
            theirs = theirs[:at] + bytes(length) + theirs[at + length:]
            ours = ours[:at] + bytes(length) + ours[at + length:]
        self.assertEqual(ours, theirs, options)
        return ours

    def check_both(self, key="key.pem"):
        """Each program accepts the other's last image, with and without the key, and no other key."""
        for judge, image in ((imgtool, "ours.bin"), (slipway, "theirs.bin"), (slipway, "ours.bin")):
            if key:
                self.done(judge("verify", "-k", self.path(key), self.path(image)))
                self.done(judge("verify", "-k", self.path("other.pem"), self.path(image)), 1)
            self.done(judge("verify", self.path(image)))

    # ---- words ----

    def test_every_command_and_option(self):
        """What imgtool understands, slipway has by the same name, with a value where imgtool has one."""
        count = 0
        for name, command in imgtool_main.imgtool.commands.items():
            text = self.done(slipway(name, "--help")).stdout
            for option in (p for p in command.params if isinstance(p, click.Option)):
                for spelling in option.opts:
                    with self.subTest(command=name, option=spelling):
                        flag = re.search(r"(?:^ +|, )" + re.escape(spelling) + r"(?:,| |$)(.*)", text, re.MULTILINE)
                        self.assertIsNotNone(flag)
                        count += 1
                        if not spelling.startswith("--"):
                            continue
                        takes_value = re.match(r"\S", flag.group(1)) is not None
                        self.assertEqual(takes_value, not option.is_flag)
        self.assertGreater(count, 70)
        self.assertRegex(self.done(slipway("version")).stdout, r"^[0-9]+[.][0-9]+[.][0-9]+\n$")

    # ---- signing ----

    def test_matrix(self):
        slot = ["-S", "0x20000"]
        for header, pad_header, align, pad in itertools.product(
                (32, 0x400), (True, False), ("1", "32"), ((), ("--pad",), ("--confirm",), ("--test",))):
            options = ["-v", "1.2.3+4", "--align", align, *pad] + slot
            with self.subTest(header=header, pad_header=pad_header, align=align, pad=pad):
                image = self.sign_both(options, header, pad_header)
                if pad:
                    self.assertEqual(len(image), 0x20000)
        self.check_both()

    def test_max_align_and_sectors(self):
        for align, max_align in (("8", "8"), ("8", "16"), ("4", "32"), ("32", "32"), ("16", "32")):
            for sectors in ("7", "128", "300"):
                with self.subTest(align=align, max_align=max_align, sectors=sectors):
                    self.sign_both(["-v", "1.0.0", "-S", "0x20000", "--align", align, "--max-align", max_align,
                                    "-M", sectors, "--confirm"])
        self.check_both()

    def test_single_options(self):
        for options in (
                ["-s", "7"], ["-s", "0xffffffff"], ["-s", "auto"],
                ["-d", "(1,1.2.3)"], ["-d", "(1,1.2.3+0),(2, 4.5.6+7)"], ["-d", " (0,1.0.0) , (255,2) "],
                ["--custom-tlv", "0xa0", "0x1234"], ["--custom-tlv", "160", "text"],
                ["--custom-tlv", "0xa0", "", "--custom-tlv", "0xfffe", "0xAbCd"],
                ["--boot-record", "APP"], ["--boot-record", "123456789012"],
                ["-L", "0x24000000"], ["-F", "0x08020000"], ["--non-bootable"],
                ["--public-key-format", "full"], ["--public-key-format", "hash"], ["--pad-sig"],
                ["-R", "0"], ["-R", "0xff", "--pad"], ["-R", "0", "--pad"],
                ["--overwrite-only"], ["--overwrite-only", "--pad"], ["--overwrite-only", "--confirm"],
                ["-e", "little"], ["--sha", "auto"], ["--sha", "256"], ["--compression", "disabled"],
                ["-s", "3", "-d", "(1,2.0.0)", "--boot-record", "x", "--custom-tlv", "0xa5", "0x00", "--confirm"]):
            with self.subTest(options=options):
                self.sign_both(["-v", "255.255.65535+4294967295", "-S", "0x20000", *options])
                self.check_both()

    def test_versions(self):
        for version in ("0.0.0", "1", "1.2", "1.2.3", "1.2.3+0", "255.255.65535+4294967295"):
            with self.subTest(version=version):
                self.sign_both(["-v", version, "-S", "0"])
        for version in ("", "a", "01.2.3", "1.2.3.4", "1.2+3", "256.0.0", "1.2.3+04"):
            with self.subTest(version=version):
                args = ["sign", "-v", version, "-H", "32", "--pad-header", "-S", "0", self.path("app.bin")]
                self.assertNotEqual(imgtool(*args, self.path("no.bin")).returncode, 0)
                self.done(slipway(*args, self.path("no.bin")), 2)
                self.assertFalse(os.path.exists(self.path("no.bin")))

    def test_unsigned(self):
        for options in ([], ["-s", "1", "--boot-record", "APP"], ["--confirm", "--align", "32"]):
            with self.subTest(options=options):
                self.sign_both(["-v", "1.2.3", "-S", "0x20000", *options], key=None)
                self.check_both(key=None)
                for judge in (imgtool, slipway):
                    self.done(judge("verify", "-k", self.path("key.pem"), self.path("ours.bin")), 1)

    def test_private_key_forms(self):
        sec1 = self.path("sec1.pem")
        self.done(run("openssl", "ec", "-in", self.path("key.pem"), "-out", sec1))
        self.sign_both(["-v", "1.0.0", "-S", "0x20000"], key="sec1.pem")
        self.check_both()

    def test_fit_is_imgtools_to_the_byte(self):
        """The least slot that imgtool takes is the least that slipway takes."""
        for options in (["--align", "1"], ["--align", "32", "-M", "7"], ["--overwrite-only", "--align", "8"]):
            args = ["-v", "1.0.0", "-H", "32", "--pad-header", *options]
            out = self.path("fit.bin")
            refused = slipway("sign", *args, "-S", "100", self.path("app.bin"), out)
            self.done(refused, 4)
            need = 100 + int(refused.stderr.split("does not fit the slot: ")[1].split()[0])
            for tool in (imgtool, slipway):
                self.done(tool("sign", *args, "-S", need, self.path("app.bin"), out))
            os.remove(out)
            for tool in (imgtool, slipway):
                self.assertNotEqual(tool("sign", *args, "-S", need - 1, self.path("app.bin"), out).returncode, 0)
                self.assertFalse(os.path.exists(out))

    def test_bad_requests(self):
        good = {"-v": "1.0.0", "-H": "32", "-S": "0x20000"}
        for code, change, extra in (
                (2, {"-v": None}, []), (2, {"-H": None}, []), (2, {"-S": None}, []), (2, {"-H": "31"}, []),
                (2, {"-H": "65536"}, []), (2, {}, ["--align", "3"]), (2, {}, ["--max-align", "4"]),
                (2, {}, ["-R", "1"]), (2, {}, ["-s", "many"]), (2, {}, ["-s", "0x100000000"]),
                (2, {}, ["-d", "1,1.2.3"]), (2, {}, ["-d", "(300,1.2.3)"]), (2, {}, ["-d", "(1,1.2.3"]),
                (2, {}, ["--custom-tlv", "0x40", "0x12"]), (2, {}, ["--custom-tlv", "0xffff", "1"]),
                (2, {}, ["--custom-tlv", "0xa0", "0x123"]), (2, {}, ["--boot-record", "1234567890123"]),
                (2, {}, ["--custom-tlv", "0xa0", "1", "--custom-tlv", "160", "2"]),
                (2, {}, ["-L", "1", "-F", "1"]), (2, {}, ["--public-key-format", "half"]),
                (2, {}, ["--no-such-option"]), (4, {}, ["-k", "missing.pem"]), (4, {"-H": "33"}, ["-k", "app.bin"])):
            args = [a for k, v in {**good, **change}.items() if v is not None for a in (k, v)]
            args += ["--pad-header", *(self.path(e) if e.endswith((".pem", ".bin")) else e for e in extra)]
            out = self.path("bad.bin")
            with self.subTest(args=args):
                self.assertNotEqual(imgtool("sign", *args, self.path("app.bin"), out).returncode, 0)
                refused = self.done(slipway("sign", *args, self.path("app.bin"), out), code)
                self.assertIn("error: ", refused.stderr)
                self.assertFalse(os.path.exists(out))

    def test_output_is_whole_or_untouched(self):
        args = ["sign", "-v", "1", "-H", "32", "-S", "0"]
        out = self.write("kept.bin", b"before")
        self.done(slipway(*args, self.path("app.bin"), out), 4)  # no room for the header
        self.assertEqual(self.read("kept.bin"), b"before")
        self.done(slipway(*args, "--pad-header", self.path("app.bin"), self.path("no/such/folder.bin")), 4)
        self.done(slipway(*args, "--pad-header", self.path("missing.bin"), out), 4)
        self.assertEqual(self.read("kept.bin"), b"before")
        self.assertEqual([n for n in os.listdir(self.dir) if n.endswith(".tmp")], [])

    def test_large_programs(self):
        """Read, hashed and written in another way than small ones: around the limit, and around whole pages."""
        for size in (262143, 262144, 262145, 262144 + 4095, 262144 + 4096, 700001):
            source = self.write("large.bin", os.urandom(size))
            for key, header in (("ed25519", "0x400"), ("ed25519", "32"), (None, "0x2000"), ("ecdsa-p384", "0x400")):
                with self.subTest(size=size, key=key, header=header):
                    if key and not os.path.exists(self.path(key + ".pem")):
                        self.done(imgtool("keygen", "-t", key, "-k", self.path(key + ".pem")))
                    args = ["sign", "-v", "1", "-H", header, "--pad-header", "-S", "0x100000"]
                    args += ["-k", self.path(key + ".pem")] if key else []
                    self.done(imgtool(*args, source, self.path("theirs.bin")))
                    self.done(slipway(*args, source, self.path("ours.bin")))
                    if key != "ecdsa-p384":  # the others' signatures are the same each time
                        self.assertEqual(self.read("ours.bin"), self.read("theirs.bin"))
                    self.done(imgtool("verify", *(["-k", self.path(key + ".pem")] if key else []), self.path("ours.bin")))
        piped = subprocess.run([SLIPWAY, *args, "--quiet", source, "/dev/stdout"], capture_output=True, timeout=600)
        self.assertEqual(piped.stdout[:700001], self.read("ours.bin")[:700001])
        self.done(slipway(*args, source, source))  # in the place of its input
        self.done(imgtool("verify", "-k", self.path(key + ".pem"), source))

    def test_large_programs_that_do_not_fit(self):
        source, out = self.write("large.bin", bytes(300000)), self.write("kept.bin", b"before")
        self.done(slipway("sign", "-v", "1", "-H", "32", "--pad-header", "-S", "300000", source, out), 4)
        self.assertEqual(self.read("kept.bin"), b"before")
        refused = subprocess.run([SLIPWAY, "sign", "-v", "1", "-H", "32", "--pad-header", "-S", "300000", source,
                                  "/dev/stdout"], capture_output=True, timeout=600)
        self.assertEqual((refused.returncode, refused.stdout), (4, b""))
        self.assertEqual([n for n in os.listdir(self.dir) if n.endswith(".tmp")], [])

    # ---- verifying ----

    def test_changed_images_are_refused_by_both(self):
        self.sign_both(["-v", "1.2.3", "-S", "0x20000", "-s", "5"], header_size=32)
        image = self.read("theirs.bin")
        at, length = signature_range(image)
        end = at + length
        hashed = 32 + len(PAYLOAD) + 12
        for where in [*range(0, 32, 3), 40, 500, 1031, *range(1032, end, 7), end - 1]:
            changed = bytearray(image)
            changed[where] ^= 0x40
            bad = self.write("changed.bin", changed)
            with self.subTest(where=where):
                if where < hashed:  # imgtool does not look at the key's hash
                    self.assertNotEqual(imgtool("verify", "-k", self.path("key.pem"), bad).returncode, 0)
                self.assertIn("error: ", self.done(slipway("verify", "-k", self.path("key.pem"), bad), 1).stderr)
        for length in (0, 1, 31, 32, 100, 1031, 1036, end - 1):
            with self.subTest(length=length):
                self.done(slipway("verify", "-k", self.path("key.pem"), self.write("cut.bin", image[:length])), 1)
        self.done(slipway("verify", self.path("missing.bin")), 4)

    def test_dumpinfo_json_is_imgtools(self):
        for options in ([], ["-s", "1", "-d", "(1,2.3.4)", "--boot-record", "APP", "--custom-tlv", "0xa0", "0x11"],
                        ["--confirm", "--align", "8", "--max-align", "32"], ["--pad"]):
            with self.subTest(options=options):
                self.sign_both(["-v", "1.2.3+4", "-S", "0x20000", *options])
                image = self.path("ours.bin")
                theirs = json.loads(self.done(imgtool("dumpinfo", "-f", "json", image)).stdout)
                ours = json.loads(self.done(slipway("dumpinfo", "-f", "json", image)).stdout)
                for part in ("header", "tlv_area"):
                    self.assertEqual(ours[part], theirs[part])
                theirs["trailer"].pop("swap_size", None)  # where it stands depends on the strategy
                self.assertEqual(ours["trailer"], theirs["trailer"])
                self.assertIn("hdr_size:", self.done(slipway("dumpinfo", image)).stdout)
        self.done(slipway("dumpinfo", self.path("app.bin")), 4)

    # ---- keys ----

    def test_keys_go_both_ways(self):
        made = self.path("made.pem")
        self.done(slipway("keygen", "-t", "ecdsa-p256", "-k", made))
        self.assertEqual(stat.S_IMODE(os.stat(made).st_mode), 0o600)
        private = self.path("made.c")
        self.done(slipway("getpriv", "-k", made, "-o", private))
        self.assertEqual(stat.S_IMODE(os.stat(private).st_mode), 0o600)
        before = self.read("made.pem")
        refused = self.done(slipway("keygen", "-t", "ecdsa-p256", "-k", made), 4)
        self.assertIn("exists", refused.stderr)
        self.assertIn("--force", refused.stderr)
        self.assertEqual(self.read("made.pem"), before)
        self.done(slipway("keygen", "-t", "ecdsa-p256", "-k", made, "--force"))
        self.assertNotEqual(self.read("made.pem"), before)
        self.assertEqual(stat.S_IMODE(os.stat(made).st_mode), 0o600)
        piped = subprocess.run([SLIPWAY, "--quiet", "keygen", "-t", "ed25519", "-k", "/dev/stdout"], capture_output=True)
        self.assertTrue(piped.stdout.startswith(b"-----BEGIN PRIVATE KEY-----"), piped)
        with open(self.path("redirected.pem"), "wb") as f:
            subprocess.run([SLIPWAY, "--quiet", "keygen", "-t", "ed25519", "-k", "/dev/stdout"], check=True, stdout=f)
        self.done(slipway("getpub", "-k", self.path("redirected.pem")))
        public = self.path("public.pem")
        self.done(slipway("getpub", "-k", made, "-e", "pem", "-o", public))
        for key, encoding in itertools.product((made, public, self.path("key.pem")),
                                               ("lang-c", "lang-rust", "pem", "raw")):
            ours, theirs = self.path("ours.pub"), self.path("theirs.pub")
            with self.subTest(key=key, encoding=encoding):
                self.done(slipway("getpub", "-k", key, "-e", encoding, "-o", ours))
                self.done(imgtool("getpub", "-k", key, "-e", encoding, "-o", theirs))
                skip = 1 if encoding.startswith("lang") else 0  # the line that names the program
                self.assertEqual(self.read("ours.pub").split(b"\n", skip)[-1],
                                 self.read("theirs.pub").split(b"\n", skip)[-1])
        for args in (["--name-suffix", "_two"], ["-l", "c"], ["-l", "rust", "--name-suffix", "_two"]):
            self.assertEqual(slipway("getpub", "-k", made, *args).stdout.split("\n", 1)[1],
                             imgtool("getpub", "-k", made, *args).stdout.split("\n", 1)[1])
        refused = slipway("sign", "-k", public, "-v", "1", "-H", "32", "--pad-header", "-S", "0",
                          self.path("app.bin"), self.path("no.bin"))
        self.assertIn("public key only", self.done(refused, 4).stderr)

    ALL_KEYS = ("rsa-2048", "rsa-3072", "ecdsa-p256", "ecdsa-p384", "ed25519", "x25519")

    def test_every_key_goes_both_ways(self):
        """Public halves, hashes and private halves: the same source text from either program, for either's keys."""
        body = lambda text: text.split("\n", 1)[1]  # without the line that names the program
        for kind, maker in itertools.product(self.ALL_KEYS, (imgtool, slipway)):
            key = self.path(f"{kind}.pem")
            self.done(maker("keygen", "-t", kind, "-k", key, *(["--force"] if maker is slipway else [])))
            for args in (["getpub"], ["getpub", "-e", "lang-rust"], ["getpub", "-e", "pem"], ["getpubhash"],
                         ["getpub", "--name-suffix", "_b"], ["getpubhash", "--name-suffix", "_b"]):
                with self.subTest(kind=kind, args=args):
                    ours = self.done(slipway(*args, "-k", key)).stdout
                    theirs = self.done(imgtool(*args, "-k", key)).stdout
                    self.assertEqual(ours if "pem" in args else body(ours), theirs if "pem" in args else body(theirs))
            for form, minimal in itertools.product(([], ["-f", "openssl"], ["-f", "pkcs8"]), ([], ["--minimal"])):
                with self.subTest(kind=kind, form=form, minimal=minimal):
                    theirs = io.StringIO()  # the command itself writes to the test's own standard output
                    ours = slipway("getpriv", "-k", key, *form, *minimal)
                    if kind == "ecdsa-p384" and minimal:
                        # imgtool cuts where a P-256 key has its parts: it fails, or for one key in 256 does not notice.
                        self.done(ours)
                        continue
                    try:
                        imgtool_keys.load(key).emit_private(bool(minimal), *(form[1:] or [None]), file=theirs)
                    except Exception as error:
                        # "Error parsing D": a key as in test_getpriv_of_a_short_exponent.
                        self.done(ours, 0 if "parsing D" in str(error) else 2)
                    else:
                        self.assertEqual(body(self.done(ours).stdout), body(theirs.getvalue()))
            self.done(slipway("getpub", "-k", key, "-e", "pem", "-o", self.path("pub.pem")))
            for judge in (imgtool, slipway):
                self.assertEqual(judge("keyinfo", "-k", key).stdout, "private\n")
                self.assertEqual(judge("keyinfo", "-k", self.path("pub.pem")).stdout, "public\n")
                self.assertEqual(judge("keyinfo", "-k", self.path("pub.pem"), "--require", "private").returncode, 2)
            self.done(slipway("getpriv", "-k", self.path("pub.pem")), 2)

    def test_getpriv_of_a_short_exponent(self):
        """One RSA key in some 150 has a private exponent of 255 bytes. imgtool's --minimal cannot cut it: ours can."""
        numbers = short_exponent_key()
        key = self.path("short.pem")
        with open(key, "wb") as f:
            f.write(numbers.private_key().private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        with self.assertRaisesRegex(imgtool_keys.rsa.RSAUsageError, "parsing D"):
            imgtool_keys.load(key).emit_private(True, "openssl", file=io.StringIO())
        text = self.done(slipway("getpriv", "-k", key, "--minimal")).stdout
        der = bytes(int(byte, 16) for byte in re.findall("0x([0-9a-f]{2})", text))
        public = numbers.public_numbers
        want = b"".join(der_integer(n) for n in (0, public.n, public.e, numbers.d, numbers.p, numbers.q))
        self.assertEqual(der, b"\x30\x82" + len(want).to_bytes(2, "big") + want)

    def test_key_file_forms(self):
        """DER as well as PEM, PKCS#8 as well as the older forms, compressed points."""
        for kind in self.ALL_KEYS:
            key = self.path(f"form-{kind}.pem")
            self.done(imgtool("keygen", "-t", kind, "-k", key))
            forms = [["pkey", "-outform", "DER"], ["pkey", "-pubout", "-outform", "DER"], ["pkey", "-pubout"]]
            if kind.startswith("ecdsa"):
                forms += [["ec"], ["ec", "-outform", "DER"], ["ec", "-pubout", "-conv_form", "compressed"]]
            if kind.startswith("rsa"):
                forms += [["rsa", "-traditional"], ["rsa", "-RSAPublicKey_out"]]
            want = slipway("getpub", "-k", key).stdout
            for form in forms:
                with self.subTest(kind=kind, form=form):
                    other = self.path("form.key")
                    self.done(run("openssl", *form, "-in", key, "-out", other))
                    self.assertEqual(self.done(slipway("getpub", "-k", other)).stdout, want)

    def test_passphrases(self):
        """From standard input where there is no terminal, from the terminal where there is one; never echoed."""
        def with_input(text, *args):
            return subprocess.run([SLIPWAY, *args], input=text, capture_output=True, text=True, timeout=600,
                                  start_new_session=True)
        locked, plain = self.path("locked2.pem"), self.path("unlocked.pem")
        self.done(with_input("top secret\ntop secret\n", "keygen", "-t", "ecdsa-p256", "-p", "-k", locked))
        self.assertIn(b"ENCRYPTED PRIVATE KEY", self.read("locked2.pem"))
        self.done(run("openssl", "pkey", "-in", locked, "-passin", "pass:top secret", "-out", plain))
        want = slipway("getpub", "-k", plain).stdout
        self.assertEqual(self.done(with_input("top secret\n", "getpub", "-k", locked)).stdout, want)
        self.assertIn("wrong", self.done(with_input("other\n", "getpub", "-k", locked), 4).stderr)
        self.assertIn("passphrase", self.done(with_input("", "getpub", "-k", locked), 4).stderr)
        self.assertIn("encrypted", self.done(with_input("top secret\n", "keyinfo", "-k", locked), 4).stderr)
        old = self.path("old.pem")  # the older way to lock a PEM file
        self.done(run("openssl", "ec", "-in", plain, "-aes128", "-passout", "pass:top secret", "-out", old))
        self.assertEqual(self.done(with_input("top secret\n", "getpub", "-k", old)).stdout, want)
        pid, terminal = pty.fork()
        if pid == 0:
            os.execv(SLIPWAY, [SLIPWAY, "getpub", "-k", locked])
        seen = b""
        while b"passphrase: " not in seen:
            seen += os.read(terminal, 1000)
        os.write(terminal, b"top secret\n")
        with contextlib.suppress(OSError):  # the end of a terminal is an error
            while data := os.read(terminal, 1000):
                seen += data
        os.close(terminal)
        self.assertEqual(os.waitpid(pid, 0)[1], 0)
        self.assertIn(b"ecdsa_pub_key", seen)
        self.assertNotIn(b"secret", seen)

    def test_a_frozen_machine_gives_no_nonce_twice(self):
        """Random numbers, clock and process id of a snapshot that was gone back to: two programs, signed once each with one
        nonce, would give the key away."""
        frozen = dict(os.environ, LD_PRELOAD=FROZEN)
        self.assertEqual(subprocess.run(["sh", "-c", "echo $$"], env=frozen, capture_output=True, text=True).stdout, "4242\n")
        for kind in ("ecdsa-p256", "ecdsa-p384"):
            key, found = self.path(f"frozen-{kind}.pem"), set()
            self.done(slipway("keygen", "-t", kind, "-k", key))
            for content in (b"first", b"second"):
                app, image = self.write("app.frozen", content * 300), self.path("image.frozen")
                subprocess.run([SLIPWAY, "--quiet", "sign", "-k", key, "-v", "1.0.0", "-H", "0x400", "--pad-header", "-S",
                                "0x8000", app, image], env=frozen, check=True)
                self.done(imgtool("verify", "-k", key, image))
                at, length = signature_range(self.read("image.frozen"))
                signature = self.read("image.frozen")[at:at + length]
                found.add(signature[4:4 + signature[3]])  # SEQUENCE, its length, INTEGER, its length, r
            self.assertEqual(len(found), 2)

    def ask(self, locked):
        """A slipway in the foreground of a terminal of its own, at the passphrase prompt: launcher, terminal. The launcher
        prints what waitpid says and lets it go on on request."""
        pid, terminal = pty.fork()
        if pid == 0:
            signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # this process gives the terminal away, and says so on it
            child = os.fork()
            if child == 0:
                resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
                os.setpgid(0, 0)
                os.tcsetpgrp(0, os.getpid())
                for number in (signal.SIGTTOU, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGPIPE):
                    signal.signal(number, signal.SIG_DFL)
                os.execv(SLIPWAY, [SLIPWAY, "--quiet", "getpubhash", "-k", locked])
            while True:
                _, status = os.waitpid(child, os.WUNTRACED)
                os.write(1, b"[%d %d]" % (child, status))
                if not os.WIFSTOPPED(status):
                    os._exit(0)
                signal.sigwait([signal.SIGUSR1])
                os.kill(child, signal.SIGCONT)
        return pid, terminal

    def wait_for(self, terminal, text):
        seen = b""
        while text not in seen:
            seen += os.read(terminal, 1000)
        return seen

    def echoes(self, terminal):
        return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)

    def test_a_signal_at_the_passphrase_prompt_leaves_the_terminal_as_it_was(self):
        locked = self.path("locked3.pem")
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])  # for the launcher's sigwait
        subprocess.run([SLIPWAY, "keygen", "-t", "ecdsa-p256", "-p", "-k", locked], input="top secret\ntop secret\n",
                       text=True, check=True, capture_output=True, start_new_session=True)
        for key, number in ((b"\x03", signal.SIGINT), (b"\x1c", signal.SIGQUIT), (None, signal.SIGTERM),
                            (None, signal.SIGHUP), (None, signal.SIGALRM)):
            with self.subTest(signal=number):
                pid, terminal = self.ask(locked)
                self.wait_for(terminal, b"passphrase: ")
                self.assertFalse(self.echoes(terminal))
                if key:
                    os.write(terminal, key)
                else:
                    os.kill(os.tcgetpgrp(terminal), number)
                self.assertRegex(self.wait_for(terminal, b"]"), rb"\[\d+ %d\]" % number)
                self.assertTrue(self.echoes(terminal))
                os.waitpid(pid, 0)
                os.close(terminal)

    def test_a_stop_at_the_passphrase_prompt_gives_the_terminal_back(self):
        locked = self.path("locked4.pem")
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
        subprocess.run([SLIPWAY, "keygen", "-t", "ecdsa-p256", "-p", "-k", locked], input="top secret\ntop secret\n",
                       text=True, check=True, capture_output=True, start_new_session=True)
        pid, terminal = self.ask(locked)
        self.wait_for(terminal, b"passphrase: ")
        for _ in range(2):
            os.write(terminal, b"\x1a")
            self.wait_for(terminal, b"%d]" % (signal.SIGTSTP << 8 | 0x7f))
            self.assertTrue(self.echoes(terminal))
            os.kill(pid, signal.SIGUSR1)
            self.wait_for(terminal, b"passphrase: ")
            self.assertFalse(self.echoes(terminal))
        os.write(terminal, b"top secret\n")
        seen = self.wait_for(terminal, b" 0]")
        self.assertIn(b"0x", seen)
        self.assertNotIn(b"secret", seen)
        self.assertTrue(self.echoes(terminal))
        os.waitpid(pid, 0)
        os.close(terminal)

    def test_signing_elsewhere(self):
        """--vector-to-sign, a signature by OpenSSL, --fix-sig; and --sig-out gives what --fix-sig takes."""
        base = ["-v", "1.0.0", "-H", "32", "--pad-header", "-S", "0x8000", "-s", "3"]
        key, app = self.path("key.pem"), self.path("app.bin")
        self.done(slipway("getpub", "-k", key, "-e", "pem", "-o", self.path("pub.pem")))
        for what in ("payload", "digest"):
            for tool, name in ((slipway, "v.ours"), (imgtool, "v.theirs")):
                self.done(tool("sign", *base, "--vector-to-sign", what, app, self.path(name)))
            self.assertEqual(self.read("v.ours"), self.read("v.theirs"))
        self.done(run("openssl", "pkeyutl", "-sign", "-inkey", key, "-in", self.path("v.ours"), "-out",
                      self.path("sig.bin")))
        self.write("sig.b64", base64.b64encode(self.read("sig.bin")))
        fixed = ["--fix-sig", self.path("sig.b64"), "--fix-sig-pubkey", self.path("pub.pem")]
        for tool, name in ((slipway, "f.ours"), (imgtool, "f.theirs")):
            self.done(tool("sign", *base, *fixed, "--sig-out", self.path(name + ".sig"), app, self.path(name)))
            self.done(tool("verify", "-k", key, self.path("f.ours")))
        self.assertEqual(self.read("f.ours"), self.read("f.theirs"))
        self.assertEqual(self.read("f.ours.sig"), self.read("f.theirs.sig"))
        refused = slipway("sign", "-v", "1.0.1", *base[2:], *fixed, app, self.path("no.bin"))
        self.assertIn("does not match this image", self.done(refused, 1).stderr)
        for extra, code in ((["-k", key], 2), (["--vector-to-sign", "digest"], 2), (["--compression", "lzma2"], 2)):
            self.done(slipway("sign", *base, *fixed, *extra, app, self.path("no.bin")), code)
        self.assertFalse(os.path.exists(self.path("no.bin")))

    def test_retired_keys_are_custom_tlvs_to_imgtool(self):
        keys = {name: self.path(name + ".pem") for name in ("first", "second", "safe")}
        for key in keys.values():
            self.done(slipway("keygen", "-t", "ed25519", "-k", key))
        base = ["-k", keys["safe"], "-v", "1.2.3", "-H", "32", "--pad-header", "-S", "0x20000", "-s", "5"]
        for retired in (["first"], ["second"]):
            ours = [word for name in retired for word in ("--retire-key", keys[name])]
            about = [json.loads(self.done(slipway("getpub", "-k", keys[name], "--json")).stdout) for name in retired]
            theirs = [word for a in about for word in ("--custom-tlv", "0x4ba0", "0x" + a["keyhash"])]
            self.done(slipway("sign", *base, *ours, self.path("app.bin"), self.path("ours.bin")))
            self.done(imgtool("sign", *base, *theirs, self.path("app.bin"), self.path("theirs.bin")))
            self.assertEqual(self.read("ours.bin"), self.read("theirs.bin"))
        said = self.done(slipway("dumpinfo", self.path("ours.bin"))).stdout
        self.assertIn("RETIRE_KEY (0x4ba0), 32 bytes", said)
        both = ["--retire-key", keys["first"], "--retire-key", keys["second"]]
        self.done(slipway("sign", *base, *both, self.path("app.bin"), self.path("both.bin")))
        self.assertEqual(self.done(slipway("dumpinfo", self.path("both.bin"))).stdout.count("RETIRE_KEY"), 2)
        for wrong, code, text in ((["safe"], 2, "cannot retire its own key"), (["first", "first"], 2, "given twice")):
            words = [word for name in wrong for word in ("--retire-key", keys[name])]
            refused = slipway("sign", *base, *words, self.path("app.bin"), self.path("no.bin"))
            self.assertIn(text, self.done(refused, code).stderr)
        self.done(slipway("sign", *base, "--retire-key", self.path("app.bin"), self.path("app.bin"), self.path("no.bin")), 4)
        self.assertFalse(os.path.exists(self.path("no.bin")))

    def test_custom_tlv_files_and_odd_values(self):
        self.write("value.bin", bytes(range(200)))
        for options in (["--custom-tlv-file", "0xa7", self.path("value.bin"), "--custom-tlv", "0xa6", "x"],
                        ["--custom-tlv", "0xa0", "0x"], ["--custom-tlv", "0xa0", "0X12"], ["--vid", "a", "--cid", "b"],
                        ["--vid", "example.com", "--cid", "12345678123456781234567812345678"]):
            with self.subTest(options=options):
                self.sign_both(["-v", "1.2.3", "-S", "0x20000", *options])
        for options in (["--cid", "board"], ["--vid", "a\tb"], ["--custom-tlv-file", "0xa0", self.path("missing")],
                        ["--custom-tlv-file", "0x40", self.path("value.bin")]):
            with self.subTest(options=options):
                for tool in (imgtool, slipway):
                    done = tool("sign", "-v", "1", "-H", "32", "--pad-header", "-S", "0", *options, self.path("app.bin"),
                                self.path("no.bin"))
                    self.assertNotEqual(done.returncode, 0)
                self.assertIn("error: ", done.stderr)

    def test_what_does_not_go_together(self):
        for kind in self.ALL_KEYS:
            self.done(slipway("keygen", "-t", kind, "-k", self.path(f"{kind}.pem"), "--force"))
        k = lambda kind: self.path(f"{kind}.pem")
        base = ["sign", "-v", "1", "-H", "32", "--pad-header", "-S", "0"]
        for options, word in (
                (["-k", k("x25519")], "cannot sign"), (["-k", k("ecdsa-p256"), "--pure"], "Ed25519"),
                (["-k", k("ecdsa-p256"), "--sha", "512"], "SHA256"), (["-k", k("ecdsa-p384"), "--sha", "256"], "SHA384"),
                (["-k", k("ed25519"), "--pure", "--sha", "512"], "--sha"),
                (["-k", k("ed25519"), "--sha", "384"], "SHA256"),
                (["-k", k("ecdsa-p256"), "-E", k("x25519")], "goes with"),
                (["-k", k("rsa-2048"), "-E", k("ecdsa-p256")], "goes with"),
                (["-E", k("ecdsa-p384")], "cannot encrypt"), (["-E", k("ed25519")], "cannot encrypt"),
                (["-E", k("rsa-3072")], "cannot encrypt"), (["-E", k("ecdsa-p256"), "--hmac-sha", "512"], "X25519"),
                (["-E", k("x25519"), "--encrypt-keylen", "192"], "128 or 256"), (["--clear"], "--encrypt"),
                (["--sig-out", "x"], "--key"), (["--sha", "1"], "256"), (["--compression", "zip"], "lzma2"),
                (["--endian", "middle"], "little"), (["--vector-to-sign", "all"], "payload")):
            with self.subTest(options=options):
                refused = slipway(*base, *options, self.path("app.bin"), self.path("no.bin"))
                self.assertIn(refused.returncode, (2, 4), refused.stderr)
                self.assertIn(word, refused.stderr)
        self.assertFalse(os.path.exists(self.path("no.bin")))

    def test_hex_files(self):
        self.write("odd.hex", b":0100000055AB\n:00000001FF\n")
        for name, out, word in (("app.bin", "x.hex", "--hex-addr"), ("odd.hex", "x.bin", "line 1: its checksum")):
            refused = slipway("sign", "-v", "1", "-H", "32", "--pad-header", "-S", "0", self.path(name), self.path(out))
            self.assertIn(word, refused.stderr)
            self.assertNotEqual(refused.returncode, 0)

    def test_key_wrap(self):
        """imgtool cannot make these: slipway is its own judge, and OpenSSL's."""
        self.write("kek.b64", base64.b64encode(bytes(range(32))) + b"\n")
        args = ["-v", "1", "-H", "32", "--pad-header", "-S", "0x8000", "-k", self.path("key.pem")]
        image = self.path("kw.bin")
        self.done(slipway("sign", *args, "-E", self.path("kek.b64"), "--encrypt-keylen", "256", self.path("app.bin"), image))
        self.assertIn("is encrypted", self.done(slipway("verify", "-k", self.path("key.pem"), image), 1).stderr)
        self.done(slipway("verify", "-k", self.path("key.pem"), "--decrypt-key", self.path("kek.b64"), image))
        self.done(slipway("verify", "-k", self.path("key.pem"), "--decrypt-key", self.path("key.pem"), image), 1)
        self.done(slipway("sign", *args, "-E", self.path("kek.b64"), self.path("app.bin"), self.path("no.bin")), 4)

    def test_layout(self):
        """An image that imgtool lets through although it could never be swapped, and one for another address."""
        board = os.path.join(TOP, "target/boards/nucleo_h753zi/board.dts")
        largest = json.loads(self.done(slipway("--json", "layout", "show", board)).stdout)["largest_image"]
        slot0 = next(p for p in json.loads(slipway("--json", "layout", "show", board).stdout)["partitions"]
                     if p["node"] == "slot0")
        start = 0x08000000 + slot0["offset"] + 0x400
        vectors = struct.pack("<II", 0x24010000, start + 0x299)
        args = ["sign", "-v", "1", "--pad-header", "-k", self.path("key.pem"), "--pad-sig", "--layout", board]
        fits = largest - 0x400 - (4 + 36 + 36 + 4 + 72)
        for size, code in ((fits, 0), (fits + 1, 1)):
            app = self.write("large.bin", vectors + bytes(size - 8))
            done = self.done(slipway(*args, app, self.path("large.signed")), code)
        self.assertIn("would upload but never swap: 1 bytes too many", done.stderr)
        self.done(imgtool("sign", "-v", "1", "-H", "0x400", "--pad-header", "-S", hex(slot0["size"]), "--align", "32",
                          "-k", self.path("key.pem"), app, self.path("theirs.bin")))
        app = self.write("lost.bin", struct.pack("<II", 0x24010000, 0x08000299) + bytes(100))
        self.assertIn("not linked for this slot", self.done(slipway(*args, app, self.path("no.bin")), 1).stderr)
        app = self.write("good.bin", vectors + bytes(100))
        self.assertIn("0x400", self.done(slipway(*args, "-H", "0x200", app, self.path("no.bin")), 1).stderr)
        self.done(slipway(*args, app, self.path("out.hex")))
        self.assertTrue(self.read("out.hex").startswith(b":02000004080"), "the layout knows the address")
        self.assertFalse(os.path.exists(self.path("no.bin")))

    def test_keys_on_a_token(self):
        """--key pkcs11:...: the private key stays in SoftHSM, and imgtool accepts what it signs."""
        module = "/usr/lib/softhsm/libsofthsm2.so"
        engines = run("openssl", "version", "-e").stdout.split('"')[1]
        for part in (module, shutil.which("softhsm2-util") or "softhsm2-util", engines + "/pkcs11.so"):
            self.assertTrue(os.path.exists(part), f"no {part}: apt install softhsm2 libengine-pkcs11-openssl")
        tokens = self.path("tokens")
        os.mkdir(tokens)
        self.write("softhsm.conf", f"directories.tokendir = {tokens}\nlog.level = ERROR\n".encode())
        env = {"SOFTHSM2_CONF": self.path("softhsm.conf"), "PKCS11_MODULE_PATH": module,
               "PKCS11_PROVIDER_MODULE": module}  # for the provider, where there is one
        with unittest.mock.patch.dict(os.environ, env):
            self.done(run("softhsm2-util", "--init-token", "--free", "--label", "t", "--pin", "1234", "--so-pin", "1234"))
            for number, kind in enumerate(("ecdsa-p256", "ecdsa-p384", "rsa-2048")):
                key, image = self.path(f"token-{kind}.pem"), self.path("token.bin")
                self.done(imgtool("keygen", "-t", kind, "-k", key))
                self.done(run("softhsm2-util", "--import", key, "--token", "t", "--label", kind, "--id", f"0{number}",
                              "--pin", "1234"))
                uri = f"pkcs11:token=t;object={kind};type=private?pin-value=1234"
                signed = slipway("sign", "-k", uri, "-v", "1", "-H", "32", "--pad-header", "-S", "0", self.path("app.bin"), image)
                self.done(signed)
                self.done(imgtool("verify", "-k", key, image))
                self.assertEqual(slipway("getpub", "-k", uri).stdout, slipway("getpub", "-k", key).stdout)
            self.done(slipway("getpub", "-k", "pkcs11:token=t;object=none?pin-value=1234"), 4)

    def test_against_a_bootloader(self):
        elf = "tests/nucleo_h753zi/bootloader.elf"
        if not os.path.exists(elf):
            self.skipTest(elf + " is not built")
        good = slipway("verify", "--against", elf, "tests/nucleo_h753zi/smp_server.signed.bin")
        self.assertIn("Accepted by", self.done(good).stdout)
        self.sign_both(["-v", "1", "-S", "0x20000"])
        refused = slipway("verify", "--against", elf, self.path("ours.bin"))
        self.assertIn("trusts", self.done(refused, 1).stderr)
        with open(elf, "rb") as f:
            whole = f.read()
        for cut in (0, 4, 51, 52, 100, 1000, len(whole) // 2, len(whole) - 1):
            self.assertIn(slipway("verify", "--against", self.write("cut.elf", whole[:cut]),
                                  self.path("ours.bin")).returncode, (1, 4))

    def test_unreadable_keys(self):
        locked = self.path("locked.pem")
        self.done(run("openssl", "pkey", "-in", self.path("key.pem"), "-aes256", "-passout", "pass:x", "-out", locked))
        self.assertIn("encrypted", self.done(slipway("getpub", "-k", locked), 4).stderr)
        for content in (b"", b"\0" * 100, b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"):
            self.done(slipway("getpub", "-k", self.write("odd.pem", content)), 4)
        self.done(slipway("getpub", "-k", self.path("missing.pem")), 4)
        self.done(slipway("getpub", "-k", self.path("key.pem"), "-e", "basic"), 2)
        self.done(slipway("keygen", "-t", "rsa-1024", "-k", self.path("no.pem")), 2)
        self.done(slipway("keygen", "-t", "ecdsa-p256", "-k", self.path("no/folder.pem")), 4)


if __name__ == "__main__":
    SLIPWAY = sys.argv.pop(1)
    FROZEN = sys.argv.pop(1)
    unittest.main(verbosity=1)
