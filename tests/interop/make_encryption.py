"""A bootloader for every kind of encryption that Kconfig offers, and images for each, encrypted by imgtool.

Usage: make_encryption.py [KIND... | --bytes]

Under build/tests/encryption/KIND/: bootloader.elf; first.bin (version 1.0.0, in clear), second.bin and third.bin (2.0.0 and
3.0.0, encrypted), stranger.bin (4.0.0, encrypted for another device), and second.txt and third.txt: their payload in clear.
`list` names the kinds and the strategy of each. With AES-128 a program is more than a sector, with AES-256 a few kilobytes.
imgtool cannot wrap with a key-encryption key: those images are `slipway sign`'s.

For encryption_update_test.c: build/tests/encrypted-NAME/bootloader.elf, smp_server.bin and .config, and
build/tests/encrypted-NAME-1.0.0.bin and -2.0.0.bin, the sample application, the first marked as encrypted but in clear,
as a factory programs it.

--bytes prints what each kind of wrapping costs in flash, and nothing else differs: ECDSA P-256, swap using offset, AES-128 (make bench;
the table in core/crypto/DESIGN.md).
"""
import base64
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from bootloaders import HEADER, TOP, bootloader, firmware, imgtool, program  # noqa: E402

OUT = os.path.abspath("tests/encryption")
SLIPWAY = os.path.abspath("host/bin/slipway")
SECTOR = 0x20000

# kind: (key type of the signature and its Kconfig, key type of the encryption, Kconfig, options of sign). imgtool wants both
# keys of one family.
P256 = ("ecdsa-p256", "BOOT_SIGNATURE_TYPE_ECDSA_P256=y")
ED25519 = ("ed25519", "BOOT_SIGNATURE_TYPE_ED25519=y")
FAMILIES = {
    "rsa": (("rsa-2048", "BOOT_SIGNATURE_TYPE_RSA=y"), "rsa-2048", "BOOT_ENCRYPT_RSA=y", []),
    "ec256": (P256, "ecdsa-p256", "BOOT_ENCRYPT_EC256=y", []),
    "x25519": (ED25519, "x25519", "BOOT_ENCRYPT_X25519=y", []),
    "x25519sha512": (ED25519, "x25519", "BOOT_ENCRYPT_X25519=y BOOT_HMAC_SHA512=y", ["--hmac-sha", "512"]),
    "kw": (P256, None, "BOOT_ENCRYPT_KW=y", []),
}
# The strategy is another one for every kind, so that each meets some encryption.
STRATEGIES = {
    "rsa-128": "BOOT_SWAP_USING_OFFSET", "rsa-256": "BOOT_SWAP_USING_MOVE",
    "ec256-128": "BOOT_SWAP_USING_OFFSET", "ec256-256": "BOOT_SWAP_USING_OFFSET",
    "x25519-128": "BOOT_SWAP_USING_MOVE", "x25519-256": "BOOT_SWAP_USING_OFFSET",
    "x25519sha512-128": "BOOT_SWAP_USING_OFFSET", "x25519sha512-256": "BOOT_SWAP_USING_MOVE",
    "kw-128": "BOOT_UPGRADE_ONLY", "kw-256": "BOOT_SWAP_USING_OFFSET",
}

# The sample application: wrapping, layout, strategy, size of a slot, bits of the image key, further options of sign, those of version 1.0.0.
# What a factory programs into slot0 is in clear, but is encrypted when it goes out; from where it is loaded, it comes encrypted.
UPDATES = {
    "rsa": ("rsa", "default", "swap-offset", 0xe0000, "128", [], ["--clear"]),
    "ec256": ("ec256", "default", "swap-move", 0xe0000, "256", [], ["--clear"]),
    "x25519": ("x25519", "scratch", "swap-scratch", 0xc0000, "128", [], ["--clear"]),
    "x25519sha512": ("x25519sha512", "default", "swap-offset", 0xe0000, "256", [], ["--clear"]),
    "kw": ("kw", "default", "overwrite", 0xe0000, "128", [], ["--clear"]),
    "ramload": ("ec256", "default", "ram-load", 0xe0000, "128", ["--load-addr", "0x24000000"], []),
    "two": ("kw", "two-images", "swap-offset", 0x60000, "128", [], ["--clear"]),
}


def sign(by_imgtool, *args):
    if by_imgtool:
        imgtool("sign", *args)
    else:
        subprocess.run([SLIPWAY, "--quiet", "sign", *args], check=True)


def key_file(name, key_type, size):
    """A private key made by imgtool, or a key-encryption key; and what images are encrypted with."""
    path = os.path.join(OUT, f"{name}.b64" if key_type is None else f"{name}.pem")
    if not os.path.exists(path):
        if key_type is None:
            with open(path, "wb") as f:
                f.write(base64.b64encode(os.urandom(size)))
        else:
            imgtool("keygen", "-t", key_type, "-k", path)
    if key_type is None:
        return path, path
    imgtool("getpub", "-k", path, "-e", "pem", "-o", path + ".public")
    return path, path + ".public"


