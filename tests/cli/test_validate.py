"""train --limit, --validate, --early-stop: against data sets that Python has cut itself, and metrics that Python reads."""
# ctest: PLATFORMS pocl TIMEOUT 900
import csv
import glob
import json
import math
import os
import random
import re

from _cli import Case, main, make_data, make_images, philox, write_idx

TRAIN, TEST, ROWS, COLUMNS = 230, 90, 6, 5
SMALL = ["--hidden", "12", "--batch", "16", "--epochs", "3", "--seed", "9"]


def digest_of(text):
    return re.search(r"^digest (sha256:[0-9a-f]{64})  ", text, re.M).group(1)


def metrics_of(folder):
    """Rows without their seconds."""
    with open(f"{folder}/metrics.csv") as file:
        return [row[:-1] for row in csv.reader(file)]


def held_out(seed, count, share):
    """cl/CONTRACT.md, section 4: the first floor(f N + 1/2) of the shuffle of epoch 2^32 - 1, in ascending order."""
    order = list(range(count))
    for i in range(count - 1, 0, -1):
        word = philox(seed, (i // 4, 0, 2 << 24, 2**32 - 1))[i % 4]
        j = word * (i + 1) >> 32
        order[i], order[j] = order[j], order[i]
    return sorted(order[:math.floor(share * count + 0.5)])


def put(folder, sets):
    """Writes {part: (pixels, labels)}, pixels as a list of each sample's bytes."""
    os.makedirs(folder, exist_ok=True)
    for part, (pixels, labels) in sets.items():
        write_idx(f"{folder}/{part}-images-idx3-ubyte", (len(labels), ROWS, COLUMNS), b"".join(pixels))
        write_idx(f"{folder}/{part}-labels-idx1-ubyte", (len(labels),), labels)


def make(count, seed):
    pixels, labels = make_images(count, 4, ROWS, COLUMNS, seed)
    size = ROWS * COLUMNS
    return [pixels[i * size:(i + 1) * size] for i in range(count)], labels


def choose(samples, which):
    return [samples[0][i] for i in which], [samples[1][i] for i in which]


class Validate(Case):
    @classmethod
    def setUpClass(cls):
        cls.training, cls.test = make(TRAIN, 1), make(TEST, 2)
        put("data", {"train": cls.training, "t10k": cls.test})

    def test_limit(self):
        for limit in (17, 200):
            put(f"first{limit}", {"train": choose(self.training, range(limit)), "t10k": choose(self.test, range(min(limit, TEST)))})
            text = self.good("train", "--data", f"first{limit}", *SMALL, "--out", f"cut{limit}")
            self.assertEqual(digest_of(self.good("train", "--data", "data", "--limit", limit, *SMALL, "--out", f"limit{limit}")), digest_of(text))
            self.assertEqual(metrics_of(f"limit{limit}"), metrics_of(f"cut{limit}"))
        # the classes are those of all data: of the first label alone there would be one output
        first = [i for i in range(TRAIN) if self.training[1][i] == 0]
        rest = [i for i in range(TRAIN) if self.training[1][i] != 0]
        put("sorted", {"train": choose(self.training, first + rest), "t10k": self.test})
        text = self.good("train", "--data", "sorted", "--limit", len(first), *SMALL, "--out", "sorted-run")
        self.assertIn("30-12-4 relu", text)

    def test_validate(self):
        for share, seed in ((0.25, 9), (0.5, 2**64 - 1), (0.003, 1)):
            held = held_out(seed, TRAIN, share)
            put(f"parts{share}", {"train": choose(self.training, [i for i in range(TRAIN) if i not in held]), "t10k": choose(self.training, held)})
            settings = [*SMALL[:-1], str(seed)]
            cut = self.good("train", "--data", f"parts{share}", *settings, "--out", f"parts-run{share}")
            text = self.good("train", "--data", "data", "--validate", share, *settings, "--out", f"held{share}")
            self.assertEqual(digest_of(text), digest_of(cut))
            self.assertIn(f"{TRAIN - len(held)} samples of data, a share of {share} held out -> ", text)
            self.assertEqual(metrics_of(f"held{share}"), metrics_of(f"parts-run{share}"))
            self.good("reproduce", f"held{share}", "-q")
            # eval takes the test data and sees that they are the run's own
            self.assertIn(f"on {TEST} samples", self.good("eval", f"held{share}"))
        with open("held0.25/run.json") as file:
            self.assertEqual(json.load(file)["settings"]["validate"], 0.25)
        text = self.good("train", "--data", "data", "--limit", 100, "--validate", 0.1, *SMALL, "--out", "both")
        self.assertIn("90 samples of data, a share of 0.1 held out", text)

    def test_resume(self):
        arguments = ["--data", "data", "--validate", "0.25", *SMALL]
        whole = digest_of(self.good("train", *arguments, "--out", "w"))
        self.good("train", *arguments, "--epochs", "1", "--out", "r")
        self.bad(2, "train", "--resume", "--out", "r", "--validate", "0.5", has="validate 0.25, not 0.5")
        self.bad(2, "train", "--resume", "--out", "r", "--limit", "50", has="limit none, not 50")
        self.assertEqual(digest_of(self.good("train", "--resume", "--out", "r", "--epochs", "3")), whole)

    def test_early_stop(self):
        # labels that nothing tells: what is learnt of the training samples is wrong of the held-out ones
        source = random.Random(3)
        pixels = [bytes(source.randrange(256) for _ in range(ROWS * COLUMNS)) for _ in range(300)]
        labels = [source.randrange(4) for _ in range(300)]
        put("noise", {"train": (pixels, labels), "t10k": (pixels[:50], labels[:50])})
        arguments = ["--data", "noise", "--hidden", "64", "--dropout", "0", "--lr", "0.3", "--batch", "16", "--validate", "0.3"]
        text = self.good("train", *arguments, "--epochs", "60", "--early-stop", "4", "--out", "e")
        losses = [float(row[2]) for row in metrics_of("e")[1:]]
        best = losses.index(min(losses)) + 1
        self.assertEqual(len(losses), best + 4)
        self.assertLess(len(losses), 60)
        self.assertIn(f"\nended early: val loss was lowest after epoch {best}, e/checkpoints/epoch-{best:04}.safetensors\n", text)
        for end in range(1, len(losses)):  # and not before: no earlier end was due
            self.assertLess(end - (losses.index(min(losses[:end])) + 1), 4)
        stopped = digest_of(text)
        again = self.good("train", *arguments, "--epochs", len(losses), "--out", "same")
        self.assertEqual(digest_of(again), stopped)
        self.assertNotIn("ended early", again)
        self.good("reproduce", "e", "-q")
        self.assertEqual(digest_of(self.good("train", "--resume", "--out", "e", "-q")), stopped)
        # stopped by hand before, the resumed run ends where the other did
        self.good("train", *arguments, "--epochs", "3", "--early-stop", "4", "--out", "part")
        self.assertEqual(digest_of(self.good("train", "--resume", "--epochs", "60", "--out", "part", "-q")), stopped)
        # with more patience it goes on
        self.good("train", "--resume", "--early-stop", "6", "--out", "e", "-q")
        more = [float(row[2]) for row in metrics_of("e")[1:]]
        self.assertEqual(more[:len(losses)], losses)
        self.assertEqual(len(more), more.index(min(more)) + 1 + 6)

    def test_checkpoints_are_weights(self):
        """eval of a run's last checkpoint gives what eval of the run gives, whatever its graph and its optimizer."""
        graph = self.good("graph", "--inputs", f"{ROWS},{COLUMNS}", "--hidden", "12", "--activation", "gelu", "--classes", "4")
        with open("gelu.txt", "w") as file:
            file.write(graph)
        for name, arguments in (("tanh", ["--hidden", "12", "--activation", "tanh", "--momentum", "0.9"]),
                                ("gelu", ["--graph", "gelu.txt", "--optimizer", "adam", "--lr", "0.01"]),
                                ("mse", ["--hidden", "none", "--loss", "mse"])):
            self.good("train", "--data", "data", "--batch", "16", "--epochs", "2", *arguments, "--out", f"weights-{name}")
            figures = [self.good("eval", what, "--data", "data").splitlines()[2]
                       for what in (f"weights-{name}", f"weights-{name}/checkpoints/epoch-0002.safetensors")]
            self.assertEqual(figures[0], figures[1], name)
            self.assertNotEqual(self.good("eval", f"weights-{name}/checkpoints/epoch-0001.safetensors", "--data", "data").splitlines()[2], figures[0])

    def test_explain(self):
        """What it tells is of what would be trained."""
        train = ["train", "--data", "data", *SMALL]
        memory = [re.search(r"(?m)^memory: .*$", self.good(*train, "--explain", *cut)).group(0)
                  for cut in ([], ["--limit", "50"], ["--validate", "0.5"])]
        self.assertEqual(len(set(memory)), 3)
        self.good(*train, "--explain", "--schedule", "cosine")
        self.bad(2, *train, "--explain", "--validate", "2")
        self.bad(2, *train, "--explain", "--limit", "231", has="231")
        self.assertFalse(glob.glob("runs"))

    def test_wrong(self):
        train = ["train", "--data", "data", *SMALL, "--out", "wrong"]
        for value in ("1", "-0.1", "1.5", "nan"):
            self.bad(2, *train, "--validate", value)
        self.bad(2, *train, "--validate", "0.001", has="of 230 samples a share of 0.001 holds out 0")
        self.bad(2, *train, "--validate", "0.999", has="of 230 samples a share of 0.999 holds out 230")
        self.bad(2, *train, "--validate", "0.95", has="a batch of 16 is larger than the data, 11 samples without those that are held out")
        self.bad(2, *train, "--early-stop", "3", has="validate")
        self.bad(2, *train, "--limit", "231", has="a limit of 231 samples is more than the training data have, 230")
        self.bad(2, *train, "--limit", "0")
        self.bad(2, *train, "--limit", "10", has="batch of 16 is larger")
        self.assertFalse(os.path.exists("wrong"))


main()
