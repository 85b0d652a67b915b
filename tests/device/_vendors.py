"""The compilers of AMD, Intel and NVIDIA as tests/device/vendor_compilers.py drives them: each compiles an OpenCL program for a GPU that need not
be here and tells what its machine code does with floats.

A vendor's compile() returns a list of Kernel. What a kernel should hold is read from the compiler's own optimized LLVM IR, where a fused
multiply-add is llvm.fma and nothing else; what it does hold, from the machine code."""
import glob
import os
import re
import shutil
import subprocess


class Kernel:
    """One kernel of one program on one target: operations on binary32 for one work-item, and what is wrong besides their counts."""

    def __init__(self, name):
        self.name = name
        self.fused = self.plain = 0  # in the machine code: fused multiply-adds; products, sums and differences
        self.ir_fused = self.ir_plain = 0  # the same in the IR
        self.arrays = False  # of its own, in the IR: in memory unless all their indices become constants later
        self.divides = False  # integers, by a variable: compilers do this with an approximate float reciprocal
        self.approximate = []  # machine instructions
        self.wrong = []  # sentences

    def complaints(self):
        """All that breaks the contract, as sentences."""
        found = list(self.wrong)
        # A division of integers adds operations of its own, on integers held in floats.
        if self.approximate and not self.divides:
            found.append("approximate operations: " + ", ".join(sorted(set(self.approximate))))
        if self.fused < self.ir_fused if self.divides else self.fused != self.ir_fused:
            found.append(f"{self.fused} fused multiply-adds where the program has {self.ir_fused}")
        if self.plain < self.ir_plain if self.divides else self.plain != self.ir_plain:
            found.append(f"{self.plain} products and sums where the program has {self.ir_plain}")
        return found


class CompilerError(Exception):
    """A compiler's own words on a program it does not take."""


def run(*command, env=None):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                          env=dict(os.environ, **(env or {})), timeout=240)
    if done.returncode:
        raise CompilerError(f"{os.path.basename(command[0])}: {done.stdout.strip()[-2000:]}")
    return done.stdout


def note_narrow_reads(kernel, narrow, wide):
    """The GEMM is made of reads of local memory, which are four floats each where its tiles are aligned for that."""
    if kernel.name in ("gemm_groups", "gemm_pair") and narrow > wide:
        kernel.wrong.append(f"{narrow} reads of local memory are narrow, {wide} are of four floats")


def find_tool(*names):
    """The first of these commands that is there, by PATH or by pattern; None if none is."""
    for name in names:
        found = shutil.which(name) or next(iter(sorted(glob.glob(name), reverse=True)), None)
        if found and os.access(found, os.X_OK):
            return found
    return None


CLANGS = ["clang-%d" % version for version in (15, 16, 17, 18, 19, 20, 14)] + ["clang"]
OPERATION = re.compile(r"= (?:tail |musttail |notail )?(fadd|fsub|fmul|fdiv|frem|call)\s+((?:[a-z()0-9]+ )*?)"
                       r"(?:<(\d+) x )?(float|double)>?\s(?:@([\w.$]+))?")
FAST = {"fast", "contract", "reassoc", "afn", "arcp", "nnan", "ninf", "nsz"}
EXACT_CALLS = re.compile(r"llvm\.(fabs|minnum|maxnum|copysign|trunc|floor|ceil|rint|nearbyint|canonicalize|ldexp|amdgcn\.(cvt|fmed3|readfirstlane))")


def kernels_of_ir(text, start):
    """{name: Kernel} of LLVM IR as text, counts of the IR filled in; `start` matches a kernel's first line and holds its name."""
    kernels = {}
    for match in re.finditer(start + r".*?\n}", text, re.DOTALL | re.MULTILINE):
        kernel = kernels[match.group(1)] = Kernel(match.group(1))
        body = match.group(0)
        kernel.divides = bool(re.search(r"= [us](?:div|rem) ", body)) or bool(re.search(r"= call .*@__igcbuiltin_[us](?:div|rem)", body))
        kernel.arrays = bool(re.search(r"= alloca \[", body))
        for operation, flags, width, scalar, called in OPERATION.findall(body):
            lanes = int(width or 1)
            fast = FAST & set(flags.split())
            if fast:
                kernel.wrong.append(f"{operation} {' '.join(sorted(fast))} in the IR")
            if operation == "call":
                if called.startswith("llvm.fma."):
                    kernel.ir_fused += lanes * (scalar == "float")
                elif called.startswith("llvm.") and not EXACT_CALLS.match(called):
                    kernel.wrong.append(f"a call of {called} in the IR")
            elif operation in ("fdiv", "frem"):
                kernel.wrong.append(f"{operation} in the IR")
            elif scalar == "float":
                kernel.ir_plain += lanes
    if not kernels:
        raise CompilerError("no kernel in the IR")
    return kernels


