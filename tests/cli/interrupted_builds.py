"""Signals while a driver compiles kernels, which it is made to do by caches of each run's own."""
# ctest: PLATFORMS pocl LABELS long TIMEOUT 900
import os
import signal
import subprocess
import time

from _cli import CLONAL, Case, main, make_data

SMALL = ["--data", "data", "--hidden", "16,12", "--batch", "32"]


class InterruptedBuilds(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data")

    def test_interrupted_with_the_compiler(self):
        """Ctrl-C goes to all of a terminal's programs: the linker that a driver has started must outlive it, since PoCL aborts without."""
        for number, delay in enumerate([0.7, 1.5]):
            caches = {name: os.path.abspath(f"caches{number}") for name in ("POCL_CACHE_DIR", "XDG_CACHE_HOME")}
            process = subprocess.Popen([CLONAL, "train", *SMALL, "--epochs", "9999", "--out", f"early{number}"], env=dict(os.environ, **caches),
                                       start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            time.sleep(delay)
            os.killpg(process.pid, signal.SIGINT)
            errors = process.communicate(timeout=300)[1]
            self.assertEqual((process.returncode, errors.count("\n")), (130, 1), errors)

    def test_second_signal_ends_at_once(self):
        """While kernels are compiled nothing asks for the flag."""
        caches = {name: os.path.abspath("caches-twice") for name in ("POCL_CACHE_DIR", "XDG_CACHE_HOME")}
        process = subprocess.Popen([CLONAL, "train", *SMALL, "--epochs", "1", "--out", "twice"], env=dict(os.environ, **caches))
        while not os.path.exists("twice/run.json") and not os.path.exists("caches-twice/tempdir") and not os.path.exists("caches-twice/kcache"):
            time.sleep(0.01)
        while process.poll() is None:  # two that come before it looks are one
            process.send_signal(signal.SIGTERM)
            time.sleep(0.02)
        self.assertEqual(process.wait(timeout=60), -signal.SIGTERM)


main()
