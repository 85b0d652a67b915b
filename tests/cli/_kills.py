"""What the tests that kill runs share."""
import os
import re
import signal
import subprocess
import time

from _cli import CLONAL

FILES = re.compile(r"(run\.json|metrics\.csv|stats\.csv|weights\.safetensors|epoch-\d{4}(-step-\d+)?\.safetensors)")


def digest_of(text):
    return re.search(r"^digest (sha256:[0-9a-f]{64})  ", text, re.M).group(1)


def kill_after(seconds, *arguments):
    """Starts a run and kills it after that time; whether it had not ended before. An end of its own must be a good one."""
    process = subprocess.Popen([CLONAL, "train", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True)
    try:
        _, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return process.returncode == -signal.SIGKILL
    assert (process.returncode, errors) == (0, ""), (process.returncode, errors)
    return False


def kill_at(share, seconds, *arguments):
    """Kills a run that takes so many seconds when a share of them is over: whether it had not ended before, and the seconds to count on from
    now on, since a run that had tells that the one that was timed was in another's way."""
    begin = time.monotonic()
    killed = kill_after(share * seconds, *arguments)
    return killed, seconds if killed else min(seconds, time.monotonic() - begin)


def going_on(folder, *settings):
    """The arguments with which a run goes on, or starts where not even run.json was written: what it was killed in the middle of writing
    is not in the way."""
    return ["--resume", "--out", folder] if os.path.exists(f"{folder}/run.json") else [*settings, "--out", folder]


def empty_files(folder):
    """Files under their last names that hold nothing; those that are being written have others."""
    return [name for parent, _, names in os.walk(folder) for name in names
            if FILES.fullmatch(name) and os.path.getsize(os.path.join(parent, name)) == 0]
