"""Values are read strictly, before any device is opened: one line, exit code 2, nothing on stdout."""
# ctest: HOST
import os

from _cli import Case, main, philox, run

NOT_WHOLE = ["", "-1", "+1", " 1", "1 ", "1x", "1.5", "1e3", "0x", "0xg", "nan", "inf", "99999999999999999999999"]
NOT_REAL = ["", "-1", "+1", " 1", "0.5x", "nan", "inf", "1e999", "0x1p3", "--", "1,5", "."]


class Options(Case):
    def refuses(self, verb, option, values, *rest):
        for value in values:
            message = self.bad(2, verb, f"{option}={value}", *rest, env={"OCL_ICD_VENDORS": "/nonexistent"}, has=option)
            if value:
                self.assertIn(value, message)

    def test_whole_numbers(self):
        no_seed = [text for text in NOT_WHOLE if text != "-1"] + ["18446744073709551616", "0x10000000000000000", "-9223372036854775809", "-",
                                                                  "--1", "-0x1", "- 1", "-1x", "-1.0", "-18446744073709551615", "-99999999999999999999999"]
        for verb, *rest in [["train"], ["rng"], ["dropout"], ["mask", "--p", "0.5", "--rows", "1", "--columns", "1"]]:
            self.refuses(verb, "--seed", no_seed, *rest)
        self.refuses("train", "--epochs", NOT_WHOLE + ["0", "10000"])
        self.refuses("train", "--batch", NOT_WHOLE + ["0", "4294967296"])
        self.refuses("rng", "--count", NOT_WHOLE + ["0"])
        mask = ["--p", "0.5", "--columns", "1"]
        self.refuses("mask", "--rows", NOT_WHOLE + ["0", "4294967296"], *mask)
        self.refuses("mask", "--stream", NOT_WHOLE, *mask, "--rows", "1")

    def test_reals(self):
        for option in ["--lr", "--momentum", "--weight-decay"]:
            self.refuses("train", option, NOT_REAL + ["1e39", "1e-60", "0.00000001e-40"])
        self.refuses("mask", "--p", NOT_REAL + ["1.0000001", "2", "1e-400"], "--rows", "1", "--columns", "1")

    def test_lists(self):
        self.refuses("train", "--hidden", ["", " ", "0", "256,", ",256", "256,,256", "-3", "a", "3.5", "256,0"])
        self.refuses("train", "--dropout", ["", "none", "1.1", "-0.1", "0.5,", "0.5,nan", "x", "0.5;0.5"])
        self.refuses("rng", "--counter", ["", "1", "1,2,3", "1,2,3,4,5", "1,2,3,x", "1,2,3,4294967296", "1,2,3,-4"])
        self.refuses("dropout", "--p", ["", "1.5", "0,x", "nan"])
        self.bad(2, "train", "--dropout", "0.1,0.2,0.3", has="3 numbers for 2 hidden layers")
        self.bad(2, "train", "--hidden", "none", "--dropout", "0.1,0.2", has="2 numbers for 0 hidden layers")

    def test_empty(self):
        for option in ["--device", "--data", "--out", "--optimizer", "--graph"]:
            for text in ["", " ", "\t "]:
                self.bad(2, "train", option, text, has=f"{option} '")
                self.bad(2, "train", option, text, has=" is empty: give ")
        self.bad(2, "rng", "--device", "", has="--device '' is empty")

    def test_choices(self):
        for option in ["--gemm", "--activation", "--loss"]:
            self.refuses("train", option, ["", "xyzzy", "RELU"])
        self.refuses("eval", "--split", ["all"], "x")
        self.bad(2, "train", "--quiet=1", has="--quiet")

    def test_seed_forms(self):
        for text in ["18446744073709551615", "0xffffffffffffffff", "0XFFFFFFFFFFFFFFFF"]:
            self.assertEqual(self.good("rng", "--device", "host", "--seed", text, "--counter", ",".join(["0xffffffff"] * 4)),
                             "408f276d 41c83b0e a20bc7c6 6d5451fd\n")

    def test_negative_seeds(self):
        """Two's complement of 64 bits, as the value of the option or behind '='."""
        counter = [1, 2, 3, 4]
        for seed in [-1, -2, -42, -2**31, -2**32 - 1, -2**63, 0]:
            expected = " ".join("%08x" % word for word in philox(seed % 2**64, counter)) + "\n"
            for given in [["--seed", f"{seed}"], [f"--seed={seed}"]]:
                self.assertEqual(self.good("rng", "--device", "host", *given, "--counter", "1,2,3,4"), expected, given)
        self.assertEqual(self.good("rng", "--device", "host", "--seed", "-0"), self.good("rng", "--device", "host"))

    def test_lost_output(self):
        with open("/dev/full", "w") as full:
            for arguments in [["--help"], ["rng", "--device", "host", "--count", "100000"]]:
                done = run(*arguments, stdout=full)
                self.assertEqual(done.returncode, 9)
                self.assertIn("clonal: cannot write to standard output: No space left on device", done.stderr)
        done = run("--version", preexec_fn=lambda: os.close(1))
        self.assertEqual(done.returncode, 9)
        self.assertIn("clonal: cannot write to standard output", done.stderr)


main()
