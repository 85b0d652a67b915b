"""Compiles every kernel, with every set of options that the host builds it with for a GPU, by the compilers of Intel, AMD and NVIDIA, and reads the
machine code: fused multiply-adds exactly where the contract has fma, no approximate operation, subnormals kept, no register spilled, local memory read
by four floats. Then plants breaks of all that and shows that they are found. A vendor whose compiler is not here is skipped; all of them, and the test is.
Where CI is set it takes a fifth of the programs, others each day.

ctest: HOST LABELS vendors long TIMEOUT 1500

vendor_compilers.py [VENDOR|TARGET...]: these alone."""
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "support")]
import _vendors as vendors  # noqa: E402
import today  # noqa: E402

TREE = os.environ.get("CLONAL_TEST_TREE", "")
KERNELS = os.path.join(TREE, "kernels")

# The kernels whose arithmetic has an fma. All others have none: one in their machine code is a contraction.
WITH_FMA = re.compile(r"gemm_native\S*:gemm_groups|gemm_pair\S*:gemm_pair|loss:(cross_entropy|softmax|squared_error)|elementwise\+(sigmoid|tanh|gelu|silu):(value|gradient)|elementwise\+selu:value|"
                      r"update\S*:update|layer_norm:(statistics|stretch|gradient)|reduce:column_dot|load:load_u8|"
                      r"noise\S*:noise|math_test:test_(exp|log|sigmoid|tanh|erf|normal32|fma\d*)|probe:probe_fma\d*")

# What is known and does no harm: (target, options, complaint, why). The plan measures the forms of the GEMM on the device and takes the fastest.
EXCUSED = [
    (r"dg2|tgllp", r"-DNV=2 -DMR=[48]\b", r"a spill", "the GEMM's 8x8 and 4x8 tiles have no room in the 128 registers of Intel's threads"),
    (r"dg2|tgllp", r"-DMR=[248] .*-DFOURS=(4|8|16)\b", r"a spill", "the GEMM's deeply unrolled forms have none either; those with FOURS=1 are for these"),
    (r"dg2|tgllp", r"-DGROUP=", r"a spill: an array in memory", "IGC gives up on the array of lanes of a function or an optimizer where two products stand in one kernel"),
    (r"dg2|tgllp", r"", r"27\.0 products and sums where the program has 41", "layer_norm's two divisions by a row's length share what depends on that alone"),
    (r"gfx.*", r"-DNV=2 -DMR=8\b", r"a spill", "clang 15 finds no room for the GEMM's 8x8 tile and four k of its operands"),
    (r"gfx1100", r"-DMR(_\d)?=[1248] .*-DFOURS(_\d)?=(4|8|16)\b", r"a spill", "nor for the deeply unrolled forms on gfx1100, new to it; those with FOURS=1 are for these"),
    (r"sm_90", r"-DNV=2 -DMR=8 .*-DB_FORM=1 .*-DSEVERAL_BLOCKS=1", r"a spill: (32|40) bytes stack frame, 32 bytes", "eight registers of the 8x8 tile's, once in 1024 k"),
    (r"gfx906", r"-DNV=2 -DMR=4 .*-DSEVERAL_BLOCKS=1 .*-DLOSS=1", r"a spill", "two registers of the 8x4 tile's with a loss, in products of several blocks"),
    (r".*", r"-DLOSS=1", r"\d+ reads of local memory are narrow", "a loss reads its row float by float; of the same form without it all reads are of four"),
    (r".*", r"-DCLONAL_FMA=2", r"a spill", "the integers' fma is for devices whose own is wrong, which these are not"),
]


def programs():
    """[(program, options)]: what the host builds, as it says itself."""
    listing = subprocess.run([os.path.join(TREE, "tests", "kernel_options")], check=True, stdout=subprocess.PIPE, text=True).stdout
    return today.share([(line.split()[0], line.split()[1:]) for line in listing.splitlines()], 5)


