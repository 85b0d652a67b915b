"""Makes tests/vectors/runs-a88a4ba with a `clonal` built from commit a88a4ba, the last before run.json held a graph:

    CLONAL=/old/clonal tests/support/on pocl python3 tests/vectors/make_runs.py FOLDER

finished: two epochs with momentum; stopped: interrupted after the second of six; both on the data that test_old_runs.py
makes again."""
import os
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
import _cli  # noqa: E402

DATA = dict(train=150, test=50, rows=10, columns=6, seed=9)
COMMON = ["--data", "data", "--batch", "40", "--seed", "0xfedcba9876543210"]
RUNS = {"finished": ["--hidden", "8,7", "--dropout", "0.3,0.1", "--activation", "tanh", "--lr", "0.2", "--momentum", "0.9", "--epochs", "2"],
        "stopped": ["--hidden", "9", "--dropout", "0.5", "--loss", "mse", "--weight-decay", "0.01", "--epochs", "6"]}


def main(folder):
    _cli.make_data("data", **DATA)
    for name, options in RUNS.items():
        shutil.rmtree(name, ignore_errors=True)
        process = subprocess.Popen([_cli.CLONAL, "train", *COMMON, *options, "--out", name], stdout=subprocess.PIPE, text=True)
        for line in process.stdout:
            if name == "stopped" and line.startswith("epoch 2/"):
                process.send_signal(signal.SIGINT)
        process.wait()
        print(name, process.returncode, sorted(os.listdir(f"{name}/checkpoints")))
        shutil.copytree(name, f"{folder}/{name}", dirs_exist_ok=True)


if __name__ == "__main__":
    main(sys.argv[1])
