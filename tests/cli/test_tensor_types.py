"""Weights files of other float types and with tensors of whole numbers: the same network as of the same values in F32."""
# ctest: PLATFORMS pocl TIMEOUT 600
import json
import os
import shutil
import struct

from _cli import Case, main, make_data, read_safetensors, run


def write(path, tensors):
    """tensors: {name: (type, shape, bytes)}"""
    header, data = {}, b""
    for name, (kind, shape, content) in tensors.items():
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def as_f32(values):
    return struct.pack(f"<{len(values)}f", *values)


# name: the values that the type can hold, nearest by some rule, and their bytes
def half(values):
    content = struct.pack(f"<{len(values)}e", *values)
    return struct.unpack(f"<{len(values)}e", content), content


def brain(values):
    upper = [struct.pack("<f", value)[2:] for value in values]
    return [struct.unpack("<f", b"\0\0" + part)[0] for part in upper], b"".join(upper)


def double(values):
    wide = [value * (1 + 2.0**-40) for value in values]  # rounds to the value again
    return values, struct.pack(f"<{len(wide)}d", *wide)


class TensorTypes(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data", train=100, test=60)
        done = run("train", "--data", "data", "--hidden", "9", "--batch", "20", "--epochs", "2", "--quiet", "--out", "run")
        assert done.returncode == 0, done.stderr
        _, cls.tensors = read_safetensors("run/weights.safetensors")

    def figures(self, path, says=""):
        done = run("eval", path, "--data", "data", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(says, done.stderr)
        found = json.loads(done.stdout)
        return found["loss"], found["accuracy"]

    def test_floats(self):
        for kind, convert in (("F16", half), ("BF16", brain), ("F64", double)):
            other, same = {}, {}
            for name, (shape, values) in self.tensors.items():
                held, content = convert(values)
                other[name], same[name] = (kind, shape, content), ("F32", shape, as_f32(held))
            write(f"{kind}.safetensors", other)
            write(f"{kind}-as-f32.safetensors", same)
            self.assertEqual(self.figures(f"{kind}.safetensors"), self.figures(f"{kind}-as-f32.safetensors"), kind)
        self.assertEqual(self.figures("F64.safetensors"), self.figures("run"))

    def test_whole_numbers(self):
        plain = {name: ("F32", shape, as_f32(values)) for name, (shape, values) in self.tensors.items()}
        write("counted.safetensors", {"batches": ("I64", [], bytes(8)), **plain, "mask": ("BOOL", [3], bytes(3))})
        self.assertEqual(self.figures("counted.safetensors", "2 tensors of whole numbers are passed over"), self.figures("run"))
        name, (shape, values) = next(iter(self.tensors.items()))
        write("whole.safetensors", {**plain, name: ("I32", shape, bytes(4 * len(values)))})
        self.bad(10, "eval", "whole.safetensors", "--data", "data", has=f'the tensor "{name}" is of type I32, where the graph needs floats')
        write("more.safetensors", {**plain, "9.weight": ("F16", [2, 2], bytes(8))})
        self.bad(11, "eval", "more.safetensors", "--data", "data", has="")

    def test_checkpoints_stay_f32(self):
        """A checkpoint is the run's exact state: another type is damage."""
        shutil.copytree("run", "narrow")
        path = "narrow/checkpoints/epoch-0002.safetensors"
        with open(path, "rb") as file:
            content = file.read()
        with open(path, "wb") as file:
            file.write(content.replace(b'"F32"', b'"I32"'))
        os.remove("narrow/checkpoints/epoch-0001.safetensors")
        self.bad(10, "train", "--resume", "--out", "narrow", "--epochs", "3", has="not of type F32", lines=0)


main()