def complaints_about(kernel, program, target, options, excused):
    """The kernel's complaints; those of EXCUSED go to the set `excused` as their reasons."""
    found = kernel.complaints()
    own_fma = "-DCLONAL_FMA=0" in options and bool(WITH_FMA.fullmatch(f"{program}:{kernel.name}"))
    if own_fma and kernel.ir_fused == 0:
        found.append("no fused multiply-add where the contract has fma")
    if not own_fma and kernel.ir_fused:
        found.append(f"{kernel.ir_fused} fused multiply-adds where the contract has none")
    left = []
    for complaint in found:
        why = [reason for where, which, what, reason in EXCUSED
               if re.fullmatch(where, target) and re.search(which, " ".join(options)) and re.search(what, complaint)]
        excused.update(why[:1])
        if not why:
            left.append(complaint)
    return left


class Result:
    def __init__(self):
        self.kernels = self.fused = 0
        self.complaints = []
        self.excused = set()


def check(vendor, target, text_of, program, options):
    """Compiles one program and judges its kernels. text_of(program, folder) is the path of its source, which may be made in the folder."""
    result = Result()
    where = f"{program} {' '.join(options[2:])}".strip()
    with tempfile.TemporaryDirectory(dir=".") as folder:
        try:
            kernels = vendor.compile(text_of(program, os.path.abspath(folder)), options, target, os.path.abspath(folder))
        except vendors.CompilerError as error:
            result.complaints.append(f"{where}: {error}")
            return result
    for kernel in kernels:
        result.kernels += 1
        result.fused += kernel.fused
        result.complaints += [f"{where}: kernel {kernel.name}: {complaint}" for complaint in complaints_about(kernel, program, target, options, result.excused)]
    return result


def text_of(program, folder):
    """The path of a program's source: program+part+... is kernels/lib/part.cl and so on in front of kernels/program.cl, as the host builds it."""
    name, *parts = program.split("+")
    if not parts:
        return os.path.join(KERNELS, name + ".cl")
    path = os.path.join(folder, program + ".cl")
    with open(path, "w", encoding="utf-8") as whole:
        for source in [os.path.join("lib", part) for part in parts] + [name]:
            with open(os.path.join(KERNELS, source + ".cl"), encoding="utf-8") as file:
                whole.write(file.read() + "\n")
    return path


def suits(vendor, options):
    return not (vendor.name == "Intel" and "-DCLONAL_FMA=1" in options)  # these GPUs have no double precision


def check_target(pool, vendor, target, everything):
    """Prints what is wrong, and one line to sum up. True when nothing is."""
    wanted = [(program, options) for program, options in everything if suits(vendor, options)]
    results = list(pool.map(lambda item: check(vendor, target, text_of, *item), wanted))
    bad = [complaint for result in results for complaint in result.complaints]
    for complaint in bad:
        print(f"{vendor.name} {target}: {complaint}")
    for reason in sorted(set().union(*(result.excused for result in results))):
        print(f"{vendor.name} {target}: excused: {reason}")
    print(f"{vendor.name} {target}: {len(wanted)} programs, {sum(result.kernels for result in results)} kernels, "
          f"{sum(result.fused for result in results):.0f} fused multiply-adds: {'FAILED' if bad else 'ok'}", flush=True)
    return not bad


