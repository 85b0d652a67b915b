"""What the tests of faults share: `clonal` with one call of its own made to fail by shim/, and what has to be true of that run and of
the one after it. A point is such a call, numbered in the order of a run; its site is the function and the places in Clonal that led to it."""
import collections
import concurrent.futures
import errno
import hashlib
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from _cli import CLONAL, make_data, run  # noqa: E402

TREE = os.environ.get("CLONAL_TEST_TREE", "")
SHIM = f"{TREE}/tests/libfault_shim.so"
KINDS = ("memory", "file", "opencl")
# The exit codes that tell of each kind: out of memory; a file; an OpenCL call, a device's memory, no platform, no device.
CODES = {"memory": {8}, "file": {9}, "opencl": {7, 8, 3, 4}}
SETTINGS = ["--data", "data", "--hidden", "8", "--batch", "25", "--epochs", "2", "--momentum", "0.5", "--checkpoint-steps", "2",
            "--quiet"]
GRAPH = "0 input 4,4\n1 flatten 0\n2 linear 1 8\n3 relu 2\n4 dropout 3 0.5\n5 linear 4 10\n6 softmax_cross_entropy 5\n"
REMOVERS = {"unlink", "remove", "rmdir"}
ALLOCATORS = {"malloc", "calloc", "realloc", "strdup", "realpath", "opendir", "EVP_MD_CTX_new"}
Point = collections.namedtuple("Point", "number function site")


def digest_of(text):
    found = re.search(r"sha256:[0-9a-f]{64}", text)
    return found.group(0) if found else None


def reference_digest(graph, *options):
    """Of the contract's C reference, which shares no code with the library."""
    with open("graph.txt", "w") as file:
        file.write(graph)
    done = subprocess.run([f"{TREE}/tests/clonal-reference", "--graph", "graph.txt", "--data", "data", *map(str, options)],
                          capture_output=True, text=True, timeout=600, check=True)
    return digest_of(done.stdout.splitlines()[-1])


def tree_digest(folder):
    """Of every file's name and content."""
    total = hashlib.sha256()
    for parent, folders, names in sorted(os.walk(folder)):
        for name in sorted(folders) + sorted(names):
            path = os.path.join(parent, name)
            total.update(path.encode() + b"\0")
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    total.update(file.read())
    return total.hexdigest()


def cache_digest():
    return tree_digest(os.environ["XDG_CACHE_HOME"])


def fail(message):
    print(message)
    sys.exit(1)


class Verb:
    """One command line: how it is started in a folder of its own, when its answer is right, and what is done after it."""
    environment = {}

    def start(self, folder):
        raise NotImplementedError

    def is_right(self, text):
        raise NotImplementedError

    def after(self, folder, fired, on):
        """What is wrong with the state that is left, with another run that finds it; None if nothing is."""

    def environment_in(self, _folder):
        return {}


class Train(Verb):
    name = "train"

    def __init__(self, whole):
        self.whole = whole
        self.cache = None  # its digest before any fault

    def start(self, folder):
        return ["train", *SETTINGS, "--out", f"{folder}/run"]

    def is_right(self, text):
        return digest_of(text) == self.whole

    def after(self, folder, fired, on):
        if os.listdir(folder) == ["fired"] and cache_digest() == self.cache:
            return None  # as if the run had never been
        resumes = os.path.exists(f"{folder}/run/run.json")
        done = run(*(["train", "--resume", "--out", f"{folder}/run", "--quiet"] if resumes else self.start(folder)),
                   env=self.environment_in(folder))
        if done.returncode or not self.is_right(done.stdout):
            return f"the {'resumed' if resumes else 'new'} run: exit code {done.returncode}, {done.stdout.strip()} {done.stderr.strip()}"
        left = [name for _, _, names in os.walk(folder) for name in names if ".tmp-" in name]
        return f"left behind: {left}" if left else None


class WatchedTrain(Train):
    """With what may be written of a run beside it: statistics, which are whole in the end, and event files, which may be given up."""
    name = "train watched"
    statistics = None  # of a run without a fault

    def start(self, folder):
        return [*super().start(folder), "--watch", "--tensorboard", f"{folder}/events"]

    def after(self, folder, fired, on):
        problem = super().after(folder, fired, on)
        if problem or not os.path.exists(f"{folder}/run/run.json"):
            return problem
        with open(f"{folder}/run/stats.csv", "rb") as file:
            return None if file.read() == self.statistics else "stats.csv is another one than without a fault"


