"""What `make bench` measured, as a table for people or as one JSON object.

usage: bench_table.py VALUES [--json]

VALUES holds a line for each figure, "key number"; "key - words" says why there is none. A key that no line has is null,
as if its line said "not measured". What the keys mean: tools/bench.sh.
"""
import json
import re
import sys

UPLOAD_PEERS = [("mcumgr-toolkit", "upload_115200_mcumgr_toolkit_s"), ("smpclient", "upload_115200_smpclient_s")]
BEST_PEER = "upload_115200_best_peer_s"
SIGN = [("p256", "ECDSA P-256"), ("p384", "ECDSA P-384"), ("rsa_2048", "RSA-2048"), ("rsa_3072", "RSA-3072"),
        ("ed25519", "Ed25519")]

# What ({key}: that size in KB), key, unit, which is better ("less" or "more"); then what it stands beside: (name, key
# of its figure).
MEASURED = [
    ("boot: power-on to the application, {boot_bytes}", "boot_ms", "ms", "less", []),
    ("boot: STM32H723 (no HASH unit), {boot_no_hash_bytes}", "boot_no_hash_ms", "ms", "less", []),
    ("boot: power-on until the application sleeps", "boot_idle_ms", "ms", "less", []),
    ("", "boot_idle_instructions", "instructions", "less", []),
    ("upload, 115200 baud, used slot, {upload_bytes}", "upload_115200_s", "s", "less",
     [*UPLOAD_PEERS, ("limit: the line", "upload_115200_limit_s")]),
    ("upload, 921600 baud, used slot, {upload_bytes}", "upload_fast_s", "s", "less",
     [("limit: the line", "upload_fast_limit_s")]),
    ("reset to new image, direct-XIP, {zero_copy_bytes}", "zero_copy_reset_ms", "ms", "less",
     [("limit: flash", "zero_copy_flash_ms")]),
    ("reset to new image, swap-offset, {upload_bytes}", "swap_reset_ms", "ms", "less",
     [("limit: flash", "swap_flash_ms")]),
    ("settings: a value of four bytes", "settings_write_us", "us", "less", []),
    ("settings: values between two erases", "settings_writes_per_erase", "", "more", []),
    ("settings: start with a full sector", "settings_start_ms", "ms", "less", []),
    ("rehearse update", "rehearsal_cases_per_s", "cases/s *", "more", []),
    ("page of 10,000 cases, drawn: {report_bytes}", "report_draw_ms", "ms *", "less", []),
    ("the same, opened in Chromium", "report_open_ms", "ms *", "less", []),
    ("virtual core, SHA-256 over flash", "cpu_mips", "MIPS *", "more", [("libunicorn", "cpu_unicorn_mips")]),
    *((f"sign 1 MB, {name}", f"sign_{kind}_ms", "ms *", "less", [("imgtool", f"sign_{kind}_imgtool_ms")])
      for kind, name in SIGN),
    ("snapshot of a booted board, median of 200", "snapshot_us", "us *", "less", []),
    ("the same, worst", "snapshot_worst_us", "us *", "less", []),
]
# Key, and the two figures that it is the ratio of.
RATIOS = [("cpu_ratio_unicorn", "cpu_mips", "cpu_unicorn_mips"),
          *((f"sign_{kind}_ratio_imgtool", f"sign_{kind}_ms", f"sign_{kind}_imgtool_ms") for kind, _ in SIGN)]
# A row for each kind that there is.
KINDS = [
    ("bootloader, signature {}", r"signature_(.+)_flash_bytes", "bytes"),
    ("one signature check, {}", r"signature_(.+)_instructions", "instructions"),
    ("stack of a boot, {}", r"signature_(.+)_stack_bytes", "bytes"),
    ("bootloader, encryption {}", r"encryption_(.+)_flash_bytes", "bytes"),
    ("image key out of its TLV, {}", r"encryption_(.+)_unwrap_instructions", "instructions"),
    ("decryption of a byte, {}", r"encryption_(.+)_instructions_per_byte", "instructions"),
]
NOT_MEASURED = "not measured"
NOTE = """\
A ratio above 1: ours is so many times as good. Rows with * are of this machine's clock; all others are virtual time,
instructions or bytes, whatever the machine. Uploads leave out the time that a client itself takes on the computer."""


