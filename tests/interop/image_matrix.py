"""imgtool and slipway make the same images, over every kind that both know.

Usage: image_matrix.py SLIPWAY [--full | --every N] [--jobs N]. Run with the Python of build/venv, where imgtool is.

Each row of the matrix is one set of options. Both programs sign; header, payload, TLVs, padding and trailer must be
equal, byte for byte where the scheme is deterministic (no signature, Ed25519, plain hashes) and outside the values
drawn at random otherwise (RSA-PSS and ECDSA signatures, image keys). Then each program judges the other's image;
encrypted payloads are decrypted by slipway and by a reading of the format in Python, and compared in clear.
The last line is "interop matrix N/N".

slipway is started anew for each file, as a person does. imgtool runs in this process, and a key file is parsed once:
starting Python, and checking the primes of an RSA key at each load, would take most of the time.
"""
import argparse
import contextlib
import functools
import io
import itertools
import multiprocessing
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zlib

from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, x25519
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from imgtool import keys as imgtool_keys, main as imgtool_main

imgtool_keys.load = functools.cache(imgtool_keys.load)

RANDOM_SIGNATURES = {0x20, 0x22, 0x23}
ENCRYPTION = {0x30, 0x31, 0x32, 0x33, 0x34}
HASHES = {0x10, 0x11, 0x12}
DECOMP_SIGNATURE = 0x72
PAYLOAD = b"".join(struct.pack("<I", i * i % 251) for i in range(300)) + b"odd"

# name: (key file, options)
SIGNERS = {
    "none": (None, []), "none-384": (None, ["--sha", "384"]), "none-512": (None, ["--sha", "512"]),
    "rsa-2048": ("rsa-2048", []), "rsa-3072": ("rsa-3072", []), "ecdsa-p256": ("ecdsa-p256", []),
    "ecdsa-p256-padded": ("ecdsa-p256", ["--pad-sig"]), "ecdsa-p384": ("ecdsa-p384", []),
    "ed25519": ("ed25519", []), "ed25519-512": ("ed25519", ["--sha", "512"]), "ed25519-pure": ("ed25519", ["--pure"]),
}
RECIPIENTS = {"rsa": "rsa-2048", "p256": "ecdsa-p256", "x25519": "x25519", "x25519-512": "x25519"}
ALIGNS = (["--align", "1"], ["--align", "8", "--max-align", "16"], ["--align", "32", "-M", "7"])
PADS = ([], ["--pad"], ["--confirm"], ["--test"], ["--overwrite-only", "--confirm"])
CONTENTS = (
    [], ["--public-key-format", "full", "-s", "auto", "-R", "0"],
    ["-s", "7", "-d", "(1,1.2.3+4)", "--boot-record", "APP", "--vid", "example.com", "--cid", "board-a",
     "--custom-tlv", "0xa5", "0x1234"],
    ["-e", "big", "-s", "9", "--boot-record", "B", "-d", "(2,3.4.5)", "--custom-tlv", "0xa1", "text"],
    ["--compression", "lzma2", "-s", "1"], ["--compression", "lzma2armthumb"],
    ["--non-bootable", "-L", "0x24000000"], ["-F", "0x08020000", "--vid", "12345678-1234-5678-1234-567812345678"],
)
FILES = (("app.bin", "bin"), ("app.bin", "hex"), ("app.hex", "hex"), ("zeros.bin", "bin"))


def fits(signer, recipient):
    """imgtool's rule for which keys go together."""
    key = SIGNERS[signer][0]
    if recipient is None or key is None or key == "ed25519":
        return True
    return {"rsa-2048": "rsa", "rsa-3072": "rsa", "ecdsa-p256": "p256"}.get(key) == recipient


