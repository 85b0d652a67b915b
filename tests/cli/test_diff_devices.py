"""clonal diff between two devices, one of which runs kernels that are wrong on it alone."""
# ctest: PLATFORMS pocl+rusticl LABELS long TIMEOUT 900
import json
import os
import shutil

from _cli import SOURCE, Case, keep_mask, main, make_data, read_safetensors, run

SMALL = ["--data", "data", "--hidden", "16,12", "--batch", "50", "--seed", "5", "--quiet"]
# PoCL defines POCL_DEVICE_ADDRESS_BITS when it compiles; rusticl does not.
STEP = "    update_element(s, g[i], w + i, v0 + i, v1 + i);"
BREAKS = """#ifdef POCL_DEVICE_ADDRESS_BITS
%s
#else
%s
#endif
"""


def broken(folder, file, old, new):
    """Kernels that are wrong under PoCL: where `old` stands, PoCL finds `new`."""
    shutil.copytree(f"{SOURCE}/cl", folder)
    with open(f"{folder}/{file}") as source:
        text = source.read()
    assert old in text, old
    with open(f"{folder}/{file}", "w") as source:
        source.write(text.replace(old, "\n" + BREAKS % (new, old)))
    return os.path.abspath(folder)


class DiffDevices(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data", train=150, test=50)

    def devices(self):
        found = json.loads(self.good("devices", "--json"))["devices"]
        pocl = [d["selector"] for d in found if d["platform"] == "Portable Computing Language"]
        other = [d["selector"] for d in found if d["platform"] != "Portable Computing Language"]
        self.assertEqual((len(pocl), len(other)), (1, 1), found)
        return pocl[0], other[0]

    def pair(self, name, kernels, *settings):
        """Runs of both devices, by kernels that differ under PoCL, and what diff finds."""
        env = {"CLONAL_KERNELS": kernels} if kernels else {}
        for device, which in zip(self.devices(), "ab"):
            self.good("train", *SMALL, *settings, "--no-fusion", "--device", device, "--out", f"{name}-{which}", env=env)
        done = run("diff", f"{name}-a", f"{name}-b", "--json", env=env)
        self.assertEqual(done.stderr, "")
        return done.returncode, json.loads(done.stdout), run("diff", f"{name}-a", f"{name}-b", env=env).stdout

    def test_equal(self):
        code, found, text = self.pair("equal", None, "--epochs", "2")
        self.assertEqual((code, found["kind"], text), (0, "equal", "the runs are equal, as far as both go\n"))

    def test_dropout_threshold(self):
        """keeps() with a threshold a little too high: an element whose word lies between is dropped on PoCL alone."""
        kernels = broken("threshold", "dropout.cl", "    return (words >= (uint16)(threshold)) & (int16)(keep_any != 0 ? -1 : 0);",
                         "    return (words >= (uint16)(threshold + 0x10000000u)) & (int16)(keep_any != 0 ? -1 : 0);")
        path = f"{kernels}/dropout.cl"
        text = open(path).read()
        old = "    return (words >= (uint4)(threshold)) & (int4)(keep_any != 0 ? -1 : 0);"
        self.assertIn(old, text)
        with open(path, "w") as source:
            source.write(text.replace(old, BREAKS % (old.replace("(threshold)", "(threshold + 0x10000000u)"), old)))
        code, found, text = self.pair("threshold", kernels, "--epochs", "1", "--dropout", "0.5")
        self.assertEqual((code, found["kind"], found["epoch"], found["step"], found["tensor"]), (14, "element", 1, 0, "node.4.mask"), found)
        self.assertTrue(found["operation"].startswith("dropout, node 4: "), found)
        right = keep_mask(0.5, 5, 4, 0, 50, 16)
        wrong = keep_mask(0.5 + 0.0625, 5, 4, 0, 50, 16)
        row, column = next((r, c) for r in range(50) for c in range(16) if right[r][c] != wrong[r][c])
        self.assertEqual((found["row"], found["column"], found["a"]["value"], found["b"]["value"]), (row, column, 0, 1))
        self.assertEqual(found["differing"], sum(right[r][c] != wrong[r][c] for r in range(50) for c in range(16)))
        self.assertIn("first in epoch 1, step 0\noperation  dropout, node 4: ", text)
        self.assertIn(f"element    row {row}, column {column}\n", text)

    def test_update_in_second_epoch(self):
        """Updates that are wrong where a weight is large: the first epoch is equal, and the replay starts behind it."""
        kernels = broken("update", "update.cl", STEP, "    if (w[i] > LIMIT) w[i] *= 1.0000001f;\n    else\n" + STEP)
        settings = ["--epochs", "3", "--lr", "1", "--dropout", "0.1"]
        self.good("train", *SMALL, *settings, "--device", self.devices()[0], "--out", "plain")
        largest = []
        for epoch in (1, 2):
            _, tensors = read_safetensors(f"plain/checkpoints/epoch-{epoch:04}.safetensors")
            largest.append(max(max(values) for _, values in tensors.values()))
        self.assertGreater(largest[1], largest[0])
        path = f"{kernels}/update.cl"
        text = open(path).read()
        with open(path, "w") as source:
            source.write(text.replace("LIMIT", "%.9gf" % ((largest[0] + largest[1]) / 2)))
        code, found, _ = self.pair("update", kernels, *settings)
        self.assertEqual((code, found["kind"]), (14, "element"), found)
        self.assertIn(found["epoch"], (2, 3))
        self.assertGreaterEqual(found["step"], 3)
        self.assertTrue(found["operation"].startswith("update, node "), found)
        self.assertGreater(found["a"]["value"], largest[0] * 0.99)
        self.assertGreater(found["ulp"], 0)


main()