GEMM = ["-DVW=4", "-DNV=1", "-DMR=4", "-DA_FORM=0", "-DB_FORM=1", "-DGPU=1", "-DTX=16", "-DTY=16", "-DBK=16", "-DFOURS=4", "-DSEVERAL_BLOCKS=0", "-DA_VW=4", "-DB_VW=4"]
# Breaks to be found: (what, program, text, its replacement, further options).
PLANTS = [
    ("mad for fma", "gemm_native", "return fma(a, b, c);", "return mad(a, b, c);", GEMM),
    ("a product and a sum for fma", "gemm_native", "return fma(a, b, c);", "return a * b + c;", GEMM),
    ("contraction", "arithmetic", "y[i] = a[i] + b[i];", "{\n#pragma OPENCL FP_CONTRACT ON\ny[i] = a[i] * b[i] + b[i];\n}", []),
    ("the compiler's division", "arithmetic", "y[i] = a[i] + b[i]", "y[i] = a[i] / b[i]", []),
    ("the compiler's square root", "arithmetic", "y[i] = a[i] + b[i]", "y[i] = sqrt(a[i])", []),
    ("native_exp", "loss", "clonal_exp(z[c] - m)", "native_exp(z[c] - m)", []),
    ("native_recip", "loss", "clonal_recip(s)", "native_recip(s)", []),
    ("fast-relaxed-math", "loss", "", "", ["-cl-fast-relaxed-math"]),
    ("subnormals as zeros", "loss", "", "", None),  # the vendor's option
    ("tiles of floats alone", "gemm_native", "(*(const __local float4 *)(p))", "(float4)(TILE(p, 0), TILE(p, 1), TILE(p, 2), TILE(p, 3))\n#define TILE(p, i) ((const __local volatile float *)(p))[i]", GEMM),
    ("too many registers", "gemm_native", "", "", ["-DVW=4", "-DNV=4", "-DMR=16"] + [o.replace("BK=16", "BK=8") for o in GEMM[3:]]),
]
NOT_COMPILED = {("native_exp", "NVIDIA"),  # LLVM's back end has no such operation
                ("tiles of floats alone", "Intel")}  # whose reads of local memory are not looked at


def plant(folder, text, replacement, program):
    with open(os.path.join(KERNELS, program + ".cl"), encoding="utf-8") as file:
        source = file.read()
    if text not in source:
        raise SystemExit(f"vendor_compilers: cl/{program}.cl has no `{text}` any more: mend PLANTS")
    path = os.path.join(folder, program + ".cl")
    with open(path, "w", encoding="utf-8") as file:
        file.write(source.replace(text, replacement) if text else source)
    return path


def check_plants(pool, vendor, target):
    """Whether each planted break is found."""
    def caught(item):
        _, program, text, replacement, more = item
        more = vendor.flush if more is None else more
        with tempfile.TemporaryDirectory(dir=".") as folder:
            path = plant(os.path.abspath(folder), text, replacement, program)
            return check(vendor, target, lambda *_: path, program, ["-cl-std=CL1.2", "-DCLONAL_FMA=0"] + more).complaints
    plants = [item for item in PLANTS if (item[0], vendor.name) not in NOT_COMPILED]
    missed = []
    for item, complaints in zip(plants, pool.map(caught, plants)):
        # A break is a complaint about a kernel: a program that does not compile shows nothing.
        if not any(": kernel " in complaint for complaint in complaints):
            missed.append(item[0])
            print(f"{vendor.name} {target}: a planted break is not found: {item[0]} {complaints}")
    print(f"{vendor.name} {target}: {len(plants) - len(missed)} of {len(plants)} planted breaks found", flush=True)
    return not missed


def main(wanted):
    if not os.path.isdir(KERNELS):
        print("skipped: CLONAL_TEST_TREE names no build tree with kernels")
        return 77
    everything, good, ran = programs(), True, 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for vendor in (make() for make in vendors.VENDORS):
            planted = False
            for target in vendor.targets:
                if wanted and vendor.name not in wanted and target not in wanted:
                    continue
                missing = vendor.missing(target)
                if missing:
                    print(f"{vendor.name} {target}: skipped: {missing}")
                    continue
                ran += 1
                good &= check_target(pool, vendor, target, everything)
                if not planted:
                    good &= check_plants(pool, vendor, target)
                    planted = True
    if not ran:
        print("skipped: no vendor's compiler is here")
        return 77
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
