"""experiment: every one on a small data set, its folder, what is refused; and its conclusions, whose words follow from the numbers, by runs whose
metrics are written over."""
# ctest: PLATFORMS pocl LABELS long TIMEOUT 1200
import glob
import json
import math
import os
import re
import shutil
import signal
import subprocess
import time
import xml.etree.ElementTree as ET

from _cli import Case, main, make_data, run

NAMES = ["rates", "epochs", "variance", "test-time", "decay", "connect", "technique"]
HEADER = "epoch,train_loss,val_loss,val_accuracy,seconds\n"
BASE = ["--quick", "--limit", "300", "--data", "data"]


def settings_of(folder):
    with open(f"{folder}/sweep/sweep.json") as file:
        sweep = json.load(file)
    return sweep["settings"], [int(seed) for seed in sweep["seeds"]]


def write_metrics(folder, figure):
    """Over every run's metrics.csv: figure(label, seed, epoch) gives train loss, validation loss and accuracy."""
    settings, seeds = settings_of(folder)
    for setting in settings:
        for seed in seeds:
            path = f"{folder}/sweep/runs/{setting['digest']}-seed{seed}/metrics.csv"
            count = sum(1 for _ in open(path)) - 1
            with open(path, "w") as file:
                file.write(HEADER)
                for epoch in range(1, count + 1):
                    file.write("%d,%.9g,%.9g,%.9g,0.1\n" % ((epoch,) + figure(setting["label"], seed, epoch)))