class Amd:
    """clang's own back end with ROCm's device libraries. gfx1100's clang lacks its isa_version in older libraries; what differs by it (image
    and atomic operations) does not concern us, so its elder's serves."""
    name = "AMD"
    targets = ["gfx906", "gfx1030", "gfx1100"]
    flush = ["-cl-denorms-are-zero"]
    LIBRARIES = ["opencl", "ocml", "ockl", "oclc_correctly_rounded_sqrt_off", "oclc_daz_opt_off", "oclc_finite_only_off", "oclc_unsafe_math_off",
                 "oclc_wavefrontsize64_{wave}", "oclc_isa_version_{isa}", "oclc_abi_version_400"]

    def __init__(self):
        self.clang = find_tool(*CLANGS)
        self.folder = os.path.dirname(find_file("/usr/lib/*/amdgcn/bitcode/ocml.bc", "/usr/lib/amdgcn/bitcode/ocml.bc", "/usr/lib*/clang/*/lib/amdgcn/bitcode/ocml.bc",
                                                "/usr/share/amdgcn/bitcode/ocml.bc", "/opt/rocm/amdgcn/bitcode/ocml.bc") or "")

    def missing(self, target):
        if not self.clang:
            return "no clang"
        if not self.folder:
            return "no rocm-device-libs"
        if target not in run(self.clang, "--target=amdgcn-amd-amdhsa", "-nogpulib", "--print-supported-cpus"):
            return f"{self.clang} does not know it"
        return None

    def libraries(self, target):
        isa = target[3:]
        if not os.path.exists(f"{self.folder}/oclc_isa_version_{isa}.bc"):
            isa = "1036"
        for library in self.LIBRARIES:
            path = f"{self.folder}/{library.format(wave='on' if len(target) == 6 else 'off', isa=isa)}.bc"
            if os.path.exists(path):
                yield from ("-Xclang", "-mlink-builtin-bitcode", "-Xclang", path)

    def compile(self, source, options, target, folder):
        common = [self.clang, "-target", "amdgcn-amd-amdhsa", "-mcpu=" + target, "-O3", "-nogpulib", "-w", "-S"]
        run(*common, "-x", "cl", *options, *self.libraries(target), "-emit-llvm", "-o", f"{folder}/out.ll", source)
        run(*common, "-Xclang", "-disable-llvm-passes", "-x", "ir", "-o", f"{folder}/out.s", f"{folder}/out.ll")
        kernels = kernels_of_ir(read(f"{folder}/out.ll"), r"^define[^\n]* amdgpu_kernel void @(\w+)\(")
        assembly = read(f"{folder}/out.s")
        for kernel in kernels.values():
            self.read_code(kernel, between(assembly, f"\n{kernel.name}:", "\n\ts_endpgm\n", f"\n.Lfunc_end"))
            self.read_settings(kernel, between(assembly, f".amdhsa_kernel {kernel.name}\n", ".end_amdhsa_kernel"),
                               between(assembly, f".symbol:         {kernel.name}.kd", "\n  - ", "\namdhsa.version", before=r".*\n  - "))
        return list(kernels.values())

    @staticmethod
    def read_code(kernel, code):
        note_narrow_reads(kernel, len(re.findall(r"\bds_(?:read2?|load(?:_2addr)?)_b(?:32|64)\b", code)), len(re.findall(r"\bds_(?:read|load)_b128\b", code)))
        # gfx11 issues two operations in one line: v_dual_mul_f32 v1, v2, v3 :: v_dual_add_f32 v4, v5, v6
        for line in code.replace("::", "\n").splitlines():
            instruction = (line.split() or [""])[0]
            if not instruction.startswith("v_"):
                continue
            bare = re.sub(r"^v_(dual_)?|_(e32|e64|dpp|sdwa)\b.*", "", instruction)
            if re.fullmatch(r"(fma|fmac|fmaak|fmamk)_f32", bare):
                kernel.fused += 1
            elif re.fullmatch(r"(add|sub|subrev|mul)_f32", bare):
                kernel.plain += 1
            elif kernel.divides and bare == "mac_f32":
                continue
            elif re.fullmatch(r"(mad|mac|madak|madmk)_f32|.*legacy.*|(fma|fmac|mad)_f(16|64)|(pk_|mad_mix|fma_mix).*", bare):
                kernel.wrong.append(f"{instruction} in the machine code")
            elif re.fullmatch(r"(rcp|rcp_iflag|rsq|sqrt|exp|log|sin|cos|div_\w+)_f(16|32|64)", bare):
                kernel.approximate.append(instruction)

    @staticmethod
    def read_settings(kernel, descriptor, metadata):
        for key, value in (("float_denorm_mode_32", "3"), ("float_round_mode_32", "0"), ("private_segment_fixed_size", "0")):
            if f".amdhsa_{key} {value}\n" not in descriptor:
                what = re.search(rf"\.amdhsa_{key} .*", descriptor)
                kernel.wrong.append((what.group(0) if what else f"no {key}") + f": " +
                                    ("subnormals are flushed" if "denorm" in key else "a spill" if "private" in key else "another rounding"))
        for what, count in re.findall(r"\.([sv]gpr_spill_count): +(\d+)", metadata):
            # Scalar registers are spilled to lanes of vector registers, not to memory.
            if what == "vgpr_spill_count" and count != "0":
                kernel.wrong.append(f"a spill of {count} registers")