def rows():
    encryptions = [(None, [])] + [(r, ["--encrypt-keylen", bits, *clear, *save])
                                  for r in RECIPIENTS for bits in ("128", "256")
                                  for clear, save in (([], []), (["--clear"], ["--save-enctlv"]))]
    for signer, (recipient, enc), align, pad, content, files in itertools.product(
            SIGNERS, encryptions, ALIGNS, PADS, CONTENTS, FILES):
        compressed = "--compression" in content
        if not fits(signer, recipient):
            continue
        if compressed and (pad == ["--test"] or pad == ["--overwrite-only", "--confirm"]):
            continue  # imgtool does not pass these on to the compressed image
        if "big" in content and compressed:
            continue
        yield signer, recipient, enc, align, pad, content, files


class Image:
    """One file, taken apart. Big-endian files are read as such."""

    def __init__(self, data, big):
        e = ">" if big else "<"
        self.data = data
        magic, _, self.hdr, prot, size, self.flags = struct.unpack_from(e + "IIHHII", data)
        assert magic == 0x96f3b83d, hex(magic)
        at = self.hdr + size
        self.header, self.payload = data[:self.hdr], data[self.hdr:at]
        self.protected = self.walk(data, at, prot, e, 0x6908) if prot else []
        at += prot
        total = struct.unpack_from(e + "H", data, at + 2)[0]
        self.unprotected = self.walk(data, at, total, e, 0x6907)
        self.end = at + total
        self.tail = data[self.end:]

    @staticmethod
    def walk(data, at, total, e, magic):
        assert struct.unpack_from(e + "HH", data, at) == (magic, total)
        end, found = at + total, []
        at += 4
        while at < end:
            kind, length = struct.unpack_from(e + "HH", data, at)
            if e == ">" and kind & 0xff == 0 and kind >> 8 < 0xa0:
                kind >>= 8  # imgtool's predefined types
            found.append((kind, data[at + 4:at + 4 + length]))
            at += 4 + length
        assert at == end
        return found

    def find(self, kinds):
        return next(((k, v) for k, v in self.unprotected if k in kinds), (None, None))


@functools.cache
def load_key(path):
    with open(path, "rb") as f:
        return serialization.load_pem_private_key(f.read(), None)


def unwrap(kind, value, key):
    """The image key in an ENC_* TLV, by the format's description."""
    if kind == 0x30:
        return key.decrypt(value, padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
    point, tag, algorithm = {0x32: (65, 32, hashes.SHA256()), 0x33: (32, 32, hashes.SHA256()),
                             0x34: (32, 64, hashes.SHA512())}[kind]
    if kind == 0x32:
        peer = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), value[:point])
        shared = key.exchange(ec.ECDH(), peer)
    else:
        shared = key.exchange(x25519.X25519PublicKey.from_public_bytes(value[:point]))
    wrapped = value[point + tag:]
    keys = HKDF(algorithm, len(wrapped) + tag, None, b"MCUBoot_ECIES_v1").derive(shared)
    check = hmac.HMAC(keys[len(wrapped):], algorithm)
    check.update(wrapped)
    check.verify(value[point:point + tag])
    return ctr(keys[:len(wrapped)], wrapped)


def ctr(key, data):
    return Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor().update(data)


def hex_to_binary(text):
    """What an Intel HEX file says, from its lowest to its highest byte; gaps are 0xff. (intelhex takes 13 ms for this.)"""
    base, pieces = 0, []
    for line in text.split():
        assert line[:1] == b":", line
        record = bytes.fromhex(line[1:].decode())
        assert len(record) == record[0] + 5 and sum(record) & 0xff == 0, line
        if record[3] == 0:
            pieces.append((base + int.from_bytes(record[1:3], "big"), record[4:-1]))
        elif record[3] in (2, 4):
            base = int.from_bytes(record[4:-1], "big") << (4 if record[3] == 2 else 16)
    start = min(at for at, _ in pieces)
    out = bytearray(b"\xff" * (max(at + len(data) for at, data in pieces) - start))
    for at, data in pieces:
        out[at - start:at - start + len(data)] = data
    return bytes(out)


