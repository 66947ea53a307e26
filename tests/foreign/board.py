"""A debugger of the virtual board: memory, registers, run until BKPT, over the GDB remote protocol.

Other people's flash loaders are called as a debug probe calls them: code and data go into RAM, arguments into
registers, the link register points at a BKPT instruction."""
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile

SP, LR, PC, XPSR = 13, 14, 15, 16
THUMB = 1 << 24
SIGTRAP = 5


class Stopped(Exception):
    """The board stopped for another reason than the BKPT at the end of a call."""


class Board:
    """A board with erased flash that waits for its debugger; `said` is what it reported (findings, flash trace)."""

    def __init__(self, slipway, *args):
        self.folder = tempfile.mkdtemp(prefix="slipway-foreign-")
        self.errors = open(os.path.join(self.folder, "stderr"), "w+")
        self.process = subprocess.Popen(
            [slipway, "board", "run", *args, "--flash", os.path.join(self.folder, "flash.bin"), "--uart", "none",
             "--timing", "fast", "--trace", "flash", "--gdb", "127.0.0.1:0", "--halt"],
            stdout=subprocess.PIPE, stderr=self.errors, text=True)
        place = re.search(r"gdb: target remote (\S+):(\d+)", self.process.stdout.readline())
        if place is None:
            self.close()
            raise RuntimeError("the board does not offer GDB")
        self.socket = socket.create_connection((place[1], int(place[2])), 10)
        self.socket.settimeout(600)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.ask("QStartNoAckMode")
        self.socket.sendall(b"+")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if hasattr(self, "socket"):
            self.socket.close()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)
        self.process.stdout.close()
        self.errors.close()
        shutil.rmtree(self.folder)

    # ---- packets ----

    def send(self, text):
        body = text.encode()
        self.socket.sendall(b"$%s#%02x" % (body, sum(body) & 255))

    def receive(self):
        while True:
            packet = re.match(rb"\+*\$([^#]*)#..", self.buffer)
            if packet:
                self.buffer = self.buffer[packet.end():]
                return packet[1].decode()
            got = self.socket.recv(65536)
            if not got:
                raise Stopped("the board has closed the connection")
            self.buffer += got

    def ask(self, text):
        self.send(text)
        return self.receive()

    def expect_ok(self, text):
        answer = self.ask(text)
        if answer != "OK":
            raise Stopped(f"{text[:40]}: {answer}")

    # ---- memory and registers ----

    def write(self, address, data):
        data = bytes(data)
        for i in range(0, len(data), 1024):
            part = data[i:i + 1024]
            self.expect_ok(f"M{address + i:x},{len(part):x}:{part.hex()}")

    def read(self, address, length):
        data = b""
        while len(data) < length:
            answer = self.ask(f"m{address + len(data):x},{min(1024, length - len(data)):x}")
            if answer.startswith("E"):
                raise Stopped(f"read of 0x{address + len(data):08x}: {answer}")
            data += bytes.fromhex(answer)
        return data

    def write32(self, address, *values):
        self.write(address, b"".join(v.to_bytes(4, "little") for v in values))

    def read32(self, address):
        return int.from_bytes(self.read(address, 4), "little")

    def set_register(self, number, value):
        self.expect_ok(f"P{number:x}={value.to_bytes(4, 'little').hex()}")

    def register(self, number):
        return int.from_bytes(bytes.fromhex(self.ask(f"p{number:x}")), "little")

    def monitor(self, command):
        self.send("qRcmd," + command.encode().hex())
        text = ""
        while (answer := self.receive()) != "OK":
            text += bytes.fromhex(answer[1:]).decode()
        return text

    # ---- running ----

    def resume(self):
        self.send("c")

    def wait(self):
        """Until the board halts. Stopped unless it met a BKPT."""
        while (answer := self.receive()).startswith("O"):
            pass
        if int(answer[1:3], 16) != SIGTRAP:
            raise Stopped(self.monitor("why").strip())

    def call(self, pc, stack, link, static_base=None, **arguments):
        """Call a function as a probe does and return r0. arguments: r0=..., r1=..."""
        for name, value in arguments.items():
            self.set_register(int(name[1:]), value)
        if static_base is not None:
            self.set_register(9, static_base)
        for number, value in ((SP, stack), (LR, link | 1), (PC, pc & ~1), (XPSR, THUMB)):
            self.set_register(number, value)
        self.resume()
        self.wait()
        return self.register(0)

    def said(self):
        self.errors.flush()
        self.errors.seek(0)
        return self.errors.read()

    def findings(self):
        """The lint events, as (rule, pc), in their order."""
        return [(rule, int(pc, 16)) for rule, pc in re.findall(r"lint (\w+) at pc (0x[0-9a-f]+)", self.said())]

    def print_findings(self, whose):
        """Print each finding once."""
        lines = re.findall(r"lint (.*)", self.said())
        print(f"\n{whose}: {len(lines)} findings")
        for line in lines:
            print(f"  {line}")

    def operations(self):
        """What the flash controller did, as (operation, address), in its order."""
        return [(what, int(address, 16)) for what, address in
                re.findall(r"ms  (program|erase sector|erase bank) +bank \d  (0x[0-9a-f]+)", self.said())]