class ColdTrain(Train):
    """With nothing known of the device yet: the probe runs, products are planned, and both are remembered."""
    name = "train without a cache"

    def environment_in(self, folder):
        return {"XDG_CACHE_HOME": os.path.abspath(f"{folder}/cache")}


class Sweep(Verb):
    """Four runs as one: what is left goes on to the tables of a sweep without a fault."""
    name = "sweep"

    def __init__(self):
        done = run(*self.start("swept"))
        if done.returncode or done.stderr:
            fail(f"sweep fails without a fault: {done.returncode} {done.stderr}")
        self.whole = done.stdout
        self.files = self.files_of("swept")

    def start(self, folder):
        settings = [word for word in SETTINGS if word != "--quiet"]
        return ["sweep", *settings, "--grid", "dropout=0,0.5", "--seeds", "2", "--quiet", "--out", f"{folder}/sweep"]

    def files_of(self, folder):
        return [open(f"{folder}/sweep/{name}", "rb").read() for name in ("sweep.json", "results.csv", "summary.csv")]

    def is_right(self, text):
        return text == self.whole

    def after(self, folder, fired, on):
        done = run(*self.start(folder), env=self.environment_in(folder))
        if done.returncode or not self.is_right(done.stdout) or self.files_of(folder) != self.files:
            return f"the sweep gone on with: exit code {done.returncode}, {done.stderr.strip()}"
        left = [name for _, _, names in os.walk(folder) for name in names if ".tmp-" in name]
        return f"left behind: {left}" if left else None


class Reader(Verb):
    """A verb that reads the trained run and leaves it as it is."""

    def __init__(self, trained):
        self.trained = trained
        self.tree = tree_digest(trained)
        self.cache = cache_digest()
        done = run(*self.start("."))
        self.answer = done.stdout
        if done.returncode or done.stderr:
            fail(f"{self.name} fails without a fault: {done.returncode} {done.stderr}")

    def is_right(self, text):
        return text == self.answer

    def after(self, folder, fired, on):
        if tree_digest(self.trained) != self.tree:
            return f"{self.trained} is another one now"
        if cache_digest() == self.cache:
            return None
        done = run(*self.start(folder), env=self.environment_in(folder))
        return None if not done.returncode and self.is_right(done.stdout) else f"the next run: {done.returncode} {done.stderr.strip()}"


class Eval(Reader):
    name = "eval"

    def is_right(self, text):
        """But for the device's name in the first line, which a driver may not tell."""
        return text.split("\n")[1:] == self.answer.split("\n")[1:]

    def start(self, folder):
        return ["eval", self.trained]


class Reproduce(Reader):
    name = "reproduce"

    def start(self, folder):
        return ["reproduce", self.trained, "--quiet"]

    def environment_in(self, folder):
        return {"TMPDIR": os.path.abspath(folder)}

    def after(self, folder, fired, on):
        left = [name for name in os.listdir(folder) if name != "fired"]
        if left and fired.function not in REMOVERS and not (on and fired.function in ALLOCATORS):  # a folder is listed in memory
            return f"left behind: {left}"
        return super().after(folder, fired, on)


class Verify(Verb):
    name = "verify"

    def start(self, folder):
        return ["verify", "--small"]

    def is_right(self, text):
        return "keeps contract 1: equal in every bit" in text


def shim(kind, log, at=None, on=False):
    environment = {"LD_PRELOAD": ":".join(filter(None, [SHIM, os.environ.get("LD_PRELOAD")])),
                   "CLONAL_FAULT_KIND": kind, "CLONAL_FAULT_LOG": os.path.abspath(log)}
    return environment | ({"CLONAL_FAULT_AT": str(at)} if at else {}) | ({"CLONAL_FAULT_ON": "1"} if on else {})


def read_points(path):
    if not os.path.exists(path):
        return []
    with open(path) as file:
        return [Point(int(number), function, tuple(site.split(","))) for number, function, site in map(str.split, file)]


def count_points(verb, kind):
    """The points of a run in which none fails; of a second one, since the first finds less in the cache than all that follow."""
    folder = f"{verb.name}-{kind}-count".replace(" ", "-")
    for _ in range(2):
        shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(folder)
        done = run(*verb.start(folder), env=verb.environment_in(folder) | shim(kind, f"{folder}/points"))
    points = read_points(f"{folder}/points")
    shutil.rmtree(folder)
    if done.returncode or not verb.is_right(done.stdout) or not points:
        fail(f"{verb.name} with the shim and without a fault: exit code {done.returncode}, {len(points)} points, {done.stderr}")
    return points


