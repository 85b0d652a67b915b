"""A run that moves: PoCL, rusticl, Intel, PoCL, an epoch on each, ends in the digest of one that stayed. Hops to what is not installed
are left out; with PoCL alone the test skips."""
# ctest: HOST TIMEOUT 900
import json
import os
import subprocess
import sys

from _cli import CLONAL, Case, main, make_data

SETTINGS = ["--data", "data", "--hidden", "33,8", "--dropout", "0.3,0.5", "--batch", "61", "--momentum", "0.9", "--weight-decay", "0.001",
            "--activation", "tanh", "--seed", "0x123456789abcdef", "--quiet"]
SKIPPED = 77


def on(platform, *arguments):
    return subprocess.run([os.environ["CLONAL_ON"], platform, CLONAL, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=800)


class MoveRun(Case):
    def test_move(self):
        platforms = ["pocl"] + [p for p in ("rusticl", "intel") if on(p, "devices").returncode != SKIPPED] + ["pocl"]
        if len(platforms) == 2 or on("pocl", "devices").returncode == SKIPPED:
            self.skipTest("no two platforms are here")
        make_data("data", train=150, test=50)
        stayed = on("pocl", "train", *SETTINGS, "--out", "stayed", "--epochs", str(len(platforms)))
        self.assertEqual((stayed.returncode, stayed.stderr), (0, ""))
        names, first = [], ["train", *SETTINGS, "--out", "moved", "--epochs", "1"]
        for epoch, platform in enumerate(platforms, 1):
            done = on(platform, *first) if epoch == 1 else on(platform, "train", "--resume", "--out", "moved", "--epochs", str(epoch), "--quiet")
            self.assertEqual((done.returncode, done.stderr), (0, ""), platform)
            names.append(json.load(open("moved/run.json"))["device"]["platform"])
        print("moved over " + ", ".join(names), file=sys.stderr)
        self.assertEqual(len(set(names)), len(platforms) - 1)
        self.assertEqual(done.stdout.split()[1], stayed.stdout.split()[1])
        moved, stayed = (json.load(open(f"{run}/run.json"))["digests"] for run in ("moved", "stayed"))
        self.assertEqual(moved, stayed)


main()
