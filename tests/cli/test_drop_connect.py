"""train --dropout-kind connect: the layers that it drops, whole runs against the contract in Python (tests/unit/contract.py), the files that it leaves."""
# ctest: PLATFORMS pocl rusticl HOURS_ON rusticl TIMEOUT 900
import json
import os
import re
import sys

from _cli import Case, SOURCE, main, make_data, read_safetensors, run, write_safetensors

try:
    import numpy as np
except ImportError:
    print("skipped: no numpy")
    sys.exit(77)
sys.path.insert(0, os.path.join(SOURCE, "tests", "unit"))
import contract  # noqa: E402

SAMPLES = 90
CONNECT = ["--data", "data", "--hidden", "24,16", "--dropout", "0.5,0.25", "--dropout-kind", "connect", "--batch", "32", "--lr", "0.2"]
GRAPH = ("0 input 10,6\n1 flatten 0\n2 drop_connect 1 24 0.5\n3 relu 2\n4 drop_connect 3 16 0.25\n5 relu 4\n6 linear 5 10\n"
         "7 softmax_cross_entropy 6\n")
NAMES = ["1.weight", "1.bias", "3.weight", "3.bias", "5.weight", "5.bias"]


def digest_of(text):
    return re.search(r"^digest (sha256:[0-9a-f]{64})  ", text, re.M).group(1)


