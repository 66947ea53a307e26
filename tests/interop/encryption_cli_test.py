"""`slipway verify --against` before each bootloader of tests/interop: it takes the images that the board takes, and
says why it refuses the others. Beside the build's devicetree, also whether the image fits.

Usage: encryption_cli_test.py SLIPWAY, after make_encryption.py.
"""
import os
import shutil
import subprocess
import sys
import tempfile

KINDS = os.path.abspath("tests/encryption")
SLIPWAY = os.path.abspath(sys.argv[1])


def kinds():
    with open(os.path.join(KINDS, "list"), encoding="utf-8") as f:
        return [line.split()[0] for line in f]


def own_key(kind):
    return os.path.join(KINDS, f"own-{kind}." + ("b64" if kind.startswith("kw") else "pem"))


def expected(built, encrypted):
    """None, or a part of the refusal."""
    if built.split("-")[0] != encrypted.split("-")[0]:
        return "the image key is wrapped in another way"
    return None if built == encrypted else "of another size"


def slipway(*args):
    return subprocess.run([SLIPWAY, *args], capture_output=True, text=True, check=False)


def check(built, encrypted):
    elf = os.path.join(KINDS, built, "bootloader.elf")
    done = slipway("verify", "--against", elf, "--decrypt-key", own_key(encrypted), os.path.join(KINDS, encrypted, "second.bin"))
    want = expected(built, encrypted)
    right = done.returncode == 0 if want is None else done.returncode == 1 and want in done.stderr
    if not right:
        sys.exit(f"{built} before {encrypted}: exit {done.returncode}, not {want or 'accepted'}\n{done.stdout}{done.stderr}")


def check_fit(folder):
    """The slots of the default layout, swap using offset, hold 655,360 bytes."""
    built = os.path.join(KINDS, "kw-256")
    key = os.path.join(KINDS, "sign-ecdsa-p256.pem")
    image = os.path.join(folder, "image.bin")
    for name, source in (("bootloader.elf", built), ("board.dtb", os.path.abspath("tests/nucleo_h753zi"))):
        shutil.copy(os.path.join(source, name), folder)
    for size, want in ((600000, None), (660000, "would upload but never swap")):
        with open(image, "wb") as f:
            f.write(bytes(size))
        signed = slipway("sign", "-k", key, "-v", "1.0.0", "-H", "0x400", "--pad-header", "-S", "0", image, image)
        done = slipway("verify", "--against", os.path.join(folder, "bootloader.elf"), image)
        if signed.returncode != 0 or done.returncode != (want is not None) or (want or "") not in done.stderr:
            sys.exit(f"{size} bytes: not {want or 'accepted'}\n{signed.stderr}{done.stdout}{done.stderr}")


def main():
    with tempfile.TemporaryDirectory(prefix="slipway-encryption-") as folder:
        check_fit(folder)
    rows = [(a, b) for a in kinds() for b in kinds()]
    for row in rows:
        check(*row)
    print(f"verify --against, encrypted: {len(rows)} rows")


if __name__ == "__main__":
    main()
