"""A bootloader for every kind of signature that Kconfig offers, and imgtool's images for each.

Usage: make_kinds.py [KIND...], run with the Python of build/venv, where imgtool is. The host and its tools are built.

Under build/tests/kinds/KIND/: bootloader.elf; signed by imgtool good.bin (with the signing key), second.bin (with the
second key, of which the bootloader has the public half only) and stranger.bin (with a key that it does not know). `list`
names the kinds. Keys are imgtool's, too, and stay from run to run. One build folder serves all kinds: between two of them
little has to be compiled.
"""
import contextlib
import io
import os
import random
import shutil
import struct
import subprocess
import sys

from imgtool import main as imgtool_main

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
OUT = os.path.join(TOP, "build/tests/kinds")
BUILD = os.path.join(TOP, "build/kinds")
SLOT0 = 0x08020000
HEADER = 0x400

# kind: (key type, Kconfig, options of sign)
KINDS = {
    "rsa-2048": ("rsa-2048", "BOOT_SIGNATURE_TYPE_RSA=y", []),
    "rsa-3072": ("rsa-3072", "BOOT_SIGNATURE_TYPE_RSA=y BOOT_SIGNATURE_TYPE_RSA_LEN=3072", []),
    "ecdsa-p256": ("ecdsa-p256", "BOOT_SIGNATURE_TYPE_ECDSA_P256=y", []),
    "ecdsa-p384": ("ecdsa-p384", "BOOT_SIGNATURE_TYPE_ECDSA_P384=y", []),
    "ed25519": ("ed25519", "BOOT_SIGNATURE_TYPE_ED25519=y", []),
    "ed25519-sha512": ("ed25519", "BOOT_SIGNATURE_TYPE_ED25519=y BOOT_IMG_HASH_ALG_SHA512=y", ["--sha", "512"]),
    "ed25519-pure": ("ed25519", "BOOT_SIGNATURE_TYPE_ED25519=y BOOT_SIGNATURE_TYPE_PURE=y", ["--pure"]),
}


def imgtool(*args):
    with contextlib.redirect_stdout(io.StringIO()):
        imgtool_main.imgtool.main(list(args), standalone_mode=False)


def make_keys(key_type):
    """The three private keys, and the public half of the second."""
    paths = {who: os.path.join(OUT, f"{key_type}-{who}.pem") for who in ("good", "second", "stranger", "second-public")}
    for who in ("good", "second", "stranger"):
        if not os.path.exists(paths[who]):
            imgtool("keygen", "-t", key_type, "-k", paths[who] + ".tmp")
            os.rename(paths[who] + ".tmp", paths[who])
    imgtool("getpub", "-k", paths["second"], "-e", "pem", "-o", paths["second-public"])
    return paths


def program():
    """Vectors, an endless loop where they point to, and four kilobytes of something."""
    noise = random.Random(5).randbytes(4096)
    return struct.pack("<II", 0x20020000, (SLOT0 + 2 * HEADER) | 1) + noise[8:HEADER] + b"\xfe\xe7" + noise[HEADER + 2:]


def build(kind, kconfig, keys):
    log = os.path.join(TOP, "build/kinds.log")
    with contextlib.suppress(FileNotFoundError):
        os.remove(os.path.join(BUILD, ".config"))
    kconfig += f' BOOT_SIGNATURE_MORE_KEY_FILES={os.path.relpath(keys["second-public"], TOP)}'
    commands = [["cmake", "-S", TOP, "-B", BUILD, "-G", "Ninja", f"-DCMAKE_TOOLCHAIN_FILE={TOP}/tools/arm-none-eabi.cmake",
                 "-DBOARD=nucleo_h753zi", f"-DSLIPWAY_HOST_DIR={TOP}/build/host", f'-DSLIPWAY_KEY={keys["good"]}',
                 f"-DSLIPWAY_KCONFIG={kconfig}"],
                ["cmake", "--build", BUILD, "--target", "bootloader"]]
    with open(log, "w", encoding="utf-8") as f:
        for command in commands:
            if subprocess.run(command, stdout=f, stderr=subprocess.STDOUT, check=False).returncode != 0:
                sys.exit(f"make_kinds: {kind}: the bootloader cannot be built\n" + open(log, encoding="utf-8").read()[-3000:])
    shutil.copy(os.path.join(BUILD, "bootloader.elf"), os.path.join(OUT, kind, "bootloader.elf"))


def main():
    wanted = sys.argv[1:] or list(KINDS)
    os.makedirs(OUT, exist_ok=True)
    app = os.path.join(OUT, "program.bin")
    with open(app, "wb") as f:
        f.write(program())
    for kind in wanted:
        key_type, kconfig, options = KINDS[kind]
        os.makedirs(os.path.join(OUT, kind), exist_ok=True)
        keys = make_keys(key_type)
        build(kind, kconfig, keys)
        for who in ("good", "second", "stranger"):
            imgtool("sign", "-k", keys[who], "-v", "1.2.3", "-H", hex(HEADER), "--pad-header", "-S", "0xe0000", "--align", "32",
                    "--max-align", "32", *options, app, os.path.join(OUT, kind, who + ".bin"))
    with open(os.path.join(OUT, "list"), "w", encoding="utf-8") as f:
        f.write("".join(kind + "\n" for kind in wanted))


if __name__ == "__main__":
    main()
