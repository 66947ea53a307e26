"""A bootloader for every kind of signature that Kconfig offers, and imgtool's images for each.

Usage: make_kinds.py [KIND...]

Under build/tests/kinds/KIND/: bootloader.elf; signed by imgtool good.bin (with the signing key), second.bin (with the
second key, of which the bootloader has the public half only) and stranger.bin (with a key that it does not know). `list`
names the kinds. Keys are imgtool's, too, and stay from run to run.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from bootloaders import HEADER, TOP, bootloader, imgtool, program  # noqa: E402

OUT = os.path.abspath("tests/kinds")

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


def make_keys(key_type):
    """The three private keys, and the public half of the second."""
    paths = {who: os.path.join(OUT, f"{key_type}-{who}.pem") for who in ("good", "second", "stranger", "second-public")}
    for who in ("good", "second", "stranger"):
        if not os.path.exists(paths[who]):
            imgtool("keygen", "-t", key_type, "-k", paths[who] + ".tmp")
            os.rename(paths[who] + ".tmp", paths[who])
    imgtool("getpub", "-k", paths["second"], "-e", "pem", "-o", paths["second-public"])
    return paths


def main():
    wanted = sys.argv[1:] or list(KINDS)
    os.makedirs(OUT, exist_ok=True)
    app = os.path.join(OUT, "program.bin")
    with open(app, "wb") as f:
        f.write(program(5, 4096))
    for kind in wanted:
        key_type, kconfig, options = KINDS[kind]
        folder = os.path.join(OUT, kind)
        os.makedirs(folder, exist_ok=True)
        keys = make_keys(key_type)
        more = os.path.relpath(keys["second-public"], TOP)
        bootloader("kinds", f"{kconfig} BOOT_SIGNATURE_MORE_KEY_FILES={more}", keys["good"], folder)
        for who in ("good", "second", "stranger"):
            imgtool("sign", "-k", keys[who], "-v", "1.2.3", "-H", hex(HEADER), "--pad-header", "-S", "0xe0000", "--align", "32",
                    "--max-align", "32", *options, app, os.path.join(folder, who + ".bin"))
    with open(os.path.join(OUT, "list"), "w", encoding="utf-8") as f:
        f.write("".join(kind + "\n" for kind in wanted))


if __name__ == "__main__":
    main()
