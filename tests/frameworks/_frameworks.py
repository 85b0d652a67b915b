"""What the tests of other frameworks' files share: a Python that has the framework, and the helpers of the command's tests.

A test begins with
    from _frameworks import enter
    enter("onnx", "numpy", "onnx", "onnxruntime", "safetensors")
and goes on in a virtual environment with these packages (tests/support/framework_venv), or skips."""
import os
import subprocess
import sys

SOURCE = os.environ.get("CLONAL_SOURCE", os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
sys.path.insert(0, os.path.join(SOURCE, "tests", "cli"))


def enter(name, *requirements, large=False):
    """Starts the test again under the environment's Python, unless it is that already. large: only where it was asked for."""
    if os.environ.get("CLONAL_IN_FRAMEWORK") == name:
        return
    script = os.path.join(SOURCE, "tests", "support", "framework_venv")
    found = subprocess.run([script, *(["--asked"] if large else []), name, *requirements], stdout=subprocess.PIPE, text=True)
    last = found.stdout.strip().splitlines()[-1] if found.stdout.strip() else ""
    if found.returncode:
        print(last)
        sys.exit(found.returncode)
    os.environ["CLONAL_IN_FRAMEWORK"] = name
    os.execv(last, [last, *sys.argv])
