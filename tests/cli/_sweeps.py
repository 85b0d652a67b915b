"""What the tests of sweeps share."""
import csv
import glob
import os

SETTINGS = ["--data", "data", "--hidden", "9,7", "--batch", "32", "--lr", "0.5"]
FILES = ["sweep.json", "results.csv", "summary.csv"]


def table(path):
    """The rows of a CSV file, by its header's names."""
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def contents(folder, names=FILES):
    return {name: open(f"{folder}/{name}", encoding="utf-8").read() for name in names}


def run_folders(folder):
    return sorted(os.path.basename(path) for path in glob.glob(f"{folder}/runs/*"))
