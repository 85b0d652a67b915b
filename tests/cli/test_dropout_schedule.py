"""train --dropout-schedule and --dropout-steps: each step's mask against the published formulas in plain Python; what run.json says; going on."""
# ctest: PLATFORMS pocl rusticl HOURS_ON rusticl TIMEOUT 900
import hashlib
import json
import math
import os
import re

from _cli import Case, keep_mask, main, make_data, run

SMALL = ["--data", "data", "--hidden", "24", "--dropout", "0.5", "--batch", "100", "--lr", "0.2"]
STEPS = 5  # of an epoch


def digest_of(text):
    return re.search(r"^digest (sha256:[0-9a-f]{64})  ", text, re.M).group(1)


def linear(p, t, steps):
    return p * min(1, t / steps)


def exponential(p, t, steps):
    """Morerio et al., Curriculum dropout (ICCV 2017): 1 - theta(t), theta(t) = (1 - theta) exp(-gamma t) + theta, gamma = 10 / T."""
    theta = 1 - p
    return 1 - ((1 - theta) * math.exp(-10 / steps * t) + theta)


FORMULAS = {"linear": linear, "exponential": exponential}


class Schedule(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data")

    def train(self, out, *arguments):
        return digest_of(self.good("train", *SMALL, "--out", out, *arguments))

    def settings(self, out):
        with open(f"{out}/run.json") as file:
            return json.load(file)["settings"]

    def masks(self, out, node):
        lines = [line.split() for line in open(f"{out}/record.txt")]
        return {int(words[0]): words[2] for words in lines if words[1:2] == [f"node.{node}.mask"]}

    def test_masks(self):
        """Of dropout, and of the weights of drop_connect, which has another purpose of streams and the shape (O,I)."""
        for name, formula in FORMULAS.items():
            self.train(name, "--epochs", "2", "--record", "--no-fusion", "--dropout-schedule", name, "--dropout-steps", "7")
            self.train(f"{name}-connect", "--epochs", "2", "--record", "--no-fusion", "--dropout-schedule", name, "--dropout-steps", "7",
                       "--dropout-kind", "connect")
            for out, node, stream, rows, columns in ((name, 4, 4, 100, 24), (f"{name}-connect", 2, (4 << 24) + 2, 24, 60)):
                found = self.masks(out, node)
                self.assertEqual(sorted(found), list(range(2 * STEPS)))
                for t, digest in found.items():
                    mask = keep_mask(formula(0.5, t, 7), 0, stream, t, rows, columns)
                    wanted = hashlib.sha256(bytes(b for row in mask for b in row)).hexdigest()
                    self.assertTrue(wanted.startswith(digest.split(":")[-1]), (out, t))
                    kept = sum(map(sum, mask)) / rows / columns
                    self.assertLess(abs(kept - (1 - formula(0.5, t, 7))), 0.05)

    def test_fused_or_not(self):
        for name in FORMULAS:
            arguments = ["--epochs", "2", "--dropout-schedule", name, "--dropout-steps", "4"]
            wanted = self.train(f"fused-{name}", *arguments)
            self.assertEqual(self.train(f"apart-{name}", *arguments, "--no-fusion"), wanted)
            if os.environ.get("CLONAL_TEST_PLATFORM") != "rusticl":  # whose fma breaks it
                self.assertEqual(self.train(f"clblast-{name}", *arguments, "--gemm", "clblast"), wanted)
            self.assertNotEqual(self.train(f"longer-{name}", *arguments[:-1], "40"), wanted)

    def test_relatives(self):
        """Every kind that has a probability follows: in the first step none drops, so that a run of one step is that of p = 0."""
        for kind in ("gaussian", "alpha", "connect"):
            arguments = ["--dropout-kind", kind, "--batch", "500"]
            self.train(f"{kind}-none", *arguments, "--dropout", "0")
            self.train(f"{kind}-first", *arguments, "--dropout-schedule", "linear", "--dropout-steps", "3")
            self.train(f"{kind}-p", *arguments)
            losses = [open(f"{kind}-{which}/metrics.csv").read().splitlines()[1].split(",")[1:4] for which in ("none", "first", "p")]
            self.assertEqual(losses[0], losses[1], kind)
            self.assertNotEqual(losses[0], losses[2], kind)

    def test_constant(self):
        """Named or not it is the same run, to the byte of run.json."""
        self.assertEqual(self.train("none"), self.train("constant", "--dropout-schedule", "constant"))
        for out in ("none", "constant"):
            self.assertFalse([key for key in self.settings(out) if key.startswith("dropout_")])
        self.good("diff", "none", "constant")

    def test_its_steps_are_the_runs(self):
        digest = self.train("whole", "--epochs", "3", "--dropout-schedule", "linear")
        self.assertEqual((self.settings("whole")["dropout_schedule"], self.settings("whole")["dropout_steps"]), ("linear", 3 * STEPS))
        self.assertEqual(self.train("named", "--epochs", "3", "--dropout-schedule", "linear", "--dropout-steps", 3 * STEPS), digest)
        self.assertIn(" linear dropout, ", self.good("train", *SMALL, "--epochs", "1", "--dropout-schedule", "linear", "--out", "said"))

    def test_goes_on(self):
        arguments = ["--dropout-schedule", "exponential", "--dropout-steps", "9"]
        whole = self.train("three", *arguments, "--epochs", "3")
        self.train("one", *arguments, "--epochs", "1")
        self.bad(2, "train", "--resume", "--out", "one", "--dropout-schedule", "linear", has="dropout_schedule")
        self.bad(2, "train", "--resume", "--out", "one", "--dropout-steps", "10", has="dropout_steps")
        self.assertEqual(digest_of(self.good("train", "--resume", "--out", "one", "--epochs", "3")), whole)
        self.assertIn("same digest", self.good("reproduce", "three"))
        self.train("other", "--dropout-schedule", "exponential", "--dropout-steps", "10", "--epochs", "3")
        done = run("diff", "three", "other")
        self.assertIn("dropout_steps", done.stdout + done.stderr)
        self.train("constant-one", "--epochs", "3")
        done = run("diff", "three", "constant-one")
        self.assertIn("dropout_schedule", done.stdout + done.stderr)

    def test_evaluation(self):
        """With a rate of 0 the weights are those of a run without a schedule, and evaluation and its passes are the same."""
        for out, arguments in (("still", []), ("scheduled", ["--dropout-schedule", "linear"])):
            self.train(out, "--lr", "0", *arguments)
        for verb in (["eval"], ["eval", "--dropout"], ["eval", "--mc", "3"], ["predict", "--mc", "2"]):
            still, scheduled = (self.good(verb[0], out, *verb[1:]) for out in ("still", "scheduled"))
            self.assertEqual(still, scheduled.replace("scheduled", "still"), verb)

    def test_bad_input(self):
        nothing = [*SMALL, "--out", "nothing"]
        for steps in ("0", "-1", "1.5", "x", ""):
            self.bad(2, "train", *nothing, "--dropout-schedule", "linear", f"--dropout-steps={steps}", has="--dropout-steps")
        self.bad(2, "train", *nothing, "--dropout-schedule", "linear", "--dropout-steps", 2**53, has="dropout schedule's steps")
        self.bad(2, "train", *nothing, "--dropout-steps", "5", has="give --dropout-schedule")
        self.bad(2, "train", *nothing, "--dropout-schedule", "constant", "--dropout-steps", "5", has="give --dropout-schedule")
        self.bad(2, "train", *nothing, "--dropout-schedule", "cosine", has="give one of constant, linear, exponential")
        self.bad(2, "train", *nothing, "--dropout-schedule", "linear", "--dropout", "0", has="nothing to do")
        self.bad(2, "train", *nothing, "--dropout-schedule", "linear", "--dropout", "1.5", has="--dropout")
        with open("plain.txt", "w") as file:
            file.write("0 input 10,6\n1 flatten 0\n2 linear 1 10\n3 softmax_cross_entropy 2\n")
        self.bad(2, "train", "--data", "data", "--graph", "plain.txt", "--out", "nothing", "--dropout-schedule", "linear", has="nothing to do")
        self.assertFalse(os.path.exists("nothing"))

    def test_damaged_settings(self):
        self.train("damaged", "--dropout-schedule", "linear")
        with open("damaged/run.json") as file:
            whole = json.load(file)
        for key, value in [("dropout_schedule", "cosine"), ("dropout_schedule", 5), ("dropout_steps", "5"), ("dropout_steps", 1.5),
                           ("dropout_steps", -1), ("dropout_steps", None)]:
            settings = {**whole["settings"], key: value}
            if value is None:
                del settings[key]
            with open("damaged/run.json", "w") as file:
                json.dump({**whole, "settings": settings}, file)
            self.assertIn(key, self.bad(10, "train", "--resume", "--out", "damaged", "--epochs", "2"))


main()
