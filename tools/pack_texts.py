#!/usr/bin/env python3
"""pack_texts.py TEXTS OUT.c: the texts of a program (core/base/text.h) in about half the bytes.

TEXTS is the section as the linker laid it out: texts behind one another, each with its zero. The pair of neighbours that
occurs most often becomes one new byte, again and again, until the 128 bytes that are no characters are used up. OUT.c has
what the pairs stand for and the bytes that are left; core/base/text_packed.c reads them."""
import collections
import pathlib
import sys

PAIRS = 128
LONGEST = 160  # TEXT_MAX
DEEPEST = 16  # TEXTS_DEPTH


def fail(message):
    sys.exit(f"pack_texts: {message}")


def commonest(packed):
    """The pair worth most. No pair overlaps itself: of "aaa" one counts."""
    count, last = collections.Counter(), None
    for pair in zip(packed, packed[1:]):
        last = None if pair == last and pair[0] == pair[1] else pair
        if last:
            count[pair] += 1
    return max(count.items(), key=lambda item: (item[1], item[0]), default=(None, 0))


def replaced(packed, pair, by):
    out, at = [], 0
    while at < len(packed):
        hit = tuple(packed[at:at + 2]) == pair
        out.append(by if hit else packed[at])
        at += 2 if hit else 1
    return out


def pack(texts):
    packed, pairs = list(texts), []
    while len(pairs) < PAIRS:
        pair, times = commonest(packed)
        if times < 3:  # it would save nothing
            break
        packed = replaced(packed, pair, 0x80 + len(pairs))
        pairs.append(pair)
    return packed, pairs


def depth(byte, pairs):
    """How many second halves wait while this byte is read."""
    if byte < 0x80:
        return 0
    first, second = pairs[byte - 0x80]
    return max(1 + depth(first, pairs), depth(second, pairs))


def rows(numbers):
    text = [f"0x{n:02x}," for n in numbers]
    return "\n".join("    " + " ".join(text[i:i + 16]) for i in range(0, len(text), 16))


def main():
    texts = pathlib.Path(sys.argv[1]).read_bytes()
    if texts[-1:] != b"\0":
        fail("the last text has no end")
    if max(texts) >= 0x80:
        fail("a text is not ASCII")
    for text in texts.split(b"\0"):
        if len(text) >= LONGEST:
            fail(f"longer than {LONGEST - 1} characters: {text.decode()}")
    packed, pairs = pack(texts)
    if max(depth(byte, pairs) for byte in packed) > DEEPEST:
        fail(f"pairs go deeper than {DEEPEST}")
    pathlib.Path(sys.argv[2]).write_text(
        f"/* {len(texts)} bytes of texts in {len(packed)} and {2 * len(pairs)}. By tools/pack_texts.py. */\n"
        '#include "core/base/text_packed.h"\n\n'
        f"const uint8_t packed_pairs[] = {{\n{rows([n for pair in pairs for n in pair])}\n}};\n\n"
        f"const uint8_t packed_texts[] = {{\n{rows(packed)}\n}};\n")


main()
