"""The table of `make bench` and its JSON object, of figures that are fixed here: nothing is measured."""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

import bench_table

HERE = os.path.dirname(os.path.abspath(__file__))
VALUES = """boot_ms 839.543
boot_bytes 341422
upload_115200_s 44.472
upload_115200_mcumgr_toolkit_s 60.500
upload_115200_smpclient_s 44.250
upload_115200_limit_s 40.000
upload_fast_s - the wire is slow
cpu_mips 90
cpu_unicorn_mips 60
sign_p256_ms 10.0
sign_p256_imgtool_ms 125.0
sign_p384_ms 10.0
sign_p384_imgtool_ms - imgtool is not there
signature_rsa_2048_flash_bytes 32088
"""
# Keys that scripts may rely on.
PROMISED = ("boot_ms", "boot_no_hash_ms", "upload_115200_s", "upload_115200_best_peer_s", "upload_fast_s",
            "zero_copy_reset_ms", "rehearsal_cases_per_s", "cpu_ratio_unicorn", "sign_p256_ratio_imgtool")


def run(text, *options):
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as f:
        f.write(text)
        f.flush()
        return subprocess.run([sys.executable, os.path.join(HERE, "bench_table.py"), f.name, *options],
                              capture_output=True, text=True)


def rows(text):
    """The cells of each row; a row without a text at the left is of the row above."""
    return [re.split(r" {2,}", line.strip()) for line in run(text).stdout.splitlines()]


class Table(unittest.TestCase):
    def test_json_is_one_object_with_figures_ratios_and_nulls(self):
        document = json.loads(run(VALUES, "--json").stdout)
        self.assertEqual(document["boot_ms"], 839.543)
        self.assertEqual(document["upload_115200_best_peer_s"], 44.25)
        self.assertEqual(document["cpu_ratio_unicorn"], 1.5)
        self.assertEqual(document["sign_p256_ratio_imgtool"], 12.5)
        self.assertEqual(document["signature_rsa_2048_flash_bytes"], 32088)
        for key in PROMISED:
            self.assertIn(key, document)
        nulls = {key for key, value in document.items() if value is None}
        self.assertEqual(nulls, set(document["missing"]))
        self.assertLessEqual({"boot_no_hash_ms", "upload_fast_s", "zero_copy_reset_ms", "sign_p384_ratio_imgtool"},
                             nulls)
        self.assertEqual(document["missing"]["upload_fast_s"], "the wire is slow")
        self.assertEqual(document["missing"]["sign_p384_ratio_imgtool"], "imgtool is not there")
        self.assertEqual(document["missing"]["zero_copy_reset_ms"], "not measured")

    def test_json_of_no_figures_is_all_nulls(self):
        document = json.loads(run("", "--json").stdout)
        reasons = document.pop("missing")
        self.assertEqual(set(document), set(reasons))
        self.assertEqual({*document.values()}, {None})
        self.assertLessEqual(set(PROMISED), set(document))

    def test_table_has_ours_peers_and_a_ratio_above_1_where_ours_is_better(self):
        table = rows(VALUES)
        self.assertEqual(table[0], ["what", "ours", "beside", "ratio"])
        self.assertIn(["boot: power-on to the application, 333 KB", "839.5 ms"], table)
        at = table.index(["upload, 115200 baud, used slot, ? KB", "44.47 s", "mcumgr-toolkit", "60.50", "1.36"])
        self.assertEqual(table[at + 1:at + 3], [["smpclient", "44.25", "1.00"], ["limit: the line", "40.00", "0.90"]])
        self.assertIn(["virtual core, SHA-256 over flash", "90 MIPS *", "libunicorn", "60", "1.50"], table)
        self.assertIn(["sign 1 MB, ECDSA P-256", "10.00 ms *", "imgtool", "125.0", "12.50"], table)
        self.assertIn(["bootloader, signature rsa-2048", "32,088 bytes"], table)

    def test_table_says_why_a_figure_is_missing(self):
        table = rows(VALUES)
        self.assertIn(["upload, 921600 baud, used slot, ? KB", "- s", "the wire is slow"], table)
        self.assertIn(["sign 1 MB, ECDSA P-384", "10.00 ms *", "imgtool", "-", "imgtool is not there"], table)
        self.assertIn(["reset to new image, direct-XIP, ? KB", "- ms", "not measured"], table)

    def test_a_line_that_is_no_figure_ends_the_table(self):
        done = run("boot_ms fast\n")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("line 1 is neither", done.stderr)

    def test_every_key_is_explained_in_bench_sh(self):
        with open(os.path.join(HERE, "../../tools/bench.sh"), encoding="utf-8") as f:
            header = f.read().split("set -eu")[0]
        for key in bench_table.keys():
            general = re.sub(r"^sign_(p256|p384|rsa_2048|rsa_3072|ed25519)_", "sign_KIND_", key)
            general = re.sub(r"^upload_115200_(mcumgr_toolkit|smpclient)_", "upload_115200_CLIENT_", general)
            self.assertRegex(header, rf"\b{general}\b")


if __name__ == "__main__":
    unittest.main()
