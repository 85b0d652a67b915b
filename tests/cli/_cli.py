"""What the tests of the command share: running it, small data sets, the random numbers in plain Python."""
import gzip
import json
import os
import random
import struct
import subprocess
import sys
import unittest

CLONAL = os.environ.get("CLONAL")
SOURCE = os.environ.get("CLONAL_SOURCE", os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
FASHION = "/usr/share/datasets/fashion-mnist"


def run(*arguments, env=None, command=(), **more):
    """Runs the command, behind the words of another that starts it; returns its CompletedProcess with text streams."""
    environment = dict(os.environ, **(env or {}))
    more.setdefault("timeout", 600)
    more.setdefault("stdin", subprocess.DEVNULL)
    if "stdout" not in more:
        more["stdout"] = subprocess.PIPE
    return subprocess.run([*command, CLONAL, *map(str, arguments)], env=environment, stderr=subprocess.PIPE, text=True, **more)


class Case(unittest.TestCase):
    maxDiff = 4000

    def good(self, *arguments, **more):
        """The stdout of a command that must succeed in silence on stderr."""
        done = run(*arguments, **more)
        self.assertEqual((done.returncode, done.stderr), (0, ""), arguments)
        return done.stdout

    def bad(self, code, *arguments, has="", lines=1, **more):
        """A command that must fail with this exit code, a line on stderr that has `has`, and nothing on stdout."""
        done = run(*arguments, **more)
        self.assertEqual(done.returncode, code, (arguments, done.stderr))
        self.assertEqual(done.stdout or "", "", arguments)
        self.assertTrue(done.stderr.startswith("clonal: "), (arguments, done.stderr))
        self.assertIn(has, done.stderr)
        if lines:
            self.assertEqual(done.stderr.count("\n"), lines, done.stderr)
        return done.stderr


def main():
    if not CLONAL or not os.access(CLONAL, os.X_OK):
        print("skipped: CLONAL does not name the command")
        sys.exit(77)
    unittest.main(verbosity=2, warnings="ignore")


def write_idx(path, shape, values, kind=0x08):
    opened = gzip.open(path, "wb") if path.endswith(".gz") else open(path, "wb")
    with opened as file:
        file.write(struct.pack(">BBBB", 0, 0, kind, len(shape)) + struct.pack(">%dI" % len(shape), *shape) + bytes(values))


def make_images(count, classes, rows, columns, seed):
    """Images whose class shows as a bright band, with noise; labels in no order."""
    source = random.Random(seed)
    labels = [source.randrange(classes) for _ in range(count)]
    pixels = bytearray()
    for label in labels:
        for row in range(rows):
            bright = row * classes // rows == label
            pixels += bytes(source.randrange(150, 256) if bright else source.randrange(0, 120) for _ in range(columns))
    return bytes(pixels), labels


def make_data(folder, train=500, test=120, rows=10, columns=6, classes=10, zipped=False, seed=1):
    """A data set of the MNIST family that a small network learns."""
    os.makedirs(folder, exist_ok=True)
    end = ".gz" if zipped else ""
    for name, count, which in (("train", train, seed), ("t10k", test, seed + 1)):
        pixels, labels = make_images(count, classes, rows, columns, which)
        write_idx(f"{folder}/{name}-images-idx3-ubyte{end}", (count, rows, columns), pixels)
        write_idx(f"{folder}/{name}-labels-idx1-ubyte{end}", (count,), labels)
    return folder


def philox(seed, counter):
    """Philox4x32-10 from its paper (Salmon et al., SC 2011), in nothing but Python's integers."""
    c = list(counter)
    key = [seed & 0xffffffff, seed >> 32]
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ key[0], b & 0xffffffff, (a >> 32) ^ c[3] ^ key[1], a & 0xffffffff]
        key = [(key[0] + 0x9E3779B9) & 0xffffffff, (key[1] + 0xBB67AE85) & 0xffffffff]
    return c


def keep_mask(p, seed, stream, step, rows, columns, row0=0):
    """The contract's mask, as lists of 0 and 1."""
    threshold = round(p * 2**32)  # Python rounds ties to even, as the contract does
    mask = []
    for row in range(row0, row0 + rows):
        blocks = [philox(seed, (block, row, stream, step)) for block in range((columns + 3) // 4)]
        mask.append([0 if blocks[column // 4][column % 4] < threshold else 1 for column in range(columns)])
    return mask


def read_safetensors(path):
    """The metadata and {name: (shape, floats)} of a safetensors file of float32."""
    with open(path, "rb") as file:
        raw = file.read()
    length = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8:8 + length])
    metadata = header.pop("__metadata__", {})
    body = raw[8 + length:]
    tensors = {}
    for name, entry in header.items():
        assert entry["dtype"] == "F32"
        start, end = entry["data_offsets"]
        tensors[name] = (entry["shape"], struct.unpack(f"<{(end - start) // 4}f", body[start:end]))
    return metadata, tensors


def write_safetensors(path, tensors, metadata=None):
    """Writes {name: (shape, floats)} as PyTorch's safetensors does, without Clonal's graph."""
    header, body = {"__metadata__": metadata} if metadata else {}, b""
    for name, (shape, values) in tensors.items():
        data = struct.pack(f"<{len(values)}f", *values)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + body)
