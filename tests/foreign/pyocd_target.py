"""The virtual board as pyOCD's flash code sees a target: what pyocd.flash asks of pyocd.core.Target, over board.Board."""
import struct
import types

from pyocd.core.options_manager import OptionsManager
from pyocd.core.target import Target
from pyocd.coresight.cortex_m import CortexM

from board import LR, PC, SP, XPSR

REGISTERS = {f"r{n}": n for n in range(13)} | {"sp": SP, "lr": LR, "pc": PC, "xpsr": XPSR}


class BoardTarget:
    def __init__(self, board):
        self.board = board
        self.running = False
        self.selected_core = CortexM.__new__(CortexM)  # pyOCD asks for its class only
        self.session = types.SimpleNamespace(context_state=types.SimpleNamespace(), options=OptionsManager(),
                                             notify=lambda *_: None)

    def halt(self):
        pass  # the board is halted between calls

    def reset_and_halt(self):
        self.board.monitor("reset halt")

    def write_memory_block8(self, address, data):
        self.board.write(address, data)

    def write_memory_block32(self, address, words):
        self.board.write(address, struct.pack(f"<{len(words)}I", *words))

    def read_memory_block8(self, address, size):
        return list(self.board.read(address, size))

    def read_memory_block32(self, address, words):
        return list(struct.unpack(f"<{words}I", self.board.read(address, 4 * words)))

    def write32(self, address, value):
        self.board.write32(address, value)

    def read32(self, address):
        return self.board.read32(address)

    def write_core_registers_raw(self, names, values):
        for name, value in zip(names, values):
            self.board.set_register(REGISTERS[name], value & ~1 if name == "pc" else value)

    def read_core_register(self, name):
        return self.board.register(REGISTERS[name])

    def resume(self):
        self.board.resume()
        self.running = True

    def get_state(self):
        if self.running:
            self.board.wait()
            self.running = False
        return Target.State.HALTED
