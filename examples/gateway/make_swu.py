#!/usr/bin/env python3
"""Pack a signed image as a .swu file: a cpio archive with a description in front.

usage: make_swu.py IMAGE VERSION BOARD:REVISION OUTFILE"""
import hashlib
import os
import sys

DESCRIPTION = """\
software = {{
  version = "{version}";
  {board} = {{
    hardware-compatibility = [ "{revision}" ];
    images = ( {{ filename = "{file}"; version = "{version}"; sha256 = "{sha256}"; type = "raw"; }} );
  }};
}};
"""


def cpio_member(number, name, data):
    """One file in the newc format, its header and name and its data filled up to four bytes."""
    fields = [number, 0o100644, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0]
    head = b"070701" + b"".join(b"%08X" % f for f in fields) + name.encode() + b"\0"
    return head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4)


def write_swu(path, description, files):
    """description: the text of sw-description. files: name and bytes of each other member."""
    members = [("sw-description", description.encode()), *files, ("TRAILER!!!", b"")]
    with open(path, "wb") as f:
        f.write(b"".join(cpio_member(number, name, data) for number, (name, data) in enumerate(members)))


def main():
    if len(sys.argv) != 5 or ":" not in sys.argv[3]:
        sys.exit(__doc__)
    image, version, board, path = sys.argv[1:]
    name, _, revision = board.partition(":")
    with open(image, "rb") as f:
        data = f.read()
    file = os.path.basename(image)
    write_swu(path, DESCRIPTION.format(version=version, board=name, revision=revision, file=file,
                                       sha256=hashlib.sha256(data).hexdigest()), [(file, data)])


if __name__ == "__main__":
    main()
