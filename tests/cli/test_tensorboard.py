"""train --tensorboard: event files, read with Python's own library alone; of runs that go on, and that are killed."""
# ctest: PLATFORMS pocl TIMEOUT 900
import csv
import json
import math
import os
import shutil
import struct
import time

from _cli import Case, main, make_data, run
from _kills import digest_of, going_on, kill_at
from _tfevents import event, files, records, scalars

SETTINGS = ["--data", "data", "--hidden", "12", "--batch", "64", "--seed", "9"]


def fl32(number):
    return struct.unpack("f", struct.pack("f", float(number)))[0]


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


class Tensorboard(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data", train=300, test=60)

    def same(self, found, wanted, places=0):
        self.assertEqual(set(found), set(wanted))
        for step, value in wanted.items():
            if math.isnan(value):
                self.assertTrue(math.isnan(found[step]), step)
            else:  # what was written from binary64, and what nine digits give: a rounding apart
                self.assertLessEqual(abs(found[step] - fl32(value)), abs(value) * 2.0**-23, step)

    def check(self, folder, run_folder, rates, statistics=False, cut=False):
        """The events have every figure of metrics.csv and stats.csv, and the rates."""
        found = scalars(folder, cut)
        metrics = rows(f"{run_folder}/metrics.csv")
        for tag in ("train_loss", "val_loss", "val_accuracy"):
            self.same(found.pop(tag), {int(row["epoch"]): float(row[tag]) for row in metrics})
        self.same(found.pop("learning_rate"), {int(row["epoch"]): rates(int(row["epoch"])) for row in metrics})
        wanted = {}
        for row in rows(f"{run_folder}/stats.csv") if statistics else []:
            for figure in ("mean", "variance", "zeros", "norm"):
                tag = f"{figure}.{row['tensor']}/{row['layer']}/{row['mode']}"
                wanted.setdefault(tag, {})[int(row["epoch"])] = float(row[figure])
        self.assertEqual(set(found), set(wanted))
        for tag, steps in wanted.items():
            self.same(found[tag], steps)

    def test_events(self):
        before = time.time()
        text = self.good("train", *SETTINGS, "--epochs", "3", "--out", "plain")
        self.assertEqual(digest_of(self.good("train", *SETTINGS, "--epochs", "3", "--out", "told", "--tensorboard", "new/folder/")), digest_of(text))
        path, = files("new/folder")
        self.assertRegex(os.path.basename(path), r"\Aevents\.out\.tfevents\.\d{10}\.[^/]+\.\d+\.0\Z")
        found = [event(raw) for raw in records(path)]
        self.assertEqual(found[0]["version"], "brain.Event:2")
        self.assertEqual([e["step"] for e in found], [0, 0, 1, 2, 3])
        self.assertTrue(found[1]["start"])
        times = [e["time"] for e in found]
        self.assertEqual(times, sorted(times))
        self.assertTrue(before <= times[0] and times[-1] <= time.time())
        self.check("new/folder", "told", lambda epoch: 0.1)
        self.assertNotIn("tensorboard", json.load(open("told/run.json"))["settings"])
        self.assertEqual(sorted(os.listdir("told")), sorted(os.listdir("plain")))

    def test_rates_and_statistics(self):
        """5 steps an epoch: an epoch's rate is that of its last step; with figures that are no numbers."""
        schedule = ["--schedule", "step", "--schedule-every", "5", "--schedule-gamma", "0.5", "--lr", "0.25"]
        self.good("train", *SETTINGS, *schedule, "--epochs", "4", "--watch", "-q", "--out", "stairs", "--tensorboard", "stairs-events")
        self.check("stairs-events", "stairs", lambda epoch: 0.25 * 0.5 ** (epoch - 1), True)
        done = run("train", *SETTINGS, "--epochs", "3", "--lr", "1e30", "--schedule", "cosine", "--watch", "-q", "--out", "wild", "--tensorboard",
                   "wild-events")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.check("wild-events", "wild", lambda epoch: 1e30 * (1 + math.cos(math.pi * (5 * epoch - 1) / 15)) / 2, True)
        self.assertTrue(math.isnan(scalars("wild-events")["val_loss"][3]))

    def test_goes_on(self):
        """A second process makes a second file, and TensorBoard sees each epoch once; one that tells for the first time tells all."""
        self.good("train", *SETTINGS, "--epochs", "2", "--watch", "--out", "run", "--tensorboard", "events")
        self.good("train", "--resume", "--out", "run", "--epochs", "4", "--tensorboard", "events")
        self.assertEqual(len(files("events")), 2)
        self.check("events", "run", lambda epoch: 0.1, True)
        again = [event(raw) for raw in records(files("events")[1])]
        times = {e["step"]: e["time"] for e in again if "train_loss" in e.get("scalars", {})}
        self.assertEqual(list(times), [1, 2, 3, 4])
        self.assertEqual(sorted(times.values()), list(times.values()))
        # one that was killed before its first checkpoint has told of its initial weights alone
        self.good("train", *SETTINGS, "--epochs", "2", "--watch", "--out", "young", "--tensorboard", "young-events")
        shutil.rmtree("young/checkpoints")
        manifest = json.load(open("young/run.json"))
        manifest.update(epochs_done=0, steps=0)
        with open("young/run.json", "w") as file:
            json.dump(manifest, file)
        self.good("train", "--resume", "--out", "young", "--epochs", "2", "--tensorboard", "young-events")
        self.check("young-events", "young", lambda epoch: 0.1, True)
        self.good("train", "--resume", "--out", "run", "--epochs", "5")
        self.good("train", "--resume", "--out", "run", "--epochs", "6", "--tensorboard", "other")
        self.check("other", "run", lambda epoch: 0.1, True)

    def test_killed(self):
        arguments = [*SETTINGS, "--epochs", "60", "--watch", "--checkpoint-steps", "2"]
        start = time.monotonic()
        whole = digest_of(self.good("train", *arguments, "--out", "whole", "--tensorboard", "whole-events"))
        seconds, killed = time.monotonic() - start, 0
        for moment in range(5):
            out, events = f"killed{moment}", f"killed{moment}-events"
            was_killed, seconds = kill_at((moment + 1) / 6, seconds, *arguments, "--out", out, "--tensorboard", events)
            killed += was_killed
            for path in files(events):
                for raw in records(path, cut=True):
                    event(raw)
            text = self.good("train", *going_on(out, *arguments), "--tensorboard", events)
            self.assertEqual(digest_of(text), whole)
            self.check(events, out, lambda epoch: 0.1, True, cut=True)
        self.assertGreaterEqual(killed, 2)

    def test_refused(self):
        """Before anything is trained or made."""
        open("file", "w").close()
        for folder, has in [("file", "file is a file"), ("file/below", "file/below"), ("/proc/none", "/proc")]:
            self.bad(9, "train", *SETTINGS, "--out", "none", "--tensorboard", folder, has=has)
        self.assertFalse(os.path.exists("none"))
        self.bad(9, "train", "--data", "gone", "--out", "none", "--tensorboard", "none-events", has="gone")
        self.assertFalse(os.path.exists("none-events"))

    def test_fails_later(self):
        """What cannot be written once the run has begun is one warning, and the run goes on."""
        whole = digest_of(self.good("train", *SETTINGS, "--epochs", "3", "--out", "large"))
        done = run("train", *SETTINGS, "--epochs", "3", "--watch", "--out", "small", "--tensorboard", "small/run.json/events")
        self.assertEqual((done.returncode, digest_of(done.stdout)), (0, whole))
        self.assertRegex(done.stderr, r"\Aclonal: warning: [^\n]*small/run.json[^\n]*\n\Z")


main()
