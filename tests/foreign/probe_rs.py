#!/usr/bin/env python3
"""Run a flash loader from a target description of probe-rs on the virtual board: erase, program and compare the first
and last sector of both banks, and say what the board found.

probe_rs.py SLIPWAY TARGETS.yaml ALGORITHM [late|in-order]
probe-rs is a Rust crate: `cargo info probe-rs` or `cargo install probe-rs` leaves targets/STM32H7_Series.yaml below
~/.cargo/registry/src."""
import base64
import random
import sys

import yaml

from board import Board

FLASH, SECTOR, PAGE = 0x08000000, 0x20000, 1024
ERASE, PROGRAM = 1, 2


class Loader(yaml.SafeLoader):
    """Kinds of memory are tags; nothing here asks for them."""


Loader.add_multi_constructor("!", lambda *_: None)


class Algorithm:
    def __init__(self, board, path, name):
        with open(path) as f:
            entries = yaml.load(f, Loader)["flash_algorithms"]
        self.entry = next((e for e in entries if e["name"] == name), None)
        if self.entry is None:
            raise SystemExit(f"{path} has no '{name}'; it has: {', '.join(e['name'] for e in entries)}")
        code = base64.b64decode(self.entry["instructions"])
        self.board, self.base = board, self.entry["load_address"]
        self.buffer = (self.base + len(code) + 0xFFF) & ~0xFFF
        self.stack = self.buffer + 0x4000
        board.write32(self.base - 4, 0xBE00BE00)
        board.write(self.base, code)

    def call(self, what, *arguments):
        result = self.board.call(self.base + self.entry[f"pc_{what}"], self.stack, self.base - 4,
                                 static_base=self.base + self.entry["data_section_offset"],
                                 **{f"r{n}": a for n, a in enumerate(arguments)})
        if result != 0:
            print(f"{what}({', '.join(hex(a) for a in arguments)}) returned {result}")
        return result

    def program(self, address, data):
        self.board.write(self.buffer, data)
        self.call("program_page", address, len(data), self.buffer)


def main(slipway, path, name, stores="in-order"):
    noise, wrong = random.Random(1), 0
    with Board(slipway, "--stores", stores) as board:
        algorithm = Algorithm(board, path, name)
        for sector in (0, 7, 8, 15):
            address = FLASH + sector * SECTOR
            data = noise.randbytes(PAGE)
            algorithm.call("init", FLASH, 0, ERASE)
            algorithm.call("erase_sector", address)
            algorithm.call("uninit", ERASE)
            algorithm.call("init", FLASH, 0, PROGRAM)
            algorithm.program(address, data)
            algorithm.call("uninit", PROGRAM)
            good = board.read(address, PAGE) == data
            wrong += not good
            print(f"0x{address:08x}: {'programmed' if good else 'does not hold what it should'}")
        print("sectors erased:", " ".join(hex(a) for what, a in board.operations() if what == "erase sector"))
        board.print_findings(f"{name} of {path}")
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        raise SystemExit(__doc__)
    sys.exit(main(*sys.argv[1:]))
