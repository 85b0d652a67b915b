"""Products of a step that do not need one another, two in one launch on GPUs (cl/gemm_pair.cl): how many launches a step has, and that no bit differs
from a launch each, from the operations one by one, and from the forms for CPUs."""
# ctest: PLATFORMS pocl+as-gpu intel+as-gpu LONG_ON pocl+as-gpu HOURS_ON intel+as-gpu TIMEOUT 1800
import json
import os
import re
import shutil

from _cli import SOURCE, Case, main, make_data, run

TRAIN, TEST = 1130, 40


class Pairs(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data", train=TRAIN, test=TEST)

    def settings(self, hidden, *more):
        return ["--data", "data", "--hidden", hidden, "--seed", "3", *more]

    def explained(self, *settings):
        """(instructions, pairs, launches) of the training step."""
        text = self.good("train", *settings, "--explain")
        lines = text[text.rindex("memory planned:"):].splitlines()[1:]
        end = [line.startswith("buffers:") for line in lines].index(True)
        pairs = 0
        for line, after in zip(lines[:end], lines[1:end] + [""]):
            if "in one launch with the next" in line:
                self.assertIn("in one launch with the last", after)
                pairs += 1
        self.assertEqual(sum("in one launch" in line for line in lines[:end]), 2 * pairs)
        return end, pairs, int(re.search(r"launches: (\d+)", lines[end]).group(1))

    def digest(self, name, *settings, env=None):
        return self.good("train", *settings, "--epochs", "1", "--quiet", "--out", name, env=env or {}).split()[1]

    def check(self, name, layers, *settings):
        """A network of so many layers with weights: each but the last one's gradient has a partner."""
        instructions, pairs, launches = self.explained(*settings)
        self.assertEqual((instructions, pairs, launches), (3 * layers - 1, layers - 1, 2 * layers))
        self.assertEqual(self.explained(*settings, "--no-fusion")[1], 0)
        digest = self.digest(name, *settings)
        self.assertEqual(digest, self.digest(f"{name}-plain", *settings, "--no-fusion"))
        self.assertEqual(digest, self.digest(f"{name}-cpu", *settings, env={"CLONAL_FORMS": ""}))

    def test_chapter(self):
        """784-256-256-10 has ten launches on CPUs; its two pairs, the gather and the loss within products leave six."""
        if not os.path.isdir("/usr/share/datasets/fashion-mnist"):
            self.skipTest("no Fashion-MNIST")
        self.assertEqual(self.explained("--data", "/usr/share/datasets/fashion-mnist"), (8, 2, 6))

    def test_one_layer(self):
        self.check("one", 2, *self.settings("33", "--batch", "61", "--dropout", "0.3"))

    def test_three_layers(self):
        self.check("three", 4, *self.settings("40,17,9", "--batch", "226", "--optimizer", "adam", "--lr", "0.01"))

    def test_five_layers(self):
        self.check("five", 6, *self.settings("130,36,33,64,12", "--batch", "565", "--momentum", "0.9"))

    def test_batch_of_several_blocks(self):
        """The updates are launches of their own then, and the products pair all the same."""
        settings = self.settings("40,30,20", "--batch", "1130")
        instructions, pairs, launches = self.explained(*settings)
        self.assertGreater(pairs, 0)
        self.assertEqual(launches, instructions - pairs)
        self.assertEqual(self.digest("blocks", *settings), self.digest("blocks-plain", *settings, "--no-fusion"))

    def test_a_driver_that_builds_no_more(self):
        """Where a program of two products does not build they are not paired; where one that gathers does not, nothing is fused: a warning, no other bit."""
        settings = self.settings("33,20", "--batch", "226")
        digest = self.digest("sound", *settings)
        breaks = [("gemm_pair.cl", "#error no registers\n", "products are not paired"),
                  ("lib/gemm_gather.cl", "#if A_SAMPLES || B_SAMPLES\n#error no registers\n#endif\n", "products are not fused")]
        for number, (file, error, words) in enumerate(breaks):
            kernels = os.path.abspath(f"kernels{number}")
            shutil.copytree(os.path.join(SOURCE, "cl"), kernels)
            with open(f"{kernels}/{file}", "a", encoding="utf-8") as text:
                text.write(error)
            done = run("train", *settings, "--epochs", "1", "--quiet", "--out", f"poor{number}", env={"CLONAL_KERNELS": kernels})
            self.assertEqual((done.returncode, done.stdout.split()[1]), (0, digest), done.stderr)
            self.assertIn(f"clonal: warning: training step of 226 rows: {words} here: the program gemm_", done.stderr)

    def test_evidence(self):
        """A recorded run is reproduced; a profile's launch of a pair has the work of both."""
        settings = self.settings("33,20", "--batch", "226", "--epochs", "1", "--quiet")
        self.good("train", *settings, "--out", "recorded", "--record")
        self.assertIn("same digest", self.good("reproduce", "recorded", "--quiet", env={"TMPDIR": os.getcwd()}))
        self.good("train", *settings, "--out", "profiled", "--profile", "profile.json")
        with open("profile.json") as file:
            events = json.load(file)["traceEvents"]
        step = next(e for e in events if e.get("cat") == "step" and e["name"] == "training step 0")
        inside = [e["args"] for e in events if e.get("cat") == "launch" and step["ts"] <= e["ts"] < step["ts"] + step["dur"]]
        pairs = [a for a in inside if a["kernel"] == "gemm_pair"]
        self.assertEqual((len(inside), len(pairs)), (6, 2))
        inputs, widths = 60, (33, 20, 10)
        first = 226 * inputs * widths[0]
        others = 226 * (widths[0] * widths[1] + widths[1] * widths[2])
        self.assertEqual(sum(a["flops"] for a in inside if a["instruction"].startswith("gemm")), 2 * (2 * first + 3 * others))
        self.assertEqual(pairs[1]["flops"], 2 * 226 * (inputs * widths[0] + widths[0] * widths[1]))
        # samples are bytes, read with their order; x1, dy1, dy2, and the parameters in and out
        samples = 226 * (inputs + 4)
        parameters = 4 * (inputs * widths[0] + widths[0] + widths[0] * widths[1] + widths[1])
        self.assertIn("gathered", pairs[1]["instruction"])
        self.assertEqual(pairs[1]["bytes_read"], samples + 4 * 226 * (2 * widths[0] + widths[1]) + parameters)
        self.assertEqual(pairs[1]["bytes_written"], parameters)


main()
