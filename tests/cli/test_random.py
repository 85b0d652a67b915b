"""rng, mask and dropout against Philox in plain Python."""
# ctest: PLATFORMS pocl rusticl
import ast
import json
import os
import random
import stat
import struct

from _cli import Case, keep_mask, main, philox, run


def words(text):
    return [[int(word, 16) for word in line.split(" ")] for line in text.splitlines()]


def read_npy(path):
    raw = open(path, "rb").read()
    assert raw[:8] == b"\x93NUMPY\x01\x00", raw[:8]
    length = struct.unpack("<H", raw[8:10])[0]
    assert (10 + length) % 64 == 0 and raw[9 + length:10 + length] == b"\n"
    header = ast.literal_eval(raw[10:10 + length].decode())
    assert header["descr"] == "|u1" and header["fortran_order"] is False
    rows, columns = header["shape"]
    body = raw[10 + length:]
    assert len(body) == rows * columns
    return [list(body[row * columns:(row + 1) * columns]) for row in range(rows)]


class Random(Case):
    def test_known_answers(self):
        # Random123's tests/kat_vectors, philox 4x32 10
        pi = "0x243f6a88,0x85a308d3,0x13198a2e,0x03707344"
        ones = ",".join(["0xffffffff"] * 4)
        for device in [[], ["--device", "host"]]:
            for seed, counter, answer in [("0", "0,0,0,0", "6627e8d5 e169c58d bc57ac4c 9b00dbd8\n"),
                                          ("0xffffffffffffffff", ones, "408f276d 41c83b0e a20bc7c6 6d5451fd\n"),
                                          ("0x299f31d0a4093822", pi, "d16cfe09 94fdcceb 5001e420 24126ea1\n")]:
                self.assertEqual(self.good("rng", "--seed", seed, "--counter", counter, *device), answer)
        self.assertEqual(self.good("rng", "--device", "host"), "6627e8d5 e169c58d bc57ac4c 9b00dbd8\n")

    def test_counter_carries(self):
        f = 0xffffffff
        for start in [[f - 1, 0, 0, 0], [f, f, 0, 7], [f - 2, f, f, 0], [f, f, f, f]]:
            counters = []
            number = sum(word << (32 * i) for i, word in enumerate(start))
            for i in range(5):
                value = (number + i) % 2**128
                counters.append([value >> (32 * j) & f for j in range(4)])
            for device in [[], ["--device", "host"]]:
                text = self.good("rng", "--seed", 5, "--count", 5, "--counter", ",".join(map(str, start)), *device)
                self.assertEqual(words(text), [philox(5, c) for c in counters])

    def test_many(self):
        # more than one portion of 16384
        arguments = ["rng", "--seed", "0x123456789abcdef0", "--counter", "0xffffc000,0xffffffff,3,4", "--count", 40000]
        self.assertEqual(self.good(*arguments), self.good(*arguments, "--device", "host"))

    def test_mask(self):
        source = random.Random(7)
        for p, rows, columns in [(0, 2, 3), (1, 3, 5), (0.5, 2, 8), (0.3, 7, 33), (0.999, 5, 130), (0.001, 1, 257)]:
            seed, stream, step, row0 = (source.getrandbits(bits) for bits in (64, 32, 32, 20))
            arguments = ["mask", "--p", p, "--rows", rows, "--columns", columns, "--seed", seed, "--stream", stream, "--step", step]
            expected = keep_mask(p, seed, stream, step, rows, columns, row0)
            printed = self.good(*arguments, "--row", row0)
            self.assertEqual([list(map(int, line.split(" "))) for line in printed.splitlines()], expected)
            self.assertEqual(self.good(*arguments, "--row", hex(row0), "--output", "mask.npy"), "")
            self.assertEqual(read_npy("mask.npy"), expected)
        self.assertEqual(self.good("mask", "--p", "0.5", "--rows", 2, "--columns", 8),
                         "".join(" ".join(map(str, row)) + "\n" for row in keep_mask(0.5, 0, 0, 0, 2, 8)))

    def test_mask_file_fails(self):
        arguments = ["mask", "--p", "0.5", "--rows", 2, "--columns", 8, "-o"]
        self.bad(9, *arguments, "missing/mask.npy", has="missing/mask.npy")
        self.bad(9, *arguments, "/dev/full/mask.npy", has="/dev/full/mask.npy")
        os.mkdir("folder")
        self.bad(9, *arguments, "folder", has="folder")
        self.assertEqual([name for name in os.listdir(".") if name.startswith("folder")], ["folder"])

    def test_dropout(self):
        lines = self.good("dropout", "--seed", 11).splitlines()
        self.assertTrue(lines[0].startswith("device "))
        keep = keep_mask(0.5, 11, 0, 0, 2, 8)
        self.assertEqual(lines[1::3], ["dropout p = 0", "dropout p = 0.5", "dropout p = 1"])
        rows = [[float(x) for x in line.split()] for line in lines[1:] if not line.startswith("dropout")]
        self.assertEqual(rows[:2], [list(range(8)), list(range(8, 16))])
        self.assertEqual(rows[2:4], [[2.0 * (8 * i + j) * keep[i][j] for j in range(8)] for i in range(2)])
        self.assertEqual(rows[4:], [[0.0] * 8] * 2)
        parsed = json.loads(self.good("dropout", "--seed", 11, "--json"))
        self.assertEqual([one["p"] for one in parsed["dropout"]], [0, 0.5, 1])
        self.assertEqual(parsed["dropout"][1]["y"], rows[2:4])

    def test_output_through(self):
        """A link's target is written, and a pipe is written to: neither is replaced."""
        arguments = ["mask", "--p", "0.5", "--rows", "3", "--columns", "5", "--output"]
        self.good(*arguments, "plain.npy")
        wanted = open("plain.npy", "rb").read()
        open("target.npy", "wb").close()
        os.symlink("target.npy", "link.npy")
        self.good(*arguments, "link.npy")
        self.assertTrue(os.path.islink("link.npy"))
        self.assertEqual(open("target.npy", "rb").read(), wanted)
        os.mkfifo("pipe")
        reader = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
        self.good(*arguments, "pipe")
        self.assertEqual(os.read(reader, 1000), wanted)
        os.close(reader)
        self.assertTrue(stat.S_ISFIFO(os.stat("pipe").st_mode))


main()
