"""sweep: what it trains is what 'clonal train' trains, its figures are those of its runs, and what is there is not trained again."""
# ctest: PLATFORMS pocl TIMEOUT 900
import json
import math
import os
import re
import shutil
import statistics
import xml.etree.ElementTree as ET

from _cli import Case, main, make_data, run
from _sweeps import FILES, SETTINGS, contents, run_folders, table

# Of Student's t with 1 and 2 degrees of freedom: the quantiles of 0.975 in any table (12.706, 4.303), from SciPy.
T975 = {2: 12.706204736174707, 3: 4.302652729749464}
# Options of train that are no settings of a sweep: where a run is, on what, and how it is watched.
NO_SETTINGS = {"device", "out", "resume", "seed", "record", "explain", "quiet", "cache", "help", "live", "tensorboard", "profile",
               "profile-steps"}
# A value of each setting that changes a small run's bits.
VALUES = {
    "seed-init": "7", "seed-dropout": "8", "seed-shuffle": "-9", "epochs": "3", "batch": "25", "limit": "150", "validate": "0.25", "lr": "0.3",
    "momentum": "0.5", "weight-decay": "0.01", "optimizer": "adam", "hidden": "11", "dropout": "0.25,0.75", "activation": "tanh",
    "flavor": "flax", "init": "he-normal", "schedule": "cosine", "warmup": "5",
    "dropout-kind": "gaussian", "dropout-schedule": "linear", "input-noise": "gaussian:0.1",
}
# Those that need others: these, and the value.
BOTH = {"beta": ({"optimizer": "adam", "lr": "0.01"}, "0.8,0.99"), "eps": ({"optimizer": "adam"}, "0.01"),
        "schedule-steps": ({"schedule": "cosine"}, "7"), "schedule-every": ({"schedule": "step"}, "3"),
        "schedule-gamma": ({"schedule": "step", "schedule-every": "4"}, "0.5"), "early-stop": ({"validate": "0.3", "lr": "0", "epochs": "3"}, "1"),
        "loss": ({"lr": "0.1"}, "mse"), "dropout-steps": ({"dropout-schedule": "linear"}, "5")}
# What changes no bit.
SAME = {"checkpoint-steps": ["4"], "gemm": ["native"], "no-fusion": [], "allow-inexact": [], "watch": []}


