"""Training from NumPy's arrays: the digest of the same data in IDX files, and a run that knows where its data are."""
# ctest: PLATFORMS pocl
import json
import os
import shutil
import struct
import sys

from _cli import Case, main, make_data

try:
    import numpy as np
except ImportError:
    print("skipped: no numpy")
    sys.exit(77)

TRAIN = ["train", "--hidden", "8", "--epochs", "2", "--batch", "10", "--quiet", "--out"]
IDX = {"x_train": "train-images-idx3", "y_train": "train-labels-idx1", "x_test": "t10k-images-idx3", "y_test": "t10k-labels-idx1"}


def read_idx(name):
    with open(f"data/{name}-ubyte", "rb") as file:
        raw = file.read()
    rank = raw[3]
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * rank).reshape(struct.unpack(f">{rank}I", raw[4:4 + 4 * rank]))


class Numpy(Case):
    def setUp(self):
        for name in os.listdir("."):
            shutil.rmtree(name) if os.path.isdir(name) else os.remove(name)
        make_data("data", train=60, test=20, rows=4, columns=4)
        self.arrays = {name: read_idx(file) for name, file in IDX.items()}

    def digest(self, run, data, *more):
        return self.good(*TRAIN, run, "--data", data, *more).split()[1]

    def test_same_digest_as_idx(self):
        expected = self.digest("idx", "data")
        np.savez("plain.npz", **self.arrays)
        self.assertEqual(self.digest("plain", "plain.npz"), expected)
        others = dict(self.arrays, y_train=self.arrays["y_train"][:, None].astype(">i8"), x_test=np.asfortranarray(self.arrays["x_test"]))
        np.savez_compressed("packed.npz", **others)
        self.assertEqual(self.digest("packed", "packed.npz"), expected)
        os.mkdir("arrays")
        for name, array in self.arrays.items():
            np.save(f"arrays/{name}.npy", array)
        self.assertEqual(self.digest("files", "arrays"), expected)
        for a, b in (("idx", "packed"), ("idx", "files")):
            a, b = (json.load(open(f"{run}/run.json")) for run in (a, b))
            self.assertEqual([a[key] for key in a if key.endswith("digest")], [b[key] for key in b if key.endswith("digest")])

    def test_a_run_finds_its_archive(self):
        np.savez_compressed("set.npz", **self.arrays)
        self.digest("run", "set.npz")
        self.assertIn(os.path.realpath("set.npz"), open("run/run.json").read())
        there = [os.path.abspath("run")]
        for arguments in (["eval"], ["eval", "--split", "train"], ["predict"], ["reproduce", "--quiet"]):
            self.good(arguments[0], *there, *arguments[1:], cwd="/")  # from any folder
        self.good("diff", "run", "run")
        self.good(*TRAIN[:-1], "--resume", "--out", "run", "--epochs", "3")
        first = self.good("eval", "run")
        os.rename("set.npz", "moved.npz")
        self.bad(9, "eval", "run", has="set.npz")
        self.assertEqual(self.good("eval", "run", "--data", "moved.npz").splitlines()[-1], first.splitlines()[-1])
        self.assertEqual(self.good("eval", "run", "--data", "data").splitlines()[-1], first.splitlines()[-1])
        np.savez("moved.npz", **dict(self.arrays, x_train=self.arrays["x_train"] ^ 1))
        self.bad(2, "reproduce", "run", "--data", "moved.npz", has="are not those of")

    def test_predict_takes_an_array(self):
        self.digest("run", "data")
        np.save("x.npy", self.arrays["x_test"])
        from_idx = self.good("predict", "run", "--images", "data/t10k-images-idx3-ubyte", "--count", "all")
        self.assertEqual(self.good("predict", "run", "--images", "x.npy", "--count", "all"), from_idx)

    def test_targets(self):
        """One-hot rows of floats are what the squared error makes of labels: the same weights."""
        expected = self.digest("labels", "data", "--loss", "mse")
        rows = {name: np.eye(10, dtype=np.float64)[array] if name[0] == "y" else array for name, array in self.arrays.items()}
        np.savez("rows.npz", **rows)
        self.assertEqual(self.digest("rows", "rows.npz", "--loss", "mse"), expected)
        self.good("eval", "rows")
        self.good("train", "--data", "rows.npz", "--loss", "mse", "--batch", "30", "--explain")
        self.bad(11, *TRAIN, "none", "--data", "rows.npz", has="takes labels, the data has float targets")
        np.savez("rows.npz", **dict(rows, y_train=rows["y_train"].astype(np.int32)))
        self.bad(10, *TRAIN, "none", "--data", "rows.npz", has="rows.npz: y_train.npy has 10 whole numbers a sample, where a label is one")
        self.assertFalse(os.path.exists("none"))

    def test_damaged(self):
        np.savez_compressed("set.npz", **self.arrays)
        with open("set.npz", "rb") as file:
            raw = file.read()
        for change in (raw[:-10], raw[:200], raw[:2], raw[:300] + b"x" + raw[301:]):
            with open("set.npz", "wb") as file:
                file.write(change)
            self.bad(10, *TRAIN, "none", "--data", "set.npz", has="set.npz")
        np.savez("set.npz", a=self.arrays["x_test"])
        self.bad(9, *TRAIN, "none", "--data", "set.npz", has="set.npz holds none of x_train.npy")
        self.bad(9, *TRAIN, "none", "--data", "none.npz", has="there is no folder none.npz, nor such a file")
        self.assertFalse(os.path.exists("none"))


main()
