#!/usr/bin/env python3
"""Writes philox4x32-10.txt beside this script: blocks of Philox4x32-10 from an implementation that shares no code with ours,
PyPI's randomgen: `pip install numpy randomgen` (made with randomgen 1.26.1). Random123's three known answers
(tests/kat_vectors of https://github.com/DEShawResearch/random123) stand first and are held against it too.

A line: the key's 2 words, the counter's 4, the block's 4, lowest word first. tests/device/test_random.c reads it.
"""
import pathlib
import random

from randomgen import Philox

F = 0xFFFFFFFF
KNOWN = [
    ([0, 0], [0, 0, 0, 0], [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
    ([F, F], [F, F, F, F], [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
    ([0xA4093822, 0x299F31D0], [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344], [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1]),
]


def number(words):
    return sum(word << (32 * i) for i, word in enumerate(words))


def block(key, counter):
    # randomgen counts up before it makes a block
    generator = Philox(key=number(key), counter=(number(counter) - 1) % 2**128, number=4, width=32)
    return [int(word) for word in generator.random_raw(4)]


def main():
    for key, counter, answer in KNOWN:
        assert block(key, counter) == answer, (key, counter)
    source = random.Random(20240607)
    words = [0, 1, F - 1, F, 0x80000000]
    inputs = [(key, counter) for key, counter, _ in KNOWN]
    inputs += [([source.choice(words), source.choice(words)], [source.choice(words) for _ in range(4)]) for _ in range(61)]
    inputs += [([source.getrandbits(32) for _ in range(2)], [source.getrandbits(32) for _ in range(4)]) for _ in range(192)]
    lines = ["# Philox4x32-10 by randomgen (make_philox_vectors.py): key, counter, block\n"]
    for key, counter in inputs:
        lines.append(" ".join(f"{word:08x}" for word in key + counter + block(key, counter)) + "\n")
    pathlib.Path(__file__).with_name("philox4x32-10.txt").write_text("".join(lines))


if __name__ == "__main__":
    main()
