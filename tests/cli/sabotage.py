"""Plants breaks of the contract in a copy of the kernels (_mutants.py) and shows that `clonal verify` catches every one: exit code 14, and a check
that fits it fails. What does not even build is not caught. PoCL compiles without optimizing here: the bits are the contract's all the same.
Where CI is set a fifth of them is planted, another one each day.

ctest: PLATFORMS pocl TIMEOUT 2400 LABELS long

sabotage.py [WORD...]: the mutants with a WORD in their name."""
import concurrent.futures
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "support")]
import _mutants  # noqa: E402
import today  # noqa: E402
from _cli import CLONAL, SOURCE  # noqa: E402

KERNELS = os.path.join(SOURCE, "cl")
NOT_THE_CONTRACT = 14
SKIPPED = 77


def verify(kernels, *options, on=None, flags="-cl-opt-disable"):
    """(exit code, {check: outcome}, body of fma, stderr)"""
    environment = dict(os.environ, CLONAL_KERNELS=kernels, POCL_EXTRA_BUILD_FLAGS=flags)
    command = ([os.environ["CLONAL_ON"], on] if on else []) + [CLONAL, "verify", "--json", *options]
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=900)
    try:
        device = json.loads(done.stdout)["devices"][0]
    except (ValueError, KeyError, IndexError):
        return done.returncode, {}, "", done.stderr
    return done.returncode, {name: check["outcome"] for name, check in device.get("checks", {}).items()}, device.get("fma", ""), \
        done.stderr + (device.get("error") or "")


def broken(mutant):
    """The text of the mutant's file with the mutant in it, and what keeps it from being there, or None."""
    with open(os.path.join(KERNELS, mutant.file), encoding="utf-8") as file:
        text = file.read()
    pairs = [(mutant.old, mutant.new)] if isinstance(mutant.old, str) else zip(mutant.old, mutant.new)
    for old, new in pairs:
        if old not in text:
            return text, f"cl/{mutant.file} has no `{old}` any more: mend _mutants.py"
        text = text.replace(old, new)
    return text, None


def plant(mutant, folder):
    """A copy of the kernels with the mutant in it."""
    shutil.copytree(KERNELS, folder)
    with open(os.path.join(folder, mutant.file), "w", encoding="utf-8") as file:
        file.write(broken(mutant)[0])


def judge(mutant, options, on):
    """(whether it is caught, how)"""
    with tempfile.TemporaryDirectory(dir=".") as scratch:
        folder = os.path.join(os.path.abspath(scratch), "cl")
        plant(mutant, folder)
        code, checks, fma, message = verify(folder, "--stop", *options, on=on)
        if code == NOT_THE_CONTRACT and not any(checks.get(check) == "fail" for check in mutant.checks):  # another check was quicker
            code, checks, fma, message = verify(folder, *options, on=on)
        if code not in (0, NOT_THE_CONTRACT):  # two processes that build one program at once can trip over PoCL's cache
            code, checks, fma, message = verify(folder, *options, on=on)
    failed = [name for name, outcome in checks.items() if outcome == "fail"]
    if mutant in _mutants.HEALED:
        return code == 0 and fma not in ("", "built-in"), f"exit code {code}, fma {fma}; fails: {', '.join(failed) or 'nothing'}"
    good = code == NOT_THE_CONTRACT and any(check in failed for check in mutant.checks)
    return good, f"exit code {code}, fails: {', '.join(failed) or 'nothing'}" + ("" if good or code in (0, 14) else f": {message[:400]}")


def try_all(pool, title, mutants, options, on=None):
    """How many survive. The unharmed kernels first: what they compile is in the cache then, and each mutant compiles only what it changes."""
    if not mutants:
        return 0
    code, checks, _, message = verify(KERNELS, *options, on=on)
    if code == SKIPPED:
        print(f"skipped: {len(mutants)} mutants for {on}: {message.strip()}")
        return 0
    if code:
        print(f"the unharmed kernels fail: exit code {code}, {checks}, {message}")
        return len(mutants)
    survivors = 0
    for mutant, (good, how) in zip(mutants, pool.map(lambda one: judge(one, options, on), mutants)):
        survivors += not good
        print(f"{title if good else 'SURVIVES'}: {mutant.name} ({mutant.file}): {how}", flush=True)
    return survivors


def try_fast_math():
    """0 if verify finds that the driver compiles with fast-relaxed-math, else 1."""
    code, checks, _, message = verify(KERNELS, "--small", flags=_mutants.FAST_MATH)
    failed = [name for name, outcome in checks.items() if outcome == "fail"]
    good = code == NOT_THE_CONTRACT and failed
    print(f"{'caught' if good else 'SURVIVES'}: {_mutants.FAST_MATH}: exit code {code}, fails: {', '.join(failed) or 'nothing: ' + message[:400]}", flush=True)
    return not good


def choose(mutants, words):
    if not words:
        return today.share(mutants, 5)
    return [mutant for mutant in mutants if any(word in mutant.name for word in words)]


def main(words):
    if not CLONAL or not os.access(CLONAL, os.X_OK):
        print("skipped: CLONAL does not name the command")
        return 77
    groups = (_mutants.SMALL, _mutants.NARROW, _mutants.LARGE, _mutants.HEALED, _mutants.AS_GPU)
    lost = [problem for mutant in itertools.chain(*groups) if (problem := broken(mutant)[1])]  # of those that are another day's, too
    if lost:
        print("\n".join(lost))
        return 1
    small, narrow, large, healed, as_gpu = (choose(mutants, words) for mutants in groups)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        survivors = try_all(pool, "caught", small, ["--small"])
        survivors += try_all(pool, "gone round", healed, ["--small"])
        survivors += try_all(pool, "caught", narrow, ["--small"], "rusticl")
        survivors += try_all(pool, "caught", large, [])
        survivors += try_all(pool, "caught", as_gpu, [], "pocl+as-gpu")
    count = sum(map(len, (small, narrow, large, healed, as_gpu)))
    if not words or "fast" in words:
        survivors += try_fast_math()
        count += 1
    print(f"{survivors} breaks not found, of {count}")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
