"""weights.safetensors as PyTorch takes it: the names, shapes and layout of nn.Sequential(Flatten, Linear, ReLU, Dropout, Linear, ReLU, Dropout,
Linear). With torch (in this Python, or the one that CLONAL_TORCH_PYTHON names) the module itself loads it; without, the same is worked out here."""
# ctest: PLATFORMS pocl TIMEOUT 600
import json
import math
import os
import subprocess
import sys

from _cli import Case, main, make_data, make_images, read_safetensors, run

ROWS, COLUMNS, CLASSES, HIDDEN = 10, 6, 10, (16, 12)
SHAPES = {"1.weight": [16, 60], "1.bias": [16], "4.weight": [12, 16], "4.bias": [12], "7.weight": [10, 12], "7.bias": [10]}

# Reads the file as safetensors lays it out, so that the package of that name is not needed; prints the softmax of each image.
PROGRAM = """
import json, struct, sys
import torch
from torch import nn
raw = open(sys.argv[1], "rb").read()
length = struct.unpack("<Q", raw[:8])[0]
header = json.loads(raw[8:8 + length])
assert header.pop("__metadata__")["format"] == "pt"
state = {}
for name, entry in header.items():
    start, end = entry["data_offsets"]
    state[name] = torch.frombuffer(bytearray(raw[8 + length + start:8 + length + end]), dtype=torch.float32).reshape(entry["shape"])
net = nn.Sequential(nn.Flatten(), nn.Linear(60, 16), nn.ReLU(), nn.Dropout(0.5), nn.Linear(16, 12), nn.ReLU(), nn.Dropout(0.5),
                    nn.Linear(12, 10))
assert list(net.state_dict()) == list(state), list(state)
net.load_state_dict(state, strict=True)
try:
    from safetensors.torch import load_file
    net.load_state_dict(load_file(sys.argv[1]), strict=True)
except ImportError:
    pass
net.eval()
pixels = torch.tensor(list(open(sys.argv[2], "rb").read()[16:]), dtype=torch.uint8).reshape(-1, 1, 10, 6)
with torch.no_grad():
    print(json.dumps(torch.softmax(net(pixels.to(torch.float32) / 255), 1).tolist()))
"""

# The other way: modules of usual making, under PyTorch's wrappers, saved as save_file does; prints each one's outputs.
SAVES = """
import json, struct, sys
import torch
from torch import nn

class Named(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2, self.drop, self.out = nn.Linear(60, 16), nn.Linear(16, 16), nn.Dropout(0.5), nn.Linear(16, 10)
    def forward(self, x):
        x = self.drop(torch.relu(self.fc1(x.flatten(1))))
        return self.out(torch.relu(self.fc2(x)))

class Listed(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(60, 16), *(nn.Linear(16, 16) for _ in range(11)), nn.Linear(16, 10)])
    def forward(self, x):
        x = x.flatten(1)
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return self.layers[-1](x)

def save(path, state):
    try:
        from safetensors.torch import save_file
        return save_file(state, path)
    except ImportError:
        pass
    header, data = {}, b""
    for name in sorted(state):
        content = state[name].numpy().tobytes()
        header[name] = {"dtype": "F32", "shape": list(state[name].shape), "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    open(path, "wb").write(struct.pack("<Q", len(text)) + text + data)

torch.manual_seed(1)
pixels = torch.tensor(list(open(sys.argv[1], "rb").read()[16:]), dtype=torch.uint8).reshape(-1, 1, 10, 6)
sequential = nn.Sequential(nn.Flatten(), nn.Linear(60, 16), nn.ReLU(), nn.Dropout(0.5), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 10))
outputs = {}
for name, net in [("named", Named()), ("listed", Listed()), ("sequential", sequential)]:
    net.eval()
    with torch.no_grad():
        for way, wrapped in [("plain", net), ("parallel", nn.DataParallel(net)), ("compiled", torch.compile(net))]:
            save(f"{name}-{way}.safetensors", {k: v.contiguous() for k, v in wrapped.state_dict().items()})
        outputs[name] = torch.softmax(net(pixels.to(torch.float32) / 255), 1).tolist()
print(json.dumps(outputs))
"""


def forward(tensors, pixels):
    """The module's output for one image, through softmax, in double precision."""
    x = [u / 255 for u in pixels]
    for layer in ("1", "4", "7"):
        (outputs, inputs), w = tensors[f"{layer}.weight"]
        x = [b + sum(w[o * inputs + i] * x[i] for i in range(inputs)) for o, b in zip(range(outputs), tensors[f"{layer}.bias"][1])]
        if layer != "7":
            x = [max(v, 0.0) for v in x]
    e = [math.exp(v - max(x)) for v in x]
    return [v / sum(e) for v in e]


def torch_python():
    for python in filter(None, (os.environ.get("CLONAL_TORCH_PYTHON"), sys.executable)):
        if subprocess.run([python, "-c", "import torch"], capture_output=True).returncode == 0:
            return python
    return None


class Torch(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data")

    def setUp(self):
        if not os.path.exists("run"):
            self.good("train", "--data", "data", "--hidden", "16,12", "--batch", "32", "--epochs", "2", "--out", "run")
        self.outputs = [one["outputs"] for one in
                        json.loads(self.good("predict", "run", "--data", "data", "--count", "all", "--json"))["predictions"]]
        self.assertEqual(len(self.outputs), 120)

    def check(self, expected):
        for ours, theirs in zip(self.outputs, expected, strict=True):
            self.assertTrue(all(abs(a - b) <= 2e-6 for a, b in zip(ours, theirs, strict=True)), (ours, theirs))

    def test_layout(self):
        metadata, tensors = read_safetensors("run/weights.safetensors")
        self.assertEqual({name: shape for name, (shape, _) in tensors.items()}, SHAPES)
        self.assertEqual(list(tensors), list(SHAPES))
        self.assertEqual(metadata["format"], "pt")
        pixels, _ = make_images(120, CLASSES, ROWS, COLUMNS, 2)
        size = ROWS * COLUMNS
        self.check([forward(tensors, pixels[i * size:(i + 1) * size]) for i in range(120)])

    def test_pytorch(self):
        python = torch_python()
        if not python:
            self.skipTest("torch is not installed")
        done = subprocess.run([python, "-c", PROGRAM, "run/weights.safetensors", "data/t10k-images-idx3-ubyte"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.check(json.loads(done.stdout))

    def test_pytorch_saves(self):
        python = torch_python()
        if not python:
            self.skipTest("torch is not installed")
        done = subprocess.run([python, "-c", SAVES, "data/t10k-images-idx3-ubyte"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        for name, expected in json.loads(done.stdout).items():
            for way, says in (("plain", ""), ("parallel", "module."), ("compiled", "_orig_mod.")):
                path = f"{name}-{way}.safetensors"
                found = run("predict", path, "--data", "data", "--count", "all", "--json")
                self.assertEqual(found.returncode, 0, found.stderr)
                self.outputs = [one["outputs"] for one in json.loads(found.stdout)["predictions"]]
                self.check(expected)
                if path == "sequential-plain.safetensors":
                    self.assertEqual(found.stderr, "")
                else:
                    self.assertIn(f"{path}: matched by order and shape: {says}", found.stderr)


main()
