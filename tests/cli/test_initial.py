"""train --init, --flavor and --seed-*: initial weights against formulas in plain Python, and one thing that varies at a time."""
# ctest: PLATFORMS pocl TIMEOUT 900
import json
import math
import re
import statistics
import struct

from _cli import Case, main, make_data, philox, read_safetensors, run

SMALL = ["--data", "data", "--hidden", "24", "--batch", "500", "--epochs", "1", "--lr", "0"]
INPUTS, OUTPUTS = 60, 24
NORMAL = statistics.NormalDist()


def digest_of(text):
    return re.search(r"^digest (sha256:[0-9a-f]{64})  ", text, re.M).group(1)


def word(seed, row, column):
    """Of the weight of node 2."""
    return philox(seed, (column // 4, row, (1 << 24) + 2, 0))[column % 4]


def uniform(v, bound):
    return ((v >> 8) - 2**23) / 2**23 * bound


def truncated(v, deviation):
    low = NORMAL.cdf(-2)
    return NORMAL.inv_cdf(low + (v + 0.5) / 2**32 * (1 - 2 * low)) * deviation / 0.87962566103423978


RULES = {
    "fan-in-uniform": lambda v: uniform(v, 1 / math.sqrt(INPUTS)),
    "uniform": lambda v: uniform(v, 0.07),
    "normal": lambda v: NORMAL.inv_cdf((v + 0.5) / 2**32) * 0.01,
    "lecun-uniform": lambda v: uniform(v, math.sqrt(3 / INPUTS)),
    "lecun-normal": lambda v: truncated(v, math.sqrt(1 / INPUTS)),
    "glorot-uniform": lambda v: uniform(v, math.sqrt(6 / (INPUTS + OUTPUTS))),
    "glorot-normal": lambda v: truncated(v, math.sqrt(2 / (INPUTS + OUTPUTS))),
    "he-uniform": lambda v: uniform(v, math.sqrt(6 / INPUTS)),
    "he-normal": lambda v: truncated(v, math.sqrt(2 / INPUTS)),
}
FLAVORS = {"pytorch": "fan-in-uniform", "mxnet": "uniform", "flax": "lecun-normal", "keras": "glorot-uniform"}


class Initial(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data")

    def train(self, out, *arguments):
        return digest_of(self.good("train", *SMALL, "--out", out, *arguments))

    def test_rules(self):
        """With a rate of 0 the weights stay as they began."""
        digests = set()
        for rule, value in RULES.items():
            digests.add(self.train(rule, "--seed", "11", "--init", rule))
            _, tensors = read_safetensors(f"{rule}/weights.safetensors")
            weight = tensors["1.weight"][1]
            for row in (0, 1, 23):
                for column in range(INPUTS):
                    wanted = value(word(11, row, column))
                    self.assertLessEqual(abs(weight[row * INPUTS + column] - wanted), 3e-7 * abs(wanted) + 1e-12, (rule, row, column))
            biases = {abs(b) for name in ("1.bias", "4.bias") for b in tensors[name][1]}
            self.assertEqual(biases == {0.0}, rule != "fan-in-uniform", rule)
            with open(f"{rule}/run.json") as file:
                self.assertEqual(json.load(file)["settings"].get("initial", "fan-in-uniform"), rule)
        self.assertEqual(len(digests), len(RULES))
        help_text = self.bad(2, "train", "--init", "xavier")
        for rule in RULES:
            self.assertIn(rule, help_text)

    def test_flavors(self):
        for flavor, rule in FLAVORS.items():
            self.assertEqual(self.train(f"{flavor}-flavor", "--flavor", flavor), self.train(f"{flavor}-rule", "--init", rule))
        self.assertEqual(self.train("none"), self.train("pytorch-again", "--flavor", "pytorch"))
        self.bad(2, "train", "--flavor", "flax", "--init", "normal", has="--init")
        self.bad(2, "train", "--flavor", "theano")

    def test_goes_on(self):
        arguments = ["--data", "data", "--hidden", "24", "--batch", "100", "--init", "he-normal", "--seed-dropout", "3"]
        whole = digest_of(self.good("train", *arguments, "--epochs", "2", "--out", "two"))
        self.good("train", *arguments, "--epochs", "1", "--out", "one")
        self.bad(2, "train", "--resume", "--out", "one", "--init", "normal", has="initial")
        self.bad(2, "train", "--resume", "--out", "one", "--seed-dropout", "4", has="dropout_seed")
        self.bad(2, "train", "--resume", "--out", "one", "--seed-shuffle", "4", has="shuffle_seed")
        self.assertEqual(digest_of(self.good("train", "--resume", "--out", "one", "--epochs", "2")), whole)
        self.good("reproduce", "two", "-q")

    def test_seeds(self):
        """Three seeds that are all 7 are the seed 7, and each alone decides its own tensors, as the record of a step shows them."""
        def record(out, *arguments):
            self.good("train", "--data", "data", "--hidden", "24", "--batch", "100", "--epochs", "1", "--record", "--no-fusion", "--out", out,
                      *arguments)
            lines = [line.split() for line in open(f"{out}/record.txt") if line.startswith("0 ")]
            return {name: digest for _, name, digest in lines}
        three = ["--seed-init", "7", "--seed-dropout", "7", "--seed-shuffle", "7"]
        self.assertEqual(record("all", "--seed", "5", *three), record("seven", "--seed", "7"))
        five, seven = record("five", "--seed", "5"), record("seven-again", "--seed", "7")
        init, dropout = record("init", "--seed", "5", "--seed-init", "7"), record("dropout", "--seed", "5", "--seed-dropout", "7")
        shuffle = record("shuffle", "--seed", "5", "--seed-shuffle", "0x7")
        mask, samples, first = "node.4.mask", "node.0.value", "node.2.value"
        self.assertEqual((init[mask], dropout[mask], shuffle[mask]), (five[mask], seven[mask], five[mask]))
        self.assertEqual((init[samples], dropout[samples], shuffle[samples]), (five[samples], five[samples], seven[samples]))
        self.assertEqual(dropout[first], five[first])
        both = record("both", "--seed", "7", "--seed-dropout", "5")
        self.assertEqual(record("same", "--seed", "5", "--seed-init", "7", "--seed-shuffle", "7"), both)
        self.assertNotIn(init[first], (five[first], seven[first]))
        # a seed of its own that is the run's is none
        self.good("train", "--data", "data", "--hidden", "24", "--batch", "100", "--epochs", "1", "--seed", "3", "--out", "three")
        self.good("train", "--data", "data", "--hidden", "24", "--batch", "100", "--epochs", "1", "--seed", "3", "--seed-init", "3", "--out", "3-3")
        self.good("diff", "three", "3-3")
        for name in ("--seed-init", "--seed-dropout", "--seed-shuffle"):
            self.bad(2, "train", name, "1x")


main()
