"""train and graph --dropout-kind, --activation selu, --input-noise: what graph they build, what run.json and --resume keep of them."""
# ctest: PLATFORMS pocl TIMEOUT 900
import json
import os
import re

from _cli import Case, main, make_data, run

SHAPE = ["--inputs", "10,6"]
LAYERS = ["--hidden", "24,16", "--dropout", "0.5,0.25"]


def digest_of(text):
    return re.search(r"^digest (sha256:[0-9a-f]{64})  ", text, re.M).group(1)


def settings_of(folder):
    with open(f"{folder}/run.json") as file:
        return json.load(file)["settings"]


class Kinds(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data")

    def operations(self, *arguments):
        return [line.split(" ", 1)[1] for line in self.good("graph", *SHAPE, *LAYERS, *arguments).splitlines()]

    def test_graphs(self):
        plain = self.operations()
        self.assertEqual(plain, ["input 10,6", "flatten 0", "linear 1 24", "relu 2", "dropout 3 0.5", "linear 4 16", "relu 5", "dropout 6 0.25",
                                 "linear 7 10", "softmax_cross_entropy 8"])
        self.assertEqual(self.operations("--dropout-kind", "dropout"), plain)
        for kind in ("gaussian", "alpha"):
            self.assertEqual(self.operations("--dropout-kind", kind), [line.replace("dropout", f"{kind}_dropout") for line in plain])
        self.assertEqual(self.operations("--activation", "selu")[3], "selu 2")
        for given, line in (("gaussian:0.1", "gaussian_noise 0 0.1"), ("uniform:2", "uniform_noise 0 2"), ("gaussian:0", "gaussian_noise 0 0")):
            self.assertEqual(self.operations("--input-noise", given)[:4], ["input 10,6", line, "flatten 1", "linear 2 24"])

    def train(self, out, *arguments):
        return digest_of(self.good("train", "--data", "data", "--batch", "100", "--out", out, *arguments))

    def test_runs(self):
        """A run by options is the run of the graph that they build; what is not the default is in run.json."""
        digests = set()
        for number, (options, settings) in enumerate([([], {}), (["--dropout-kind", "gaussian"], {"dropout_kind": "gaussian"}),
                                                      (["--dropout-kind", "alpha", "--activation", "selu"], {"dropout_kind": "alpha"}),
                                                      (["--input-noise", "uniform:0.25"], {"input_noise": "uniform", "input_noise_size": 0.25}),
                                                      (["--input-noise", "gaussian:0.5"], {"input_noise": "gaussian", "input_noise_size": 0.5})]):
            folder = f"run{number}"
            digest = self.train(folder, *LAYERS, *options, "--epochs", "1")
            with open("graph.txt", "w") as file:
                file.write(self.good("graph", *SHAPE, *LAYERS, *options))
            self.assertEqual(self.train(f"{folder}-graph", "--graph", "graph.txt", "--epochs", "1"), digest)
            found = settings_of(folder)
            self.assertEqual({key: found[key] for key in ("dropout_kind", "input_noise", "input_noise_size") if key in found}, settings)
            digests.add(digest)
            self.good("reproduce", folder, "-q")
        self.assertEqual(len(digests), 5)
        told = self.good("train", "--data", "data", *LAYERS, "--activation", "selu", "--dropout-kind", "alpha", "--input-noise", "gaussian:0.5",
                         "--epochs", "1", "--batch", "100", "--out", "told")
        self.assertIn(" selu, alpha dropout 0.5,0.25, gaussian noise 0.5 on the input", told)
        self.assertIn("dropout_kind", run("diff", "run0", "run1").stdout)
        self.assertIn("input_noise", run("diff", "run3", "run4").stdout)

    def test_goes_on(self):
        options = [*LAYERS, "--dropout-kind", "gaussian", "--input-noise", "gaussian:0.1"]
        whole = self.train("two", *options, "--epochs", "2")
        self.train("one", *options, "--epochs", "1")
        self.bad(2, "train", "--resume", "--out", "one", "--dropout-kind", "alpha", has="dropout_kind")
        self.bad(2, "train", "--resume", "--out", "one", "--input-noise", "uniform:0.1", has="input_noise")
        self.bad(2, "train", "--resume", "--out", "one", "--input-noise", "gaussian:0.2", has="input_noise_size")
        self.assertEqual(digest_of(self.good("train", "--resume", "--out", "one", "--epochs", "2")), whole)

    def test_evaluation(self):
        """Without dropout noise and masks are not there: the figures are those of the graph without these nodes; with it, they are others."""
        self.train("noisy", *LAYERS, "--dropout-kind", "gaussian", "--input-noise", "gaussian:0.3", "--epochs", "1")
        plain, first, again, other = (json.loads(self.good("eval", "noisy", "--data", "data", "--json", *more))["loss"]
                                      for more in ([], ["--dropout"], ["--dropout"], ["--dropout", "--seed", "1"]))
        self.assertEqual(first, again)
        self.assertEqual(len({plain, first, other}), 3)

    def test_refusals(self):
        def bad(*arguments, has):
            for verb in ("train", "graph"):
                self.bad(2, verb, *arguments, *(["--data", "data", "--out", "none"] if verb == "train" else []), has=has)
        bad("--dropout-kind", "spatial", has="spatial_dropout")
        bad("--dropout-kind", "bernoulli", has="bernoulli")
        bad("--dropout-kind", "gaussian", "--dropout", "1", has="less than 1")
        for noise in ("gaussian", "gaussian:", "gaussian:x", "normal:1", "uniform:-1", "0.1", "", "gaussian:nan", "uniform:inf", "gaussian:0.1,0.2", "uniform:1e39"):
            bad("--input-noise", noise, has="--input-noise")
        self.bad(2, "train", "--graph", "-", "--input-noise", "gaussian:1", has="describe a perceptron")
        self.bad(2, "train", "--graph", "-", "--dropout-kind", "alpha", has="describe a perceptron")
        self.assertFalse(os.path.exists("none"))

    def test_graph_refusals(self):
        for node, has in (("gaussian_dropout 1 1", "infinite"), ("alpha_dropout 1 1.5", "probability"), ("spatial_dropout 1 -0.1", "probability"),
                          ("gaussian_noise 1 -1", "deviation"), ("uniform_noise 1 1e39", "width"), ("gaussian_noise 1", "is not a node"),
                          ("selu 1 1", "is not a node")):
            with open("bad.txt", "w") as file:
                file.write(f"0 input 10,6\n1 flatten 0\n2 {node}\n3 linear 2 10\n4 softmax_cross_entropy 3\n")
            done = run("train", "--data", "data", "--graph", "bad.txt", "--out", "none")
            self.assertTrue(done.returncode != 0 and done.stderr.count("\n") == 1 and has in done.stderr, done.stderr)
        self.assertFalse(os.path.exists("none"))


main()
