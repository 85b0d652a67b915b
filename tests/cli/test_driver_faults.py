"""What the command says when a driver kills its process: damaged files in PoCL's cache of kernels, memory that runs out, files that may not
grow; that the remedy it names helps; and what is no driver's fault."""
# ctest: PLATFORMS pocl TIMEOUT 900 LABELS long
import glob
import json
import os
import resource
import shutil
import signal
import subprocess
import time

from _cli import CLONAL, main, make_data, run
from _faults import DIED, SCRATCH, Faults, make_set, skip_sanitized

CACHE = os.path.join(SCRATCH, "kcache")


def empty(path):
    os.truncate(path, 0)


def halve(path):
    os.truncate(path, os.path.getsize(path) // 2)


def limit(kind, size):
    return lambda: resource.setrlimit(kind, (size, size))


class DriverFaults(Faults):
    @classmethod
    def setUpClass(cls):
        make_set("data")

    def setUp(self):
        """A whole cache, which the first test makes."""
        shutil.rmtree(CACHE, ignore_errors=True)
        if os.path.isdir("whole"):
            shutil.copytree("whole", CACHE)
        else:
            self.right(self.train())
            shutil.copytree(CACHE, "whole")

    def damage(self, pattern, how):
        files = glob.glob(f"{CACHE}/**/{pattern}", recursive=True)
        self.assertTrue(files)
        for file in files:
            how(file)
        return files

    def remedy(self, done):
        """Does what the message says: the folder that it names goes."""
        self.assertIn(f"remove what the driver keeps in {CACHE}", done.stderr)
        shutil.rmtree(CACHE)
        self.right(self.train())

    def test_emptied_kernels(self):
        self.damage("*.so", empty)
        done = self.train()
        self.died(done, "died of SIGABRT while opening 0:0 ", "is damaged")
        self.remedy(done)

    def test_diff(self):
        """Which opens its devices inside the library; runs that part have it do so."""
        for name in ("left", "right"):
            self.right(self.train(out=name))
        with open("right/run.json") as file:
            manifest = json.load(file)
        manifest["digests"]["weights"] = manifest["digests"]["epochs"][0] = "sha256:" + 64 * "0"
        with open("right/run.json", "w") as file:
            json.dump(manifest, file)
        os.remove("right/weights.safetensors")
        self.damage("*.so", empty)
        done = run("diff", "left", "right", env={"POCL_CACHE_DIR": CACHE})
        self.died(done, "died of SIGABRT while comparing runs", "is damaged")

    def test_halved_kernels(self):
        files = self.damage("*.so", halve)
        done = self.train()
        self.died(done, "died of SIGBUS", " while opening 0:0 ", " is damaged: ")
        named = done.stderr.split("its file ")[1].split(" is damaged")[0]
        self.assertIn(named, files)
        self.remedy(done)

    def test_halved_kernel_of_training(self):
        """A run that is under way says that it trains."""
        files = [file for file in self.damage("gemm_*.so", lambda file: None) if "native" not in file]
        for file in files:
            halve(file)
        done = self.train()
        self.died(done, "died of SIGBUS", " is damaged: ")
        self.assertTrue(any(word in done.stderr for word in (" while training on 0:0", " while computing on 0:0")), done.stderr)

    def test_emptied_programs(self):
        """Here the driver gives an error, of a kernel that is not there."""
        self.damage("program.bc", empty)
        done = self.train()
        self.assertEqual(done.returncode, 7, done.stderr)
        self.assertIn(f"may be damaged: remove what it keeps in {CACHE}, and it makes them anew", done.stderr)

    def test_halved_programs(self):
        self.damage("program.bc", halve)
        done = self.train()
        self.died(done, "died of SIGABRT while opening 0:0 ")
        self.remedy(done)

    def test_own_folder(self):
        """A folder that no variable names is PoCL's alone, and is named as a whole."""
        home = os.path.join(SCRATCH, "home")
        os.makedirs(home, exist_ok=True)
        command = ["env", "-u", "POCL_CACHE_DIR", "-u", "XDG_CACHE_HOME", f"HOME={home}"]
        own = f"{home}/.cache/pocl/kcache"
        shutil.copytree("whole", own)
        for file in glob.glob(f"{own}/**/*.so", recursive=True):
            empty(file)
        done = self.train(command=command)
        self.died(done, f"remove {own}, ")
        shutil.rmtree(own)
        self.right(self.train(command=command))
        self.assertTrue(os.path.isdir(own))

    def test_memory(self):
        """With less and less memory the run is right or says what it lacks; some of these limits kill the driver. Which ones depends on it and
        on its threads; glibc's heaps of their own, which come by chance, are left out."""
        def limited(mebibytes, cache):
            return self.train(cache, env={"MALLOC_ARENA_MAX": "1"}, preexec_fn=limit(resource.RLIMIT_AS, mebibytes << 20))

        least = next(mebibytes for mebibytes in range(160, 4096, 16) if limited(mebibytes, "kcache").returncode == 0)  # its kernels built
        codes = []
        for mebibytes in range(least + 48, 160, -16):
            cache = f"kcache-{mebibytes}"
            done = limited(mebibytes, cache)
            codes.append(done.returncode)
            if done.returncode == 0:
                self.right(done)
            elif done.returncode == DIED:
                self.assertIn(f"memory ran short (ulimit allows {mebibytes} MiB)", done.stderr.splitlines()[-1])
            else:
                self.assertIn(done.returncode, (5, 7, 8), done.stderr)  # the driver does not load, or gives an error, or its compiler does
                if done.returncode == 7:
                    self.assertIn("does not build", done.stderr)
            if len(codes) >= 4 and DIED in codes:
                break
        self.assertIn(DIED, codes)
        self.right(self.train(cache))

    def test_files_that_may_not_grow(self):
        """Where LLVM cannot write it calls exit(1): the command tells that too."""
        for kibibytes, code in ((8, 7), (100, DIED)):
            done = self.train("fresh", preexec_fn=limit(resource.RLIMIT_FSIZE, kibibytes << 10))
            self.assertEqual(done.returncode, code, done.stderr)
            if code == DIED:
                self.died(done, "ended this process by exit() while ", f"{SCRATCH}/fresh", "ulimit -f")
            else:
                self.assertIn(f"{SCRATCH}/fresh, cannot be written: File too large; allow larger files (ulimit -f)", done.stderr)
        self.right(self.train("fresh"))

    def test_core(self):
        """CLONAL_CORE leaves the signal to the system, which may write a core file."""
        self.damage("*.so", empty)
        done = self.train(env={"CLONAL_CORE": "1"}, preexec_fn=limit(resource.RLIMIT_CORE, 0))
        self.assertEqual(done.returncode, -signal.SIGABRT)
        self.assertNotIn("clonal: ", done.stderr)

    def test_bug_of_its_own(self):
        """A fault in Clonal's own code is called so, and ends the process as it always did."""
        shim = f"{os.environ['CLONAL_TEST_TREE']}/tests/libbad_getenv.so"
        done = self.train(env={"LD_PRELOAD": shim}, preexec_fn=limit(resource.RLIMIT_CORE, 0))
        self.assertEqual(done.returncode, -signal.SIGSEGV, done.stderr)
        self.assertTrue(done.stderr.startswith("clonal: died of SIGSEGV in libclonal.so"), done.stderr)
        self.assertIn(" while opening 0:0 ", done.stderr)
        self.assertIn("this is a bug of Clonal's own; please report it", done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)

    def test_signals_from_outside(self):
        """What somebody sends to the process is nobody's fault, and is not told."""
        data = make_data("larger", train=4000, rows=28, columns=28)
        with subprocess.Popen([CLONAL, "train", "--data", data, "--epochs", "9999", "--out", "sent"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, preexec_fn=limit(resource.RLIMIT_CORE, 0)) as process:
            self.assertTrue(process.stdout.readline().startswith("device "))
            process.send_signal(signal.SIGABRT)  # of the others LLVM's own handler takes the first
            _, stderr = process.communicate(timeout=60)
            self.assertEqual((process.returncode, stderr), (-signal.SIGABRT, ""))

    def test_interrupt_goes_on(self):
        """Ctrl-C stops a run as before."""
        data = make_data("another", train=4000, rows=28, columns=28)
        with subprocess.Popen([CLONAL, "train", "--data", data, "--epochs", "9999", "--out", "stopped"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as process:
            self.assertTrue(process.stdout.readline().startswith("device "))
            time.sleep(0.2)
            process.send_signal(signal.SIGINT)
            _, stderr = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 130)
            self.assertIn("--resume", stderr)

    def test_documented(self):
        self.assertIn(f"\n {DIED}  ", run("help", "exit-codes").stdout)
        with open(f"{os.environ['CLONAL_SOURCE']}/tools/man/clonal.1", encoding="utf-8") as file:
            page = file.read()
        self.assertIn(f"\n{DIED}\tan OpenCL driver ended the process\n", page)
        self.assertIn("\n.SH DIAGNOSTICS\n", page)
        for word in ("POCL_CACHE_DIR", "ulimit", "CLONAL_CORE"):
            self.assertIn(word, page)


if __name__ == "__main__":
    skip_sanitized()
    main()
