"""cl/lib/builtins.cl, which stands in the place of OpenCL's header on PoCL: programs are built with it, those that it does not do for with the header; and
clang makes the same code of the kernels with either, instruction by instruction."""
# ctest: PLATFORMS pocl LABELS long TIMEOUT 600
import glob
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from _cli import Case, SOURCE, main, make_data, run  # noqa: E402

TREE = os.environ["CLONAL_TEST_TREE"]
NETWORK = ["--data", "data", "--hidden", "9", "--batch", "20", "--epochs", "1", "--quiet"]


def flat(name):
    with open(f"{TREE}/kernels/{name}.cl", encoding="utf-8") as file:
        return file.read()


def text_of(program):
    base, *parts = program.split("+")
    return "".join(flat(f"lib/{part}") for part in parts) + flat(base)


def clang_and_headers():
    """The newest clang that has OpenCL's header, and the header's folder; or None."""
    found = [(clang, headers) for clang in sorted(glob.glob("/usr/lib/llvm-*/bin/clang"), key=lambda path: int(re.search(r"llvm-(\d+)", path).group(1)))
             for headers in glob.glob(os.path.join(os.path.dirname(clang), "../lib/clang/*/include")) if os.path.exists(f"{headers}/opencl-c.h")]
    return found[-1] if found else None


def code_of(compiler, text, options, header):
    """The kernels' LLVM IR, as PoCL has clang make it; or what clang says against them."""
    clang, headers = compiler
    command = [clang, "-cc1", "-triple", "x86_64-unknown-linux-gnu", "-target-cpu", "x86-64-v3", "-xcl", "-cl-ext=+all", "-Dcl_khr_fp64=1", "-fno-builtin",
               "-ffp-contract=on", "-O1", "-emit-llvm", "-include", f"{headers}/opencl-c-base.h"]
    command += ["-include", f"{headers}/opencl-c.h"] if header else []
    done = subprocess.run([*command, *options, "-o", "-", "-"], input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    return done.stdout if done.returncode == 0 else f"clang: {done.stderr}"


class Builtins(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data", train=50, test=30)

    def trained(self, name, *options, **variables):
        """The digest, and what the library said of the programs that it built."""
        done = run("train", *NETWORK, *options, "--out", name, "--cache", f"cache-{name}", env={"CLONAL_LOG": "debug", **variables})
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.split()[1], done.stderr

    def test_same_code(self):
        compiler = clang_and_headers()
        if not compiler:
            self.skipTest("no clang with OpenCL's header is here")
        said = self.trained("listed")[1] + self.trained("large", "--hidden", "96", "--batch", "50")[1]  # which leaves zeros out
        listing = subprocess.run([f"{TREE}/tests/kernel_options"], check=True, stdout=subprocess.PIPE, text=True).stdout
        lines = re.findall(r"building (\S+) with (.*)", said) + re.findall(r"(?m)^(\S+) (.*)", listing)
        names, chosen = set(), []
        self.assertTrue(any("-DSKIP=1" in options for _, options in lines) or "avx" not in open("/proc/cpuinfo").read())
        for i, (program, options) in enumerate(lines):  # one of each program at least; pairs have the parts that others show
            name = "gemm_pair" if program.startswith("gemm_pair+") else program
            if name not in names or i % 16 == 0 or "-DSKIP=1" in options:
                chosen.append((program, options.split()))
            names.add(name)
        self.assertGreater(len(names), 15)
        builtins = flat("lib/builtins")
        for program, options in chosen:
            plain = code_of(compiler, text_of(program), options, True)
            self.assertIn("define ", plain, program)
            self.assertEqual(code_of(compiler, builtins + text_of(program), options, False), plain, (program, options))
        # a declaration less, and another function is called, or none: both are seen
        fewer = builtins.replace("B_CONST T##n min(T##n, T##n);", "")
        self.assertNotEqual(fewer, builtins)
        self.assertNotEqual(code_of(compiler, fewer + text_of("gemm_native"), lines[-1][1].split(), False), code_of(compiler, text_of("gemm_native"), lines[-1][1].split(), True))

    def test_used(self):
        digest, said = self.trained("with")
        self.assertIn("building probe with", said)
        self.assertNotIn("does not build", said)
        shutil.copytree(f"{SOURCE}/cl", "kernels")
        with open("kernels/lib/builtins.cl", "a", encoding="utf-8") as file:
            file.write("this is no declaration;\n")
        for name in ("broken", "gone"):
            other, said = self.trained(name, CLONAL_KERNELS=os.path.abspath("kernels"))
            self.assertEqual(other, digest)
            self.assertEqual("does not build without OpenCL's header" in said, name == "broken")
            if name == "broken":
                os.remove("kernels/lib/builtins.cl")


main()
