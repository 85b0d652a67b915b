"""Weights files through the package safetensors itself: what Clonal writes it reads, and what it writes, Clonal takes."""
# ctest: PLATFORMS pocl TIMEOUT 900
from _frameworks import enter

enter("onnx", "numpy", "onnx", "onnxruntime", "safetensors")

from _cli import Case, main, make_data  # noqa: E402
from safetensors import safe_open  # noqa: E402
from safetensors.numpy import load_file, save_file  # noqa: E402


class Safetensors(Case):
    def test_both_ways(self):
        make_data("data")
        self.good("train", "--data", "data", "--hidden", "16,12", "--batch", "32", "--epochs", "1", "--out", "run", "-q")
        self.good("export", "run", "-o", "net.safetensors")
        with safe_open("net.safetensors", "numpy") as file:
            self.assertEqual(set(file.keys()), {f"{n}.{kind}" for n in (1, 4, 7) for kind in ("weight", "bias")})
            self.assertIn("1 flatten 0\n2 linear 1 16\n", file.metadata()["clonal.graph"])
            metadata = file.metadata()
        tensors = load_file("net.safetensors")
        self.assertEqual({name: tensor.shape for name, tensor in tensors.items() if name.startswith("4")},
                         {"4.weight": (12, 16), "4.bias": (12,)})
        # Their writer orders and pads as it likes; ours makes the same file of it again.
        save_file(tensors, "theirs.safetensors", metadata)
        self.good("import", "theirs.safetensors", "-o", "again.safetensors")
        self.assertEqual(open("again.safetensors", "rb").read(), open("run/weights.safetensors", "rb").read())


main()
