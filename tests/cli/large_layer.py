"""A layer of 784 x 400,000 weights, more than 2^28 (1.25 GB): two steps, evaluation and checkpoint have the contract's reference's digest.
Takes some 8 GB of memory, 3 GB of disk and some minutes."""
# ctest: PLATFORMS pocl LABELS long hours TIMEOUT 7200 SERIAL
import os
import re
import subprocess
import sys

from _cli import Case, main, make_data

NETWORK = ["--hidden", "400000", "--dropout", "0.25"]


def available():
    with open("/proc/meminfo", encoding="ascii") as file:
        return int(re.search(r"MemAvailable: *(\d+) kB", file.read()).group(1)) * 1024


class Large(Case):
    def test_large(self):
        if available() < 9e9:
            print("skipped: less than 9 GB of memory are free")
            sys.exit(77)
        make_data("data", train=6, test=3, rows=28, columns=28)
        options = ["--data", "data", "--batch", "4", "--epochs", "1", "--lr", "0.01"]
        text = self.good("train", *options, *NETWORK, "--out", "run")
        digest = re.search(r"^digest sha256:([0-9a-f]{64})  ", text, re.M).group(1)
        self.assertIn("val loss", text)
        for name in ("checkpoints/epoch-0001.safetensors", "weights.safetensors"):
            self.assertGreater(os.path.getsize(f"run/{name}"), 784 * 400000 * 4)
            os.remove(f"run/{name}")
        with open("graph.txt", "w", encoding="utf-8") as file:
            file.write(self.good("graph", "--inputs", "28,28", *NETWORK))
        reference = subprocess.run([f"{os.environ['CLONAL_TEST_TREE']}/tests/clonal-reference", "--graph", "graph.txt", *options],
                                   stdout=subprocess.PIPE, text=True, check=True).stdout
        self.assertIn(f"digest sha256:{digest}\n", reference)


if __name__ == "__main__":
    main()