def judge(verb, kind, done, fired):
    """What is wrong with how a run with a fault ended."""
    if fired and fired.site[0].startswith("libpopt") and done.returncode in (1, 2):
        return None  # popt ends the process itself, or loses what is no option: before anything is begun
    causes = [line for line in done.stderr.splitlines() if not line.startswith("clonal: warning: ")]
    if kind == "file" and len(causes) == 2 and causes[1].startswith("clonal: cannot write to standard output: "):
        causes.pop()  # full as well, which is a cause of its own
    if done.returncode == 0:
        return None if verb.is_right(done.stdout) and not causes else f"exit code 0, but {done.stdout.strip()!r} {causes}"
    if done.returncode < 0:
        return f"killed by signal {-done.returncode}: {done.stderr.strip()}"
    # Of opendir: a folder that cannot be read, for want of memory.
    if done.returncode not in CODES[kind] and not (done.returncode == 9 and os.strerror(errno.ENOMEM) in done.stderr):
        return f"exit code {done.returncode}: {done.stderr.strip()}"
    return None if len(causes) == 1 and causes[0].startswith("clonal: ") else f"not one line of cause: {causes}"


def inject(verb, kind, number, on):
    """(the point that failed or None, the exit code, what is wrong or None)"""
    folder = f"{verb.name}-{kind}-{number}{'-on' if on else ''}".replace(" ", "-")
    os.mkdir(folder)
    try:
        done = run(*verb.start(folder), env=verb.environment_in(folder) | shim(kind, f"{folder}/fired", number, on), timeout=300)
    except subprocess.TimeoutExpired:
        return Point(number, "?", ()), -1, "it hangs"
    fired = (read_points(f"{folder}/fired") or [None])[0]
    problem = judge(verb, kind, done, fired)
    if fired:
        problem = problem or verb.after(folder, fired, on)
    if not problem:
        shutil.rmtree(folder)
    return fired, done.returncode, problem


def try_points(pool, verb, kind, numbers, on=False):
    """Each of these points failing in a run of its own: ({exit code: how many runs in which the fault came}, how many were wrong)."""
    title = f"{verb.name}, {kind}{' from a point on' if on else ''}"
    codes, fired_count, wrong, missed = collections.Counter(), 0, 0, []
    for number, (fired, code, problem) in zip(numbers, pool.map(lambda n: inject(verb, kind, n, on), numbers)):
        fired_count += fired is not None
        codes[code] += fired is not None
        missed += [] if fired else [number]
        if problem:
            wrong += 1
            print(f"WRONG: {title} {number}, {fired.function + ' of ' + ','.join(fired.site) if fired else 'not reached'}: {problem}", flush=True)
    ends = ", ".join(f"{count} exit code {code}" for code, count in sorted(codes.items()))
    print(f"{title}: {len(numbers)} runs, {fired_count} in which the fault came; {ends}; {wrong} wrong" +
          (f"; not reached: {missed}" if missed else ""), flush=True)
    # Runs differ by some points at their ends: what measures time, and the lengths of the times that are written. Where products are planned
    # those are many: a run on a busy machine takes fewer samples. Nor does closing a file fail where the disk is full, and it may be the last.
    if fired_count < (1 if on else min(len(numbers) - 1, 2 / 3 * len(numbers))):
        wrong += 1
        print(f"WRONG: {title}: {len(numbers) - fired_count} faults never came")
    return codes, wrong


def make_verbs():
    """{name: verb}, once a data set and a trained run are there. Skips where there is no shim."""
    if not CLONAL or not os.path.exists(SHIM):
        print("skipped: the shim is not built (glibc is needed, and no sanitizer)")
        sys.exit(77)
    make_data("data", train=100, test=40, rows=4, columns=4)
    os.environ["XDG_CACHE_HOME"] = os.path.abspath("cache")
    whole = reference_digest(GRAPH, "--batch", 25, "--epochs", 2, "--momentum", 0.5)
    train = Train(whole)
    for folder in ("first", "trained"):  # the first one fills the cache
        done = run(*train.start(folder))
        if done.returncode or not train.is_right(done.stdout):
            fail(f"train without a fault: {done.returncode} {done.stdout}{done.stderr} not {whole}")
    watched = WatchedTrain(whole)
    run(*watched.start("watched"))
    with open("watched/run/stats.csv", "rb") as file:
        watched.statistics = file.read()
    train.cache = watched.cache = cache_digest()
    verbs = [train, watched, Eval("trained/run"), Reproduce("trained/run"), Sweep(), ColdTrain(whole), Verify()]
    return {verb.name: verb for verb in verbs}


def pool_of_workers():
    return concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1)
