"""The chapter's network has one digest on every implementation and in the C reference: 100 steps on rusticl, a whole epoch on the others."""
# ctest: PLATFORMS pocl rusticl intel HOURS_ON rusticl LABELS long TIMEOUT 1500
import gzip
import os
import re
import subprocess

from _cli import FASHION, Case, main, run

STEPS, BATCH = 100, 256


def cut(folder, train, test):
    """Fashion-MNIST's first samples, as a data set of their own."""
    os.makedirs(folder)
    for name, count in (("train", train), ("t10k", test)):
        for kind, head in (("images-idx3-ubyte", 16), ("labels-idx1-ubyte", 8)):
            with gzip.open(f"{FASHION}/{name}-{kind}.gz") as file:
                whole = file.read()
            size = (len(whole) - head) // int.from_bytes(whole[4:8], "big")
            with open(f"{folder}/{name}-{kind}", "wb") as file:
                file.write(whole[:4] + count.to_bytes(4, "big") + whole[8:head + count * size])
    return folder


def reference(*arguments):
    program = os.path.join(os.environ["CLONAL_TEST_TREE"], "tests", "clonal-reference")
    text = subprocess.run([program, *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout
    return re.search(r"digest (sha256:[0-9a-f]{64})", text).group(1)


class ChapterSteps(Case):
    def test_digest(self):
        slow = "rusticl" in run("devices").stdout
        data = cut("data", STEPS * BATCH, 500) if slow else FASHION
        text = self.good("train", "--data", data, "--epochs", "1", "--out", "run", "--quiet", timeout=1400)
        self.assertEqual(text.split()[1], reference("--data", data, "--epochs", "1"))


if __name__ == "__main__":
    main()
