"""Thousands of layers, and networks that memory cannot hold: these are refused before anything is allocated, with what they would take."""
# ctest: PLATFORMS pocl TIMEOUT 600
import json
import os
import re
import resource
import subprocess

from _cli import CLONAL, Case, main, make_data, read_safetensors, run

LAYERS = 1000
NARROW = ",".join(["8"] * LAYERS)
QUICK = ["--data", "data", "--epochs", "1", "--batch", "50"]


def limited(kib, *arguments):
    """The command with an address space of so many KiB; with one heap, since glibc's others, 64 MiB a thread, are made or not by chance."""
    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (kib * 1024, kib * 1024))
    return subprocess.run([CLONAL, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300,
                          preexec_fn=limit, env=dict(os.environ, MALLOC_ARENA_MAX="1"))


def kib_to_train():
    """The least address space in which a small network trains, its kernels built; what the driver and its threads take differs."""
    for kib in range(200000, 4000000, 20000):
        if limited(kib, "train", *QUICK, "--hidden", "8", "--out", f"small{kib}").returncode == 0:
            return kib
    raise AssertionError("no limit was wide enough for a small network")


class Limits(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data", train=100, test=40)
        run("train", *QUICK, "--hidden", "8", "--out", "warm")  # what has to be built once: a compiler takes memory too
        cls.tight = kib_to_train() + 30000  # so little more that the tests' networks do not fit

    def digest(self, text):
        return re.search(r"^digest sha256:([0-9a-f]{64})  ", text, re.M).group(1)

    def test_thousand_layers(self):
        """The digest is the contract's reference's; a step is compiled in seconds."""
        text = self.good("train", *QUICK, "--hidden", NARROW, "--dropout", "0.01", "--out", "deep")
        self.assertIn(f"-...-10 ({LAYERS + 1} layers) relu, dropout 0.01 after each, ", text)
        with open("graph.txt", "w", encoding="utf-8") as file:
            file.write(self.good("graph", "--inputs", "10,6", "--hidden", NARROW, "--dropout", ",".join(["0.01"] * LAYERS)))
        reference = subprocess.run([f"{os.environ['CLONAL_TEST_TREE']}/tests/clonal-reference", "--graph", "graph.txt", "--data", "data", "--batch",
                                    "50", "--epochs", "1"], stdout=subprocess.PIPE, text=True, check=True)
        self.assertIn(f"digest sha256:{self.digest(text)}\n", reference.stdout)
        # a checkpoint with Adam's states, resumed; the graph as text; and what reads run folders
        adam = ["--optimizer", "adam", "--dropout", "0.01"]
        whole = self.good("train", "--graph", "graph.txt", *QUICK[:2], "--epochs", "2", "--batch", "50", "--optimizer", "adam", "--out", "whole")
        self.good("train", *QUICK, "--hidden", NARROW, *adam, "--out", "part")
        resumed = self.good("train", "--resume", "--out", "part", "--epochs", "2")
        self.assertEqual(self.digest(resumed), self.digest(whole))
        self.assertEqual(len(read_safetensors("part/weights.safetensors")[1]), 2 * (LAYERS + 1))
        self.assertIn("accuracy", self.good("eval", "part"))
        self.bad(2, "train", "--resume", "--out", "part", "--hidden", NARROW + ",8", has="hidden")

    def test_lists(self):
        self.bad(2, "train", "--hidden", NARROW + ",0", has="give widths from 1")
        self.bad(2, "train", "--hidden", NARROW, "--dropout", "0.1," * LAYERS + "0.1", has=f"has {LAYERS + 1} numbers for {LAYERS} hidden layers")
        self.bad(2, "tune", "--hidden", "8,,8", has="give widths from 1")
        many = self.good("graph", "--hidden", ",".join(["8"] * 20000))
        self.assertEqual(many.count("\n"), 2 + 3 * 20000 + 2)

    def test_explain(self):
        """60-16-12-10 by hand."""
        text = self.good("train", "--data", "data", "--batch", "50", "--hidden", "16,12", "--momentum", "0.9", "--explain")
        size = 4 * (60 * 16 + 16 + 16 * 12 + 12 + 12 * 10 + 10) / 1024
        data = (140 * 60 + 140 * 13 + 8) / 1024
        self.assertRegex(text, rf"(?m)^memory: \d+\.\d KiB on the device: parameters {size:.1f} KiB, optimizer {size:.1f} KiB, "
                               rf"activations and gradients \d+\.\d KiB, data {data:.1f} KiB; the largest buffer \d+\.\d KiB; "
                               rf"in host memory, for a checkpoint, {2 * size:.1f} KiB$")
        # watched, the two steps that look at the batch are counted too
        watched = self.good("train", "--data", "data", "--batch", "50", "--hidden", "16,12", "--momentum", "0.9", "--explain", "--watch")
        number = r"(?m)(^memory: |activations and gradients )(\d+(?:\.\d)?) KiB"
        self.assertEqual(re.sub(number, "", watched), re.sub(number, "", text))
        more = [float(new) - float(old) for (_, old), (_, new) in zip(re.findall(number, text), re.findall(number, watched))]
        self.assertEqual(len(more), 2)
        self.assertAlmostEqual(more[0], more[1], delta=0.6)
        self.assertGreater(more[0], 2 * 4 * 50 * (60 + 16 + 12 + 10) / 1024)  # a value of each layer's width at least

    def test_address_space(self):
        """PoCL ends the process where its memory runs out."""
        wide = [*QUICK, "--hidden", "60000,300"]  # 60 x 60000 + 60000 x 300 weights, and two biases
        done = limited(self.tight, "train", *wide, "--out", "tight")
        self.assertEqual(done.returncode, 8, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertRegex(done.stderr, r"clonal: training takes \d+ MiB of memory, and \d+ MiB are left of the address space \(ulimit -v\): "
                                      r"parameters 83 MiB, activations and gradients of a batch of 50 \d+ MiB, data \d+ KiB, "
                                      r"a checkpoint's copy of the parameters 83 MiB; give a smaller batch .*\(ulimit -v\)\n")
        self.assertFalse(os.path.exists("tight"))
        # products are tried on matrices of their own, before there is a model
        done = limited(self.tight + 250000, "tune", "--hidden", "100000,1000", "--batch", "3", "--quick")
        self.assertEqual(done.returncode, 8, done.stderr)
        self.assertRegex(done.stderr, r"clonal: trying the matrix products, .* takes \d+ MiB of memory, and \d+ MiB are left of ")

    def test_just_fits(self):
        """With the sum and what the driver takes besides left, the same network trains, to the digest of a run without limits."""
        wide = [*QUICK, "--hidden", "60000,300"]
        free = self.digest(self.good("train", *wide, "--out", "free"))
        need, left = None, None
        for extra in range(0, 600000, 25000):  # the least limit that is let through
            done = limited(self.tight + extra, "train", *wide, "--out", f"fits{extra}")
            if done.returncode == 0:
                self.assertEqual(self.digest(done.stdout), free)
                break
            refused = "training takes" in done.stderr
            self.assertIn(done.returncode, (8,) if refused or need is None else (8, 20), (extra, done.stderr))  # 20: what PoCL's compiler lacks then
            if refused:
                need, left = map(int, re.search(r"takes (\d+) MiB of memory, and (\d+) MiB", done.stderr).groups())
                self.assertLess(left, need)
        else:
            self.fail("no limit was wide enough")
        # it is let through as soon as the sum fits; what fails then is what is not known: at most so much
        self.assertLess(need - left, 200)

    def test_device_memory(self):
        # a second layer whose weights alone are larger than a buffer may be here
        device = next(d for d in json.loads(self.good("devices", "--json"))["devices"] if d["type"] == "cpu")
        width = min(device["max_allocation_bytes"] // 4 // 200 + 100000, 2**24)
        if width * 200 * 4 > device["max_allocation_bytes"]:
            self.assertIn("takes a buffer of", self.bad(8, "train", *QUICK, "--hidden", f"{width},200"))
        self.bad(11, "train", *QUICK, "--hidden", "16000000,300", has="weights, more than the 4294966272 that kernels can count")


if __name__ == "__main__":
    main()
