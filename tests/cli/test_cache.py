"""The cache's folder and what is in it: --cache of every verb, and clonal cache show, verify, clear."""
# ctest: PLATFORMS pocl rusticl TIMEOUT 600 SERIAL
import fcntl
import glob
import hashlib
import json
import os
import re
import shutil
import subprocess
import unittest

from _cli import CLONAL, Case, main, make_data, run

HEX = "0123456789abcdef" * 4
POCL = os.environ.get("CLONAL_TEST_PLATFORM", "pocl") == "pocl"
NO_DRIVER = {"OCL_ICD_VENDORS": "/nonexistent", "OPENCL_VENDOR_PATH": "/nonexistent"}


def put(path, content):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    return path


def program(binary, device=None):
    """A compiled program as host/runtime/program_cache.c describes its file."""
    head = f"clonal-program 1 {hashlib.sha256(binary).hexdigest()} {len(binary)}" + (f" {device}" if device else "")
    return head.encode() + b"\n" + binary


def fill(folder):
    """A sound file of each kind, made by hand; {path: content}."""
    files = {f"programs/gemm_native-{HEX}": program(bytes(range(256)) * 9, "Chip (Maker), driver 1.2"), f"programs/philox-{HEX}": program(b"x"),
             f"probes/{HEX}": b"clonal-probe 3 1 0 0 1 1 1 1 1 end\ndevice Chip (Maker), driver 1.2\n",
             f"plans/{HEX}.txt": b"256 256 784 0 1 0 0 3 0.000123\n10 256 256 1 0 2 1 0 1e-05 3\ndevice Chip (Maker), driver 1.2\n"}
    for name, content in files.items():
        put(f"{folder}/{name}", content)
    return files


def files_below(folder):
    return sorted(os.path.relpath(os.path.join(top, name), folder) for top, _, names in os.walk(folder) for name in names)


class Folder(Case):
    def setUp(self):
        self.caches = {"XDG_CACHE_HOME": os.path.abspath("usual")}
        shutil.rmtree("usual", ignore_errors=True)

    def test_moves(self):
        plain = self.good("dropout", "--seed", "3", env=self.caches)
        self.assertTrue(files_below("usual/clonal"))
        for number, arguments in enumerate([["--cache", "c0", "dropout"], ["--cache=c1", "dropout"], ["dropout", "--cache", "c2"],
                                            ["--cache", "no1", "--cache", "no2", "dropout", "--cache=c3/deep/er"]]):
            shutil.rmtree("usual", ignore_errors=True)
            self.assertEqual(self.good(*arguments, "--seed", "3", env=self.caches), plain)
            self.assertEqual(len([name for name in files_below(f"c{number}") if re.search(r"probes/[0-9a-f]{64}$", name)]), 1)
            self.assertEqual(files_below("usual/clonal"), [])
        self.assertFalse(os.path.exists("no1") or os.path.exists("no2"))

    def test_relative(self):
        """The folder is where the command started, wherever its verb works; the name may be a link."""
        os.makedirs("real", exist_ok=True)
        os.symlink("real", "link")
        self.good("dropout", "--cache", "link", env=self.caches)
        self.assertEqual(len(glob.glob("real/probes/*")), 1)
        self.assertIn(os.path.realpath("real"), self.good("cache", "--cache", "link"))

    def test_every_device_verb(self):
        for verb in re.findall(r"^  ([a-z]+) {2,}", run("--help").stdout, re.M):
            text = self.good(verb, "--help")
            self.assertEqual("\n  --cache DIR " in text, "\n  --device S" in text or verb == "cache", verb)

    def test_unwritable(self):
        put("file", "")
        for folder in ["/proc/none", "file", "file/below", "/dev/null"]:
            for arguments in [["dropout", "--cache", folder], ["--cache", folder, "dropout"], ["cache", f"--cache={folder}"]]:
                self.bad(9, *arguments, has=folder, env=NO_DRIVER)
        self.assertEqual(self.bad(9, "train", "--cache", "/proc/none", "--out", "never", env=NO_DRIVER).count("give a folder"), 1)
        self.assertFalse(os.path.exists("never"))
        self.bad(2, "dropout", "--cache", "n" * 200 + ("/" + "n" * 200) * 4, has="give a shorter one")
        for arguments in [["dropout", "--cache", ""], ["--cache", " ", "dropout"], ["--cache=", "dropout"]]:
            self.bad(2, *arguments, has="is empty: give DIR")
        self.bad(2, "--cache", has="'--cache' needs a value")
        self.bad(2, "--cache", "c", has="a verb is missing")
        self.bad(2, "--cahce", "c", "dropout", has="did you mean '--cache'?")
        # the usual one, which nobody asked for, only costs time
        self.good("dropout", env={"XDG_CACHE_HOME": "/proc/none", "MESA_SHADER_CACHE_DISABLE": "true"})

    def test_nothing_made_in_vain(self):
        self.bad(2, "--cache", "vain", "dropout", "--none-such", has="--none-such")
        self.bad(2, "dropout", "--cache", "vain", "extra", has="extra")
        self.good("--cache", "vain", "graph")
        self.good("--cache", "vain", "dropout", "--help")
        self.assertFalse(os.path.exists("vain"))

    @unittest.skipUnless(POCL, "slow elsewhere")
    def test_training(self):
        make_data("data")
        digests = {self.good("train", "--data", "data", "--hidden", "16", "--epochs", "1", "-q", "--out", f"run{i}", *cache).split()[1]
                   for i, cache in enumerate([[], ["--cache", "t"], ["--cache", "t"]])}
        self.assertEqual(len(digests), 1)
        self.assertEqual(len(glob.glob("t/plans/*.txt")), 1)
        self.good("train", "--resume", "--out", "run1", "--epochs", "2", "-q", "--cache", "t2")
        self.assertEqual(len(glob.glob("t2/probes/*")), 1)