def kconfig(family, bits, own):
    (_, signature), _, wrap, _ = FAMILIES[family]
    return (f"BOOT_ENCRYPT_IMAGE=y {signature} {wrap} BOOT_ENCRYPT_ALG_AES_{bits}=y "
            f"BOOT_ENCRYPTION_KEY_FILE={os.path.relpath(own, TOP)}")


def make_update(what):
    family, layout, strategy, slot, bits, more, factory = UPDATES[what]
    (signing, _), wrapping, _, options = FAMILIES[family]
    name = f"encrypted-{what}"
    folder = os.path.abspath(f"tests/{name}")
    signing_key, _ = key_file(f"sign-{signing}", signing, 0)
    own, public = key_file(f"own-{family}-{bits}", wrapping, int(bits) // 8)
    firmware("encryption", ["bootloader.elf", "smp_server.bin", ".config"],
             f"{kconfig(family, bits, own)} APP_BALLAST_KB=4", signing_key, folder, layout, strategy)
    inputs = [("", os.path.join(folder, "smp_server.bin"))]
    if layout == "two-images":
        inputs.append(("-data", os.path.join(folder, "data.bin")))
        with open(inputs[1][1], "wb") as f:
            f.write(program(7, 3000))
    for suffix, source in inputs:
        for version, how in (("1.0.0", factory), ("2.0.0", [])):
            sign(wrapping is not None, "-k", signing_key, "-v", version, "-H", hex(HEADER), "--pad-header", "-S", hex(slot),
                 "--align", "32", "--max-align", "32", "-M", str(slot // SECTOR), "--encrypt", public, "--encrypt-keylen", bits,
                 *options, *more, *how, source, os.path.abspath(f"tests/{name}{suffix}-{version}.bin"))


def make(kind):
    family, bits = kind.split("-")
    (signing, _), wrapping, _, options = FAMILIES[family]
    size = int(bits) // 8
    signing_key, _ = key_file(f"sign-{signing}", signing, 0)
    own, public = key_file(f"own-{kind}", wrapping, size)
    _, stranger = key_file(f"stranger-{kind}", wrapping, size)
    bootloader("encryption", f"{kconfig(family, bits, own)} {STRATEGIES[kind]}=y", signing_key, os.path.join(OUT, kind))
    for number, (name, to) in enumerate((("first", None), ("second", public), ("third", public), ("stranger", stranger)), 1):
        clear = os.path.join(OUT, kind, name + ".txt")
        with open(clear, "wb") as f:
            f.write(program(number, (SECTOR if bits == "128" else 0) + 4096 + 16 * number))
        encrypt = ["--encrypt", to, "--encrypt-keylen", bits, *options] if to else []
        sign(wrapping is not None, "-k", signing_key, "-v", f"{number}.0.0", "-H", hex(HEADER), "--pad-header", "-S", "0xe0000",
             "--align", "32", "--max-align", "32", "-M", "7", *encrypt, clear, os.path.join(OUT, kind, name + ".bin"))


def flash_bytes(elf):
    sections = subprocess.run(["arm-none-eabi-size", "-A", elf], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in sections.splitlines() if line.startswith(".")]
    return sum(int(size) for name, size, at in rows if 0x08000000 <= int(at) < 0x08200000 or name == ".data")


def print_bytes():
    key, _ = key_file("sign-ecdsa-p256", "ecdsa-p256", 0)
    folder = os.path.join(OUT, "bytes")
    plain = 0
    for family in ("none", "kw", "x25519", "x25519sha512", "ec256", "rsa"):
        options = "" if family == "none" else f"BOOT_ENCRYPT_IMAGE=y BOOT_ENCRYPT_ALG_AES_128=y {FAMILIES[family][2]}"
        bootloader("encryption", options, key, folder)
        size = flash_bytes(os.path.join(folder, "bootloader.elf"))
        plain = plain or size
        print(f"  {family:<16} {size:>8} {size - plain:>+8}")


def main():
    os.makedirs(OUT, exist_ok=True)
    if sys.argv[1:] == ["--bytes"]:
        print_bytes()
        return
    wanted = [k for k in sys.argv[1:] or STRATEGIES if k not in UPDATES]
    for kind in wanted:
        make(kind)
    for what in [k for k in sys.argv[1:] or UPDATES if k in UPDATES]:
        make_update(what)
    if wanted:
        with open(os.path.join(OUT, "list"), "w", encoding="utf-8") as f:
            f.write("".join(f"{kind} {STRATEGIES[kind]}\n" for kind in wanted))


if __name__ == "__main__":
    main()
