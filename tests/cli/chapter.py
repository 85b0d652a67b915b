"""The chapter's ten epochs on Fashion-MNIST: figures as PyTorch's, whatever the seed, and the reference's digest after every epoch compared."""
# ctest: PLATFORMS pocl intel LABELS long TIMEOUT 3600 SERIAL
import csv
import os
import re
import subprocess
import sys
import time

from _cli import FASHION, Case, main

REFERENCE = f"{os.environ.get('CLONAL_TEST_TREE')}/tests/clonal-reference"


class Chapter(Case):
    @classmethod
    def setUpClass(cls):
        if not os.path.exists(f"{FASHION}/train-images-idx3-ubyte.gz"):
            print("skipped: the package dataset-fashion-mnist is not installed")
            sys.exit(77)

    def reference(self, seed, epochs):
        done = subprocess.run([REFERENCE, "--seed", str(seed), "--epochs", str(epochs)], capture_output=True, text=True, timeout=3000)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        figures = re.findall(r"^epoch \d+ train_loss (\S+) val_loss (\S+) val_accuracy (\S+)", done.stdout, re.M)
        self.assertEqual(len(figures), epochs)
        return [tuple(map(float, row)) for row in figures], re.search(r"sha256:[0-9a-f]{64}", done.stdout.splitlines()[-1]).group(0)

    def train(self, seed, epochs):
        folder = f"seed{seed}-{epochs}"
        text = self.good("train", "--seed", seed, "--epochs", epochs, "--out", folder)
        with open(f"{folder}/metrics.csv") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), epochs)
        return rows, re.match(r"digest (sha256:[0-9a-f]{64})  ", text.splitlines()[-1]).group(1)

    def check_figures(self, rows):
        self.assertGreater(float(rows[0]["val_accuracy"]), 0.68)
        loss, accuracy = float(rows[-1]["train_loss"]), float(rows[-1]["val_accuracy"])
        print(f"train loss {loss:.4f}, accuracy {accuracy:.4f}")
        self.assertTrue(0.41 <= loss <= 0.43, loss)
        self.assertTrue(accuracy > 0.83, accuracy)

    def check_against(self, rows, figures):
        for row, (train_loss, val_loss, accuracy) in zip(rows, figures, strict=True):
            for name, value in (("train_loss", train_loss), ("val_loss", val_loss), ("val_accuracy", accuracy)):
                self.assertTrue(abs(float(row[name]) - value) <= 1e-8 * abs(value), (row, name, value))

    def test_seed_0(self):
        start = time.monotonic()
        self.reference(0, 1)
        epochs = 10 if time.monotonic() - start < 6 else 2  # on a machine whose fmaf is software, less
        figures, wanted = self.reference(0, epochs)
        rows, digest = self.train(0, epochs)
        self.assertEqual(digest, wanted)
        self.check_against(rows, figures)
        if epochs < 10:
            rows, _ = self.train(0, 10)
        self.check_figures(rows)

    def test_another_seed(self):
        rows, digest = self.train(1, 10)
        self.check_figures(rows)
        figures, wanted = self.reference(1, 1)
        one, short = self.train(1, 1)
        self.assertEqual(short, wanted)
        self.check_against(one, figures)
        self.assertNotEqual(digest, short)


main()