class Contents(Case):
    def setUp(self):
        shutil.rmtree("kept", ignore_errors=True)

    def test_written_files_are_sound(self):
        """What the library writes, it reads; and it says whose it is, as clonal devices names it."""
        self.good("dropout", "--cache", "kept")
        self.good("tune", "--inputs", "8", "--hidden", "4", "--classes", "3", "--batch", "4", "--train", "4", "--test", "4", "--quick", "--cache", "kept")
        found = json.loads(self.good("cache", "show", "--json", "--cache", "kept"))
        device = json.loads(self.good("devices", "--json"))["devices"][0]
        self.assertEqual([one["device"] for one in found["devices"]], [f"{device['name']} ({device['platform']}), driver {device['driver']}"])
        self.assertEqual((found["probes"]["files"], found["plans"]["files"], found["damaged"]), (1, 1, 0))
        self.assertEqual(found["programs"]["files"] > 0, not POCL)  # PoCL keeps its own
        self.assertEqual(sum(found[kind]["files"] for kind in ("programs", "probes", "plans")), len(files_below("kept")))
        count = len(files_below("kept"))
        self.assertEqual(self.good("cache", "verify", "--cache", "kept"), f"{count} sound, 0 damaged in {os.path.abspath('kept')}\n")

    def test_show(self):
        files = fill("kept")
        found = json.loads(self.good("cache", "--json", "--cache", "kept"))
        sizes = {name: len(content) for name, content in files.items()}
        for kind in ("programs", "probes", "plans"):
            of = [size for name, size in sizes.items() if name.startswith(kind)]
            self.assertEqual(found[kind], {"files": len(of), "bytes": sum(of)})
        self.assertEqual((found["folder"], found["damaged"]), (os.path.abspath("kept"), 0))
        unknown, chip = found["devices"]
        self.assertEqual((unknown["device"], unknown["programs"]["files"]), (None, 1))
        self.assertEqual((chip["device"], chip["programs"]["files"], chip["plans"]["files"]), ("Chip (Maker), driver 1.2", 1, 1))
        self.assertEqual(chip["probes"]["bytes"], sizes[f"probes/{HEX}"])
        text = self.good("cache", "--cache", "kept")
        ours = text.partition("\nDrivers' own")[0]  # to whose files other tests add meanwhile
        self.assertTrue(self.good("cache", "show", "--cache", "kept").startswith(ours))
        size = sum(sizes[f"programs/{name}-{HEX}"] for name in ("gemm_native", "philox")) / 1024
        self.assertRegex(text, rf"(?m)^programs +2 +{size:.1f} KiB$")
        self.assertIn("Chip (Maker), driver 1.2", text)

    def test_empty(self):
        for place in [["--cache", "new"], []]:
            found = json.loads(self.good("cache", "--json", *place, env={"XDG_CACHE_HOME": os.path.abspath("none-such")}))
            self.assertEqual((found["probes"], found["devices"]), ({"files": 0, "bytes": 0}, []))
        self.assertFalse(os.path.exists("none-such"))
        nowhere = dict(os.environ)
        for name in ("XDG_CACHE_HOME", "HOME"):
            nowhere.pop(name)
        for arguments in [["show"], ["verify"], ["clear"]]:
            done = subprocess.run([CLONAL, "cache", *arguments], env=nowhere, capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_drivers(self):
        home = os.path.abspath("home")
        put("home/.nv/ComputeCache/a/b", b"x" * 1000)
        put("home/.nv/ComputeCache/index", b"x" * 24)
        put("home/.cache/pocl/kcache/one", b"y" * 500)
        put("xdg/mesa_shader_cache/0a/file", b"z" * 70)
        os.symlink("/", "home/.nv/ComputeCache/all")  # not followed
        env = {"HOME": home, "XDG_CACHE_HOME": os.path.abspath("xdg"), "POCL_CACHE_DIR": f"{home}/.cache/pocl"}
        found = {one["driver"]: one for one in json.loads(self.good("cache", "--json", env=env))["drivers"]}
        self.assertEqual({name: (one["files"], one["bytes"]) for name, one in found.items()},
                         {"NVIDIA": (2, 1024), "PoCL": (1, 500), "Mesa": (1, 70)})
        self.assertEqual(found["NVIDIA"]["folder"], f"{home}/.nv/ComputeCache")
        self.assertEqual(found["PoCL"]["variable"], "POCL_CACHE_DIR")
        self.assertIn(f"{home}/.nv/ComputeCache", self.good("cache", env=env))
        self.good("cache", "clear", env=env)
        self.assertEqual(len(files_below("home/.nv/ComputeCache") + files_below("home/.cache/pocl")), 3)

    def test_damage(self):
        files = fill("kept")
        whole = files[f"programs/gemm_native-{HEX}"]
        broken = {f"programs/gemm_native-{HEX}": [b"", whole[:-1], whole + b"x", whole[:-1] + bytes([whole[-1] ^ 1]), whole[:40], b"\0" * 900],
                  f"probes/{HEX}": ["", "clonal-probe 3 1 0 0 1 1 1 1 1", "clonal-probe 2 1 0 0 1 1 1 1 1 end\n", "clonal-probe 3 1 0 0 0 1 1 1 1 end\n",
                                    "clonal-probe 3 1 0 0 1 1 1 1 1 end\n\0", "x" * 5000],
                  f"plans/{HEX}.txt": ["", "256 256 784 0 1 0 0 3 0.00", "256 256 784 0 1 0 0 3 0.5 x\n", "1 2 3\n", "256 256 784 0 1 0 0 3 0.5\nxyz\n", "device Chip\n",
                                       "256 256 784 0 1 0 0 3 0.5\n\0\n", "256 256 784 0 1 0 0 3 0.5\ndevice a\ndevice b\n"]}
        for name, contents in broken.items():
            for content in contents:
                path = os.path.abspath(put(f"kept/{name}", content))
                done = run("cache", "verify", "--cache", "kept")
                self.assertEqual((done.returncode, done.stderr), (10, ""), (name, content))
                first, last = done.stdout.splitlines()
                self.assertTrue(first.startswith(f"{path}: "), first)
                self.assertEqual(last, f"3 sound, 1 damaged in {os.path.abspath('kept')}")
                self.assertEqual(json.loads(self.good("cache", "--json", "--cache", "kept"))["damaged"], 1)
                self.assertIn("1 damaged", self.good("cache", "--cache", "kept"))
                self.assertIn("removed 1 file, ", self.good("cache", "verify", "--remove", "--cache", "kept"))
                self.assertEqual(files_below("kept"), sorted(set(files) - {name}))
                self.assertIn("3 sound, 0 damaged", self.good("cache", "verify", "--cache", "kept"))
                put(path, files[name])
        self.assertIn("4 sound, 0 damaged", self.good("cache", "verify", "--cache", "kept"))

    def test_damaged_while_used(self):
        """A damaged file is not used, and replaced."""
        plain = self.good("dropout", "--cache", "kept")
        for name in files_below("kept"):
            put(f"kept/{name}", b"\xff" * 100)
        self.assertEqual(self.good("dropout", "--cache", "kept"), plain)
        self.assertIn(" 0 damaged", self.good("cache", "verify", "--cache", "kept"))

    def test_clear(self):
        """What looks as Clonal's own goes, and nothing else."""
        fill("kept")
        outside = put("outside/file", "precious")
        others = [put(f"kept/{name}", "mine") for name in
                  ["notes.txt", f"{HEX}", f"plans/{HEX}", f"plans/{HEX}.txt.bak", f"probes/{HEX}x", f"probes/{HEX[1:]}", f"probes/{HEX.upper()}",
                   f"programs/{HEX}", f"programs/-{HEX}", f"probes/deep/{HEX}", f"other/{HEX}", f"probes/{HEX}.tmp-", f"probes/{HEX}.tmp-1-2x",
                   f"probes/{HEX}.tmp-a-b", f"plans/{HEX}.txt~"]]
        second = HEX[::-1]
        os.symlink(os.path.abspath(outside), f"kept/probes/{second}")
        os.mkdir(f"kept/plans/{second}.txt")
        os.mkfifo(f"kept/programs/pipe-{HEX}")
        leftover = put(f"kept/plans/{HEX}.txt.tmp-123-4", "half")
        written = put(f"kept/probes/{HEX}.tmp-123-5", "half")
        with open(written, "r+b") as held:
            fcntl.flock(held, fcntl.LOCK_EX)  # as its writer does
            found = json.loads(self.good("cache", "--json", "--cache", "kept"))
            self.assertEqual((found["leftovers"], found["damaged"]), ({"files": 1, "bytes": 4}, 0))
            self.assertIn("removed 5 files, ", self.good("cache", "clear", "--cache", "kept"))
            self.assertTrue(os.path.exists(written))
        self.assertFalse(os.path.exists(leftover))
        for path in others + [outside]:
            self.assertTrue(os.path.exists(path), path)
        self.assertTrue(os.path.islink(f"kept/probes/{second}") and os.path.isdir(f"kept/plans/{second}.txt"))
        self.assertIn("0 sound, 0 damaged", self.good("cache", "verify", "--cache", "kept"))
        self.assertTrue(os.path.exists(written))
        self.assertIn("removed 1 file, ", self.good("cache", "verify", "--remove", "--cache", "kept"))
        self.assertFalse(os.path.exists(written))
        self.assertIn("removed 0 files", self.good("cache", "clear", "--cache", "kept"))

    def test_linked_folder(self):
        fill("elsewhere")
        os.makedirs("kept")
        os.symlink(os.path.abspath("elsewhere/probes"), "kept/probes")
        self.assertIn("removed 0 files", self.good("cache", "clear", "--cache", "kept"))
        self.assertTrue(os.path.exists(f"elsewhere/probes/{HEX}"))

    def test_refused(self):
        self.bad(2, "cache", "claer", has="'claer': give show, verify or clear")
        self.bad(2, "cache", "show", "clear", has="'clear' is one argument too many")
        self.bad(2, "cache", "clear", "--json", has="--json belongs to")
        self.bad(2, "cache", "clear", "--remove", has="--remove belongs to")

    @unittest.skipUnless(os.geteuid(), "a superuser may do all")
    def test_not_permitted(self):
        fill("kept")
        os.chmod("kept/probes", 0o555)
        self.addCleanup(os.chmod, "kept/probes", 0o755)
        self.bad(9, "cache", "clear", "--cache", "kept", has="cannot remove")

    def test_cleared_while_used(self):
        """Other processes go on while the folder is emptied under them."""
        plain = self.good("dropout", "--cache", "kept")
        users = [subprocess.Popen([CLONAL, "dropout", "--cache", "kept"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
        rounds = 0
        while any(user.poll() is None for user in users):
            self.good("cache", "clear", "--cache", "kept")
            rounds += 1
        self.assertGreater(rounds, 0)
        for user in users:
            self.assertEqual((*user.communicate(), user.returncode), (plain, "", 0))


main()
