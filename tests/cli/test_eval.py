"""eval and predict, against the network in plain Python."""
# ctest: PLATFORMS pocl rusticl HOURS_ON rusticl
import json
import math
import os
import random
import re
import shutil

from _cli import Case, main, make_data, make_images, read_safetensors, run, write_idx, write_safetensors

ROWS, COLUMNS, CLASSES = 5, 4, 5


def forward(tensors, pixels):
    """Linear, ReLU, linear of float32 weights in binary64; then softmax."""
    x = [pixel / 255 for pixel in pixels]
    names = sorted({int(name.split(".")[0]) for name in tensors})
    for layer in names:
        (outputs, inputs), weight = tensors[f"{layer}.weight"]
        bias = tensors[f"{layer}.bias"][1]
        x = [math.fsum(weight[o * inputs + i] * x[i] for i in range(inputs)) + bias[o] for o in range(outputs)]
        if layer != names[-1]:
            x = [max(value, 0.0) for value in x]
    top = max(x)
    exps = [math.exp(value - top) for value in x]
    return [value / sum(exps) for value in exps]


class Eval(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data", train=300, test=90, rows=ROWS, columns=COLUMNS, classes=CLASSES)
        done = run("train", "--data", "data", "--hidden", "7", "--epochs", "20", "--batch", "10", "--out", "run")
        assert done.returncode == 0, done.stderr
        cls.trained = done.stdout
        cls.pixels, cls.labels = make_images(90, CLASSES, ROWS, COLUMNS, 2)

    def test_data_changed_since(self):
        """The run's own data, under their name: other pixels are not evaluated without a word; named with --data they are."""
        shutil.copytree("data", "moving")
        shutil.copytree("run", "moved")
        with open("moved/run.json") as file:
            manifest = json.load(file)
        manifest["settings"]["data"] = os.path.realpath("moving")
        with open("moved/run.json", "w") as file:
            json.dump(manifest, file)
        same = self.good("eval", "moved")
        make_data("moving", train=300, test=90, rows=ROWS, columns=COLUMNS, classes=CLASSES, seed=7)
        for verb in (["eval"], ["eval", "--split", "train"], ["predict"]):
            self.bad(2, *verb, "moved", has="moving are not those of moved")
        self.assertNotEqual(self.good("eval", "moved", "--data", "moving"), same)

    def test_eval_is_the_last_epochs(self):
        text = self.good("eval", "run")
        lines = text.splitlines()
        self.assertTrue(lines[0].startswith("device "), text)
        self.assertEqual(lines[1], f"run on 90 samples of {os.path.realpath('data')}")
        loss, accuracy = re.fullmatch(r"loss (\d+\.\d{6})  accuracy ([01]\.\d{4})", lines[2]).groups()
        last = self.trained.splitlines()[-2]
        self.assertIn(f"val loss {float(loss):.4f}", last)
        self.assertIn(f"accuracy {accuracy}", last)

    def test_eval_json(self):
        found = json.loads(self.good("eval", "run", "--json"))
        with open("run/metrics.csv") as file:
            row = file.readlines()[-1].split(",")
        self.assertEqual((found["samples"], found["run"], found["data"], found["exact"]), (90, "run", os.path.realpath("data"), True))
        self.assertEqual(f"{found['loss']:.9g}", row[2])
        self.assertEqual(f"{found['accuracy']:.9g}", row[3])
        train = json.loads(self.good("eval", "run", "--json", "--split", "train"))
        self.assertEqual(train["samples"], 300)
        same = json.loads(self.good("eval", "run/weights.safetensors", "--data", "data", "--json"))
        self.assertEqual((same["loss"], same["accuracy"]), (found["loss"], found["accuracy"]))

    def test_predict(self):
        found = json.loads(self.good("predict", "run", "--count", "all", "--json"))["predictions"]
        _, tensors = read_safetensors("run/weights.safetensors")
        self.assertEqual([one["index"] for one in found], list(range(90)))
        self.assertEqual([one["label"] for one in found], self.labels)
        right = 0
        for i, one in enumerate(found):
            expected = forward(tensors, self.pixels[i * ROWS * COLUMNS:(i + 1) * ROWS * COLUMNS])
            for a, b in zip(one["outputs"], expected, strict=True):
                self.assertTrue(abs(a - b) <= 1e-5, (i, one["outputs"], expected))
            self.assertEqual(one["class"], one["outputs"].index(max(one["outputs"])))
            self.assertNotIn("name", one)
            right += one["class"] == one["label"]
        self.assertEqual(f"{right / 90:.4f}", re.search(r"accuracy (\S+)", self.trained.splitlines()[-2]).group(1))

    def test_predict_text_and_ranges(self):
        lines = self.good("predict", "run").splitlines()
        self.assertEqual(lines[0], "index label class outputs")
        self.assertEqual(len(lines), 11)
        for i, line in enumerate(lines[1:]):
            self.assertRegex(line, rf"\A +{i} +{self.labels[i]} +\d( [01]\.\d{{4}}){{5}}\Z")
        self.assertEqual(self.good("predict", "run", "--first", "3", "--count", "2").splitlines()[1:], lines[4:6])
        self.assertEqual(len(self.good("predict", "run", "--first", "80", "--count", "100").splitlines()), 11)
        self.assertEqual(len(self.good("predict", "run", "--first", "88", "--count", "all").splitlines()), 3)
        self.bad(2, "predict", "run", "--first", "90", has="0 to 89")
        for count in ["0", "-1", "x", ""]:
            self.bad(2, "predict", "run", f"--count={count}", has="--count")

    def test_predict_images(self):
        whole = self.good("predict", "run", "--count", "all")
        for name in ("images", "images.gz"):
            write_idx(name, (90, ROWS, COLUMNS), self.pixels)
            text = self.good("predict", "run", "--images", name, "--count", "all")
            self.assertEqual([line.split()[2:] for line in text.splitlines()], [line.split()[2:] for line in whole.splitlines()])
            self.assertEqual(text.splitlines()[1].split()[1], "-")
        self.bad(2, "predict", "run", "--images", "images", "--data", "data", has="--data or --images")
        self.bad(9, "predict", "run", "--images", "nowhere", has="nowhere")
        os.makedirs("fashion", exist_ok=True)
        write_idx("fashion/images", (90, ROWS, COLUMNS), self.pixels)
        text = self.good("predict", "run", "--images", "fashion/images")
        self.assertEqual(text.splitlines()[0], "index label class name        outputs")
        self.assertRegex(text.splitlines()[1], r"(t-shirt|trouser|pullover|dress|coat) ")

    def test_pytorch_file(self):
        """A file without Clonal's graph, as nn.Sequential(Flatten, Linear, ReLU, Dropout, Linear)'s state dict."""
        source = random.Random(4)
        def floats(n):
            return [source.randrange(-2**20, 2**20) / 2**21 for _ in range(n)]
        tensors = {"1.weight": ([6, ROWS * COLUMNS], floats(6 * ROWS * COLUMNS)), "1.bias": ([6], floats(6)),
                   "4.weight": ([CLASSES, 6], floats(CLASSES * 6)), "4.bias": ([CLASSES], floats(CLASSES))}
        write_safetensors("torch.safetensors", tensors)
        found = json.loads(self.good("predict", "torch.safetensors", "--data", "data", "--count", "all", "--json"))["predictions"]
        for i, one in enumerate(found):
            expected = forward(tensors, self.pixels[i * ROWS * COLUMNS:(i + 1) * ROWS * COLUMNS])
            self.assertTrue(all(abs(a - b) <= 1e-5 for a, b in zip(one["outputs"], expected, strict=True)))
        loss = json.loads(self.good("eval", "torch.safetensors", "--data", "data", "--json"))["loss"]
        expected = sum(-math.log(one["outputs"][one["label"]]) for one in found) / len(found)
        self.assertTrue(abs(loss - expected) <= 1e-5)


main()
