#!/usr/bin/env python3
"""SBOMs: what the makers of the formats say of ours, what is really linked, and images that name theirs.

usage: sbom_test.py SLIPWAY HOST_FOLDER        (in the build folder, with the Python of build/venv)
HOST_FOLDER: with slipway.cdx.json, slipway.spdx.json and the same of slipway-gateway."""
import glob
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import unittest

from board import Board
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

FIRMWARE = "tests/nucleo_h753zi"
KEY = "keys/dev-ecdsa-p256.pem"
SIGN = ["-k", KEY, "-v", "1.2.3", "-H", "0x400", "--pad-header", "-S", "0xe0000", "--align", "32"]
HOSTILE = b"<script>alert(1)</script>&\"'\x1b[31m\xf0\x9f\x9a\xa2 \xe2\x80\xae half: \xc3"
GCC, AR = "arm-none-eabi-gcc", "arm-none-eabi-gcc-ar"
TOOL = HOST = None


def run(*words, **options):
    return subprocess.run(words, capture_output=True, check=False, **options)


def said(*words):
    return subprocess.run(words, stdout=subprocess.PIPE, check=True).stdout.decode(errors="replace")


def sha256(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def linked(document, name):
    """What the document says that the component of this name was linked from."""
    component = next(c for c in document["components"] if c["name"] == name)
    return next(p["value"] for p in component["properties"] if p["name"] == "slipway:linked")


def symbols(path, *options):
    return {line.split()[-1] for line in said("arm-none-eabi-nm", *options, path).splitlines() if len(line.split()) == 3}


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="slipway-sbom-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, data):
        with open(self.path(name), "wb") as f:
            f.write(data if isinstance(data, bytes) else data.encode())
        return self.path(name)

    def slipway(self, *words, code=0, **options):
        """stdout and stderr of slipway, which must end with this code."""
        done = run(TOOL, *words, **options)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return (done.stdout + done.stderr).decode()

    def judge(self, stem):
        """Both documents are valid, and say the same. The CycloneDX one."""
        with open(stem + ".cdx.json", encoding="utf-8") as f:
            self.assertEqual(str(JsonStrictValidator(SchemaVersion.V1_6).validate_str(f.read()))[:400], "None")
        document = parse_file(stem + ".spdx.json")
        self.assertEqual([m.validation_message for m in validate_full_spdx_document(document)], [])
        texts = [text.license_id for text in document.extracted_licensing_info]
        self.assertEqual(len(texts), len(set(texts)))
        ours = load(stem + ".cdx.json")
        spdx = {(p.name, p.version) for p in document.packages if "compiler" not in p.spdx_id}
        cyclonedx = {(c["name"], c.get("version")) for c in [ours["metadata"]["component"], *ours["components"]]}
        self.assertEqual(spdx, cyclonedx)
        return ours


class TheBuild(Case):
    def test_firmware(self):
        """The components are those of whose archives the program has symbols."""
        def library(name):
            return said(GCC, "-mcpu=cortex-m7", "-mthumb", f"-print-file-name={name}").strip()
        archives = {"BearSSL": "core/crypto/libbearssl.a", "libsodium": "core/crypto/libedwards25519.a", "zcbor": "core/smp/libzcbor.a",
                    "newlib": library("libc_nano.a"), "libgcc": library("libgcc.a"), "Slipway": "core/base/libbase.a"}
        for program in ("bootloader", "smp_server"):
            stem = f"{FIRMWARE}/{program}"
            document = self.judge(stem)
            self.assertEqual(document["metadata"]["component"]["hashes"], [{"alg": "SHA-256", "content": sha256(stem + ".bin")}])
            has = symbols(stem + ".elf")
            wanted = {name for name, archive in archives.items()
                      if has & symbols(os.path.join(FIRMWARE, archive), "--defined-only", "--extern-only")}
            if program == "bootloader":
                wanted.remove("Slipway")  # it is Slipway itself
            self.assertEqual({c["name"] for c in document["components"]}, wanted, program)
            compilers = [t["version"] for t in document["metadata"]["tools"]["components"] if t["name"] == "GCC"]
            version = said(GCC, "-dumpfullversion").strip()
            self.assertTrue(any(version in v for v in compilers), compilers)  # newlib's may be another one

    def test_sources(self):
        """BearSSL is named with the tarball that was unpacked."""
        document = load(f"{FIRMWARE}/bootloader.cdx.json")
        bearssl = next(c for c in document["components"] if c["name"] == "BearSSL")
        source = next(r for r in bearssl["externalReferences"] if r["type"] == "source-distribution")
        [tarball] = glob.glob("src/download/bearssl/*.orig.tar.xz")
        self.assertEqual(source["comment"], os.path.basename(tarball))
        self.assertEqual(source["hashes"][0]["content"], sha256(tarball))
        self.assertEqual(bearssl["licenses"], [{"expression": "MIT"}])

    def test_host_programs(self):
        """Shared libraries are those of DT_NEEDED, with the version of the package that has them."""
        for program in ("slipway", "slipway-gateway"):
            document = self.judge(os.path.join(HOST, program))
            binary = os.path.join(os.path.dirname(TOOL), program)
            self.assertEqual(document["metadata"]["component"]["hashes"][0]["content"], sha256(binary))
            needed = [line.split("[")[1].rstrip("]") for line in said("readelf", "-d", binary).splitlines() if "(NEEDED)" in line]
            names = ", ".join(linked(document, c["name"]) for c in document["components"]).split(", ")
            self.assertEqual(sorted(n for n in names if ".so" in n), sorted(needed))
            jansson = next(c for c in document["components"] if c["name"] == "jansson")
            self.assertEqual(jansson["version"], said("dpkg-query", "-W", "-f", "${Version}", "libjansson4"))

    def test_no_machine_in_it(self):
        for name in glob.glob(f"{FIRMWARE}/*x.json") + glob.glob(f"{HOST}/*x.json"):
            with open(name, encoding="utf-8") as f:
                self.assertNotIn(os.getcwd(), f.read(), name)


class AProgramOfAUser(Case):
    """Linked here, with the cross compiler: objects of its own, a library that was bought, and the compiler's."""
    SBOM = "Role: product\nName: pump\nVersion: 7\nLicense: LicenseRef-pump\nLicense-Text: all ours\nFiles: own/*\n\n"
    COMPILER = "Name: libgcc\nVersion: 1\nLicense: GPL-3.0-or-later WITH GCC-exception-3.1\nFiles: libgcc.a\n\n"
    BLOB = "Name: blob\nVersion: 3\nLicense: MIT OR LicenseRef-pump\nSupplier: A & B <ab>\nFiles: */libblob.a\n own/vendor/*\n"

    def build(self, *options, thin=False, name=b"own"):
        """own/main.o and vendor/libblob.a, which divides, so that libgcc is needed."""
        folder = os.fsencode(self.folder)
        for sub in (b"own", b"own/vendor", name):
            os.makedirs(os.path.join(folder, sub), exist_ok=True)
        self.write("blob.c", "long long blob(long long a, long long b) { return a / b; }\nint unused(void) { return 1; }\n")
        self.write("main.c", "long long blob(long long, long long);\nvolatile long long v;\nvoid start(void) { v = blob(v, 3); }\n")
        flags = ["-mcpu=cortex-m7", "-mthumb", "-Os", *options]

        def cc(*words):
            subprocess.run([GCC, *flags, *words], cwd=self.folder, check=True)
        cc("-c", "blob.c", "-o", "own/vendor/blob.o")
        cc("-c", "main.c", "-o", name + b"/main.o")
        archive = self.path("own/vendor/libblob.a")
        if os.path.exists(archive):
            os.remove(archive)  # a thin one cannot replace another
        archive = "own/vendor/libblob.a"
        subprocess.run([AR, "rcsT" if thin else "rcs", archive, "own/vendor/blob.o"], cwd=self.folder, check=True)
        cc(name + b"/main.o", archive, "-nostdlib", "-lgcc", "-Wl,-e,start", "-Wl,-Map=app.map", "-o", "app.elf")
        subprocess.run(["arm-none-eabi-objcopy", "-O", "binary", "app.elf", "app.bin"], cwd=self.folder, check=True)

    def sbom(self, components, *more, code=0, **options):
        self.write("sbom.txt", components)
        return self.slipway("sbom", self.path("app.bin"), self.path("app.map"), "--elf", self.path("app.elf"), "--components",
                            self.path("sbom.txt"), "--cyclonedx", self.path("app.cdx.json"), "--spdx", self.path("app.spdx.json"),
                            *more, code=code, **options)

    def test_each_kind_of_link(self):
        for options, thin in (([], False), ([], True), (["-flto"], False), (["-flto"], True)):
            with self.subTest(options=options, thin=thin):
                self.build(*options, thin=thin)
                self.sbom(self.SBOM + self.COMPILER + self.BLOB)
                document = self.judge(self.path("app"))
                self.assertEqual([c["name"] for c in document["components"]], ["libgcc", "blob"])
                self.assertEqual(document["metadata"]["component"]["name"], "pump")

    def test_nothing_is_left_out(self):
        self.build()
        before = self.sbom(self.SBOM + self.COMPILER + self.BLOB)
        self.assertIn("blob 3, MIT OR LicenseRef-pump", before)
        told = json.loads(self.sbom(self.SBOM + self.COMPILER + self.BLOB, "--json"))
        self.assertEqual((told["name"], told["sha256"]), ("pump", sha256(self.path("app.bin"))))
        self.assertEqual(told["components"][1], {"name": "blob", "version": "3", "license": "MIT OR LicenseRef-pump"})
        told = self.sbom(self.SBOM.replace("own/*", "own/main.o") + self.COMPILER, code=4)
        self.assertIn("no component file says what these belong to\n  evidence: own/vendor/libblob.a\n  next: add a paragraph", told)

    def test_words_of_the_command_line(self):
        self.build()
        self.sbom(self.SBOM + self.COMPILER, "--name", "other", "--version", "8", "--licence", "MIT OR Apache-2.0")
        program = self.judge(self.path("app"))["metadata"]["component"]
        self.assertEqual((program["name"], program["version"]), ("other", "8"))
        self.assertEqual(program["licenses"], [{"expression": "MIT OR Apache-2.0"}])
        self.assertIn("is not an SPDX expression", self.sbom(self.SBOM + self.COMPILER, "--licence", "<b>", code=2))
        self.assertIn("--name is empty", self.sbom(self.SBOM + self.COMPILER, "--name", "", code=2))
        self.assertIn("line 1: it is not 'Field: value'", self.sbom("nonsense", code=4))
        self.write("app.map", "nonsense")
        self.assertIn("is not a map file of GNU ld", self.sbom(self.SBOM, code=4))

    def test_hostile_names(self):
        """They come out as text, in valid documents: markup, controls, marks of direction, four bytes, half a character."""
        hostile = HOSTILE.replace(b"/", b"|")
        self.build(name=b"own/" + hostile)
        for name in (hostile, b"a\nb", b"\xff", "\U0001f6a2".encode(), b"SPDXRef-DOCUMENT", b" ", b"]]>", b"x" * 1000):
            self.sbom(self.SBOM + self.COMPILER + self.BLOB, "--name", name, "--version", name)
            text = name.decode(errors="replace")
            document = self.judge(self.path("app"))
            self.assertEqual(document["metadata"]["component"]["name"], text)
            with open(self.path("app.cdx.json"), "rb") as f:
                data = f.read()
            for bad in (b"\x1b", b"\xe2\x80\xae", b"\xff"):
                self.assertNotIn(bad, data)
        self.assertIn("is longer than 1000 bytes", self.sbom(self.SBOM + self.COMPILER, "--version", "x" * 1001, code=2))
        told = self.sbom(self.COMPILER + self.BLOB + "\nName: pump\n", "--name", "x", "--version", "1", code=4)
        self.assertIn("own/<script>alert(1)<|script>", told)
        self.assertNotIn("\x1b", told)

    def test_same_bytes(self):
        """In another folder, at another time; and another SBOM if anything differs."""
        documents = []
        for _ in range(2):
            with tempfile.TemporaryDirectory() as self.folder:
                self.build()
                self.sbom(self.SBOM + self.COMPILER)
                documents.append([sha256(self.path("app" + end)) for end in (".cdx.json", ".spdx.json")])
                serial = load(self.path("app.cdx.json"))["serialNumber"]
                self.sbom(self.SBOM.replace("Version: 7", "Version: 8") + self.COMPILER)
                self.assertNotEqual(load(self.path("app.cdx.json"))["serialNumber"], serial)
        self.assertEqual(documents[0], documents[1])

    def test_time(self):
        self.build()
        for epoch, created in ((None, "1970-01-01T00:00:00Z"), ("1764547200", "2025-12-01T00:00:00Z")):
            environment = {k: v for k, v in os.environ.items() if k != "SOURCE_DATE_EPOCH"}
            environment.update({} if epoch is None else {"SOURCE_DATE_EPOCH": epoch})
            self.sbom(self.SBOM + self.COMPILER, env=environment)
            self.assertEqual(load(self.path("app.spdx.json"))["creationInfo"]["created"], created)
        for epoch in ("yesterday", "-1", "999999999999999"):
            told = self.sbom(self.SBOM + self.COMPILER, code=2, env={**os.environ, "SOURCE_DATE_EPOCH": epoch})
            self.assertIn("SOURCE_DATE_EPOCH is not a time", told)

    def test_a_full_disk(self):
        self.build()
        self.write("sbom.txt", self.SBOM + self.COMPILER)
        told = self.slipway("sbom", self.path("app.bin"), self.path("app.map"), "--components", self.path("sbom.txt"), "--cyclonedx",
                            "/dev/full", code=4)
        self.assertIn("/dev/full", told)


class AnImage(Case):
    """It names its SBOM, and the SBOM its program."""
    def sign(self, out, *more, program="smp_server", code=0):
        return self.slipway("sign", *SIGN, *more, f"{FIRMWARE}/{program}.bin", self.path(out), code=code)

    def verify(self, image, sbom, *more, code=0):
        return self.slipway("verify", "-k", KEY, "--sbom", sbom, *more, image, code=code)

    def test_of_the_build(self):
        for image in ("smp_server.signed.bin", "smp_server.signed.hex"):
            self.verify(f"{FIRMWARE}/{image}", f"{FIRMWARE}/smp_server.cdx.json")
        told = json.loads(self.verify(f"{FIRMWARE}/smp_server.signed.bin", f"{FIRMWARE}/smp_server.cdx.json", "--json"))
        self.assertEqual(told["sbom"], sha256(f"{FIRMWARE}/smp_server.cdx.json"))

    def test_either_form(self):
        for form in ("cdx", "spdx"):
            sbom = f"{FIRMWARE}/smp_server.{form}.json"
            self.sign("app", "--sbom", sbom)
            self.verify(self.path("app"), sbom)
            dump = json.loads(self.slipway("dumpinfo", "--json", self.path("app")))
            [tlv] = [t for t in dump["tlv_area"]["tlvs_prot"] if t["type"] == 0x53a0]
            self.assertEqual((tlv["type_name"], tlv["data"]), ("SBOM", sha256(sbom)))
            self.assertIn("SBOM (0x53a0), 32 bytes", self.slipway("dumpinfo", self.path("app")))

    def test_imgtool_takes_it(self):
        self.sign("app", "--sbom", f"{FIRMWARE}/smp_server.cdx.json")
        done = run("venv/bin/imgtool", "verify", "-k", KEY, self.path("app"))
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("(0x53a0)", said("venv/bin/imgtool", "dumpinfo", self.path("app")))

    def test_of_another_program(self):
        told = self.sign("app", "--sbom", f"{FIRMWARE}/bootloader.cdx.json", code=1)
        self.assertIn("is the SBOM of another program\n", told)
        self.assertIn(sha256(f"{FIRMWARE}/bootloader.bin"), told)
        self.assertIn(sha256(f"{FIRMWARE}/smp_server.bin"), told)
        self.assertFalse(os.path.exists(self.path("app")))
        # By hand, which slipway sign does not allow: verify finds it.
        self.sign("app", "--custom-tlv", "0x53a0", "0x" + sha256(f"{FIRMWARE}/bootloader.cdx.json"))
        self.assertIn("is the SBOM of another program", self.verify(self.path("app"), f"{FIRMWARE}/bootloader.cdx.json", code=1))

    def test_another_sbom(self):
        told = self.verify(f"{FIRMWARE}/smp_server.signed.bin", f"{FIRMWARE}/smp_server.spdx.json", code=1)
        self.assertIn("names another SBOM", told)
        self.assertIn(sha256(f"{FIRMWARE}/smp_server.cdx.json"), told)
        with open(f"{FIRMWARE}/smp_server.cdx.json", "rb") as f:
            self.write("changed.json", f.read().replace(b"Apache-2.0", b"MIT-0", 1))
        self.verify(f"{FIRMWARE}/smp_server.signed.bin", self.path("changed.json"), code=1)
        self.sign("app")
        self.assertIn("names no SBOM", self.verify(self.path("app"), f"{FIRMWARE}/smp_server.cdx.json", code=1))

    def test_refusals(self):
        good = f"{FIRMWARE}/smp_server.cdx.json"
        self.assertIn("given twice", self.sign("app", "--sbom", good, "--custom-tlv", "0x53a0", "0x12", code=2))
        for text in ("", "{}", "[" * 100000, '{"bomFormat":"CycloneDX","specVersion":"1.6"}', "\xff"):
            sbom = self.write("bad.json", text)
            self.assertIn("is not an SBOM of a program", self.sign("app", "--sbom", sbom, code=4))
        self.sign("app", "--sbom", self.path("missing"), code=4)
        self.assertFalse(os.path.exists(self.path("app")))

    def test_program_with_room_for_the_header(self):
        with open(f"{FIRMWARE}/smp_server.bin", "rb") as f:
            program = self.write("room.bin", bytes(0x400) + f.read())
        options = [word for word in SIGN if word != "--pad-header"]
        self.slipway("sign", *options, "--sbom", f"{FIRMWARE}/smp_server.cdx.json", program, self.path("app"))
        self.verify(self.path("app"), f"{FIRMWARE}/smp_server.cdx.json")

    def test_encrypted_and_compressed(self):
        sbom = f"{FIRMWARE}/smp_server.cdx.json"
        self.slipway("keygen", "-t", "ecdsa-p256", "-k", self.path("enc.pem"))
        self.sign("app", "--sbom", sbom, "-E", self.path("enc.pem"))
        self.verify(self.path("app"), sbom, "--decrypt-key", self.path("enc.pem"))
        self.sign("small", "--sbom", sbom, "--compression", "lzma2armthumb")
        self.assertIn("was not compared with its SBOM", self.verify(self.path("small"), sbom))

    def test_the_device_tells_it(self):
        with Board(self.folder, f"{FIRMWARE}/bootloader.elf", f"{FIRMWARE}/smp_server.signed.hex") as board:
            board.wait_ready()
            wanted = sha256(f"{FIRMWARE}/smp_server.cdx.json")
            self.assertEqual(self.slipway("bootloader", "sbom", "--port", board.uart), wanted + "\n")
            self.assertEqual(json.loads(self.slipway("bootloader", "--json", "--port", board.uart))["sbom"], wanted)
            self.assertIn(f"SBOM of the running image: {wanted}\n", self.slipway("bootloader", "--port", board.uart))

    def test_the_device_has_none(self):
        with Board(self.folder, f"{FIRMWARE}/bootloader.elf", "tests/nucleo_h753zi-1.0.0.bin@0x08020000") as board:
            board.wait_ready()
            told = self.slipway("bootloader", "sbom", "--port", board.uart, code=1)
            self.assertIn("does not name the SBOM", told)
            self.assertNotIn("SBOM", self.slipway("bootloader", "--port", board.uart))


if __name__ == "__main__":
    TOOL, HOST = (os.path.abspath(word) for word in sys.argv[1:3])
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
