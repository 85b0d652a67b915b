"""eval --dropout, eval and predict --mc: every pass against the contract in Python (tests/unit/contract.py), and what is made of the passes against
NumPy."""
# ctest: PLATFORMS pocl rusticl HOURS_ON rusticl TIMEOUT 600
import json
import os
import re
import sys

from _cli import Case, SOURCE, main, make_data, read_safetensors, run

try:
    import numpy as np
except ImportError:
    print("skipped: no numpy")
    sys.exit(77)
sys.path.insert(0, os.path.join(SOURCE, "tests", "unit"))
import contract  # noqa: E402

SAMPLES, GROUP = 300, 256
GRAPHS = {"relu": "0 input 10,6\n1 flatten 0\n2 linear 1 24\n3 relu 2\n4 dropout 3 0.5\n5 linear 4 16\n6 tanh 5\n7 dropout 6 0.25\n"
                  "8 linear 7 10\n9 softmax_cross_entropy 8\n",
          # dropout at the input and behind a sum: masks that no product takes along
          "sum": "0 input 10,6\n1 flatten 0\n2 dropout 1 0.2\n3 linear 2 60\n4 gelu 3\n5 add 4 2\n6 dropout 5 0.5\n7 linear 6 10\n"
                 "8 softmax_cross_entropy 7\n",
          # a mask a step of the weights, the same for a group's samples
          "connect": "0 input 10,6\n1 flatten 0\n2 drop_connect 1 24 0.5\n3 relu 2\n4 dropout 3 0.25\n5 drop_connect 4 10 0.2\n"
                     "6 softmax_cross_entropy 5\n",
          "relatives": "0 input 10,6\n1 gaussian_noise 0 0.2\n2 spatial_dropout 1 0.3\n3 flatten 2\n4 linear 3 24\n5 selu 4\n"
                       "6 alpha_dropout 5 0.3\n7 gaussian_dropout 6 0.2\n8 uniform_noise 7 0.1\n9 linear 8 10\n10 softmax_cross_entropy 9\n"}


