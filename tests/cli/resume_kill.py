"""kill -9 at many moments, from before the first checkpoint to the last write, and again and again in one run: the digest stays.
tests/faults/kills.py does it a thousand times."""
# ctest: PLATFORMS pocl LABELS long TIMEOUT 900
import os
import time

from _cli import Case, main, make_data
from _kills import digest_of, empty_files, going_on, kill_after, kill_at

SETTINGS = ["--data", "data", "--hidden", "48,32", "--batch", "16", "--momentum", "0.5", "--epochs", "6"]


class Kill(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data", train=6000, test=500)

    def resume(self, folder):
        return digest_of(self.good("train", *going_on(folder, *SETTINGS)))

    def test_moments(self):
        self.good("train", *SETTINGS, "--out", "first")  # programs are built, products planned
        start = time.monotonic()
        whole = digest_of(self.good("train", *SETTINGS, "--out", "whole"))
        seconds = time.monotonic() - start
        killed = 0
        for moment in range(12):
            folder = f"moment{moment}"
            was_killed, seconds = kill_at((moment + 0.5) / 12, seconds, *SETTINGS, "--out", folder)
            killed += was_killed
            self.assertEqual(empty_files(folder), [])
            self.assertEqual(self.resume(folder), whole, f"killed after {moment + 0.5}/12 of {seconds:.2f} s")
        print(f"{killed} of 12 were killed, in {seconds:.2f} s each")
        self.assertGreaterEqual(killed, 6)

    def test_again_and_again(self):
        whole = digest_of(self.good("train", *SETTINGS, "--out", "steady"))
        wait, kills = 0.1, 0
        while kill_after(wait, *SETTINGS, "--out", "shaken", *(["--resume"] if os.path.exists("shaken/run.json") else [])):
            kills += 1
            wait *= 1.15  # so that it comes to an end on a machine of any speed
        self.assertEqual(self.resume("shaken"), whole)
        self.assertGreaterEqual(kills, 2)


main()