class Nvidia:
    """clang to PTX, with libclc's functions, then NVIDIA's assembler. PTX's operations with .rn are never fused or reassociated by the assembler
    (PTX ISA, "fma", "mul"), so that counts are taken there. With nvdisasm the machine code is read too."""
    name = "NVIDIA"
    targets = ["sm_80", "sm_90"]
    flush = ["-Xclang", "-fdenormal-fp-math-f32=preserve-sign,preserve-sign"]  # clang has no ear for OpenCL's option here

    def __init__(self):
        self.clang = find_tool(*CLANGS)
        self.ptxas = find_tool("ptxas", "/usr/local/cuda*/bin/ptxas", "/opt/cuda/bin/ptxas")
        self.nvdisasm = find_tool("nvdisasm", "/usr/local/cuda*/bin/nvdisasm", "/opt/cuda/bin/nvdisasm")
        self.library = find_file("/usr/lib/clc/nvptx64--nvidiacl.bc", "/usr/share/clc/nvptx64--nvidiacl.bc", "/usr/lib*/clc/nvptx64--nvidiacl.bc")

    def missing(self, _target):
        return "no clang" if not self.clang else "no ptxas (CUDA)" if not self.ptxas else "no libclc" if not self.library else None

    def compile(self, source, options, target, folder):
        common = [self.clang, "-target", "nvptx64-nvidia-nvcl", "-O3", "-w", "-S", "-Xclang", "-target-cpu", "-Xclang", "sm_80"]
        run(*common, "-x", "cl", *options, "-Xclang", "-mlink-builtin-bitcode", "-Xclang", self.library, "-emit-llvm", "-o", f"{folder}/out.ll", source)
        run(*common, "-Xclang", "-disable-llvm-passes", "-x", "ir", "-o", f"{folder}/out.ptx", f"{folder}/out.ll")
        report = run(self.ptxas, "-v", "-arch=" + target, "-o", f"{folder}/out.cubin", f"{folder}/out.ptx")
        ir, ptx = read(f"{folder}/out.ll"), read(f"{folder}/out.ptx")
        names = "|".join(re.findall(r"\.entry (\w+)\(", ptx))
        kernels = kernels_of_ir(ir, rf"^define[^\n]* void @({names})\(")
        machine = run(self.nvdisasm, f"{folder}/out.cubin") if self.nvdisasm else ""
        for kernel in kernels.values():
            self.read_ptx(kernel, between(ptx, f".entry {kernel.name}(", "\n}"))
            self.read_report(kernel, between(report, f"Function properties for {kernel.name}\n", "Used"))
            if machine:
                self.read_machine(kernel, between(machine, f".text.{kernel.name}:\n", "\n.L_x_", "\n//----", ".section"))
        return list(kernels.values())

    @staticmethod
    def read_ptx(kernel, code):
        note_narrow_reads(kernel, len(re.findall(r"\bld\.shared\.(?:v2\.)?f32", code)), len(re.findall(r"\bld\.shared\.v4\.f32", code)))
        for instruction in re.findall(r"^\s+(?:@!?%p\d+ )?([a-z]\w*\.[\w.]+)\s", code, re.MULTILINE):
            operation, *modifiers = instruction.split(".")
            if "f32" not in modifiers and "f64" not in modifiers and "f32x2" not in modifiers:
                continue
            if "ftz" in modifiers:
                kernel.wrong.append(f"{instruction}: subnormals are flushed")
            if "f64" in modifiers:
                if operation in ("fma", "mad"):
                    kernel.wrong.append(f"{instruction} in the PTX")
                continue
            if operation in ("fma", "mad", "add", "sub", "mul") and ("rn" not in modifiers or operation == "mad"):
                kernel.wrong.append(f"{instruction}, which the assembler may fuse, in the PTX")
            elif operation == "fma":
                kernel.fused += 1
            elif operation in ("add", "sub", "mul"):
                kernel.plain += 1
            elif operation in ("div", "rcp", "sqrt", "rsqrt", "ex2", "lg2", "sin", "cos", "tanh"):
                kernel.wrong.append(f"{instruction} in the PTX")

    @staticmethod
    def read_report(kernel, report):
        numbers = re.search(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads", report)
        if not numbers or numbers.group(2) != "0" or numbers.group(3) != "0":
            kernel.wrong.append("a spill: " + (numbers.group(0) if numbers else "the assembler tells nothing"))

    @staticmethod
    def read_machine(kernel, code):
        # The assembler unrolls loops, so that numbers differ; what may not be there may not be there.
        instructions = re.findall(r"/\*[0-9a-f]{4,}\*/\s+(?:@!?U?P\w+\s+)?([A-Z][A-Z0-9_.]*)", code)
        for instruction in instructions:
            operation, *modifiers = instruction.split(".")
            if operation in ("FFMA", "FADD", "FMUL", "FSETP", "FMNMX", "FSEL", "FSET") and "FTZ" in modifiers:
                kernel.wrong.append(f"{instruction} in the machine code: subnormals are flushed")
            if operation in ("FFMA", "FADD", "FMUL") and {"RM", "RP", "RZ", "SAT"} & set(modifiers):
                kernel.wrong.append(f"{instruction} in the machine code: another rounding")
            if operation == "MUFU":
                kernel.approximate.append(instruction)
        if (kernel.ir_fused > 0) != any(instruction.startswith("FFMA") for instruction in instructions):
            kernel.wrong.append("FFMA in the machine code, or none of it, against the program")


class Intel:
    """ocloc, the compiler of Intel's driver as a command, its disassembly by IGA, and IGC's IR by its dump. mad is fused on these GPUs."""
    name = "Intel"
    targets = ["dg2", "tgllp"]
    flush = ["-cl-denorms-are-zero"]

    def __init__(self):
        self.ocloc = find_tool("ocloc")
        self.iga = find_file("/usr/lib/*/libiga64.so.*", "/usr/lib*/libiga64.so.*", "/usr/lib*/libiga64.so")

    def missing(self, _target):
        return "no ocloc" if not self.ocloc else "no libiga64" if not self.iga else None

    def compile(self, source, options, target, folder):
        for name in ("bin", "dump", "code", "lib"):
            os.makedirs(f"{folder}/{name}", exist_ok=True)
        if not os.path.lexists(f"{folder}/lib/libiga64.so"):
            os.symlink(self.iga, f"{folder}/lib/libiga64.so")  # ocloc loads it by this name, which packages leave out
        report = run(self.ocloc, "compile", "-file", source, "-device", target, "-options", " ".join(options), "-out_dir", f"{folder}/bin",
                     env={"IGC_ShaderDumpEnable": "1", "IGC_DumpToCustomDir": f"{folder}/dump"})
        binary = glob.glob(f"{folder}/bin/*.bin")
        if not binary:
            raise CompilerError(f"ocloc: {report.strip()}")
        run(self.ocloc, "disasm", "-file", binary[0], "-device", target, "-dump", f"{folder}/code",
            env={"LD_LIBRARY_PATH": f"{folder}/lib:" + os.environ.get("LD_LIBRARY_PATH", "")})
        # A kernel that would spill is compiled a second time, in loops: its IR is in _optimized_1.ll and stands for the first's.
        dumps = sorted(glob.glob(f"{folder}/dump/*_optimized*.ll"))
        if not dumps:
            raise CompilerError("IGC leaves no dump of its IR")
        kernels = kernels_of_ir("\n".join(map(read, dumps)), r"^define[^\n]* spir_kernel void @(\w+)\(")
        for kernel in kernels.values():
            code = glob.glob(f"{folder}/code/{kernel.name}_KernelHeap.asm") + glob.glob(f"{folder}/code/.text.{kernel.name}.asm")
            self.read_code(kernel, read(code[0]) if code else "")
            if any(spills(text) for text in map(read, glob.glob(f"{folder}/dump/*.asm")) if f"//.kernel {kernel.name}\n" in text):
                kernel.wrong.append("a spill, or a second compilation to avoid one")
            elif kernel.arrays:
                kernel.wrong.append("a spill: an array in memory")
        return list(kernels.values())

    LINE = re.compile(r"^\s*(\([^)]*\))?\s*([a-z][a-z0-9]*)(?:\.([a-z0-9.]+))?\s*\((\d+)\|M(\d+)\)\s*(?:\([^)]*\)\S*\s*)?(.*)", re.MULTILINE)

    def read_code(self, kernel, code):
        lanes = {"fused": 0, "plain": 0}
        uniform = {"fused": 0, "plain": 0}
        width = 0
        for predicate, operation, what, size, offset, rest in self.LINE.findall(code):
            width = max(width, int(size) + int(offset)) if "W" not in predicate else width
            kind = re.search(r"[<>)]?:([a-z]+)", rest)
            if operation == "math" and (what or "").split(".")[0] not in ("iqot", "irem", "idiv"):
                kernel.approximate.append(f"math.{what}")
            if not kind or kind.group(1) != "f":
                continue
            sort = "fused" if operation == "mad" else "plain" if operation in ("add", "mul") else None
            if operation in ("mac", "lrp", "dp4", "pln", "line"):
                kernel.wrong.append(f"{operation} in the machine code")
            if sort:
                (uniform if "W" in predicate else lanes)[sort] += int(size)
        width = width or 1
        kernel.fused = lanes["fused"] / width + uniform["fused"]
        kernel.plain = lanes["plain"] / width + uniform["plain"]
        # Bits 4 and 5 of cr0 are the rounding (0: nearest), 7 keeps binary32's subnormals.
        settings = [int(value, 16) for value in re.findall(r"\bor \(1\|M0\)\s+cr0\.0.*?\b0x([0-9A-Fa-f]+):u", code)]
        if not settings or not all(value & 0x80 for value in settings):
            kernel.wrong.append("cr0 does not keep subnormals: they are flushed")
        if any(value & 0x30 for value in settings) and not kernel.divides:
            kernel.wrong.append("cr0 asks for another rounding")


def spills(dump):
    """Whether IGC's dump of a kernel tells of registers spilled to memory; its flag registers go to other registers."""
    return re.search(r"^//\.spill size [1-9]", dump, re.MULTILINE)


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def find_file(*patterns):
    return next((path for pattern in patterns for path in sorted(glob.glob(pattern))), None)


def between(text, start, *ends, before=None):
    """The text from `start` to the first of `ends` after it, "" if there is none; with `before`, from that pattern's last match before it on."""
    at = text.find(start)
    if at < 0:
        return ""
    stops = [stop for stop in (text.find(end, at + len(start)) for end in ends) if stop >= 0]
    first = at
    if before:
        found = re.match(before, text[:at], re.DOTALL)
        first = found.end() if found else at
    return text[first:min(stops)] if stops else text[first:]


VENDORS = [Intel, Amd, Nvidia]
