"""ONNX files of PyTorch's two exporters, of modules trained there: the tensors come here bit for bit, and predict gives the module's outputs."""
# ctest: PLATFORMS pocl LABELS frameworks-all TIMEOUT 3600
from _frameworks import enter

enter("torch", "numpy", "onnx", "onnxscript", "torch", large=True)

import json  # noqa: E402
import warnings  # noqa: E402

import numpy as np  # noqa: E402
import onnx  # noqa: E402
import torch  # noqa: E402
from _cli import Case, main, make_data, make_images, read_safetensors  # noqa: E402
from torch import nn  # noqa: E402

warnings.simplefilter("ignore")
SHAPE = (1, 10, 6)


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Linear(16, 16), nn.Linear(16, 16)

    def forward(self, x):
        return x + self.two(torch.relu(self.one(x)))


def module():
    return nn.Sequential(nn.Flatten(), nn.Linear(60, 16), nn.GELU(), nn.Dropout(0.3), nn.LayerNorm(16), Residual(), nn.SiLU(), nn.Linear(16, 12, bias=False),
                         nn.LeakyReLU(0.2), nn.Linear(12, 12), nn.Tanh(), nn.Linear(12, 12), nn.Sigmoid(), nn.Linear(12, 10))


class TorchOnnx(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data")
        pixels, labels = make_images(500, 10, 10, 6, 1)
        x = torch.tensor(list(pixels), dtype=torch.uint8).reshape(-1, *SHAPE).float() / 255
        torch.manual_seed(7)
        cls.net = module()
        step = torch.optim.SGD(cls.net.parameters(), lr=0.3)
        for _ in range(100):
            step.zero_grad()
            nn.functional.cross_entropy(cls.net(x), torch.tensor(labels)).backward()
            step.step()
        cls.net.eval()
        test, _ = make_images(120, 10, 10, 6, 2)
        with torch.no_grad():
            cls.outputs = torch.softmax(cls.net(torch.tensor(list(test), dtype=torch.uint8).reshape(-1, *SHAPE).float() / 255), 1).numpy()
        cls.x = x[:2]

    def check(self, name, dropout):
        onnx.checker.check_model(onnx.load(name), full_check=True)
        self.good("import", name, "-o", "net.safetensors")
        metadata, tensors = read_safetensors("net.safetensors")
        graph = metadata["clonal.graph"]
        self.assertEqual(" dropout 3 0.3\n" in graph, dropout, graph)
        self.assertIn(" add ", graph)
        # in the module's order, but for the linear layer without a bias, which has zeros here
        ours = [np.array(values, np.float32) for _, (_, values) in tensors.items()]
        theirs = [p.detach().numpy().ravel() for p in self.net.parameters()]
        theirs.insert(9, np.zeros(12, np.float32))
        self.assertEqual([a.tobytes() for a in ours], [b.tobytes() for b in theirs])
        for file in (name, "net.safetensors"):
            found = json.loads(self.good("predict", file, "--data", "data", "--count", "all", "--json"))
            self.assertTrue(np.abs(np.array([one["outputs"] for one in found["predictions"]]) - self.outputs).max() <= 4e-6)
        self.good("export", "net.safetensors", "-o", "again.onnx")
        self.good("import", "again.onnx", "-o", "again.safetensors")
        self.assertEqual(open("again.safetensors", "rb").read(), open("net.safetensors", "rb").read())

    def test_torchscript(self):
        axes = {"x": {0: "batch"}}
        torch.onnx.export(self.net, (self.x,), "script.onnx", input_names=["x"], dynamic_axes=axes, opset_version=17, dynamo=False)
        self.check("script.onnx", False)
        torch.onnx.export(self.net, (self.x,), "training.onnx", input_names=["x"], dynamic_axes=axes, opset_version=20, dynamo=False,
                          training=torch.onnx.TrainingMode.TRAINING, do_constant_folding=False)
        self.net.eval()
        self.check("training.onnx", True)

    def test_dynamo(self):
        shapes = ({0: torch.export.Dim("batch")},)
        torch.onnx.export(self.net, (self.x,), "dynamo.onnx", input_names=["x"], dynamic_shapes=shapes, external_data=False, verbose=False)
        self.check("dynamo.onnx", False)
        torch.onnx.export(self.net, (self.x,), "apart.onnx", input_names=["x"], dynamic_shapes=shapes, external_data=True, verbose=False)
        self.bad(10, "import", "apart.onnx", "-o", "never.safetensors", has="external_data=False of torch.onnx.export")


main()
