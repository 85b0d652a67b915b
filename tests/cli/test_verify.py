"""clonal verify: equal on every implementation; a break planted in the kernels is found and named."""
# On rusticl verify_all.py does it.
# ctest: PLATFORMS pocl intel HOURS_ON intel TIMEOUT 1500
import hashlib
import json
import os
import shutil
import unittest

from _cli import SOURCE, Case, main, make_data, run

PLATFORM = os.environ.get("CLONAL_TEST_PLATFORM", "")
CHECKS = ["probe", "rng", "functions", "gemm", "masks", "activations", "losses", "gradients", "weights", "fused"]


def mutated(folder, file, old, new):
    """A folder of kernels in which one place is wrong."""
    shutil.copytree(f"{SOURCE}/cl", folder)
    with open(f"{folder}/{file}") as source:
        text = source.read()
    assert text.count(old) >= 1, (file, old)
    with open(f"{folder}/{file}", "w") as source:
        source.write(text.replace(old, new))
    return os.path.abspath(folder)


def golden_digest(sizes):
    """What a device that makes the reference's digests prints, for the cases of these sizes."""
    digest, case, step = hashlib.sha256(), None, None
    with open(f"{SOURCE}/cl/golden-1.txt") as file:
        for words in filter(None, map(str.split, file)):
            if words[0] == "case":
                case, step = words[1] if words[2] in sizes else None, None
            elif words[0] in ("step", "result"):
                step = words[1] if words[0] == "step" else None
            elif case and step:
                digest.update(f"{case} {step} {words[0]} {words[1]}\n".encode())
    return f"sha256:{digest.hexdigest()}"


class Verify(Case):
    def test_equal(self):
        text = self.good("verify")
        lines = text.splitlines()
        self.assertEqual(lines[0].split(), ["device"] + CHECKS)
        self.assertEqual(lines[1].split(), ["0:0"] + ["ok"] * len(CHECKS))
        self.assertEqual(lines[-2], "  digest " + golden_digest(["small", "large"]))
        self.assertEqual(lines[-1], "  of the small cases " + golden_digest(["small"]))
        self.assertRegex(lines[-3], r"\A  keeps contract 1: equal in every bit: \d+ cases, \d+ steps( \(small cases only\))?, \d+\.\d s\Z")
        self.assertNotIn("small cases only", text)

    def test_json_all(self):
        found = json.loads(self.good("verify", "--all", "--small", "--json"))
        self.assertEqual(found["contract"], 1)
        for device in found["devices"]:
            self.assertTrue(device["equal"], device)
            self.assertIsNone(device["error"])
            self.assertEqual((device["digest"], device["small_digest"]), ("", golden_digest(["small"])))
            self.assertEqual({check: device["checks"][check]["outcome"] for check in CHECKS}, {check: "ok" for check in CHECKS})
            self.assertEqual(device["checks"]["full"]["outcome"], "none")
            self.assertGreater(device["checks"]["gradients"]["compared"], 200)

    @unittest.skipUnless(PLATFORM == "pocl", "one platform will do")
    def test_break(self):
        kernels = mutated("broken", "dropout.cl", "* scale", "* scale * 1.0000001f")
        done = run("verify", "--small", env={"CLONAL_KERNELS": kernels})
        self.assertEqual((done.returncode, done.stderr), (14, ""), done.stdout)
        cells = dict(zip(*[line.split() for line in done.stdout.splitlines()[:2]]))
        self.assertEqual([check for check in CHECKS if cells[check] == "FAIL"][0], "activations", done.stdout)
        self.assertIn("BREAKS contract 1", done.stdout)
        self.assertRegex(done.stdout, r"  activations: \d+ of \d+ differ, first case \w+, step \d+, node\.\d+\.value\n")
        found = json.loads(run("verify", "--small", "--json", env={"CLONAL_KERNELS": kernels}).stdout)["devices"][0]
        self.assertFalse(found["equal"])
        self.assertNotEqual(found["small_digest"], golden_digest(["small"]))
        done = run("verify", "--small", "--stop", "--json", env={"CLONAL_KERNELS": kernels})
        stopped = json.loads(done.stdout)["devices"][0]
        self.assertEqual((done.returncode, stopped["equal"], stopped["digest"], stopped["small_digest"]), (14, False, "", ""))
        self.assertLess(sum(check["compared"] for check in stopped["checks"].values()),
                        sum(check["compared"] for check in found["checks"].values()))
        self.assertEqual(found["checks"]["activations"]["outcome"], "fail")
        self.assertEqual(found["checks"]["rng"]["outcome"], "ok")

    @unittest.skipUnless(PLATFORM == "pocl", "one platform will do")
    def test_errors(self):
        self.bad(2, "verify", "--all", "--device", "0:0", has="not both")
        self.bad(6, "verify", "--device", "xyzzy", has="xyzzy", lines=0)
        self.bad(9, "verify", "--small", "--full", "--data", "nowhere", has="nowhere")
        make_data("other", train=300)
        self.bad(10, "verify", "--small", "--full", "--data", "other", has="not Fashion-MNIST")
        kernels = mutated("unbuilt", "dropout.cl", "kernel void dropout(", "kernel nonsense dropout(")
        done = run("verify", "--all", "--small", env={"CLONAL_KERNELS": kernels})
        self.assertEqual(done.returncode, 7, done.stdout)
        self.assertIn("not verified: ", done.stdout)


main()
