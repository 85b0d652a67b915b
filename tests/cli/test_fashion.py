"""The chapter's network on Fashion-MNIST for an epoch, by the command and by the example program."""
# ctest: PLATFORMS pocl TIMEOUT 900
import os
import re
import subprocess
import sys

from _cli import FASHION, Case, main


class Fashion(Case):
    @classmethod
    def setUpClass(cls):
        if not os.path.exists(f"{FASHION}/train-images-idx3-ubyte.gz"):
            print("skipped: the package dataset-fashion-mnist is not installed")
            sys.exit(77)

    def test_one_epoch(self):
        text = self.good("train", "--epochs", "1", "--out", "run")
        lines = text.splitlines()
        self.assertEqual(lines[1], "784-256-256-10 relu, dropout 0.5,0.5, cross-entropy; lr 0.1, batch 256, seed 0")
        accuracy = float(re.search(r"accuracy (\S+)", text).group(1))
        self.assertTrue(accuracy > 0.68, text)
        names = self.good("predict", "run", "--count", "5").splitlines()
        self.assertRegex(names[1], r"\A    0     9     \d (t-shirt|trouser|pullover|dress|coat|sandal|shirt|sneaker|bag|ankle boot) ")
        self.assertEqual(self.good("eval", "run").splitlines()[-1].split("accuracy ")[1], f"{accuracy:.4f}")
        # the library's example trains the same network from the same seed
        example = subprocess.run([f"{os.environ['CLONAL_TEST_TREE']}/examples/train"], capture_output=True, text=True)
        self.assertEqual((example.returncode, example.stderr), (0, ""))
        self.assertEqual(example.stdout.splitlines()[-1], lines[-1].split()[1])


main()