class Matrix:
    def __init__(self, slipway):
        self.slipway_path = slipway
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.dir = tempfile.mkdtemp(prefix="slipway-matrix-", dir=memory)
        self.prefix = ""
        for name in ("rsa-2048", "rsa-3072", "ecdsa-p256", "ecdsa-p384", "ed25519", "x25519"):
            self.slipway("keygen", "-t", name, "-k", self.path(name + ".pem"))
            self.slipway("getpub", "-k", self.path(name + ".pem"), "-e", "pem", "-o", self.path(name + ".pub"))
        self.slipway("keygen", "-t", "ecdsa-p256", "-k", self.path("other.pem"))
        self.write("app.bin", PAYLOAD)
        self.write("zeros.bin", bytes(0x400) + PAYLOAD)
        from intelhex import IntelHex
        program = IntelHex()
        program.frombytes(PAYLOAD, 0x0801fc80 + 0x400)  # the image crosses a border of 64 KB
        program.tofile(self.path("app.hex"), "hex")
        self.done, self.failed = 0, 0

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, data):
        with open(self.path(name), "wb") as f:
            f.write(data)

    def read(self, name):
        with open(self.path(name), "rb") as f:
            return f.read()

    def slipway(self, *args, code=0):
        done = subprocess.run([self.slipway_path, *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert done.returncode == code, f"slipway {' '.join(args)}: exit {done.returncode}\n{done.stdout.decode()}"

    @staticmethod
    def imgtool(*args, code=0):
        """In this process: starting Python for each call would take most of the time."""
        out = io.StringIO()
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
                imgtool_main.imgtool.main(list(args), prog_name="imgtool", standalone_mode=True)
            status = 0
        except SystemExit as e:
            status = e.code or 0
        assert status == code, f"imgtool {' '.join(args)}: exit {status}\n{out.getvalue()}"

    def binary(self, name):
        return hex_to_binary(self.read(name)) if name.endswith(".hex") else self.read(name)

    def row(self, signer, recipient, enc, align, pad, content, files):
        key, sign_options = SIGNERS[signer]
        big = "big" in content
        source, kind = files
        args = ["sign", "-v", "1.2.3+4", "-H", "0x400", "-S", "0x8000", *sign_options, *align, *pad, *content, *enc]
        args += ["-k", self.path(key + ".pem")] if key else []
        args += ["-E", self.path(RECIPIENTS[recipient] + ".pub")] if recipient else []
        args += ["--hmac-sha", "512"] if recipient == "x25519-512" else []
        args += ["--pad-header"] if source != "zeros.bin" else []
        args += ["-x", "0x0803ff80"] if kind == "hex" and source != "app.hex" else []
        ours, theirs = f"{self.prefix}ours.{kind}", f"{self.prefix}theirs.{kind}"
        self.slipway(*args, self.path(source), self.path(ours))
        self.imgtool(*args, self.path(source), self.path(theirs))
        random_parts = recipient is not None or key not in (None, "ed25519")
        if not random_parts:
            assert self.read(ours) == self.read(theirs), "the files differ"
        self.compare(self.binary(ours), self.binary(theirs), big, recipient)
        if not big:
            # Files that are equal get one verdict: slipway's on imgtool's is then the one on its own.
            self.judge(key, recipient, ours, [ours, theirs] if random_parts else [theirs])

    def compare(self, ours, theirs, big, recipient):
        a, b = Image(ours, big), Image(theirs, big)
        # A signature inside the protected area is drawn at random, and so are then the hash and, in DER, the lengths.
        inner = any(k == DECOMP_SIGNATURE for k, _ in a.protected) and a.find(RANDOM_SIGNATURES)[0] is not None
        hide = slice(10, 12) if inner else slice(0, 0)
        assert Matrix.without(a.header, hide) == Matrix.without(b.header, hide), "headers differ"
        assert self.masked(a.protected, inner) == self.masked(b.protected, inner), "protected TLVs differ"
        assert self.masked(a.unprotected, inner) == self.masked(b.unprotected, inner), "TLVs differ"
        # A DER signature's length varies, and with it where the padding begins; the file's end does not.
        assert a.tail.lstrip(a.tail[:1]) == b.tail.lstrip(b.tail[:1]), "trailers differ"
        if recipient and any(k in ENCRYPTION for k, _ in a.unprotected):
            private = load_key(self.path(RECIPIENTS[recipient] + ".pem"))
            plain = []
            for image in (a, b):
                kind, value = image.find(ENCRYPTION)
                image_key = unwrap(kind, value, private)
                assert len(image_key) == (32 if image.flags & 8 else 16)
                plain.append((image.payload, ctr(image_key, image.payload)))
            assert plain[0][1] == plain[1][1] or plain[0][0] == plain[1][0], "payloads differ"
        else:
            assert a.payload == b.payload, "payloads differ"

    @staticmethod
    def without(data, hidden):
        return data[:hidden.start] + data[hidden.stop:]

    @staticmethod
    def masked(tlvs, inner):
        out = []
        for kind, value in tlvs:
            if kind in RANDOM_SIGNATURES:
                out.append((kind, "signature", len(value) if kind != 0x22 else 0))
            elif kind in ENCRYPTION:
                out.append((kind, "image key", len(value)))
            elif inner and kind in {DECOMP_SIGNATURE, *HASHES}:
                out.append((kind, "depends on it"))
            else:
                out.append((kind, value))
        return out

    def judge(self, key, recipient, ours, images):
        decrypt = ["--decrypt-key", self.path(RECIPIENTS[recipient] + ".pem")] if recipient else []
        with_key = ["-k", self.path(key + ".pem")] if key else []
        for image in images:
            self.slipway("verify", *with_key, *decrypt, self.path(image))
        self.slipway("verify", "-k", self.path("other.pem"), *decrypt, self.path(images[-1]), code=1)
        if recipient is None and not ours.endswith(".hex"):
            self.imgtool("verify", *with_key, self.path(ours))

    def run(self, chosen):
        """Do these rows; print the first that fail, and how far it is every two minutes."""
        started = reported = time.monotonic()
        for row in chosen:
            try:
                self.row(*row)
                self.done += 1
            except Exception as e:  # a row that fails must not hide the others
                self.failed += 1
                if self.failed <= 5:
                    print(f"FAILED {row}: {type(e).__name__}: {e}", flush=True)
            if time.monotonic() - reported > 120:
                reported, done = time.monotonic(), self.done + self.failed
                left = (reported - started) / done * (len(chosen) - done)
                print(f"{self.prefix}{done} of {len(chosen)} rows, {self.failed} failed, {left / 60:.0f} min left", flush=True)
        return self.done, self.failed

    def work(self, share):
        """One of several processes: files of its own, keys that all read."""
        number, chosen = share
        self.prefix = f"{number}-"
        return self.run(chosen)


def run(slipway, chosen, jobs):
    """Every jobs-th row to each process. Exit status: 0 if there were rows and all of them agree."""
    matrix = Matrix(slipway)
    shares = [(n, chosen[n::jobs]) for n in range(jobs)]
    try:
        if jobs == 1:
            results = [matrix.run(chosen)]
        else:
            with multiprocessing.get_context("fork").Pool(jobs) as pool:
                results = pool.map(matrix.work, shares, chunksize=1)
    finally:
        shutil.rmtree(matrix.dir)
    done = sum(r[0] for r in results)
    print(f"interop matrix {done}/{len(chosen)}")
    return 0 if chosen and done == len(chosen) else 1


def sample(every):
    """One row in `every`, and the first row of each pair of signer and encryption. Always the same ones."""
    pairs = set()
    for row in rows():
        pair = (row[0], row[1], tuple(row[2]))
        if pair not in pairs or zlib.crc32(repr(row).encode()) % every == 0:
            pairs.add(pair)
            yield row


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("slipway")
    parser.add_argument("--full", action="store_true", help="every row")
    parser.add_argument("--every", type=int, default=40, help="one row in so many (default 40)")
    parser.add_argument("--jobs", type=int, default=1, help="processes (default 1; 0: one per core)")
    arguments = parser.parse_args()
    selected = list(rows() if arguments.full else sample(arguments.every))
    sys.exit(run(arguments.slipway, selected, arguments.jobs or os.cpu_count()))
