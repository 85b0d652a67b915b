"""train --watch: the same stats.csv however often a run was stopped, the same training with it as without, and its figures."""
# ctest: PLATFORMS pocl TIMEOUT 900
import csv
import json
import os
import shutil
import time
import unittest
import xml.etree.ElementTree as ET

from _cli import Case, main, make_data, run
from _kills import digest_of, going_on, kill_at

HEADER = "epoch,layer,tensor,mode,count,mean,variance,zeros,norm"
SETTINGS = ["--data", "data", "--hidden", "16,12", "--dropout", "0.5,0.25", "--batch", "64", "--momentum", "0.5", "--seed", "9"]
LAYERS = ["node.0.input", "node.2.linear", "node.3.relu", "node.4.dropout", "node.5.linear", "node.6.relu", "node.7.dropout", "node.8.linear"]


def read(path):
    with open(path, "rb") as file:
        return file.read()


def rows_of(run_folder):
    with open(f"{run_folder}/stats.csv", newline="") as file:
        return list(csv.DictReader(file))


class Watch(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data", train=300, test=60)

    def train(self, out, *arguments):
        return digest_of(self.good("train", *SETTINGS, "--out", out, *arguments))

    def test_changes_nothing(self):
        """Weights, figures, checkpoints: byte for byte those of a run that is not watched, and run.json but for the setting."""
        plain = self.train("plain", "--epochs", "3")
        self.assertEqual(self.train("watched", "--epochs", "3", "--watch"), plain)
        self.assertFalse(os.path.exists("plain/stats.csv"))
        self.assertEqual(sorted(os.listdir("watched")), sorted([*os.listdir("plain"), "stats.csv"]))
        for name in ["weights.safetensors", *(f"checkpoints/{n}" for n in os.listdir("plain/checkpoints"))]:
            self.assertEqual(read(f"watched/{name}"), read(f"plain/{name}"), name)
        figures = [[line.rsplit(b",", 1)[0] for line in read(f"{name}/metrics.csv").splitlines()] for name in ("plain", "watched")]
        self.assertEqual(figures[0], figures[1])
        manifests = [json.loads(read(f"{name}/run.json")) for name in ("plain", "watched")]
        self.assertIs(manifests[1]["settings"].pop("watch"), True)
        self.assertEqual(manifests[0], manifests[1])
        self.good("diff", "plain", "watched")
        self.good("reproduce", "watched", "--out", "reproduced")
        self.assertFalse(os.path.exists("reproduced/stats.csv"))

    def test_rows(self):
        self.train("rows", "--epochs", "2", "--watch")
        self.assertEqual(read("rows/stats.csv").splitlines()[0].decode(), HEADER)
        rows = rows_of("rows")
        self.assertEqual(list(dict.fromkeys(row["epoch"] for row in rows)), ["0", "1", "2"])
        by_key = {tuple(list(row.values())[:4]): row for row in rows}
        self.assertEqual(len(by_key), len(rows))
        for epoch in "012":
            activations = [row["layer"] for row in rows if row["epoch"] == epoch and row["tensor"] == "activation"]
            self.assertEqual(activations, [layer for layer in LAYERS for _ in range(2)])
            gradients = {row["layer"] for row in rows if row["epoch"] == epoch and row["tensor"] == "gradient"}
            self.assertEqual(gradients, {*LAYERS[1:], "1.weight", "1.bias", "4.weight", "4.bias", "7.weight", "7.bias"})
            for tensor in ("activation", "gradient"):
                # without masks a dropout hands on what it takes, and with them about its p are 0, and they double what is left
                plain = [by_key[epoch, layer, tensor, "evaluation"] for layer in ("node.3.relu", "node.4.dropout")]
                self.assertEqual(list(plain[0].values())[4:], list(plain[1].values())[4:])
            kept = 1 - float(by_key[epoch, "node.3.relu", "activation", "training"]["zeros"])
            zeros = float(by_key[epoch, "node.4.dropout", "activation", "training"]["zeros"])
            self.assertAlmostEqual(1 - zeros, kept * 0.5, delta=0.08)
            # the sum of a row's gradients at the softmax is 0
            self.assertLess(abs(float(by_key[epoch, "node.8.linear", "gradient", "training"]["mean"])), 1e-8)
        self.assertEqual(by_key["0", "node.0.input", "activation", "training"]["count"], str(64 * 60))
        self.assertNotEqual(by_key["0", "node.3.relu", "activation", "training"], by_key["2", "node.3.relu", "activation", "training"])

    def test_goes_on(self):
        """Stopped after each epoch, and within; with rows of an epoch that no checkpoint stands for."""
        whole = self.train("long", "--epochs", "4", "--watch")
        self.train("parts", "--epochs", "1", "--watch")
        for epochs in (2, 3, 4):
            with open("parts/stats.csv", "a") as file:
                file.write(f"{epochs},node.3.relu,activation,training,1,2,3,4,5\n")
            text = self.good("train", "--resume", "--out", "parts", "--epochs", epochs)
        self.assertEqual(digest_of(text), whole)
        self.assertEqual(read("parts/stats.csv"), read("long/stats.csv"))
        # a run that is watched from its second epoch on has what the others have from there
        self.train("late", "--epochs", "2")
        self.good("train", "--resume", "--out", "late", "--epochs", "4", "--watch")
        wanted = [line for line in read("long/stats.csv").splitlines() if line[:1] not in (b"0", b"1")]
        self.assertEqual(read("late/stats.csv").splitlines(), wanted)

    def test_killed(self):
        start = time.monotonic()
        whole = self.train("unharmed", "--epochs", "40", "--watch", "--checkpoint-steps", "2")
        seconds, killed = time.monotonic() - start, 0
        for moment in range(6):
            arguments = [*SETTINGS, "--epochs", "40", "--watch", "--checkpoint-steps", "2"]
            was_killed, seconds = kill_at((moment + 1) / 7, seconds, *arguments, "--out", f"killed{moment}")
            killed += was_killed
            text = self.good("train", *going_on(f"killed{moment}", *arguments))
            self.assertEqual(digest_of(text), whole)
            self.assertEqual(read(f"killed{moment}/stats.csv"), read("unharmed/stats.csv"))
        self.assertGreaterEqual(killed, 2)

    def test_damaged(self):
        self.train("sound", "--epochs", "2", "--watch")
        text = read("sound/stats.csv").decode()
        lines = text.splitlines()
        damaged = {"line 1": text.replace("variance", "varianz"), "line 3": "\n".join([*lines[:2], "x," + lines[2], ""]),
                   "line 4": "\n".join([*lines[:3], lines[3].rsplit(",", 1)[0], *lines[4:], ""]), "zero byte": text + "\0",
                   f"line {len(lines) + 1}": text + lines[1] + "\n", f"line {len(lines)}": text[:-1]}
        for has, content in damaged.items():
            shutil.rmtree("harmed", ignore_errors=True)
            shutil.copytree("sound", "harmed")
            with open("harmed/stats.csv", "w") as file:
                file.write(content)
            self.bad(10, "train", "--resume", "--out", "harmed", "--epochs", "3", "-q", has=has)
            self.assertEqual(read("harmed/stats.csv").decode(), content)
        os.makedirs("foreign")
        shutil.copy("sound/stats.csv", "foreign")
        self.bad(12, "train", *SETTINGS, "--epochs", "1", "--watch", "--out", "foreign", has="parts of a run")
        self.assertEqual(os.listdir("foreign"), ["stats.csv"])
        # without it the run goes on, and is watched from there
        os.remove("harmed/stats.csv")
        self.good("train", "--resume", "--out", "harmed", "--epochs", "3", "-q")
        self.assertEqual({row["epoch"] for row in rows_of("harmed")}, {"2", "3"})

    @unittest.skipUnless(shutil.which("gnuplot"), "gnuplot is not installed")
    def test_plot(self):
        self.train("drawn", "--epochs", "2", "--watch")
        for arguments in (["variance"], ["norm", "--gradients"], ["mean", "--layer", "relu"], ["zeros"]):
            self.assertEqual(self.good("plot", "drawn", "--stats", *arguments, "-o", "stats.svg"), "")
            texts = [t.text.strip() for t in ET.parse("stats.svg").iter() if t.text and t.text.strip()]
            self.assertIn(f"{arguments[0]} with dropout", texts)
            self.assertIn(f"{arguments[0]} without dropout", texts)
            self.assertIn("node.6.relu", texts)
            self.assertEqual("node.8.linear" in texts, "--layer" not in arguments)
            self.assertEqual("4.weight" in texts, "--gradients" in arguments)
        self.good("plot", "drawn", "drawn/stats.csv", "--stats", "norm", "-o", "two.png")
        self.assertEqual(read("two.png")[:8], b"\x89PNG\r\n\x1a\n")
        self.train("unseen", "--epochs", "1")
        self.bad(9, "plot", "unseen", "--stats", "norm", "-o", "no.svg", has="--watch")
        self.bad(2, "plot", "drawn", "--stats", "norm", "--layer", "gelu", "-o", "no.svg", has="'gelu'")
        self.bad(2, "plot", "drawn", "--gradients", "-o", "no.svg", has="--stats")
        self.bad(2, "plot", "drawn", "--stats", "median", "-o", "no.svg", has="--stats")
        for content, has in [("", "no row"), ("a,b\n", "first line"), (HEADER + "\n", "no row"), (HEADER + "\n1,a,activation,training,1,2,3,4\n", "line 2"),
                             (HEADER + "\n1,a,activation,mixed,1,2,3,4,5\n", "line 2"), (HEADER + "\n1,a,activation,training,1,2,3,4,5 exit\n", "line 2")]:
            with open("bad.csv", "w") as file:
                file.write(content)
            self.bad(10, "plot", "bad.csv", "--stats", "norm", "-o", "no.svg", has=has)
        with open("diverged.csv", "w") as file:
            file.write(HEADER + "\n1,node.1.x,activation,training,1,nan,nan,0,nan\n1,node.1.x,activation,evaluation,1,inf,nan,0,inf\n")
        for figure in ("mean", "zeros", "norm"):
            self.assertEqual(run("plot", "diverged.csv", "--stats", figure, "-o", "diverged.svg").returncode, 0)
        self.assertFalse(os.path.exists("no.svg"))


main()
