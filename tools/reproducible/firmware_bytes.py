"""What is compared of a firmware file: its bytes by address, without the signatures of images, for ECDSA and RSA-PSS sign
differently each time. Images are MCUboot's: header, program, protected TLVs, TLVs."""
import struct

IMAGE_MAGIC = 0x96F3B83D
TLV_MAGIC = 0x6907
PROTECTED_TLV_MAGIC = 0x6908
SIGNATURES = range(0x20, 0x25)  # RSA-2048, ECDSA P-224, ECDSA, RSA-3072, Ed25519
HEADER = struct.Struct("<IIHHI")  # magic, load address, header size, protected TLVs' size, program's size
TLV = struct.Struct("<HH")  # a TLV's type, its length; the area's magic, its length with this
IMAGE_STEP = 1024  # bytes: images start at sector borders, and parts of a HEX file anywhere


def hex_parts(text):
    """The parts of an Intel HEX file: (address, bytes), and a part (None, start record). ValueError: it is none."""
    parts, base = [], 0
    for line in text.split():
        if not line.startswith(":"):
            raise ValueError(f"not a record of a HEX file: {line[:20]!r}")
        record = bytes.fromhex(line[1:])
        if len(record) < 5 or len(record) != record[0] + 5 or sum(record) % 256:
            raise ValueError(f"a record of the HEX file is damaged: {line[:20]!r}")
        kind, data, at = record[3], record[4:-1], int.from_bytes(record[1:3], "big")
        if kind == 0:
            if not parts or parts[-1][0] is None or parts[-1][0] + len(parts[-1][1]) != base + at:
                parts.append((base + at, bytearray()))
            parts[-1][1].extend(data)
        elif kind in (2, 4):
            base = int.from_bytes(data, "big") << (4 if kind == 2 else 16)
        elif kind in (3, 5):
            parts.append((None, bytearray(data)))
    return parts


def signatures(data, start):
    """Where the signatures of the image at data[start] lie: (offset, bytes); none if no whole image is there. With them
    the length in front of the TLVs, which a signature of another length changes."""
    if len(data) - start < HEADER.size:
        return []
    magic, _, header_size, protected, size = HEADER.unpack_from(data, start)
    at = start + header_size + size + protected
    if magic != IMAGE_MAGIC or len(data) - at < TLV.size or TLV.unpack_from(data, at)[0] != TLV_MAGIC:
        return []
    end = min(at + TLV.unpack_from(data, at)[1], len(data))
    found = [(at + 2, 2)]
    at += TLV.size
    while at + TLV.size <= end:
        kind, length = TLV.unpack_from(data, at)
        if kind in SIGNATURES:
            found.append((at, TLV.size + length))
        at += TLV.size + length
    return found if len(found) > 1 else []


def without_signatures(data):
    """The bytes without the signatures, and how many signatures were left out."""
    kept, done, count = bytearray(), 0, 0
    for start in range(0, len(data), IMAGE_STEP):
        places = signatures(data, start) if data[start:start + 4] == IMAGE_MAGIC.to_bytes(4, "little") else []
        for at, length in places:
            kept += data[done:at]
            done = at + length
        count += max(len(places) - 1, 0)
    return bytes(kept + data[done:]), count


def compared_parts(name, data):
    """What counts of a file: a list of (address or None, bytes), and the number of signatures that were left out."""
    parts = hex_parts(data.decode("ascii")) if name.endswith(".hex") else [(0, data)]
    shortened = [(address, *without_signatures(bytes(part))) for address, part in parts]
    return [(address, part) for address, part, _ in shortened], sum(count for _, _, count in shortened)