class MonteCarlo(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data", train=200, test=SAMPLES)
        for name, text in GRAPHS.items():
            with open(f"{name}.txt", "w") as file:
                file.write(text)
            done = run("train", "--data", "data", "--graph", f"{name}.txt", "--batch", 20, "--epochs", 3, "--lr", 0.2, "--out", name)
            assert done.returncode == 0, done.stderr
        with open("data/t10k-images-idx3-ubyte", "rb") as file:
            cls.x = contract.pixels(np.frombuffer(file.read()[16:], np.uint8)).reshape(SAMPLES, 60)
        with open("data/t10k-labels-idx1-ubyte", "rb") as file:
            cls.labels = np.frombuffer(file.read()[8:], np.uint8).astype(int)

    def passes(self, name, seed, count):
        """(count, SAMPLES, 10) probabilities, and (count, SAMPLES) losses."""
        nodes = contract.read_graph(GRAPHS[name].splitlines())
        parameters = {key: np.array(values, np.float32).reshape(shape) for key, (shape, values) in read_safetensors(f"{name}/weights.safetensors")[1].items()}
        groups, probabilities, losses = -(-SAMPLES // GROUP), [], []
        for k in range(count):
            one, row_losses = [], []
            for g in range(groups):
                part = slice(g * GROUP, (g + 1) * GROUP)
                values, _ = contract.forward(nodes, parameters, self.x[part], self.labels[part], {'seed': seed}, k * groups + g)
                _, e, s = contract.softmax_parts(values[nodes[-1].inputs[0]])
                one.append(e * (contract.ONE / s)[:, None])
                row_losses.append(values[nodes[-1].number])
            probabilities.append(np.concatenate(one))
            losses.append(np.concatenate(row_losses))
        return np.array(probabilities), np.array(losses)

    def test_passes(self):
        for name, seed in (("relu", 0), ("sum", 2**64 - 1), ("connect", 3), ("relatives", 5)):
            p, losses = self.passes(name, seed, 4)
            done = json.loads(self.good("eval", name, "--dropout", "--seed", seed, "--json"))
            self.assertEqual(done["loss"], sum(map(float, losses[0])) / SAMPLES)
            self.assertEqual(done["accuracy"], (p[0].argmax(1) == self.labels).mean())
            # any part of the data, over the border of the groups too, has the same masks
            for first, count in ((0, SAMPLES), (250, 10), (299, 1)):
                found = json.loads(self.good("predict", name, "--mc", 4, "--seed", seed, "--first", first, "--count", count, "--json"))["predictions"]
                mean = (p.astype(float)[0] + p[1] + p[2] + p[3]) / 4
                wanted = mean.astype(np.float32)[first:first + count]
                got = np.array([one["outputs"] for one in found], np.float32)
                self.assertTrue(np.array_equal(got, wanted), (name, first))
                entropy = -(mean * np.log(mean)).sum(1)
                each = -(p.astype(float) * np.log(p.astype(float))).sum(2).mean(0)
                np.testing.assert_allclose([one["entropy"] for one in found], entropy[first:first + count], rtol=1e-8)
                np.testing.assert_allclose([one["mutual_information"] for one in found], (entropy - each)[first:first + count], atol=1e-8)
        # one pass's mutual information is nothing
        for one in json.loads(self.good("predict", "relu", "--mc", 1, "--json"))["predictions"]:
            self.assertLess(one["mutual_information"], 1e-12)

    def test_figures(self):
        p, _ = self.passes("relu", 5, 6)
        mean = p.astype(float).mean(0)
        rows = np.arange(SAMPLES)
        right, confidence = mean.argmax(1) == self.labels, mean.max(1)
        entropy = -(mean * np.log(mean)).sum(1)
        done = json.loads(self.good("eval", "relu", "--mc", 6, "--seed", 5, "--json"))
        self.assertEqual((done["passes"], done["samples"], done["accuracy"]), (6, SAMPLES, right.mean()))
        self.assertAlmostEqual(done["loss"], -np.log(mean[rows, self.labels]).mean(), places=10)
        self.assertAlmostEqual(done["entropy"], entropy.mean(), places=10)
        each = -(p.astype(float) * np.log(p.astype(float))).sum(2).mean(0)
        self.assertAlmostEqual(done["mutual_information"], (entropy - each).mean(), places=10)
        bins = np.minimum((confidence * 15).astype(int), 14)
        error = 0
        for b in range(15):
            here = bins == b
            self.assertEqual(done["bins"][b]["samples"], here.sum())
            if here.any():
                self.assertAlmostEqual(done["bins"][b]["confidence"], confidence[here].mean(), places=10)
                self.assertAlmostEqual(done["bins"][b]["accuracy"], right[here].mean(), places=10)
                error += here.mean() * abs(right[here].mean() - confidence[here].mean())
        self.assertAlmostEqual(done["calibration_error"], error, places=10)
        order = np.argsort(entropy, kind="stable")
        self.assertEqual([kept["share"] for kept in done["kept"]], [1 - 0.1 * k for k in range(10)])
        for k in range(10):
            self.assertAlmostEqual(done["kept"][k]["accuracy"], right[order[:-(-SAMPLES * (10 - k) // 10)]].mean(), places=10)
        text = self.good("eval", "relu", "--mc", 6, "--seed", 5)
        self.assertIn(f"on {SAMPLES} samples of ", text)
        self.assertIn(", 6 passes with dropout\nloss ", text)
        self.assertRegex(text, rf"(?m)^  100%  {right.mean():.4f}$")
        self.assertEqual(len(re.findall(r"(?m)^ +\d+%  0\.\d{4}$|^ +\d+%  1\.0000$", text)), 10)

    def test_off(self):
        """Without dropout in the graph a pass is an evaluation; and evaluation stays what it was."""
        self.good("train", "--data", "data", "--hidden", "16", "--dropout", "0", "--batch", "20", "--epochs", "1", "--out", "none")
        plain = json.loads(self.good("eval", "none", "--json"))
        once = json.loads(self.good("eval", "none", "--dropout", "--json"))
        self.assertEqual((plain["loss"], plain["accuracy"]), (once["loss"], once["accuracy"]))
        self.assertNotIn("passes", plain)
        figures = {self.good("eval", "relu", *arguments).splitlines()[2] for arguments in
                   ([], ["--dropout"], ["--dropout", "--seed", "1"], ["--dropout", "--seed", "-1"])}
        self.assertEqual(len(figures), 4)

    def test_per_sample(self):
        """Each sample's loss by the contract, whose mean is what eval prints; outputs are predict's."""
        nodes = contract.read_graph(GRAPHS["relu"].splitlines())
        parameters = {key: np.array(values, np.float32).reshape(shape) for key, (shape, values) in read_safetensors("relu/weights.safetensors")[1].items()}
        values, _ = contract.forward(nodes, parameters, self.x, self.labels)
        mean = json.loads(self.good("eval", "relu", "--per-sample", "each.npy", "--json"))["loss"]
        each = np.load("each.npy")
        self.assertEqual(each.dtype.names, ("loss", "label", "class", "outputs"))
        self.assertEqual(each.shape, (SAMPLES,))
        self.assertTrue(np.array_equal(each["loss"], values[nodes[-1].number].astype(float)))
        self.assertEqual(sum(each["loss"]) / SAMPLES, mean)
        self.assertTrue(np.array_equal(each["label"], self.labels))
        found = json.loads(self.good("predict", "relu", "--count", "all", "--json"))["predictions"]
        self.assertTrue(np.array_equal(each["outputs"], np.array([one["outputs"] for one in found], np.float32)))
        self.assertEqual(list(each["class"]), [one["class"] for one in found])
        self.good("train", "--data", "data", "--hidden", "16", "--loss", "mse", "--batch", "20", "--epochs", "1", "--out", "mse")
        mean = json.loads(self.good("eval", "mse", "--per-sample", "mse.npy", "--json"))["loss"]
        each = np.load("mse.npy")
        self.assertAlmostEqual(each["loss"].mean(), mean, places=12)
        error = ((each["outputs"].astype(float) - np.eye(10)[self.labels]) ** 2).mean(1)
        np.testing.assert_allclose(each["loss"], error, rtol=1e-5)
        self.bad(2, "eval", "relu", "--per-sample", "x.npy", "--mc", "2", has="leave out")
        self.bad(9, "eval", "relu", "--per-sample", "absent/x.npy", has="absent/x.npy")

    def test_wrong(self):
        self.good("train", "--data", "data", "--hidden", "16", "--loss", "mse", "--batch", "20", "--epochs", "1", "--out", "squared")
        self.bad(2, "eval", "squared", "--mc", "3", has="no probabilities")
        self.bad(2, "predict", "squared", "--mc", "3", has="no probabilities")
        self.good("eval", "squared", "--dropout")
        self.bad(2, "eval", "squared", "--mc", "3", "--dropout", has="leave out --dropout")
        for value in ("0", "-1", "x", "1.5"):
            self.bad(2, "eval", "squared", "--mc", value)


main()