class Experiment(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data", train=300, test=100)
        cls.printed = {}
        for number, name in enumerate(NAMES, 1):
            # the technique's warm-up has 200 steps
            base = ["--quick", "--limit", "6000", "--data", make_data("larger", train=6000, test=100)] if name == "technique" else BASE
            done = run("experiment", number, "--seeds", 3 if name == "decay" else 2, "-o", f"all/{name}", *base)
            assert (done.returncode, done.stderr) == (0, ""), (name, done.stderr)
            cls.printed[name] = done.stdout

    def report(self, folder, name="page.html"):
        self.assertEqual(self.good("report", folder, "-o", name), "")
        with open(name, encoding="utf-8") as file:
            return file.read()

    def conclusions(self, folder):
        tree = ET.fromstring(self.report(folder))
        return ["".join(p.itertext()) for p in tree.iter("{http://www.w3.org/1999/xhtml}p") if p.get("class") == "conclusion"]

    def test_list(self):
        lines = self.good("experiment", "list").splitlines()
        self.assertEqual([line.split()[:2] for line in lines], [[str(i + 1), name] for i, name in enumerate(NAMES)])
        self.assertLessEqual(max(map(len, lines)), 80)

    def test_every_one(self):
        for number, name in enumerate(NAMES, 1):
            printed = self.printed[name]
            self.assertTrue(printed.startswith(f"{number}. "), printed)
            for conclusion in self.conclusions(f"all/{name}"):
                self.assertIn(conclusion, printed.splitlines())
        page = self.report("all")
        for number, text in enumerate(NAMES, 1):
            self.assertRegex(page, rf"<h2 id=\"s{number}\">{number}\. ")
        # measures are of the runs' own weights
        settings, seeds = settings_of("all/test-time")
        evaluated = json.loads(self.good("eval", f"all/test-time/sweep/runs/{settings[0]['digest']}-seed0", "--mc", 10, "--json"))
        rows = [line.split(",") for line in open("all/test-time/measures.csv").read().splitlines()[1:]]
        found = {(seed, name): float(value) for _, seed, name, value in rows}
        self.assertEqual(found["0", "10 accuracy"], evaluated["accuracy"])
        self.assertEqual(found["0", "10 loss"], evaluated["loss"])
        self.assertEqual(found["0", "10 calibration error"], evaluated["calibration_error"])
        self.assertEqual(len(rows), len(seeds) * (3 + 4 * 4))
        # what a run of an experiment is, is trained again elsewhere
        self.good("reproduce", f"all/test-time/sweep/runs/{settings[0]['digest']}-seed1", "--quiet")

    def test_again(self):
        """The same command uses what is there; more seeds are added to it."""
        shutil.copytree("all/decay", "again")
        before = {path: os.stat(path).st_mtime_ns for path in glob.glob("again/sweep/runs/*/weights.safetensors")}
        self.assertEqual(len(before), 12)
        first = self.good("experiment", "decay", "--seeds", 3, "-o", "again", *BASE)
        self.assertEqual(first, self.good("experiment", 5, "--seeds", 3, "-o", "again", *BASE))
        self.assertEqual(before, {path: os.stat(path).st_mtime_ns for path in before})
        self.good("experiment", 5, "--seeds", 4, "-o", "again", *BASE)
        self.assertEqual(before, {path: os.stat(path).st_mtime_ns for path in before})
        self.assertEqual(len(glob.glob("again/sweep/runs/*/weights.safetensors")), 16)

    def test_command(self):
        """A page tells the command that made it: what was given, and nothing else; it makes the same folder again."""
        for name, more in (("decay", " --quick --limit 300 --seeds 3"), ("technique", " --quick --limit 6000 --seeds 2")):
            data = os.path.abspath("larger" if name == "technique" else "data")
            self.assertIn(f"<pre>clonal experiment {NAMES.index(name) + 1}{more} --data {data}</pre>", self.report(f"all/{name}"))
        shutil.copytree("all/decay", "told")
        for path in glob.glob("told/sweep/runs/*/run.json"):
            facts = json.load(open(path))
            facts["settings"]["data"] = "it's here"
            json.dump(facts, open(path, "w"))
        self.good("report", "told", "-o", "told.md")
        self.assertIn("\nclonal experiment 5 --quick --limit 300 --seeds 3 --data 'it'\\''s here'\n", open("told.md").read())
        note = json.load(open("told/experiment.json"))
        for path in glob.glob("told/sweep/runs/*/run.json"):
            facts = json.load(open(path))
            facts["settings"]["data"] = "/usr/share/datasets/fashion-mnist"
            json.dump(facts, open(path, "w"))
        json.dump(dict(note, limit=10000), open("told/experiment.json", "w"))
        self.assertIn("<pre>clonal experiment 5 --quick --seeds 3</pre>", self.report("told"))
        json.dump(dict(note, quick=False, limit=0), open("told/experiment.json", "w"))
        self.assertIn("<pre>clonal experiment 5 --seeds 3</pre>", self.report("told"))

    def test_many_figures(self):
        """A page has all its figures: 17 experiments of 4."""
        os.mkdir("many")
        for i in range(17):
            os.symlink("../all/decay", f"many/{i}")
        self.good("report", "many", "-o", "many.md")
        links = re.findall(r"\]\((many-figures/\d+\.svg)\)", open("many.md").read())
        self.assertEqual(links, [f"many-figures/{i}.svg" for i in range(1, 69)])
        self.assertEqual(len([link for link in links if ET.parse(link)]), 68)

    def test_interrupted(self):
        """Ctrl-C, then the same command: what an experiment that was never stopped prints."""
        command = [os.environ["CLONAL"], "experiment", "2", "--seeds", "2", "-o", "stopped", *BASE]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while process.poll() is None and not glob.glob("stopped/sweep/runs/*/metrics.csv"):
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        printed, words = process.communicate()
        if process.returncode != 0:  # else it was quicker
            self.assertEqual((process.returncode, printed), (130, ""), words)
            self.assertEqual(words, "clonal: interrupted; the same command goes on from where it was\n")
            words = self.bad(10, "report", "stopped", "-o", "no.html", has="runs are finished; clonal experiment 2 --quick --limit 300 --seeds 2")
            self.assertIn(f" --data {os.path.abspath('data')} --out stopped goes on", words)
        again = self.good(*command[1:])
        self.assertEqual(again.splitlines()[:-1], self.printed["epochs"].splitlines()[:-1])

    def test_conclusions_of_decay(self):
        """Two by two: accuracies 0.80 with neither, and effects that add up or do not; noise that is the seed's own falls out of the pairs."""
        shutil.copytree("all/decay", "made")
        noise = [0.01, -0.02, 0.005]
        jitter = {"dropout and weight decay": [0.0003, -0.0001, -0.0002], "weight decay": [-0.0002, 0.0001, 0.0002],
                  "dropout": [0.0001, 0.0002, -0.0003], "neither": [0, 0.0002, -0.0001]}

        def made(both):
            effect = {"neither": 0, "weight decay": 0.01, "dropout": 0.02, "dropout and weight decay": both}
            write_metrics("made", lambda label, seed, epoch: (0.5, 0.5 - effect[label] + jitter[label][seed],
                                                              0.80 + effect[label] + noise[seed] + jitter[label][seed]))
            return self.conclusions("made")

        words = made(0.03)
        self.assertIn("that they do not simply add up is not shown", words[0])
        self.assertIn("weight decay alone changes it by +1.00 percentage points, dropout alone by +2.00, both by +3.00 where +3.00", words[0])
        self.assertIn("Dropout and weight decay has a higher validation accuracy than neither, by 3.00 percentage points", words[2])
        words = made(0.05)
        self.assertIn("they do not simply add up, together it is higher than that; interaction +2.00", words[0])
        self.assertIn("they do not simply add up, together it is lower than that; interaction -0.02", words[1])
        words = made(-0.01)
        self.assertIn("they do not simply add up, together it is lower than that; interaction -4.00", words[0])
        self.assertIn("Dropout and weight decay has a lower validation accuracy than neither, by 1.00 percentage points", words[2])
        words = made(0.0001)
        self.assertIn("No difference in validation accuracy between dropout and weight decay and neither is shown", words[2])
        words = made(float("nan"))
        self.assertEqual([line.endswith("cannot be told.") for line in words[:2]], [True, True])
        self.assertIn("cannot be told: a run has no number for it", words[2])

    def test_conclusions_of_epochs(self):
        shutil.copytree("all/epochs", "epochs")

        def made(rise, by):
            sign = 1 if rise > 0 else -1

            def figure(label, seed, epoch):
                without = label == "without dropout"
                noise = 1e-5 * seed * without
                return 0.5, 0.4 + (rise if without == (rise > 0) else 0.0) * sign * max(0, epoch - 5) + noise * epoch, 0.8 + (0 if without else by) + noise
            write_metrics("epochs", figure)
            return self.conclusions("epochs")

        words = made(0.01, 0.02)
        self.assertIn("With dropout has a higher validation accuracy than without dropout, by 2.00 percentage points", words[0])
        self.assertRegex(words[1], r"without dropout it rose more \(98.3 % interval .*\)\.")
        words = made(0.0, -0.02)
        self.assertIn("With dropout has a lower validation accuracy than without dropout", words[0])
        self.assertIn("that they differ is not shown", words[1])
        self.assertIn("with dropout it rose more", made(-0.0005, 0)[1])

    def test_conclusions_of_rates(self):
        shutil.copytree("all/rates", "rates")

        def made(effect):
            write_metrics("rates", lambda label, seed, epoch: (1, 1, 0.8 + effect(*map(float, label.split(" then "))) + 1e-5 * seed * (len(label) + seed)))
            return self.conclusions("rates")

        words = made(lambda first, second: -0.1 * first - 0.02 * second)
        self.assertIn("Raising the first layer's probability from 0.2 to 0.8 lowers the accuracy by 6.00 points", words[0])
        self.assertIn("Raising the second layer's probability from 0.2 to 0.8 lowers the accuracy by 1.20 points", words[1])
        self.assertIn("0.2 then 0.5 has a higher validation accuracy than 0.5 then 0.2, by 2.40 percentage points on average over 2 seeds (98.3 % interval", words[2])
        words = made(lambda first, second: 0.1 * first)
        self.assertIn("Raising the first layer's probability from 0.2 to 0.8 raises the accuracy by 6.00 points", words[0])
        self.assertIn("0.2 then 0.5 has a lower validation accuracy than 0.5 then 0.2, by 3.00 percentage points", words[2])

    def test_conclusions_of_measures(self):
        """Of variances by epoch, and of evaluations: from stats.csv and measures.csv, changed."""
        shutil.copytree("all/variance", "variance")
        for sign, word in ((1, "higher"), (-1, "lower")):
            settings, seeds = settings_of("variance")
            for setting in settings:
                for seed in seeds:
                    path = f"variance/sweep/runs/{setting['digest']}-seed{seed}/stats.csv"
                    lines = [line.split(",") for line in open(path).read().splitlines()]
                    for line in lines[1:]:
                        if line[1] == "node.3.relu":
                            line[6] = str(1.0 + (0.5 * sign if setting["label"] == "with dropout" else 0) + 1e-4 * seed * len(setting["label"]))
                    open(path, "w").write("".join(",".join(line) + "\n" for line in lines))
            self.assertIn(f"The first hidden layer with dropout has a {word} variance of activations at the end than the same without", self.conclusions("variance")[0])
        shutil.copytree("all/test-time", "test-time")
        rows = [line.split(",") for line in open("test-time/measures.csv").read().splitlines()]
        for by, words in ((0.02, "The mean of 30 passes with dropout has a higher accuracy than evaluation without it, by 2.0"),
                          (-0.03, "The mean of 30 passes with dropout has a lower accuracy than evaluation without it, by 3.0"),
                          (0.00001, "No difference in accuracy between the mean of 30 passes with dropout and evaluation without it is shown")):
            for row in rows:
                if row[2] in ("off accuracy", "30 accuracy"):
                    row[3] = str(0.8 + 0.01 * int(row[1]) + (by + 1e-5 * int(row[1]) if row[2][0] == "3" else 0))
            open("test-time/measures.csv", "w").write("".join(",".join(row) + "\n" for row in rows))
            found = self.conclusions("test-time")
            self.assertIn(words, found[1])
            self.assertEqual(["(98.8 % interval" in line for line in found], 4 * [True])
        # an interval of its own: of two differences d1 and d2, their mean -+ q |d1 - d2| / 2, q that of 1.25 % and 1 degree of freedom
        low, high = map(float, re.search(r"98.8 % interval (\S+) to (\S+),", found[1]).groups())
        self.assertAlmostEqual((high - low) / 2, 100 * 1e-5 / 2 / math.tan(math.pi * 0.0125 / 2), delta=0.0051)
        for line in ("0,0,off accuracy,x", "0,0,,1", "-1,0,a,1", "0,0,a", "0,0,a,1,2", "0,x,a,1", "0,0," + 50 * "a" + ",1"):
            open("test-time/measures.csv", "w").write("setting,seed,name,value\n" + line + "\n")
            self.bad(10, "report", "test-time", "-o", "no.html", has="measures.csv: line 2")
        os.remove("test-time/measures.csv")
        self.bad(9, "report", "test-time", "-o", "no.html", has="measures.csv")

    def test_wrong(self):
        for word in ("0", "8", "x", "05"):
            self.bad(2, "experiment", word, has="clonal experiment list")
        self.bad(2, "experiment", has="an argument is missing")
        for seeds in ("0", "10001", "100000"):
            self.bad(2, "experiment", "5", "--seeds", seeds)
        self.bad(9, "experiment", "5", "--data", "nowhere", "-o", "unmade", has="nowhere")
        self.assertFalse(os.path.exists("unmade/experiment.json"))
        # another experiment's folder, another version's, another's
        self.bad(12, "experiment", "2", "-o", "all/decay", *BASE, has="holds experiment 5, --quick")
        self.bad(12, "experiment", "5", "-o", "all/decay", "--data", "data", has="holds experiment 5, --quick")
        shutil.copytree("all/decay", "other")
        note = json.load(open("other/experiment.json"))
        for change, has in (({"version": 2}, "version 2"), ({"version": "1"}, "its format"), ({"format": "x"}, "its format"),
                            ({"experiment": 77}, "'experiment'"), ({"quick": 1}, "'quick'"), ({"limit": -1}, "'limit'")):
            with open("other/experiment.json", "w") as file:
                json.dump(dict(note, **change), file)
            self.bad(10, "experiment", "5", "-o", "other", *BASE, has=has)
            self.bad(10, "report", "other", "-o", "no.html", has=has)
        os.makedirs("several", exist_ok=True)
        shutil.copytree("other", "several/one")
        shutil.copytree("all/decay", "several/two")
        self.bad(10, "report", "several", "-o", "no.html", has="several/one/experiment.json")
        open("other/experiment.json", "w").write("{")
        self.bad(10, "report", "other", "-o", "no.html", has="other/experiment.json: line 1")
        # a sweep that is another's, or not whole
        json.dump(dict(note, experiment=2), open("other/experiment.json", "w"))
        self.bad(10, "report", "other", "-o", "no.html", has="not those of experiment 2")
        json.dump(note, open("other/experiment.json", "w"))
        os.remove(glob.glob("other/sweep/runs/*/weights.safetensors")[0])
        self.bad(10, "report", "other", "-o", "no.html", has="11 of 12 runs are finished; clonal experiment 5 --quick --limit 300 --seeds 3")
        shutil.rmtree("other/sweep")
        self.bad(9, "report", "other", "-o", "no.html", has="other/sweep")
        self.assertFalse(os.path.exists("no.html"))
        run_folder = glob.glob("all/decay/sweep/runs/*")[0]
        self.bad(12, "experiment", "5", "-o", run_folder, *BASE, has="holds something else")


main()
