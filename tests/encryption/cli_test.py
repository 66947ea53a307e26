"""`slipway verify --against` before each bootloader of tests/encryption: it takes the images that the board takes, and says why
it refuses the others.

Usage: cli_test.py SLIPWAY, after make_encryption.py.
"""
import os
import subprocess
import sys

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
KINDS = os.path.join(TOP, "build/tests/encryption")
SLIPWAY = os.path.abspath(sys.argv[1])


def kinds():
    with open(os.path.join(KINDS, "list"), encoding="utf-8") as f:
        return [line.split()[0] for line in f]


def own_key(kind):
    return os.path.join(KINDS, f"own-{kind}." + ("b64" if kind.startswith("kw") else "pem"))


def expected(built, encrypted):
    """None, or a part of the refusal."""
    if built.split("-")[0] != encrypted.split("-")[0]:
        return "encrypted in another way"
    return None if built == encrypted else "of another size"


def check(built, encrypted):
    elf = os.path.join(KINDS, built, "bootloader.elf")
    done = subprocess.run([SLIPWAY, "verify", "--against", elf, "--decrypt-key", own_key(encrypted),
                           os.path.join(KINDS, encrypted, "second.bin")], capture_output=True, text=True, check=False)
    want = expected(built, encrypted)
    right = done.returncode == 0 if want is None else done.returncode == 1 and want in done.stderr
    if not right:
        sys.exit(f"{built} before {encrypted}: exit {done.returncode}, not {want or 'accepted'}\n{done.stdout}{done.stderr}")


def main():
    rows = [(a, b) for a in kinds() for b in kinds()]
    for row in rows:
        check(*row)
    print(f"verify --against, encrypted: {len(rows)} rows")


if __name__ == "__main__":
    main()
