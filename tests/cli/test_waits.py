"""What `clonal train` shows on a terminal while it prepares: which product of how many is planned, and what is compiled. Nothing of it elsewhere.

ctest: PLATFORMS pocl TIMEOUT 300"""
import os
import pty
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _cli import CLONAL  # noqa: E402

TRAIN = ["train", "--epochs", "1", "--limit", "300", "--batch", "100", "--hidden", "24", "--out", "run"]


def on_terminal(folder, *options):
    """What a run writes to a terminal that is its stderr."""
    master, slave = pty.openpty()
    process = subprocess.Popen([CLONAL, *TRAIN, *options, "--cache", "cache"], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=slave,
                               env=dict(os.environ, TERM="xterm"))
    os.close(slave)
    text = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # the other end is closed
            part = b""
        if not part:
            break
        text += part
    os.close(master)
    return process.wait(), text.decode()


class Waits(unittest.TestCase):
    def test_terminal(self):
        with tempfile.TemporaryDirectory(dir=".") as folder:
            code, text = on_terminal(folder)
        self.assertEqual(code, 0, text)
        for number, shape in enumerate(("100x24x784", "100x10x24"), 1):
            self.assertIn(f"\rplanning {number}/5: product of {shape}", text)
        self.assertIn("\rplanning 5/5: product of ", text)
        self.assertIn("\rcompiling gemm_native", text)

    def test_quiet(self):
        with tempfile.TemporaryDirectory(dir=".") as folder:
            self.assertEqual(on_terminal(folder, "--quiet"), (0, ""))

    def test_no_terminal(self):
        with tempfile.TemporaryDirectory(dir=".") as folder:
            done = subprocess.run([CLONAL, *TRAIN, "--cache", "cache"], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