class DropConnect(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data", train=SAMPLES)

    def train(self, out, *arguments):
        return digest_of(self.good("train", *CONNECT, "--out", out, *arguments))

    def assert_trained(self, out, **settings):
        """The run's weights are those that contract.py trains."""
        with open("data/train-images-idx3-ubyte", "rb") as file:
            x = contract.pixels(np.frombuffer(file.read()[16:], np.uint8)).reshape(SAMPLES, 60)
        with open("data/train-labels-idx1-ubyte", "rb") as file:
            labels = np.frombuffer(file.read()[8:], np.uint8).astype(int)
        settings = {"batch": 32, "lr": 0.2, "momentum": 0, "weight_decay": 0, "epochs": 2, **settings}
        wanted, _ = contract.train(contract.read_graph(GRAPH.splitlines()), settings, x, labels)
        _, tensors = read_safetensors(f"{out}/weights.safetensors")
        for name, values in wanted.items():
            self.assertEqual(np.array(tensors[name][1], np.float32).tobytes(), values.tobytes(), name)

    def test_graph(self):
        layers = ["--inputs", "10,6", "--hidden", "24,16"]
        self.assertEqual(self.good("graph", *layers, "--dropout", "0.5,0.25", "--dropout-kind", "connect"), GRAPH)
        self.assertEqual(self.good("graph", *layers, "--dropout", "0.5", "--dropout-kind", "connect"), GRAPH.replace("0.25", "0.5"))
        self.assertEqual(self.good("graph", *layers[:2], "--hidden", "none", "--dropout-kind", "connect"),
                         "0 input 10,6\n1 flatten 0\n2 linear 1 10\n3 softmax_cross_entropy 2\n")

    def test_trains_by_the_contract(self):
        digest = self.train("run", "--epochs", "2", "--seed", "7")
        self.assert_trained("run", seed=7)
        metadata, tensors = read_safetensors("run/weights.safetensors")
        self.assertEqual((metadata["clonal.graph"], list(tensors)), (GRAPH, NAMES))
        self.assertEqual([tensors[name][0] for name in NAMES], [[24, 60], [24], [16, 24], [16], [10, 16], [10]])
        with open("run/run.json") as file:
            self.assertEqual(json.load(file)["settings"]["dropout_kind"], "connect")
        for number, options in enumerate([["--no-fusion"], ["--gemm", "clblast"], ["--gemm", "native"]]):
            if options[1:] == ["clblast"] and os.environ.get("CLONAL_TEST_PLATFORM") == "rusticl":
                continue  # whose fma breaks it
            self.assertEqual(self.train(f"other-{number}", "--epochs", "2", "--seed", "7", *options), digest, options)
        with open("graph.txt", "w") as file:
            file.write(GRAPH)
        self.assertEqual(digest_of(self.good("train", "--data", "data", "--graph", "graph.txt", "--batch", "32", "--lr", "0.2", "--epochs", "2",
                                             "--seed", "7", "--out", "by-graph")), digest)

    def test_schedule(self):
        """p of 0 in the first step, and two growing; with a seed of the masks' own."""
        self.train("scheduled", "--epochs", "2", "--seed", "5", "--dropout-schedule", "exponential", "--dropout-steps", "4")
        self.assert_trained("scheduled", seed=5, dropout_schedule="exponential", dropout_steps=4)

    def test_seed_of_masks(self):
        both = self.train("both", "--seed", "5", "--seed-dropout", "8")
        self.assertNotEqual(both, self.train("five", "--seed", "5"))
        self.assertEqual(both, self.train("eight", "--seed", "8", "--seed-init", "5", "--seed-shuffle", "5"))

    def test_nothing_dropped_is_linear(self):
        self.train("zero", "--dropout", "0")
        with open("linear.txt", "w") as file:
            file.write(re.sub(r"drop_connect (\d+ \d+) \S+", r"linear \1", GRAPH))
        self.good("train", "--data", "data", "--graph", "linear.txt", "--batch", "32", "--lr", "0.2", "--out", "linear")
        self.assertEqual(read_safetensors("zero/weights.safetensors")[1], read_safetensors("linear/weights.safetensors")[1])

    def test_evaluation_has_the_whole_weights(self):
        """As the same tensors without a graph, which are read as PyTorch's nn.Sequential of linear layers and ReLU."""
        self.train("whole", "--epochs", "3")
        write_safetensors("plain.safetensors", read_safetensors("whole/weights.safetensors")[1])
        whole, plain = (json.loads(self.good("eval", of, "--data", "data", "--json")) for of in ("whole", "plain.safetensors"))
        self.assertEqual((whole["loss"], whole["accuracy"]), (plain["loss"], plain["accuracy"]))
        self.assertEqual(self.good("predict", "whole", "--data", "data"), self.good("predict", "plain.safetensors", "--data", "data"))
        masked = [self.good("eval", "whole", "--dropout", "--seed", seed, "--json") for seed in (0, 1)]
        self.assertEqual(len({self.good("eval", "whole", "--json"), *masked}), 3)

    def test_goes_on(self):
        whole = self.train("two", "--epochs", "2")
        self.train("one", "--epochs", "1")
        self.bad(2, "train", "--resume", "--out", "one", "--dropout-kind", "dropout", has="dropout_kind")
        self.bad(2, "train", "--resume", "--out", "one", "--dropout", "0.5,0.3", has="dropout")
        self.assertEqual(digest_of(self.good("train", "--resume", "--out", "one", "--epochs", "2")), whole)
        self.good("reproduce", "two", "-q")
        self.good("train", "--data", "data", "--hidden", "24,16", "--dropout", "0.5,0.25", "--batch", "32", "--lr", "0.2", "--epochs", "2", "--out", "plain")
        self.assertIn("dropout_kind", self.bad_diff("two", "plain"))

    def bad_diff(self, *runs):
        done = run("diff", *runs)
        self.assertNotEqual(done.returncode, 0)
        return done.stdout + done.stderr

    def test_bad_input(self):
        self.bad(2, "train", "--dropout-kind", "conect", has="did you mean 'connect'?")
        self.bad(2, "train", "--dropout-kind", "connect", "--dropout", "1.5", has="--dropout")
        with open("given.txt", "w") as file:
            file.write(GRAPH)
        self.bad(2, "train", "--graph", "given.txt", "--dropout-kind", "connect", has="--dropout-kind")
        for wrong in ("drop_connect 1 24", "drop_connect 1 24 1.5", "drop_connect 1 0 0.5", "drop_connect 1 24 0.5 1"):
            with open("wrong.txt", "w") as file:
                file.write(GRAPH.replace("drop_connect 1 24 0.5", wrong))
            done = run("train", "--data", "data", "--batch", 32, "--graph", "wrong.txt", "--out", "nothing")
            self.assertIn(done.returncode, (2, 10, 11), wrong)
            self.assertRegex(done.stderr, r"\Aclonal: .*(line 3|node 2).*\n\Z", wrong)
            self.assertFalse(os.path.exists("nothing"), wrong)


main()
