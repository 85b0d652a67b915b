"""kill -9 at many moments, from before the first checkpoint to the last write, and again and again in one run: the digest stays."""
# ctest: PLATFORMS pocl TIMEOUT 900
import os
import re
import signal
import subprocess
import time

from _cli import CLONAL, Case, main, make_data

SETTINGS = ["--data", "data", "--hidden", "48,32", "--batch", "16", "--momentum", "0.5", "--epochs", "6"]
FILES = re.compile(r"(run\.json|metrics\.csv|weights\.safetensors|epoch-\d{4}\.safetensors)")


class Kill(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data", train=6000, test=500)

    def digest(self, text):
        return re.search(r"^digest (sha256:[0-9a-f]{64})  ", text, re.M).group(1)

    def kill_after(self, seconds, *arguments):
        """Starts a run, kills it after that time; False when it was done before."""
        process = subprocess.Popen([CLONAL, "train", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            _, errors = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return process.returncode == -signal.SIGKILL
        self.assertEqual((process.returncode, errors), (0, ""))
        return False

    def resume(self, folder):
        """Goes on, or starts where not even run.json was written; what it was killed in the middle of writing is not in the way."""
        if os.path.exists(f"{folder}/run.json"):
            text = self.good("train", "--resume", "--out", folder)
        else:
            text = self.good("train", *SETTINGS, "--out", folder)
        return self.digest(text)

    def whole_files(self, folder):
        for parent, _, names in os.walk(folder):
            for name in names:
                if FILES.fullmatch(name):
                    self.assertGreater(os.path.getsize(os.path.join(parent, name)), 0, name)

    def test_moments(self):
        self.good("train", *SETTINGS, "--out", "first")  # programs are built, products planned
        start = time.monotonic()
        whole = self.digest(self.good("train", *SETTINGS, "--out", "whole"))
        seconds = time.monotonic() - start
        killed = 0
        for moment in range(12):
            folder = f"moment{moment}"
            killed += self.kill_after(seconds * (moment + 0.5) / 12, *SETTINGS, "--out", folder)
            self.whole_files(folder)
            self.assertEqual(self.resume(folder), whole, f"killed after {moment + 0.5}/12 of {seconds:.2f} s")
        print(f"{killed} of 12 were killed, in {seconds:.2f} s each")
        self.assertGreaterEqual(killed, 6)

    def test_again_and_again(self):
        whole = self.digest(self.good("train", *SETTINGS, "--out", "steady"))
        wait, kills = 0.1, 0
        while self.kill_after(wait, *SETTINGS, "--out", "shaken", *(["--resume"] if os.path.exists("shaken/run.json") else [])):
            kills += 1
            wait *= 1.15  # so that it comes to an end on a machine of any speed
        self.assertEqual(self.resume("shaken"), whole)
        self.assertGreaterEqual(kills, 2)


main()
