"""eval --rotate, --noise and --reliability: every row against the contract in Python (tests/unit/contract.py), the figure's bars against the bins."""
# ctest: PLATFORMS pocl TIMEOUT 600
import json
import os
import re
import shutil
import sys
import xml.etree.ElementTree as ET

from _cli import Case, SOURCE, main, make_data, read_safetensors, run

try:
    import numpy as np
except ImportError:
    print("skipped: no numpy")
    sys.exit(77)
sys.path.insert(0, os.path.join(SOURCE, "tests", "unit"))
import contract  # noqa: E402

SAMPLES = 200
GRAPH = "0 input 10,6\n1 flatten 0\n2 linear 1 24\n3 relu 2\n4 dropout 3 0.5\n5 linear 4 10\n6 softmax_cross_entropy 5\n"


class Conditions(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data", train=400, test=SAMPLES)
        with open("graph.txt", "w") as file:
            file.write(GRAPH)
        done = run("train", "--data", "data", "--graph", "graph.txt", "--batch", 20, "--epochs", 4, "--lr", 0.2, "--out", "run")
        assert done.returncode == 0, done.stderr
        with open("data/t10k-images-idx3-ubyte", "rb") as file:
            cls.x = contract.pixels(np.frombuffer(file.read()[16:], np.uint8)).reshape(SAMPLES, 10, 6, 1)
        with open("data/t10k-labels-idx1-ubyte", "rb") as file:
            cls.labels = np.frombuffer(file.read()[8:], np.uint8).astype(int)
        cls.nodes = contract.read_graph(GRAPH.splitlines())
        cls.parameters = {key: np.array(values, np.float32).reshape(shape) for key, (shape, values) in read_safetensors("run/weights.safetensors")[1].items()}

    def changed(self, degrees, deviation, seed):
        return contract.noisy(contract.rotated(self.x, degrees).reshape(SAMPLES, 60), deviation, seed)

    def probabilities(self, x, seed=None, step=None):
        values, _ = contract.forward(self.nodes, self.parameters, x, self.labels, None if seed is None else {"seed": seed}, step)
        _, e, s = contract.softmax_parts(values[5])
        return e * (contract.ONE / s)[:, None], values[6]

    def test_rows(self):
        text = self.good("eval", "run", "--rotate", "0,30,-90,360", "--noise", "0,0.5", "--seed", "11")
        found = json.loads(self.good("eval", "run", "--rotate", "0,30,-90,360", "--noise", "0,0.5", "--seed", "11", "--json"))
        self.assertNotIn("loss", found)
        rows = found["conditions"]
        self.assertEqual([(r["rotate"], r["noise"]) for r in rows], [(a, s) for a in (0, 30, -90, 360) for s in (0, 0.5)])
        for row in rows:
            p, losses = self.probabilities(self.changed(row["rotate"], row["noise"], 11))
            self.assertEqual(row["loss"], sum(map(float, losses)) / SAMPLES, row)
            self.assertEqual(row["accuracy"], (p.argmax(1) == self.labels).mean())
            self.assertRegex(text, rf"(?m)^ +{row['rotate']:g} +{row['noise']:g}  +{row['accuracy']:.4f} +{row['loss']:.4f}$")
        plain = json.loads(self.good("eval", "run", "--json"))
        for same in (rows[0], rows[6]):
            self.assertEqual((same["loss"], same["accuracy"]), (plain["loss"], plain["accuracy"]))
        self.assertNotIn("conditions", plain)
        self.assertLess(rows[2]["accuracy"], rows[0]["accuracy"])

    def test_passes(self):
        rows = json.loads(self.good("eval", "run", "--mc", 3, "--rotate", "45", "--noise", "0.2,1", "--json"))["conditions"]
        for row in rows:
            p = np.array([self.probabilities(self.changed(45, row["noise"], 0), 0, k)[0] for k in range(3)]).astype(float)
            mean, each = p.mean(0), -(p * np.log(p)).sum(2).mean(0)
            entropy = -(mean * np.log(mean)).sum(1)
            self.assertEqual(row["accuracy"], (mean.argmax(1) == self.labels).mean())
            self.assertAlmostEqual(row["loss"], -np.log(mean[np.arange(SAMPLES), self.labels]).mean(), places=9)
            self.assertAlmostEqual(row["entropy"], entropy.mean(), places=9)
            self.assertAlmostEqual(row["mutual_information"], (entropy - each).mean(), places=9)
            self.assertAlmostEqual(row["calibration_error"], self.calibration_error(mean), places=9)
        text = self.good("eval", "run", "--mc", 3, "--rotate", "45", "--noise", "0.2,1")
        self.assertIn("\nrotate  noise  accuracy      loss  entropy  information  calibration error\n", text)
        self.assertRegex(text, rf"(?m)^ +45 +1 .* {rows[1]['entropy']:.4f} +{rows[1]['mutual_information']:.4f} +{rows[1]['calibration_error']:.4f}$")
        # --dropout: the first of those passes
        row = json.loads(self.good("eval", "run", "--dropout", "--rotate", "45", "--json"))["conditions"][0]
        _, losses = self.probabilities(self.changed(45, 0, 0), 0, 0)
        self.assertEqual(row["loss"], sum(map(float, losses)) / SAMPLES)

    def calibration_error(self, mean):
        confidence, right = mean.max(1), mean.argmax(1) == self.labels
        bins = np.minimum((confidence * 15).astype(int), 14)
        return sum((bins == b).mean() * abs(right[bins == b].mean() - confidence[bins == b].mean()) for b in set(bins))

    def test_reliability(self):
        if not shutil.which("gnuplot"):
            self.skipTest("gnuplot is not installed")
        for options, name in (([], "clean.svg"), (["--rotate", "30"], "turned.svg")):
            found = json.loads(self.good("eval", "run", "--mc", 4, *options, "--reliability", name, "--json"))
            found = found["conditions"][0] if options else found
            tree = ET.parse(name)
            space = "{http://www.w3.org/2000/svg}"
            texts = [t.text.strip() for t in tree.iter(f"{space}tspan") if t.text] + [t.text.strip() for t in tree.iter(f"{space}text") if t.text]
            for text in ("accuracy", "confidence", "mean confidence", f"calibration error {found['calibration_error']:.4f}"):
                self.assertIn(text, texts)
            bars = [[tuple(map(float, point.split(","))) for point in p.get("points").split()] for p in tree.iter(f"{space}polygon")][1:]  # the key's first
            filled = [b for b in range(15) if found["bins"][b]["accuracy"] > 0]  # a bar of no height is none
            self.assertEqual(len(bars), len(filled))
            self.assertGreater(len(bars), 3)
            # the axis, from the places of two bars whose numbers are known
            bottom = max(y for bar in bars for _, y in bar)
            tall = max(range(len(bars)), key=lambda i: found["bins"][filled[i]]["accuracy"])
            scale = (bottom - min(y for _, y in bars[tall])) / found["bins"][filled[tall]]["accuracy"]
            left = [min(x for x, _ in bar) for bar in bars]
            width = (left[-1] - left[0]) / (filled[-1] - filled[0])
            for i, bar in enumerate(bars):
                self.assertAlmostEqual((bottom - min(y for _, y in bar)) / scale, found["bins"][filled[i]]["accuracy"], delta=1e-4)
                self.assertAlmostEqual(left[i], left[0] + width * (filled[i] - filled[0]), delta=0.1)
            self.assertAlmostEqual(width * 15, scale, delta=1)  # the diagonal is one

    def test_flat(self):
        """Noise alone is added to samples of one dimension too, and to the same elements."""
        flat = (self.x.reshape(SAMPLES, 60), self.labels)
        np.savez("flat.npz", x_train=flat[0], y_train=flat[1], x_test=flat[0], y_test=flat[1])
        graph = "0 input 60\n1 linear 0 24\n2 relu 1\n3 linear 2 10\n4 softmax_cross_entropy 3\n"
        with open("flat.txt", "w") as file:
            file.write(graph)
        self.good("train", "--data", "flat.npz", "--graph", "flat.txt", "--batch", 20, "--epochs", 2, "--out", "flat")
        parameters = {key: np.array(values, np.float32).reshape(shape) for key, (shape, values) in read_safetensors("flat/weights.safetensors")[1].items()}
        for options in ([], ["--rotate", "0"]):
            rows = json.loads(self.good("eval", "flat", "--noise", "0,0.25,1", *options, "--seed", 9, "--json"))["conditions"]
            self.assertEqual([(row["rotate"], row["noise"]) for row in rows], [(0, 0), (0, 0.25), (0, 1)])
            for row in rows:
                values, _ = contract.forward(contract.read_graph(graph.splitlines()), parameters, contract.noisy(flat[0], row["noise"], 9), self.labels)
                self.assertEqual(row["loss"], sum(map(float, values[4])) / SAMPLES)
                self.assertEqual(row["accuracy"], (values[3].argmax(1) == self.labels).mean())
        self.bad(11, "eval", "flat", "--rotate", "0,3", has="cannot be rotated")

    def test_wrong(self):
        for option, value in (("--rotate", "x"), ("--rotate", ""), ("--rotate", "1,,2"), ("--rotate", "nan"), ("--noise", "-1"), ("--noise", "inf"),
                              ("--noise", "0.1,"), ("--rotate", ",".join(["1"] * 65))):
            self.bad(2, "eval", "run", option, value, has=option)
        self.bad(2, "eval", "run", "--reliability", "x.svg", has="--mc")
        self.bad(2, "eval", "run", "--mc", "2", "--reliability", "x.pdf", has=".svg")
        self.bad(2, "eval", "run", "--mc", "2", "--reliability", "x.svg", "--rotate", "0,1", has="one")
        self.bad(2, "eval", "run", "--per-sample", "x.npy", "--rotate", "1", has="leave out")
        self.bad(9, "eval", "run", "--mc", "2", "--reliability", "absent/x.svg", has="absent/x.svg")
        np.savez("flat.npz", x_train=np.zeros((4, 60), np.uint8), y_train=np.zeros(4, int), x_test=np.zeros((4, 60), np.uint8), y_test=np.zeros(4, int))
        self.bad(11, "eval", "run", "--data", "flat.npz", "--rotate", "3", has="cannot be rotated")
        self.assertFalse(os.path.exists("x.svg") or os.path.exists("x.pdf") or os.path.exists("x.npy"))


main()
