"""PyTorch's weights: an nn.Sequential computes what Clonal does from Clonal's file, and the other way."""
# ctest: PLATFORMS pocl LABELS frameworks-all TIMEOUT 1800
from _frameworks import enter

enter("torch", "numpy", "onnx", "onnxscript", "torch", large=True)

import _weights as weights  # noqa: E402
import numpy  # noqa: E402
import torch  # noqa: E402
from _cli import FASHION, Case, main, read_safetensors, write_safetensors  # noqa: E402
from torch import nn  # noqa: E402


def sequential(norm=False):
    if norm:
        return nn.Sequential(nn.Flatten(), nn.Linear(784, 48), nn.ReLU(), nn.LayerNorm(48), nn.Dropout(0.25), nn.Linear(48, 24),
                             nn.ReLU(), nn.LayerNorm(24), nn.Linear(24, 10))
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 48), nn.ReLU(), nn.Dropout(0.2), nn.Linear(48, 24), nn.ReLU(), nn.Dropout(0.5),
                         nn.Linear(24, 10))


def load(module, path):
    """As safetensors.torch.load_file gives them, whose package this environment has no need of."""
    tensors = read_safetensors(path)[1]
    module.load_state_dict({name: torch.tensor(values, dtype=torch.float32).reshape(shape) for name, (shape, values) in tensors.items()})
    return module.eval()


def save(module, path):
    state = {name: tensor.numpy() for name, tensor in module.state_dict().items()}
    write_safetensors(path, {name: (list(array.shape), array.ravel().tolist()) for name, array in state.items()})


def outputs(module):
    with torch.no_grad():
        return weights.softmax(module.eval()(torch.tensor(weights.images())).numpy())


def layers(module):
    return [(m.weight.detach().numpy(), m.bias.detach().numpy()) for m in module if isinstance(m, nn.Linear)]


class Torch(Case):
    def test_ours_in_torch(self):
        weights.train(self, "run", "--dropout", "0.2,0.5")
        module = load(sequential(), "run/weights.safetensors")
        weights.compare(self, "Clonal's weights in PyTorch", weights.clonal_outputs(self, "run"), outputs(module),
                        weights.bound(layers(module), weights.images()))
        save(module, "theirs.safetensors")
        self.assertEqual(read_safetensors("theirs.safetensors")[1], read_safetensors("run/weights.safetensors")[1])

    def test_layer_norms(self):
        weights.layer_norm_graph("graph.txt")
        self.good("train", "--data", FASHION, "--graph", "graph.txt", "--epochs", "1", "--out", "normed", "-q")
        module = load(sequential(norm=True), "normed/weights.safetensors")
        weights.compare(self, "layer norms in PyTorch", weights.clonal_outputs(self, "normed"), outputs(module),
                        weights.LAYER_NORM_BOUND)

    def test_theirs_in_clonal(self):
        torch.manual_seed(6)
        module = sequential()
        step = torch.optim.Adam(module.parameters(), 3e-3)
        x, y = torch.tensor(weights.images(512, "train")), torch.tensor(weights.labels(512).astype(numpy.int64))
        for _ in range(20):
            step.zero_grad()
            nn.functional.cross_entropy(module(x), y).backward()
            step.step()
        save(module, "theirs.safetensors")
        weights.compare(self, "PyTorch's weights in Clonal", weights.clonal_outputs(self, "theirs.safetensors"), outputs(module),
                        weights.bound(layers(module), weights.images()))
        weights.imported(self, "theirs.safetensors", "imported.safetensors")
        self.assertEqual(read_safetensors("theirs.safetensors")[1], read_safetensors("imported.safetensors")[1])
        # Through the others' files, to the same bits.
        for suffix in ("flax.safetensors", "msgpack", "weights.h5", "params"):
            self.good("export", "imported.safetensors", "-o", f"net.{suffix}")
            weights.imported(self, f"net.{suffix}", "back.safetensors")
            self.assertEqual(read_safetensors("theirs.safetensors")[1], read_safetensors("back.safetensors")[1])


main()
