"""What the tests of drivers' faults share: a set whose digest is known, and runs of it with a cache of PoCL's own."""
import os
import random
import re
import sys

from _cli import Case, run, write_idx

# Of `train --epochs 1 --batch 32 --hidden 16` on the set that make_set writes, as other machines and devices found it.
DIGEST = "digest sha256:14754d9cbb12ffee0be6c75a1d89ab848484c43e41cb6bb9914ec21795cefe71"
TRAIN = ["train", "--data", "data", "--epochs", "1", "--batch", "32", "--hidden", "16", "--quiet", "--out"]
DIED = 20  # the exit code of a command that a driver ended
SCRATCH = os.getcwd()


def make_set(folder):
    """300 images to train with and 100 to test, of 8 by 8 and 10 classes."""
    os.makedirs(folder)
    source = random.Random(0)
    for name, count in (("train", 300), ("t10k", 100)):
        labels = [source.randrange(10) for _ in range(count)]
        pixels = bytes(source.randrange(256) // 2 + (100 if at % 10 == label else 0) for label in labels for at in range(64))
        write_idx(f"{folder}/{name}-images-idx3-ubyte", (count, 8, 8), pixels)
        write_idx(f"{folder}/{name}-labels-idx1-ubyte", (count,), labels)


def skip_sanitized():
    """Sanitizers have handlers of their own; the command leaves its out of such builds."""
    with open(f"{os.environ['CLONAL_TEST_TREE']}/CMakeCache.txt", encoding="utf-8") as file:
        if re.search(r"^CLONAL_SANITIZE:STRING=.", file.read(), re.M):
            print("skipped: built with sanitizers")
            sys.exit(77)


class Faults(Case):
    runs = 0

    def train(self, cache="kcache", command=(), out=None, **more):
        """A run whose driver keeps its kernels in this folder of the scratch."""
        Faults.runs += 1
        environment = dict(more.pop("env", {}), POCL_CACHE_DIR=os.path.join(SCRATCH, cache))
        return run(*TRAIN, out or f"run-{Faults.runs}", env=environment, command=command, **more)

    def right(self, done):
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertTrue(done.stdout.startswith(DIGEST), done.stdout)

    def died(self, done, *words):
        """A run that a driver ended: two lines are the command's and the last; these words are in them."""
        self.assertEqual(done.returncode, DIED, done.stderr)
        self.assertNotIn("digest", done.stdout)
        lines = done.stderr.splitlines()[-2:]
        self.assertEqual([line[:8] for line in lines], ["clonal: "] * 2, done.stderr)
        self.assertIn("(Portable Computing Language)", lines[0])
        for word in words:
            self.assertIn(word, "\n".join(lines))
