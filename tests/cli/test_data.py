"""Bad data, bad weights: a one-line cause, its exit code, nothing left behind."""
# ctest: PLATFORMS pocl
import gzip
import os
import shutil
import struct

from _cli import Case, main, make_data, run, write_idx, write_safetensors

TRAIN = ["train", "--hidden", "4", "--epochs", "1", "--batch", "10", "--out", "run", "--data"]


class Data(Case):
    def setUp(self):
        for folder in ("data", "bad", "run"):
            shutil.rmtree(folder, ignore_errors=True)
        make_data("data", train=60, test=20, rows=4, columns=4)
        shutil.copytree("data", "bad")

    def refused(self, code, has="bad/"):
        self.bad(code, *TRAIN, "bad", has=has)
        self.assertFalse(os.path.exists("run"), "a folder is left behind")

    def edit(self, name, change):
        path = f"bad/{name}"
        with open(path, "rb") as file:
            raw = file.read()
        with open(path, "wb") as file:
            file.write(change(raw))

    def test_missing(self):
        self.bad(9, *TRAIN, "nowhere", has="nowhere")
        for name in os.listdir("data"):
            shutil.rmtree("bad")
            shutil.copytree("data", "bad")
            os.remove(f"bad/{name}")
            self.refused(9, has="bad holds neither " + name)
        self.bad(9, "eval", "nowhere", has="nowhere")
        self.bad(9, "predict", "nowhere.safetensors", has="nowhere")

    def test_damaged(self):
        for name in ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]:
            for change in [lambda raw: b"", lambda raw: raw[:3], lambda raw: raw[:7], lambda raw: raw[:-1], lambda raw: raw + b"x",
                           lambda raw: b"\x01" + raw[1:], lambda raw: raw[:2] + b"\x0d" + raw[3:], lambda raw: raw[:3] + b"\x00" + raw[4:],
                           lambda raw: raw[:3] + b"\xff" + raw[4:], lambda raw: raw[:4] + b"\xff\xff\xff\xff" + raw[8:],
                           lambda raw: raw[:4] + b"\x00\x00\x00\x00" + raw[8:], lambda raw: b"\x1f\x8b" + raw[2:]]:
                shutil.rmtree("bad")
                shutil.copytree("data", "bad")
                self.edit(name, change)
                self.refused(10, has=name)

    def test_lying_sizes(self):
        for shape in [(0xffffffff, 0xffffffff, 0xffffffff), (60, 0xffffffff, 16), (60, 0, 4), (0, 4, 4), (61, 4, 4)]:
            write_idx("bad/train-images-idx3-ubyte", shape, b"\0" * 960)
            self.refused(10)

    def test_truncated_gzip(self):
        with open("bad/train-images-idx3-ubyte", "rb") as file:
            packed = gzip.compress(file.read())
        os.remove("bad/train-images-idx3-ubyte")
        for cut in (packed[:-9], packed[:20], b"", packed[:-3] + b"abc"):
            with open("bad/train-images-idx3-ubyte.gz", "wb") as file:
                file.write(cut)
            self.refused(10)

    def test_mismatched_counts(self):
        write_idx("bad/train-labels-idx1-ubyte", (59,), b"\0" * 59)
        self.refused(10)

    def test_test_images_of_another_shape(self):
        write_idx("bad/t10k-images-idx3-ubyte", (20, 4, 5), b"\0" * 400)
        self.bad(11, *TRAIN, "bad")
        self.assertFalse(os.path.exists("run"))

    def test_batch_larger_than_the_data(self):
        self.bad(2, *TRAIN, "data", "--batch", "61", has="61")
        self.assertFalse(os.path.exists("run"))
        self.good(*TRAIN, "data", "--batch", "60")

    def test_damaged_weights(self):
        self.good(*TRAIN, "data", "--quiet")
        with open("run/weights.safetensors", "rb") as file:
            raw = file.read()
        length = struct.unpack("<Q", raw[:8])[0]
        for damaged in [b"", raw[:7], raw[:50], raw[:-1], raw + b"x", b"\xff" * 8 + raw[8:], raw[:8] + b"[" + raw[9:],
                        struct.pack("<Q", length + 8) + raw[8:], raw.replace(b"F32", b"F64"), raw.replace(b"[0,", b"[4,"),
                        raw[:8] + b" " * length + raw[8 + length:]]:
            with open("run/weights.safetensors", "wb") as file:
                file.write(damaged)
            for verb in ("eval", "predict"):
                done = run(verb, "run")
                self.assertIn(done.returncode, (10, 11), (damaged[:90], done.stderr))
                self.assertEqual(done.stdout, "")
                self.assertIn("run/weights.safetensors", done.stderr)
        os.remove("run/weights.safetensors")
        self.bad(9, "eval", "run", has="weights.safetensors")

    def test_weights_that_do_not_fit_the_data(self):
        write_safetensors("other.safetensors", {"1.weight": ([10, 9], [0.0] * 90), "1.bias": ([10], [0.0] * 10)})
        self.bad(11, "eval", "other.safetensors", "--data", "data")
        self.bad(11, "predict", "other.safetensors", "--data", "data")


main()
