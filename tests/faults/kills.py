"""A thousand SIGKILLs at random moments of runs of several shapes, optimizers and checkpoints, of runs that go on after one too: each comes
to the digest of the C reference, as the run that is never killed does.

ctest: PLATFORMS pocl LABELS long hours TIMEOUT 14400

kills.py [COUNT [SEED]]: so many kills (1000); the seed that a failure printed."""
import collections
import os
import random
import re
import shutil
import subprocess
import sys
import time

from _faults import TREE, digest_of, fail, pool_of_workers, reference_digest
from _cli import CLONAL, make_data, run
from _kills import empty_files, going_on, kill_after

DEEP = "0 input 10,6\n1 flatten 0\n2 linear 1 48\n3 relu 2\n4 dropout 3 0.5\n5 linear 4 32\n6 relu 5\n7 dropout 6 0.25\n8 linear 7 10\n9 softmax_cross_entropy 8\n"
FLAT = "0 input 10,6\n1 flatten 0\n2 linear 1 10\n3 softmax_cross_entropy 2\n"
NORM = "0 input 10,6\n1 flatten 0\n2 linear 1 32\n3 layer_norm 2 1e-05\n4 gelu 3\n5 dropout 4 0.3\n6 linear 5 10\n7 softmax_cross_entropy 6\n"

# name: (graph, what the command and the reference both take, what the command alone takes)
RUNS = {
    "sgd": (DEEP, {"batch": 16, "epochs": 30}, {}),
    "sgd, checkpoints each 20 steps": (NORM, {"batch": 16, "epochs": 12, "weight-decay": "0.001"}, {"checkpoint-steps": 20}),
    "momentum": (FLAT, {"batch": 10, "epochs": 40, "momentum": "0.9", "lr": "0.01"}, {}),
    "momentum, checkpoints each step": (DEEP, {"batch": 100, "epochs": 6, "momentum": "0.5", "seed": 7}, {"checkpoint-steps": 1}),
    "adam": (NORM, {"batch": 32, "epochs": 40, "optimizer": "adam", "lr": "0.001"}, {}),
    "adam, checkpoints each 7 steps": (DEEP, {"batch": 30, "epochs": 4, "optimizer": "adam", "lr": "0.002"}, {"checkpoint-steps": 7}),
    "adamw": (DEEP, {"batch": 25, "epochs": 30, "optimizer": "adamw", "lr": "0.001", "weight-decay": "0.01"}, {"no-fusion": None}),
    "adamw, cosine, checkpoints each 11 steps": (
        DEEP, {"batch": 20, "epochs": 4, "optimizer": "adamw", "lr": "0.004", "weight-decay": "0.01", "schedule": "cosine", "warmup": 10,
               "schedule-steps": 400, "seed": "18446744073709551615"}, {"checkpoint-steps": 11, "record": None}),
}


def options_of(settings):
    return [word for name, value in settings.items() for word in ([f"--{name}"] if value is None else [f"--{name}", str(value)])]


class Killed:
    """One of the runs, with the digest that it must come to and the time that it takes."""

    def __init__(self, name, number):
        graph, both, own = RUNS[name]
        self.name, self.number = name, number
        self.whole = reference_digest(graph, *options_of(both))
        os.rename("graph.txt", f"graph-{number}.txt")
        self.arguments = ["--data", "data", "--quiet", "--graph", f"graph-{number}.txt", *options_of(both), *options_of(own)]
        for kind in ("first", "whole"):  # the first one plans products
            start = time.monotonic()
            done = run("train", *self.arguments, "--out", f"{kind}-{number}")
            self.seconds = time.monotonic() - start
            if done.returncode or digest_of(done.stdout) != self.whole:
                fail(f"{name}: {done.stdout}{done.stderr}, not {self.whole}")

    def state(self, folder):
        """What a kill has left."""
        names = os.listdir(f"{folder}/checkpoints") if os.path.isdir(f"{folder}/checkpoints") else []
        newest = max((name for name in names if re.fullmatch(r"epoch-\d+(-step-\d+)?\.safetensors", name)),
                     key=lambda name: name.replace(".safetensors", ""), default=None)
        writing = any(".tmp-" in name for _, _, files in os.walk(folder) for name in files)
        found = "no run.json" if not os.path.exists(f"{folder}/run.json") else "no checkpoint" if not newest else \
            "a checkpoint within an epoch" if "-step-" in newest else "a checkpoint of an epoch"
        return [found, "in the middle of a write"] if writing else [found]

    def suffer(self, folder, moments):
        """Kills the run at these shares of its time, then lets it go on to its end: (what each kill has left, what is wrong or None)"""
        states = []
        try:
            for moment in moments:
                if not kill_after(moment * self.seconds, *going_on(folder, *self.arguments)):
                    break  # its end came before
                states.append(self.state(folder))
                if empty_files(folder):
                    return states, f"empty: {empty_files(folder)}"
            done = run("train", *going_on(folder, *self.arguments), "--quiet")
        except (AssertionError, subprocess.TimeoutExpired) as error:
            return states, f"a run that goes on: {error}"
        if done.returncode or digest_of(done.stdout) != self.whole:
            return states, f"exit code {done.returncode}, {done.stdout.strip()} {done.stderr.strip()}, not {self.whole}"
        left = [name for _, _, names in os.walk(folder) for name in names if ".tmp-" in name]
        if left:
            return states, f"left behind: {left}"
        shutil.rmtree(folder)
        return states, None


def try_one(trial):
    one, folder, moments = trial
    return one, folder, moments, one.suffer(folder, moments)


def main(words):
    if not CLONAL or not os.path.exists(f"{TREE}/tests/clonal-reference"):
        print("skipped: CLONAL or CLONAL_TEST_TREE does not name what is built")
        return 77
    count = int(words[0]) if words else 1000
    seed = int(words[1]) if len(words) > 1 else random.SystemRandom().getrandbits(32)
    source = random.Random(seed)
    print(f"{count} kills, seed {seed}", flush=True)
    make_data("data", train=2000, test=200)
    runs = [Killed(name, number) for number, name in enumerate(RUNS)]
    kills, wrong, ended, trials = collections.Counter(), 0, 0, 0
    states = collections.Counter()
    with pool_of_workers() as pool:
        while sum(kills.values()) < count and wrong < 10:
            # Late moments more often than early ones, which are the driver's.
            batch = [(one, f"run-{trials + i}", [source.triangular(0, 1.05, 1.05) for _ in range(source.choice((1, 1, 2, 3)))])
                     for i, one in enumerate(runs)]
            trials += len(batch)
            for one, folder, moments, (left, problem) in pool.map(try_one, batch):
                kills[one.name] += len(left)
                states.update(word for state in left for word in state)
                ended += len(left) < len(moments)
                if problem:
                    wrong += 1
                    print(f"WRONG: {one.name}, {folder}, killed at {moments} of {one.seconds:.2f} s, which left {left}: {problem}", flush=True)
    for one in runs:
        print(f"{one.name}: {kills[one.name]} kills, {one.seconds:.2f} s a run")
    print(f"{sum(kills.values())} kills in {trials} runs; {ended} ended before their last; left: " +
          ", ".join(f"{number} {state}" for state, number in states.most_common()) + f"; {wrong} wrong")
    if count >= 100 and not (states["a checkpoint within an epoch"] and states["a checkpoint of an epoch"]):
        print("WRONG: no kill came behind a checkpoint of each sort")
        wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
