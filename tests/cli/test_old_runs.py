"""Run folders that the command left before run.json held a graph, made by tests/vectors/make_runs.py with commit a88a4ba's: they
go on, are evaluated, reproduced and compared. What they come to was seen with that command."""
# ctest: PLATFORMS pocl TIMEOUT 600
import json
import os
import shutil
import sys

from _cli import SOURCE, Case, main, make_data, run

sys.path.insert(0, f"{SOURCE}/tests/vectors")
from make_runs import DATA  # noqa: E402

OLD = f"{SOURCE}/tests/vectors/runs-a88a4ba"
# name: (epochs, digest, last line of metrics.csv without the seconds)
RESUMED = {"finished": (4, "sha256:db4a2cbea7a6f6162b41c2a0270f6255357ca4ebb0768980ada5e3953a0b55ca", "4,1.89498061,1.74016623,0.5,"),
           "stopped": (6, "sha256:7c1a7134df9e1a138f6b017a7d9409f39df80aa35c1708c328382cc4ea1b38bc", "6,0.113250274,0.109876462,0.1,")}


class OldRuns(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data", **DATA)

    def copy(self, name):
        folder = f"{self._testMethodName}-{name}"
        shutil.copytree(f"{OLD}/{name}", folder)
        return folder

    def test_resume(self):
        for name, (epochs, digest, row) in RESUMED.items():
            folder = self.copy(name)
            out = self.good("train", "--resume", "--out", folder, "--data", "data", "--epochs", str(epochs), "--quiet")
            self.assertEqual(out.split()[1], digest, name)
            lines = open(f"{folder}/metrics.csv").read().splitlines()
            self.assertEqual(len(lines), 1 + epochs)
            self.assertTrue(lines[-1].startswith(row), lines)
            # what it is now is read again, and is finished
            self.assertEqual(json.load(open(f"{folder}/run.json"))["status"], "finished")
            again = self.good("train", "--resume", "--out", folder, "--quiet")
            self.assertEqual(again.split()[1], digest, name)

    def test_settings_stay(self):
        folder = self.copy("stopped")
        before = {path: open(f"{folder}/{path}", "rb").read() for path in ("run.json", "metrics.csv")}
        for options in (["--lr", "0.2"], ["--hidden", "8"], ["--optimizer", "adam"], ["--seed", "1"]):
            self.bad(2, "train", "--resume", "--out", folder, "--data", "data", *options)
        for path, content in before.items():
            self.assertEqual(open(f"{folder}/{path}", "rb").read(), content)

    def test_evaluate(self):
        found = json.loads(self.good("eval", self.copy("finished"), "--data", "data", "--json"))
        self.assertEqual((found["samples"], found["loss"], found["accuracy"]), (50, 2.2206057906150818, 0.28))
        self.bad(9, "eval", self.copy("stopped"), "--data", "data", has="the run is not finished")

    def test_reproduce_and_diff(self):
        folder = self.copy("finished")
        out = self.good("reproduce", folder, "--data", "data", "--out", "again")
        self.assertTrue(out.endswith("same digest: sha256:d1bed160fb43725a59d8e3751c4b9c568bb3b4b955f8544d9d3ddcedab7ab19d\n"), out)
        self.assertEqual(run("diff", folder, "again").returncode, 0)
        self.assertTrue(os.path.exists("again/run.json"))


main()
