"""The chapter from scratch (tools/examples/scratch.c): dropout_layer's demonstration against the generator in Python, and its training against the
concise form (train.c) and the command: one digest."""
# ctest: PLATFORMS pocl TIMEOUT 600
import os
import re
import subprocess

from _cli import Case, keep_mask, main, make_data

EXAMPLES = f"{os.environ['CLONAL_TEST_TREE']}/examples"


class Scratch(Case):
    def example(self, name, *arguments):
        done = subprocess.run([f"{EXAMPLES}/{name}", *map(str, arguments)], capture_output=True, text=True, timeout=500)
        self.assertEqual((done.returncode, done.stderr), (0, ""), name)
        return done.stdout.splitlines()

    def test_one_digest(self):
        # a short last batch too: 600 = 2 * 256 + 88
        make_data("data", train=600, test=100, rows=28, columns=28)
        scratch, concise = self.example("scratch", "data", 3), self.example("train", "data", 3)
        command = self.good("train", "--data", "data", "--epochs", "3", "--out", "run").splitlines()
        self.assertRegex(scratch[-1], r"\Asha256:[0-9a-f]{64}\Z")
        self.assertEqual(scratch[-1], concise[-1])
        self.assertEqual(scratch[-1], command[-1].split()[1])
        # the figures, too: the losses are of libm's logarithm here, so by their four digits
        losses = re.findall(r"train loss (\S+)", "\n".join(scratch))
        self.assertEqual(losses, re.findall(r"train loss (\S+)", "\n".join(command)))
        self.assertEqual(scratch[-2], concise[-2].split(", ", 1)[1])
        # it learned
        self.assertLess(float(losses[2]), float(losses[0]))
        # the chapter's demonstration, 0 .. 15 as 2 rows of 8
        self.assertEqual([scratch[0], scratch[3], scratch[6]], [f"dropout_p = {p}:" for p in ("0", "0.5", "1")])
        for at, p in ((1, 0), (4, 0.5), (7, 1)):
            mask = keep_mask(p, 0, 0, 0, 2, 8)
            for row in range(2):
                wanted = [mask[row][c] * (8 * row + c) / (1 - p) if p < 1 else 0 for c in range(8)]
                self.assertEqual([float(v) for v in scratch[at + row].split()], wanted, (p, row))
        self.assertGreater(sum(map(sum, keep_mask(0.5, 0, 0, 0, 2, 8))), 0)


main()
