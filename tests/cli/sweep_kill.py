"""A sweep that is killed, at many moments or again and again, and gone on with by the same command, ends in the files of one that never was."""
# ctest: PLATFORMS pocl TIMEOUT 900
import os
import signal
import subprocess
import time

from _cli import CLONAL, Case, main, make_data
from _sweeps import SETTINGS, contents, run_folders

ASK = ["sweep", *SETTINGS, "--hidden", "48,32", "--batch", "16", "--epochs", "3", "--schedule", "cosine", "--momentum", "0.5", "--dropout-schedule", "linear", "--validate", "0.2",
       "--grid", "dropout=0.2,0.5", "--grid", "warmup=0,9", "--seeds", "2"]


def start(folder):
    return subprocess.Popen([CLONAL, *ASK, "-o", folder], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def stop_after(seconds, folder, how):
    """Whether the sweep had not ended before; an end of its own must be a good one."""
    process = start(folder)
    try:
        _, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(how)
        _, errors = process.communicate()
        if how == signal.SIGINT and process.returncode:
            assert process.returncode == 130 and "the same command goes on" in errors, (process.returncode, errors)
        return process.returncode != 0
    assert (process.returncode, errors) == (0, ""), (process.returncode, errors)
    return False


class Kill(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data", train=3000, test=100)

    def test_moments(self):
        self.good(*ASK, "-o", "first")
        begin = time.monotonic()
        self.good(*ASK, "-o", "whole")
        seconds = time.monotonic() - begin
        whole, folders = contents("whole"), run_folders("whole")
        self.assertEqual(contents("first"), whole)
        stopped = 0
        for moment in range(6):
            folder, how = f"moment{moment}", signal.SIGINT if moment % 3 == 2 else signal.SIGKILL
            begin, wait = time.monotonic(), seconds * (moment + 0.5) / 6
            if stop_after(wait, folder, how):
                stopped += 1
            else:  # the sweep that was timed was in another's way
                seconds = min(seconds, time.monotonic() - begin)
            self.good(*ASK, "-o", folder)
            self.assertEqual(contents(folder), whole, f"stopped after {wait:.2f} s")
            self.assertEqual(run_folders(folder), folders)
            for name in folders:
                self.assertEqual(os.listdir(f"{folder}/runs/{name}/checkpoints")[-1:], ["epoch-0003.safetensors"])
        print(f"{stopped} of 6 were stopped, in {seconds:.2f} s each")
        self.assertGreaterEqual(stopped, 3)
        wait, kills = seconds / 8, 0
        while stop_after(wait, "shaken", signal.SIGKILL):
            kills += 1
            wait *= 1.2  # so that it comes to an end on a machine of any speed
        self.assertEqual(contents("shaken"), whole)
        self.assertGreaterEqual(kills, 2)

    def test_one_at_a_time(self):
        process = start("busy")
        while not os.path.exists("busy/sweep.json"):
            self.assertIsNone(process.poll())
            time.sleep(0.01)
        self.addCleanup(process.kill)
        process.send_signal(signal.SIGSTOP)  # or it might end before the other one asks
        self.bad(12, *ASK, "-o", "busy", has="another process works in busy")
        process.send_signal(signal.SIGCONT)
        process.communicate()
        self.assertEqual(process.returncode, 0)


main()
