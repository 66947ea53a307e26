"""The same sources give the same firmware in two folders; and the comparison that says so finds what differs.

Usage: reproducible_test.py TOP SLIPWAY. SLIPWAY_BUILD is the build folder."""
import os
import subprocess
import sys
import tempfile
import unittest

TOP, SLIPWAY = (os.path.abspath(word) for word in sys.argv[1:3])
BUILD = os.environ["SLIPWAY_BUILD"]
TOOLS = os.path.join(TOP, "tools/reproducible")


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


class Comparison(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="slipway reproducible ")
        self.addCleanup(scratch.cleanup)
        self.folders = [os.path.join(scratch.name, name) for name in ("first", "second")]
        for folder in self.folders:
            os.mkdir(folder)

    def put(self, name, first, second):
        for folder, data in zip(self.folders, (first, second)):
            with open(os.path.join(folder, name), "wb") as f:
                f.write(data)

    def compare(self, *forbidden):
        return run("/usr/bin/python3", os.path.join(TOOLS, "compare.py"), *self.folders, *forbidden)

    def signed(self, which, program=b"program" * 200, name="app.signed"):
        """One signature by the development key; signatures differ, in length too."""
        path = os.path.join(self.folders[which], "app.program")
        out = os.path.join(self.folders[which], f"{name}.bin")
        with open(path, "wb") as f:
            f.write(program)
        code, _, said = run(SLIPWAY, "sign", "--quiet", "--key", os.path.join(BUILD, "keys/dev-ecdsa-p256.pem"), "--version",
                            "1.0.0", "--header-size", "0x400", "--pad-header", "--slot-size", "0x20000", path, out)
        self.assertEqual((code, said), (0, ""))
        with open(out, "rb") as f:
            return f.read()

    def signed_twice(self, **how):
        return self.signed(0), self.signed(1, **how)

    def test_same_files(self):
        self.put("a.bin", b"same", b"same")
        code, out, err = self.compare()
        self.assertEqual((code, err), (0, ""))
        self.assertRegex(out, r"(?m)^a\.bin +[0-9a-f]{64} same$")
        self.assertEqual(out.splitlines()[-1], "reproducible: 1 files are the same in both builds")

    def test_signatures_do_not_count(self):
        for _ in range(8):  # with lengths of 70 to 72 bytes
            first, second = self.signed_twice()
            self.assertNotEqual(first, second)
            code, out, _ = self.compare()
            self.assertEqual(code, 0, out)
            self.assertRegex(out, r"(?m)^app\.signed\.bin +[0-9a-f]{64} same, without the signature$")

    def test_another_program_counts(self):
        self.signed_twice(program=b"program" * 199 + b"programs"[1:])
        code, out, err = self.compare()
        self.assertEqual((code, err), (1, "not reproducible: app.signed.bin\n"))
        self.assertIn("    first at byte 0x971\n", out)

    def test_what_stands_behind_a_signature_counts(self):
        first, _ = self.signed_twice()
        self.put("app.signed.bin", first + b"\0", first + b"\1")
        self.assertEqual(self.compare()[0], 1)

    def test_hex_files_are_compared_by_address(self):
        first, second = self.signed_twice()
        for folder, data in zip(self.folders, (first, second)):
            path = os.path.join(folder, "app.signed.bin")
            subprocess.run(["arm-none-eabi-objcopy", "-I", "binary", "-O", "ihex", "--change-addresses", "0x8020000", path,
                            os.path.join(folder, "app.signed.hex")], check=True)
        code, out, _ = self.compare()
        self.assertEqual(code, 0, out)
        self.assertRegex(out, r"(?m)^app\.signed\.hex +[0-9a-f]{64} same, without the signature$")
        self.put("b.hex", b":0400000001020304F2\n", b":0400000001020305F1\n")
        code, out, _ = self.compare()
        self.assertEqual(code, 1)
        self.assertIn("    first at byte 0x3\n", out)

    def test_a_damaged_hex_file_is_an_error_with_its_name(self):
        for bad in (b":0400000001020304F3\n", b":04", b"text", b"\xff\xfe", b":0400"):
            self.put("b.hex", bad, b":0400000001020304F2\n")
            code, _, err = self.compare()
            self.assertEqual(code, 1)
            self.assertIn("error: b.hex: ", err)
            self.assertNotIn("Traceback", err)

    def test_a_hostile_image_is_bytes(self):
        header = bytes.fromhex("3db8f396") + bytes(4) + b"\xff\xff\xff\xff" + b"\xff" * 20
        self.put("a.bin", header, header[:-1])
        self.assertEqual(self.compare()[0], 1)
        torn = self.signed(0)[:-3]
        self.put("a.bin", torn, torn[:-1])
        self.assertEqual(self.compare()[0], 1)

    def test_hints(self):
        for first, second, hint in ((b"\0/home/a/main.c\0", b"\0/home/b/main.c\0", "the name of a folder or file"),
                                    (b"\0built 12:31:05\0", b"\0built 12:31:07\0", "a date or a time"),
                                    (b"\0\1\2\3", b"\0\1\3\2", "no text")):
            self.put("a.bin", first, second)
            code, out, _ = self.compare()
            self.assertEqual(code, 1)
            self.assertIn(f"    hint: {hint}", out)

    def test_the_name_of_a_folder_in_both_is_found(self):
        self.put("a.elf", b"/home/me/slipway/main.c", b"/home/me/slipway/main.c")
        code, out, err = self.compare("/home/me/slipway")
        self.assertEqual((code, err), (1, "not reproducible: a.elf\n"))
        self.assertIn("it contains the name of a folder of this machine: /home/me/slipway", out)

    def test_a_missing_file_and_an_empty_folder(self):
        self.assertEqual(self.compare()[2], "not reproducible: nothing was built\n")
        self.put("a.bin", b"1", b"1")
        os.remove(os.path.join(self.folders[1], "a.bin"))
        code, out, _ = self.compare()
        self.assertEqual(code, 1)
        self.assertIn("only in " + self.folders[0], out)


class Firmware(unittest.TestCase):
    def test_two_builds_are_the_same(self):
        code, out, err = run(os.path.join(TOOLS, "reproducible.sh"), "none", "1.0.0")
        self.assertEqual(code, 0, out + err)
        self.assertRegex(out.splitlines()[-1], r"^reproducible: \d+ files are the same in both builds$")
        for name in ("bootloader.elf", "smp_server.elf", "smp_server.signed.bin", "merged.hex"):
            self.assertRegex(out, rf"(?m)^{name} +[0-9a-f]{{64}} same")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
