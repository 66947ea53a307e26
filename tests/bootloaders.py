"""What makes bootloaders of many configurations, and images for them: shared by the make_*.py of the tests. They run with
the Python of build/venv, where imgtool is; the host and its tools are built."""
import contextlib
import hashlib
import io
import os
import random
import shutil
import struct
import subprocess
import sys

from imgtool import main as imgtool_main

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), ".."))
SLOT0 = 0x08020000
HEADER = 0x400


def imgtool(*args):
    with contextlib.redirect_stdout(io.StringIO()):
        imgtool_main.imgtool.main(list(args), standalone_mode=False)


def program(seed, size):
    """Vectors, an endless loop where they point to, and noise behind it."""
    noise = random.Random(seed).randbytes(size)
    return struct.pack("<II", 0x20020000, (SLOT0 + 2 * HEADER) | 1) + noise[8:HEADER] + b"\xfe\xe7" + noise[HEADER + 2:]


def stamp_of(*options):
    """What a firmware is made of, as one word: its sources and those of the tools that make it, the compiler, the options, and
    what is in the key files among them."""
    files = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "core", "target", "museum", "examples",
                            "host/layout", "host/image", "tools", "Kconfig", "CMakeLists.txt"], cwd=TOP, capture_output=True, check=True).stdout
    paths = [os.path.join(TOP, name) for name in os.fsdecode(files).split("\0") if name]
    words = [word for option in options for word in option.replace("=", " ").split()]
    paths += [path for path in (os.path.join(TOP, word) for word in words) if os.path.isfile(path)]
    compiler = subprocess.run(["arm-none-eabi-gcc", "--version"], capture_output=True, check=True).stdout
    digest = hashlib.sha256(repr(options).encode() + compiler)
    for path in paths:
        if os.path.isfile(path):
            with open(path, "rb") as f:
                digest.update(path.encode() + b"\0" + f.read())
    return digest.hexdigest()


def firmware(name, products, kconfig, key, folder, layout="default", strategy=""):
    """In folder the products (bootloader.elf, smp_server.bin) of these options and key. They are built in tests/NAME of
    the build folder, where this runs, which may serve one after the other: between two of them little has to be
    compiled. What is there already, made of the same, is not made again."""
    stamp = stamp_of(kconfig, key, layout, strategy, *products)
    mark = os.path.join(folder, "made-of")
    with contextlib.suppress(FileNotFoundError):
        with open(mark, encoding="utf-8") as f:
            if f.read() == stamp and all(os.path.exists(os.path.join(folder, product)) for product in products):
                return
        os.remove(mark)
    build = os.path.abspath(f"tests/{name}")
    target = "all" if len(products) > 1 else products[0].split(".")[0]
    done = subprocess.run([os.path.join(TOP, "tools/firmware.sh"), f"tests/{name}", target, f"-DSLIPWAY_KEY={key}",
                           f"-DSLIPWAY_KCONFIG={kconfig}", f"-DLAYOUT={layout}", f"-DSTRATEGY={strategy}"], check=False)
    if done.returncode != 0:
        sys.exit(f"{sys.argv[0]}: no firmware for {folder}")
    os.makedirs(folder, exist_ok=True)
    for product in products:
        shutil.copy(os.path.join(build, product), os.path.join(folder, product))
    with open(mark, "w", encoding="utf-8") as f:
        f.write(stamp)


def bootloader(name, kconfig, key, folder):
    """folder/bootloader.elf, of these options and key, built in tests/NAME."""
    firmware(name, ["bootloader.elf"], kconfig, key, folder)
