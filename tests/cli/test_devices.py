"""devices and --device, on one platform, on two, on none and on broken ones."""
# ctest: HOST
import json
import os
import subprocess

from _cli import CLONAL, Case, main

ON = os.environ["CLONAL_ON"]
MASK = ["mask", "--p", "0.5", "--rows", "1", "--columns", "4"]


def on(platforms, *arguments, **variables):
    """Runs the command where it sees these platforms alone; a variable that is None is unset."""
    unset = [word for k, v in variables.items() if v is None for word in ("-u", k)]
    return subprocess.run([ON, platforms, "env", *unset, *(f"{k}={v}" for k, v in variables.items() if v is not None), CLONAL, *arguments],
                          capture_output=True, text=True)


class Devices(Case):
    def setUp(self):
        if on("pocl", "--version").returncode == 77:
            self.skipTest("PoCL is not installed")

    def fails(self, code, done, has):
        self.assertEqual((done.returncode, done.stdout), (code, ""), (has, done.stderr))
        self.assertTrue(done.stderr.startswith("clonal: "), done.stderr)
        self.assertIn(has, done.stderr)

    def test_table_and_json(self):
        done = on("pocl", "devices")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertTrue(done.stdout.startswith("  P:D "), done.stdout)
        self.assertIn("\n* 0:0 ", done.stdout)
        devices = json.loads(on("pocl", "devices", "--json").stdout)["devices"]
        self.assertEqual(len(devices), 1)
        device = devices[0]
        self.assertEqual((device["selector"], device["type"], device["default"]), ("0:0", "cpu", True))
        for key in ["name", "platform", "vendor", "driver", "version"]:
            self.assertTrue(device[key])
            self.assertIn(device[key], done.stdout)
        self.assertGreater(device["compute_units"], 0)
        self.assertGreater(device["global_memory_bytes"], 1 << 20)
        self.assertEqual(set(device["claims"]), {"fp64", "fma", "subnormals", "round_to_nearest", "inf_nan"})

    def test_selectors(self):
        expected = on("pocl", *MASK).stdout
        self.assertTrue(expected)
        for selector in ["0:0", "0", "cpu", "CPU", "portable", "Portable Computing Language", "portable:0", "cpu:pthread", "0:0:cpu"]:
            done = on("pocl", *MASK, "--device", selector)
            self.assertEqual((done.returncode, done.stdout), (0, expected), (selector, done.stderr))
            self.assertEqual(on("pocl", *MASK, CLONAL_DEVICE=selector).stdout, expected)
        for selector in ["gpu", "1:0", "0:1", "nosuch", "portable:987654321", "cpu:gpu", "99999999999999999999:0"]:
            self.fails(6, on("pocl", *MASK, "--device", selector), selector)
            done = on("pocl", *MASK, CLONAL_DEVICE=selector)
            self.fails(6, done, "Portable")  # lists what there is
        # --device goes before the variable; devices lists what there is, whatever the variable says
        self.assertEqual(on("pocl", *MASK, "--device", "cpu", CLONAL_DEVICE="nosuch").stdout, expected)
        self.assertEqual(on("pocl", "devices", CLONAL_DEVICE="nosuch").returncode, 0)

    def test_two_platforms(self):
        first = on("pocl+rusticl", "devices", "--json")
        if first.returncode == 77:
            self.skipTest("rusticl is not installed")
        devices = json.loads(first.stdout)["devices"]
        self.assertEqual(len(devices), 2)
        self.assertEqual([device["default"] for device in devices].count(True), 1)
        self.fails(6, on("pocl+rusticl", *MASK, "--device", "0:1"), "0:1")
        answers = {on("pocl+rusticl", *MASK, "--device", d["selector"]).stdout for d in devices}
        answers |= {on("pocl+rusticl", *MASK, "--device", d["platform"]).stdout for d in devices}
        self.assertEqual(answers, {on("pocl", *MASK).stdout})

    def test_no_platform(self):
        for arguments in [["devices"], MASK, ["train"]]:
            self.fails(3, on("none", *arguments), "install")

    def test_broken_driver(self):
        for arguments in [["devices"], MASK]:
            self.fails(5, on("broken", *arguments), "/nonexistent/libbroken.so")

    def test_unknown_forms(self):
        self.fails(2, on("pocl", *MASK, CLONAL_FORMS="cpu"), "CLONAL_FORMS is 'cpu'")

    def test_one_warning_of_a_broken_driver(self):
        done = on("pocl+broken", "verify", "--all", "--small")
        self.assertEqual((done.returncode, done.stderr.count("warning"), done.stderr.count("libbroken")), (0, 1, 2), done.stderr)

    def test_no_device(self):
        done = on("rusticl", "devices", RUSTICL_ENABLE="none")
        if done.returncode == 77:
            self.skipTest("rusticl is not installed")
        self.fails(4, done, "rusticl")

    def test_home_that_cannot_be_written(self):
        """PoCL has no device where it has no place for its cache, and does not say why."""
        for name in ("POCL_CACHE_DIR", "XDG_CACHE_HOME", "HOME"):
            places = {"POCL_CACHE_DIR": None, "XDG_CACHE_HOME": None, "HOME": None, name: "/proc/none"}
            self.fails(4, on("pocl", "devices", **places), "set HOME or POCL_CACHE_DIR")

    def test_host_needs_no_platform(self):
        self.assertEqual(on("none", "rng", "--device", "host").stdout, "6627e8d5 e169c58d bc57ac4c 9b00dbd8\n")


main()