class Sweep(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data", train=200, test=60)

    def train(self, out, *arguments):
        return self.good("train", *arguments, "--out", out, "--quiet").split()[1]

    def test_grid(self):
        grid = ["--grid", "dropout=0.2,0.5:0,0.5", "--grid", "lr=0.5,0.25", "--seeds", "3", "--epochs", "2"]
        text = self.good("sweep", *SETTINGS, *grid, "-o", "grid")
        self.assertEqual(len(re.findall(r"^run +\d+/24  dropout ", text, re.M)), 24)
        rows = table("grid/results.csv")
        self.assertEqual([(row["dropout 1"], row["dropout 2"], row["lr"], row["seed"]) for row in rows],
                         [(a, b, lr, seed) for a in ("0.2", "0.5") for b in ("0", "0.5") for lr in ("0.5", "0.25") for seed in "012"])
        for row in rows[::5]:
            dropout = f"{row['dropout 1']},{row['dropout 2']}"
            digest = self.train(f"single{row['digest']}{row['seed']}", *SETTINGS, "--epochs", "2", "--dropout", dropout, "--lr", row["lr"],
                                "--seed", row["seed"])
            self.assertEqual(row["weights"], digest)
            self.assertEqual(row["label"], f"dropout {dropout} lr {row['lr']}")
        for row in rows:
            last = table(f"grid/runs/{row['digest']}-seed{row['seed']}/metrics.csv")[-1]
            self.assertEqual([row[name] for name in ("epochs", "train_loss", "val_loss", "val_accuracy")],
                             [last[name] for name in ("epoch", "train_loss", "val_loss", "val_accuracy")])
        self.check_summary("grid", 3)
        for row in table("grid/summary.csv"):
            self.assertRegex(text, rf"(?m)^{re.escape(row['label'])} +3 +{float(row['val_accuracy_mean']):.4f} +"
                                   rf"{float(row['val_accuracy_deviation']):.4f}  ")

    def check_summary(self, folder, count):
        rows = table(f"{folder}/results.csv")
        for row in table(f"{folder}/summary.csv"):
            self.assertEqual(row["runs"], str(count))
            for name in ("val_accuracy", "val_loss", "train_loss"):
                values = [float(one[name]) for one in rows if one["digest"] == row["digest"]]
                self.assertEqual(len(values), count)
                mean, deviation = statistics.mean(values), statistics.stdev(values)
                reach = T975[count] * deviation / math.sqrt(count)
                for end, wanted in [("mean", mean), ("deviation", deviation), ("low", mean - reach), ("high", mean + reach)]:
                    self.assertAlmostEqual(float(row[f"{name}_{end}"]), wanted, delta=1e-8 * max(1, abs(wanted)), msg=f"{name}_{end}")

    def test_reuse(self):
        first = ["--grid", "lr=0.5,0.1", "--epochs", "1", "--seeds", "2", "-o", "grown"]
        self.good("sweep", *SETTINGS, *first)
        files, folders = contents("grown"), run_folders("grown")
        times = {name: os.stat(f"grown/runs/{name}/weights.safetensors").st_mtime_ns for name in folders}
        self.assertEqual(len(folders), 4)
        self.check_summary("grown", 2)
        text = self.good("sweep", *SETTINGS, *first)
        self.assertIn("4 of them there already", text)
        self.assertNotIn("\nrun ", text)
        self.assertEqual(contents("grown"), files)
        # by the settings and not by their words: data by another path, what does not decide the bits
        more = ["--grid", "lr=0.5,0.10,0.2", "--grid", "momentum=0,0.5", "--epochs", "1", "--seeds", "0,1,5", "-o", "grown",
                "--data", "../" + os.path.basename(os.getcwd()) + "/data", "--no-fusion"]
        text = self.good("sweep", *SETTINGS, *more)
        self.assertIn("4 of them there already", text)
        self.assertEqual(len(re.findall("^run ", text, re.M)), 3 * 2 * 3 - 4)
        self.assertLess(set(folders), set(run_folders("grown")))
        for name in folders:
            self.assertEqual(os.stat(f"grown/runs/{name}/weights.safetensors").st_mtime_ns, times[name])
        self.check_summary("grown", 3)
        # the same words for other data are another sweep
        os.rename("data", "kept")
        make_data("data", train=200, test=60, seed=9)
        self.bad(2, "sweep", *SETTINGS, *more[:-3], has="grown holds another sweep")
        shutil.rmtree("data")
        os.rename("kept", "data")

    def test_other_sweep(self):
        self.good("sweep", *SETTINGS, "--grid", "lr=0.5,0.1", "--epochs", "1", "--seeds", "1", "-o", "mine")
        before = contents("mine")
        for other in [["--grid", "lr=0.5"], ["--grid", "lr=0.5,0.1", "--momentum", "0.1"]]:
            self.bad(2, "sweep", *SETTINGS, *other, "--epochs", "1", "--seeds", "1", "-o", "mine", has="mine holds another sweep")
        self.bad(2, "sweep", *SETTINGS, "--grid", "lr=0.5,0.1", "--epochs", "1", "--seeds", "1,2", "-o", "mine", has="its seed 0 is none")
        for text, has in [(before["sweep.json"].replace('"version": 1', '"version": 2'), "its format is version 2, this Clonal's is version 1"),
                          (before["sweep.json"].replace('"contract": 1', '"contract": 9'), "version 9 of the numeric contract"),
                          (before["sweep.json"][:-40], "sweep.json, line"),
                          (before["sweep.json"].replace("clonal-sweep", "clonal-run"), "does not describe a sweep"),
                          (before["sweep.json"].replace('"seeds"', '"seed"'), '"seeds" is missing')]:
            open("mine/sweep.json", "w").write(text)
            self.bad(10, "sweep", *SETTINGS, "--grid", "lr=0.5,0.1", "--epochs", "1", "--seeds", "1", "-o", "mine", has=has)
            self.bad(10, "plot", "mine", "-o", "mine.svg", has=has)
        open("mine/sweep.json", "w").write(before["sweep.json"])
        self.good("sweep", *SETTINGS, "--grid", "lr=0.5,0.1", "--epochs", "1", "--seeds", "1", "-o", "mine")
        self.assertEqual(contents("mine"), before)
        self.good("train", *SETTINGS, "--epochs", "1", "--out", "occupied")
        self.bad(12, "sweep", *SETTINGS, "--grid", "lr=0.5", "--epochs", "1", "-o", "occupied", has="other things than a sweep")

    def test_damaged_runs(self):
        ask = ["sweep", *SETTINGS, "--grid", "lr=0.5,0.1", "--epochs", "2", "--seeds", "1", "-o", "worn"]
        self.good(*ask)
        before, (name, other) = contents("worn"), run_folders("worn")
        os.rename(f"worn/runs/{name}/weights.safetensors", "kept.safetensors")
        self.good(*ask)  # goes on from the last checkpoint
        self.assertEqual(open("kept.safetensors", "rb").read(), open(f"worn/runs/{name}/weights.safetensors", "rb").read())
        open(f"worn/runs/{name}/weights.safetensors", "ab").write(b"x")
        self.bad(10, *ask, has="was changed or damaged since")
        os.replace("kept.safetensors", f"worn/runs/{name}/weights.safetensors")
        self.good("train", "--resume", "--out", f"worn/runs/{other}", "--epochs", "3", "--quiet")
        self.bad(10, *ask, has="was gone on with to epoch 3, where the sweep trains 2")
        os.rename(f"worn/runs/{other}", "elsewhere")
        self.good(*ask)
        self.assertEqual(contents("worn"), before)

    def test_runs_are_runs(self):
        self.good("sweep", *SETTINGS, "--grid", "lr=0.5,0.1", "--epochs", "2", "--seeds", "1", "-o", "whole")
        runs = [f"whole/runs/{name}" for name in run_folders("whole")]
        for folder, row in zip(sorted(runs), sorted(table("whole/results.csv"), key=lambda row: row["digest"])):
            self.assertIn(f"same digest: {row['weights']}", self.good("reproduce", folder))
            self.assertAlmostEqual(json.loads(self.good("eval", folder, "--json"))["loss"], float(row["val_loss"]), delta=1e-6)
            self.assertEqual(os.listdir(f"{folder}/checkpoints"), ["epoch-0002.safetensors"])
        self.assertIn("the runs differ in lr", run("diff", *runs).stdout)

    def test_every_option(self):
        """Each option of train is a setting of sweeps, or known not to be; and means the same in both."""
        options = set(re.findall(r"^  (?:-\w, )?--([a-z-]+)", self.good("train", "--help"), re.M)) - NO_SETTINGS
        settings = set(re.findall(r" --([a-z-]+)", self.good("sweep", "--help").split("Settings of all runs")[1]))
        self.assertEqual(options, settings)
        self.assertEqual(options, set(VALUES) | set(BOTH) | set(SAME) | {"data", "graph"})
        base = {"data": "data", "hidden": "9,7", "lr": "0.5", "batch": "32", "epochs": "2"}
        without = {name: {} for name in VALUES} | {name: more for name, (more, _) in BOTH.items()}
        values = VALUES | {name: value for name, (_, value) in BOTH.items()}
        runs = [{"label": name, **without[name], name: value} for name, value in values.items()]
        alone = [more for at, more in enumerate(without.values()) if more not in list(without.values())[:at] and more not in
                 [{key: one[key] for key in one if key != "label"} for one in runs]]
        json.dump({"base": base, "runs": runs + [{"label": f"without {more}", **more} for more in alone], "seeds": [3]}, open("all.json", "w"))
        self.good("sweep", "all.json", "-o", "all", "-q")
        rows = {row["label"]: row for row in table("all/results.csv")}
        self.assertEqual(len(rows), len(runs) + len(alone))
        for name, value in values.items():
            words = [f"--{key}={text}" for key, text in {**base, **without[name], name: value}.items()]
            self.assertEqual(rows[name]["weights"], self.train(f"single-{name}", *words, "--seed", "3"), name)
            if f"without {without[name]}" in rows:
                before = rows[f"without {without[name]}"]
                self.assertNotEqual([before["weights"], before["epochs"]], [rows[name]["weights"], rows[name]["epochs"]], name)
        self.assertIn("without {}", rows)
        plain = [word for key, text in base.items() for word in (f"--{key}", text)]
        self.good("sweep", *plain, *[word for name, value in SAME.items() for word in [f"--{name}", *value]], "--seeds", "3,4", "-o", "same", "-q")
        self.assertEqual(table("same/results.csv")[0]["weights"], rows["without {}"]["weights"])

    def test_graph(self):
        for name, hidden in [("net.txt", "5"), ("deep.txt", "5,5")]:
            open(name, "w").write(self.good("graph", "--inputs", "10,6", "--hidden", hidden))
        self.good("sweep", "--data", "data", "--batch", "32", "--grid", "graph=net.txt,deep.txt", "--epochs", "1", "--seeds", "1", "-o", "graphs")
        for row in table("graphs/results.csv"):
            self.assertEqual(row["weights"], self.train(row["graph"] + ".run", "--data", "data", "--batch", "32", "--graph", row["graph"],
                                                        "--epochs", "1"))

    def test_file(self):
        plan = {"base": {"data": "data", "hidden": [9, 7], "batch": 32, "epochs": 1, "lr": 0.5, "no-fusion": True},
                "grid": {"dropout": [[0.2, 0.5], 0, "0.5"], "momentum": "0,0.5"},
                "runs": [{"label": "adam, small", "optimizer": "adam", "lr": 0.001}, {"activation": "tanh"}],
                "seeds": [0, "18446744073709551615"]}
        json.dump(plan, open("plan.json", "w"))
        self.good("sweep", "plan.json", "-o", "filed")
        rows = table("filed/summary.csv")
        self.assertEqual([row["label"] for row in rows], [f"dropout {p} momentum {m}" for p in ("0.2,0.5", "0", "0.5") for m in ("0", "0.5")] +
                         ["adam, small", "activation tanh"])
        self.assertEqual(rows[-2]["dropout"], "")
        results = table("filed/results.csv")
        wanted = self.train("adam", *SETTINGS, "--epochs", "1", "--optimizer", "adam", "--lr", "0.001", "--seed", "-1")
        self.assertEqual([row["weights"] for row in results if row["label"] == "adam, small"][1], wanted)
        wanted = self.train("both", *SETTINGS, "--epochs", "1", "--dropout", "0.2,0.5", "--momentum", "0.5")
        self.assertEqual([row["weights"] for row in results if row["label"] == "dropout 0.2,0.5 momentum 0.5"][0], wanted)
        # the command line over the file's base; what is asked for is then another sweep
        self.bad(2, "sweep", "plan.json", "--lr", "0.25", "-o", "filed", has="holds another sweep")

    def test_bad_files(self):
        good = '{"grid": {"lr": [0.5, 0.1]}, "base": {"data": "data", "hidden": "9", "batch": 32, "epochs": 1}, "seeds": 1'
        cases = [("", "bad.json, line"), ("[1]", "a sweep is an object"), ("{", "bad.json, line 1"), (good + ', "sed": 1}', 'there is no key "sed"'),
                 (good + ', "a\\nb": 1}', 'there is no key "?"'), (good + ', "seeds": 2}', "duplicate"), (good + ', "runs": {}}', '"runs": give a list'), (good + ', "runs": [1]}', "run 1"),
                 (good + ', "runs": [{"label": 3}]}', '"label": give a text')]
        changes = [('"lr": [0.5', '"rl": [0.5', "there is no setting 'rl'"), ("0.5, 0.1", "0.5, 0.5", "the value 0.5 twice"),
                   ("[0.5, 0.1]", "[]", "no values"), ("[0.5, 0.1]", '["0.5\\n"]', "lr holds a control character"),
                   ('"lr": [', '"l\\tr": [', "there is no setting '?'"), ("[0.5, 0.1]", "{}", '"lr": give a list of values'), ("[0.5, 0.1]", "[null]", '"lr": give a text'),
                   ("[0.5, 0.1]", "[0.5, -1]", "lr -1: lr: '-1'"), ("[0.5, 0.1]", "[0.1, 0.10000000000000001]", "the value 0.1 twice"),
                   ("[0.5, 0.1]", '["0.1", "1e-1"]', "'lr 0.1' and 'lr 1e-1' are the same"), ('"seeds": 1', '"seeds": 0', '"seeds": give how many'),
                   ('"seeds": 1', '"seeds": [1, 1]', "the seed 1 is given twice"), ('"seeds": 1', '"seeds": [0.5]', '"seeds": give whole numbers'),
                   ('"seeds": 1', '"seeds": ["x"]', '"seeds": give whole numbers'), ('"seeds": 1', '"seeds": 1e9', '"seeds": give how many'),
                   ('"epochs": 1', '"epochs": 0', "lr 0.5: epochs: '0'"), ('"epochs": 1', '"epochs": 1.5', "lr 0.5: epochs: '1.5'"),
                   ('"epochs": 1', '"seed": 1', "'seed' is no setting of a sweep"), ('"hidden": "9"', '"hidden": ""', "hidden has an empty value"),
                   ('"hidden": "9"', '"hidden": [9, "a"]', "hidden: '9,a'"), ('"data": "data"', '"data": "gone"', "there is no folder gone"),
                   ('"batch": 32', '"batch": 201', "a batch of 201 is larger"), ('"hidden": "9"', '"optimizer": "sgdd"', "optimizer: 'sgdd'"),
                   ('"hidden": "9"', '"beta": "0.9,0.99"', "sgd takes momentum"), ('"hidden": "9"', '"limit": 999', "a limit of 999"),
                   ('"hidden": "9"', '"flavor": "flax", "init": "normal"', "leave out init"), ('"hidden": "9"', '"early-stop": 1', "hold out a part")]
        for text in [old for old, *_ in cases] + [good.replace(old, new) + "}" for old, new, _ in changes]:
            has = dict([(a, b) for a, b in cases] + [(good.replace(old, new) + "}", has) for old, new, has in changes])[text]
            open("bad.json", "w").write(text)
            done = run("sweep", "bad.json", "-o", "nothing")
            self.assertIn(done.returncode, (2, 9, 10), text)
            self.assertEqual((done.stdout, done.stderr.count("\n")), ("", 1), (text, done.stderr))
            self.assertIn(has, done.stderr, text)
            self.assertFalse(os.path.exists("nothing"), text)
        open("bad.json", "w").write(good + "}")
        self.good("sweep", "bad.json", "-o", "something")
        self.bad(9, "sweep", "gone.json", has="gone.json")

    def test_bad_options(self):
        for words, has in [([], "nothing is asked for"), (["--grid", "lr"], "--grid 'lr'"), (["--grid", "=1"], "--grid '=1'"),
                           (["--grid", "lr=0.1,,0.2"], "lr has an empty value"), (["--grid", "lr=0.1", "--grid", "lr=0.2"], "the grid has lr twice"),
                           (["--grid", "rate=1"], "there is no setting 'rate'"), (["--seeds", "0"], "--seeds '0'"), (["--seeds", "1,x"], "'x' is no seed"),
                           (["--seeds", "4,4"], "the seed 4 is given twice"), (["--seeds", "-1"], "--seeds '-1'"),
                           (["--grid", "dropout=0.1:0.2:0.3", "--seeds", "1"], "3 numbers for 2 hidden layers"),
                           (["--grid", "dropout=0.1:", "--seeds", "1"], "dropout has an empty value"),
                           (["--seeds", "1", "--device", "pocl,,pocl"], "is empty"), (["--seeds", "1", "--device", "0:0", "--device", "0:0"], "named twice"),
                           (["--seeds", "1", "--record"], "unknown option '--record'"), (["a.json", "b.json"], "one argument too many")]:
            self.bad(2, "sweep", *words, "-o", "nothing", has=has)
        self.bad(6, "sweep", "--seeds", "1", "--device", "no such device", has="no such device", lines=0)
        self.assertFalse(os.path.exists("nothing"))

    def test_plot(self):
        if not shutil.which("gnuplot"):
            self.skipTest("gnuplot is not installed")
        self.good("sweep", *SETTINGS, "--epochs", "2", "--seeds", "2", "--grid", "dropout=0.2,0.5,0.8:0,0.5,0.9", "-o", "map")
        means = {row["label"]: row for row in table("map/summary.csv")}
        self.good("plot", "map", "-o", "map.svg")
        texts = self.texts("map.svg")
        for row in means.values():  # each cell: the mean, and half the interval
            self.assertIn(f"{float(row['val_accuracy_mean']):.4f}", texts)
            self.assertIn(f"±{(float(row['val_accuracy_high']) - float(row['val_accuracy_low'])) / 2:.4f}", texts)
        self.assertTrue({"dropout 1", "dropout 2", "0.8", "0.9"} <= set(texts), texts)
        self.good("plot", "map", "-o", "loss.svg", "--metric", "val-loss", "--band", "deviation")
        texts = self.texts("loss.svg")
        for row in means.values():
            self.assertIn(f"{float(row['val_loss_mean']):.4f}", texts)
            self.assertIn(f"±{float(row['val_loss_deviation']):.4f}", texts)
        self.good("plot", "map", "-o", "curves.svg", "--kind", "curves")
        texts = self.texts("curves.svg")
        best = sorted(means, key=lambda label: float(means[label]["val_accuracy_mean"]))[1:]
        self.assertEqual(len(best), 8)
        worst = set(means) - set(best)
        if float(means[min(worst)]["val_accuracy_mean"]) < min(float(means[label]["val_accuracy_mean"]) for label in best):
            self.assertEqual({text for text in texts if text.startswith("dropout")}, set(best))
        self.assertTrue(any("the 8 best of 9 settings" in text for text in texts), texts)
        self.good("plot", "map", "-o", "curves.PNG", "--kind", "curves", "--metric", "train-loss", "--band", "deviation")
        self.assertEqual(open("curves.PNG", "rb").read(4), b"\x89PNG")
        self.good("sweep", *SETTINGS, "--epochs", "1", "--seeds", "1", "--grid", "lr=0.5,0.1", "-o", "line")
        self.good("plot", "line", "-o", "line.svg")  # one seed has no band, one epoch no line
        self.assertIn("lr 0.5", self.texts("line.svg"))
        self.bad(2, "plot", "line", "-o", "no.svg", "--kind", "map", has="does not have two axes")
        self.bad(2, "plot", "map", "line", "-o", "no.svg", "--kind", "map", has="--kind is of a sweep's figure")
        self.bad(2, "plot", f"line/runs/{run_folders('line')[0]}", "-o", "no.svg", "--band", "interval", has="--band is of a sweep's figure")
        shutil.rmtree("line/runs")
        self.bad(10, "plot", "line", "-o", "no.svg", has="no run is finished")
        self.assertFalse(os.path.exists("no.svg"))

    def texts(self, path):
        return [text.strip() for element in ET.parse(path).iter() for text in [element.text or ""] if text.strip()]

    def test_default_folder(self):
        self.good("sweep", *SETTINGS, "--grid", "lr=0.5,0.1", "--epochs", "1", "--seeds", "1")
        self.good("sweep", *SETTINGS, "--grid", "lr=0.5,0.1", "--epochs", "1", "--seeds", "2")
        self.good("sweep", *SETTINGS, "--grid", "lr=0.5,0.2", "--epochs", "1", "--seeds", "1")
        self.assertEqual(sorted(len(table(f"sweeps/{name}/results.csv")) for name in os.listdir("sweeps")), [2, 4])
        for name in os.listdir("sweeps"):
            self.assertRegex(name, r"\A[0-9a-f]{12}\Z")
            self.assertEqual(sorted(os.listdir(f"sweeps/{name}")), sorted([*FILES, "runs"]))


main()
