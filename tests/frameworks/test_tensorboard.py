"""train --tensorboard: event files as TensorBoard's own reader has them."""
# ctest: PLATFORMS pocl LABELS frameworks-all TIMEOUT 600
import csv
import json
import os
import struct
import subprocess
import sys

from _frameworks import enter

enter("tensorboard", "tensorboard", "setuptools<81", large=True)
from _cli import Case, main, make_data
from _tfevents import scalars

# Prints {tag: [[step, value, wall time], ...]} of all scalars.
READER = """
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
read = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
read.Reload()
print(json.dumps({tag: [[e.step, e.value, e.wall_time] for e in read.Scalars(tag)] for tag in read.Tags()["scalars"]}))
"""
SETTINGS = ["--data", "data", "--hidden", "12,8", "--batch", "64", "--seed", "9", "--watch", "--schedule", "cosine", "--schedule-steps", "30"]


class Reader(Case):
    def read(self, folder):
        done = subprocess.run([sys.executable, "-c", READER, folder], capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("corrupt", done.stderr.lower())
        return json.loads(done.stdout)

    def check(self, folder, run_folder, epochs):
        found = self.read(folder)
        with open(f"{run_folder}/metrics.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), epochs)
        for tag in ("train_loss", "val_loss", "val_accuracy"):
            self.assertEqual([step for step, _, _ in found[tag]], list(range(1, epochs + 1)))
            for (_, value, _), row in zip(found[tag], rows):
                wanted = float(row[tag])
                self.assertLessEqual(abs(value - struct.unpack("f", struct.pack("f", wanted))[0]), abs(wanted) * 2.0**-23)
        rates = [value for _, value, _ in found["learning_rate"]]
        self.assertEqual(rates, sorted(rates, reverse=True))
        # 4 figures of: 8 activations and 7 gradients of nodes, 6 of parameters, each in two modes
        statistics = [tag for tag in found if "/" in tag]
        self.assertEqual(len(statistics), 4 * 2 * (8 + 7 + 6))
        for tag in statistics:
            self.assertEqual([step for step, _, _ in found[tag]], list(range(epochs + 1)), tag)
        # and the reader in plain Python has the same of them
        ours = scalars(folder, cut=True)
        self.assertEqual({tag: {step: value for step, value, _ in steps} for tag, steps in found.items()}, ours)

    def test_reader(self):
        make_data("data", train=300, test=60)
        self.good("train", *SETTINGS, "--epochs", "3", "--out", "run", "--tensorboard", "events")
        self.check("events", "run", 3)
        self.good("train", "--resume", "--out", "run", "--epochs", "5", "--tensorboard", "events")
        self.check("events", "run", 5)
        # of a process that was killed within a record
        path = sorted(os.listdir("events"))[-1]
        with open(f"events/{path}", "r+b") as file:
            file.truncate(os.path.getsize(f"events/{path}") - 100)
        found = self.read("events")
        self.assertEqual([step for step, _, _ in found["train_loss"]], [1, 2, 3, 4])
        self.good("train", "--resume", "--out", "run", "--epochs", "6", "--tensorboard", "events")
        self.check("events", "run", 6)


main()
