"""A negative seed is the 64 bits of its two's complement, in every verb that takes one, and in what a run records."""
# ctest: PLATFORMS pocl TIMEOUT 300
import glob
import json
import os

from _cli import Case, main, make_data

SMALL = ["--data", "data", "--hidden", "16,12", "--batch", "32"]


def digest(text):
    return text.splitlines()[-1].split()[1]


class Seeds(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data")

    def test_random(self):
        mask = ["mask", "--p", "0.5", "--rows", "3", "--columns", "9"]
        self.assertEqual(self.good(*mask, "--seed", "-1"), self.good(*mask, "--seed", str(2**64 - 1)))
        self.assertEqual(self.good("dropout", "--seed", "-9223372036854775808"), self.good("dropout", "--seed", "0x8000000000000000"))

    def test_train(self):
        texts = [self.good("train", *SMALL, "--epochs", "1", "--seed", seed, "--out", f"seed{i}") for i, seed in enumerate(["-2", str(2**64 - 2)])]
        self.assertEqual(*map(digest, texts))
        self.assertIn(f"seed {2**64 - 2}\n", texts[0])
        with open("seed0/run.json") as file:
            self.assertEqual(json.load(file)["settings"]["seed"], str(2**64 - 2))
        self.assertEqual(digest(self.good("train", "--resume", "--out", "seed0", "--epochs", "2")),
                         digest(self.good("train", *SMALL, "--epochs", "2", "--seed", "-2", "--out", "seed2")))
        self.assertIn("same digest", self.good("reproduce", "seed0"))
        os.makedirs("in", exist_ok=True)
        self.good("train", "--data", os.path.abspath("data"), "--hidden", "4", "--epochs", "1", "--seed", "-1", cwd="in")
        self.assertEqual(len(glob.glob(f"in/runs/*-seed{2**64 - 1}")), 1)


main()
