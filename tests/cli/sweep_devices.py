"""A sweep dealt out over two devices ends in the same files as on either, killed in between or not."""
# ctest: PLATFORMS pocl+intel LABELS long TIMEOUT 900
import json
import os
import re
import signal
import subprocess

from _cli import CLONAL, Case, main, make_data
from _sweeps import SETTINGS, contents, table

ASK = ["sweep", *SETTINGS, "--epochs", "3", "--grid", "dropout=0.2,0.5:0.2,0.5", "--seeds", "3"]


class Devices(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data", train=200, test=50)

    def test_devices(self):
        names = [one["selector"] for one in json.loads(self.good("devices", "--json"))["devices"]]
        self.assertEqual(len(names), 2)
        for name in names:
            self.good(*ASK, "--device", name, "-o", f"on{name}")
        whole = contents(f"on{names[0]}")
        self.assertEqual(contents(f"on{names[1]}"), whole)
        text = self.good(*ASK, "--device", names[0], "--device", names[1], "-o", "both")
        self.assertEqual(contents("both"), whole)
        runs = re.findall(r"^run .* on (\S+)$", text, re.M)
        self.assertEqual(len(runs), 12)
        self.assertEqual(set(runs), set(names))
        recorded = {json.load(open(f"both/runs/{row['digest']}-seed{row['seed']}/run.json"))["device"]["selector"]
                    for row in table("both/results.csv")}
        self.assertEqual(recorded, set(names))

        process = subprocess.Popen([CLONAL, *ASK, "--device", ",".join(names), "-o", "shaken"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, text=True)
        for line in process.stdout:
            if line.startswith("run "):
                break
        process.send_signal(signal.SIGKILL)
        process.communicate()
        self.assertEqual(process.returncode, -signal.SIGKILL)
        self.assertTrue(os.path.exists("shaken/sweep.json"))
        self.good(*ASK, "--device", names[1], "-o", "shaken")
        self.assertEqual(contents("shaken"), whole)


main()