def read(path):
    """The figures, and why others are missing."""
    values, reasons = {}, {}
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            key, _, text = line.strip().partition(" ")
            if text.startswith("- "):
                reasons[key] = text[2:]
            elif re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
                values[key] = float(text) if "." in text else int(text)
            else:
                sys.exit(f"error: {path}, line {number} is neither 'key number' nor 'key - reason': {line.strip()!r}\n"
                         "  next: look for the program that printed it, in tools/bench.sh")
    return values, reasons


def ratio(ours, other, better):
    """How many times as good ours is."""
    if ours is None or other is None or 0 in (ours, other):
        return None
    return other / ours if better == "less" else ours / other


def derive(values, reasons):
    """What follows from two figures; why there is none, from the reasons of those."""
    better = {key: how for _, key, _, how, _ in MEASURED}
    for key, ours, other in RATIOS:
        r = ratio(values.get(ours), values.get(other), better[ours])
        if r is not None:
            values[key] = round(r, 2)
        else:
            reasons[key] = reasons.get(ours) or reasons.get(other) or NOT_MEASURED
    peers = [key for _, key in UPLOAD_PEERS]
    if any(key in values for key in peers):
        values[BEST_PEER] = min(values[key] for key in peers if key in values)
    else:
        reasons[BEST_PEER] = reasons.get(peers[0], NOT_MEASURED)


def keys():
    """Those that are always there."""
    return [key for _, key, _, _, others in MEASURED for key in [key] + [k for _, k in others]] + \
        [key for key, _, _ in RATIOS] + [BEST_PEER]


def as_json(values, reasons):
    document = {key: values.get(key) for key in keys()}
    document.update(values)
    document["missing"] = {key: reasons.get(key, NOT_MEASURED) for key, value in document.items() if value is None}
    return json.dumps(document, indent=2)


def number(value):
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}" if value >= 100 else f"{value:.2f}"


def row(what, ours, unit, other="", figure="", times=""):
    return f"{what:<45} {ours:>13} {unit:<13} {other:<16} {figure:>10} {times:>7}".rstrip()


def with_sizes(what, values):
    return re.sub(r"{(\w+)}", lambda m: f"{values[m[1]] / 1024:.0f} KB" if m[1] in values else "? KB", what)


def measured_rows(values, reasons):
    for what, key, unit, better, others in MEASURED:
        what = with_sizes(what, values)
        if key not in values:
            yield row(what, "-", unit, reasons.get(key, NOT_MEASURED))
            continue
        left = what, number(values[key]), unit
        for name, other in others:
            times = ratio(values[key], values.get(other), better)
            if times is None:
                yield row(*left, name, "-") + "  " + reasons.get(other, NOT_MEASURED)
            else:
                yield row(*left, name, number(values[other]), f"{times:.2f}")
            left = "", "", ""
        if not others:
            yield row(*left)


def kind_rows(values):
    for what, pattern, unit in KINDS:
        for key, value in values.items():
            kind = re.fullmatch(pattern, key)
            if kind:
                yield row(what.format(kind[1].replace("_", "-")), number(value), unit)


def as_table(values, reasons):
    lines = [row("what", "ours", "", "beside", "", "ratio")]
    lines += measured_rows(values, reasons)
    lines += kind_rows(values)
    lines += ["", NOTE]
    return "\n".join(lines)


def main():
    if len(sys.argv) not in (2, 3) or sys.argv[2:] not in ([], ["--json"]):
        sys.exit(__doc__)
    values, reasons = read(sys.argv[1])
    derive(values, reasons)
    print((as_json if sys.argv[2:] else as_table)(values, reasons))


if __name__ == "__main__":
    main()
