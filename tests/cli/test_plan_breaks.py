"""A plan tries large products by a part of their groups: a kernel that is wrong at an edge of C or between blocks of k is not let in, and is where
the right one is.

PoCL compiles without optimizing here, as in sabotage.py.

ctest: PLATFORMS pocl pocl+as-gpu LONG_ON pocl+as-gpu
"""
import json
import os
import shutil
import tempfile

from _cli import SOURCE, Case, main

CPU = os.environ.get("CLONAL_FORMS") != "gpu"
CPU_BREAKS = {
    "the last row": ("gemm_native.cl", "if (row < i || row >= M) continue;", "if (row < i || row >= M - 1u) continue;"),
    "the sum of two blocks": ("gemm_native.cl", "y = gemm_load_part(c + v * VW, count) + y;", "y = y + y;"),
    "a short tile's place": ("gemm_native.cl", "const uint top = min(i, M - MR);", "const uint top = i + MR > M ? 0u : i;"),
}
GPU_BREAKS = {
    "the last row": ("lib/gemm_group.cl", "if (row >= M || column >= N) continue;", "if (row >= M - 1u || column >= N) continue;"),
    "the last column": ("lib/gemm_group.cl", "if (row >= M || column >= N) continue;", "if (row >= M || column + 4u >= N) continue;"),
    "the sum of two blocks": ("lib/gemm_group.cl", "y = total[r][v] + y;", "y = y;"),
}


class PlanBreaks(Case):
    def planned(self, folder):
        """{(m, n, k): whether what was chosen has the contract's bits}, of the products of more than 2^26 terms."""
        network = ("--inputs", 1100, "--hidden", "none", "--classes", 301, "--batch", 500, "--train", 500, "--test", 500)
        text = self.good("tune", "--quick", "--json", "--gemm", "native", *network,
                         env={"CLONAL_KERNELS": folder, "POCL_EXTRA_BUILD_FLAGS": "-cl-opt-disable"})
        large = [p for p in json.loads(text) if p["m"] * p["n"] * p["k"] > 1 << 26 and p["zeros"] == 0]
        return {(p["m"], p["n"], p["k"]): p["exact"] for p in large}

    def test_the_right_kernel_is_let_in(self):
        found = self.planned(os.path.join(SOURCE, "cl"))
        self.assertTrue(found and all(found.values()), found)

    def test_broken_ones_are_not(self):
        for name, (file, old, new) in (CPU_BREAKS if CPU else GPU_BREAKS).items():
            with self.subTest(name), tempfile.TemporaryDirectory() as scratch:
                folder = os.path.join(scratch, "cl")
                shutil.copytree(os.path.join(SOURCE, "cl"), folder)
                path = os.path.join(folder, file)
                with open(path, encoding="utf-8") as source:
                    text = source.read()
                self.assertIn(old, text)
                with open(path, "w", encoding="utf-8") as source:
                    source.write(text.replace(old, new))
                found = self.planned(folder)
                self.assertFalse(found[500, 301, 1100], found)


if __name__ == "__main__":
    main()
