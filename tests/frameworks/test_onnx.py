"""ONNX files with ONNX's own checker and onnxruntime: what Clonal exports they run, and what onnx.helper writes, Clonal runs, to the same outputs.

Both compute in binary32, in orders of their own. Each output is held against binary64 with a bound that follows the network: rounding errors taken as
independent, a sum of K products and a bias errs by lambda sqrt(K+1) u (|W| |x| + |b|), u = 2^-24, whatever its order (Higham and Mary, A New Approach to
Probabilistic Rounding Error Analysis, SIAM J. Sci. Comput. 2019, theorem 3.1; lambda = 6: the odds against it are e^18 a rounding), and passes errors of x
on as sqrt(W^2 e^2); a function passes on its steepest slope times that error. onnxruntime's sigmoid, tanh and erf are polynomials with an error of some
2^-22; 2^-20 is allowed to both."""
# ctest: PLATFORMS pocl TIMEOUT 900
from _frameworks import enter

enter("onnx", "numpy", "onnx", "onnxruntime", "safetensors")

import gzip  # noqa: E402
import json  # noqa: E402
import math  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402

import numpy as np  # noqa: E402
import onnx  # noqa: E402
import onnxruntime  # noqa: E402
from _cli import FASHION, Case, main, read_safetensors  # noqa: E402
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

COUNT, U, LAMBDA = 1000, 2.0**-24, 6
FUNCTION_ERROR = 2.0**-20
erf = np.vectorize(math.erf)
# Of each function its value and a bound of its slope.
FUNCTIONS = {"relu": (lambda x: np.maximum(x, 0), 1), "sigmoid": (lambda x: 1 / (1 + np.exp(-x)), 0.25), "tanh": (np.tanh, 1),
             "gelu": (lambda x: x * (1 + erf(x / math.sqrt(2))) / 2, 1.13), "silu": (lambda x: x / (1 + np.exp(-x)), 1.1)}


def images():
    raw = gzip.open(f"{FASHION}/t10k-images-idx3-ubyte.gz").read()[16:]
    return np.frombuffer(raw, np.uint8).reshape(-1, 28, 28)[:COUNT].astype(np.float32) / np.float32(255)


def gamma(terms):
    return LAMBDA * math.sqrt(terms) * U


def combine(*errors):
    return np.sqrt(sum(np.square(e) for e in errors))


def reference(graph, tensors, x):
    """The output of a graph's text in binary64, and the bound of what binary32 may make of it."""
    known = []  # by node: value and bound
    x = x.astype(np.float64)
    for line in graph.splitlines():
        number, operation, *words = line.split()
        name = int(number) - 1
        value, error = known[int(words[0])] if operation != "input" else (x, np.zeros_like(x))
        if operation == "flatten":
            value, error = value.reshape(len(x), -1), error.reshape(len(x), -1)
        elif operation == "linear":
            w, b = tensors[f"{name}.weight"], tensors[f"{name}.bias"]
            error = combine(np.sqrt(np.square(error) @ np.square(w).T), gamma(w.shape[1] + 1) * (np.abs(value) @ np.abs(w).T + np.abs(b)))
            value = value @ w.T + b
        elif operation == "add":
            other, more = known[int(words[1])]
            value = value + other
            error = combine(error, more, U * np.abs(value))
        elif operation == "leaky_relu":
            value, error = np.where(value > 0, value, float(words[1]) * value), error * max(1, abs(float(words[1]))) + 2 * U * np.abs(value)
        elif operation == "layer_norm":
            mean, deviation = value.mean(-1, keepdims=True), np.sqrt(value.var(-1, keepdims=True) + float(words[1]))
            normal, size = (value - mean) / deviation, value.shape[-1]
            # the mean moves by the mean of the elements' errors and the deviation by no more than their root mean square; sums err by gamma
            d = combine(np.sqrt(np.mean(np.square(error), -1, keepdims=True)), gamma(size + 4) * np.abs(value).max(-1, keepdims=True))
            w, b = tensors[f"{name}.weight"], tensors[f"{name}.bias"]
            error = combine(combine(error, d, d * normal) / deviation * w, gamma(size + 8) * normal * w, 4 * U * b)
            value = normal * w + b
        elif operation in FUNCTIONS:
            function, slope = FUNCTIONS[operation]
            value, error = function(value), error * slope + (0 if operation == "relu" else FUNCTION_ERROR * (1 + np.abs(value)))
        elif operation not in ("input", "dropout", "mean_squared_error", "softmax_cross_entropy"):
            raise AssertionError(operation)
        known.append((value, error))
    return known[-1]


def as_arrays(path):
    metadata, tensors = read_safetensors(path)
    return metadata["clonal.graph"], {name: np.array(values, np.float64).reshape(shape) for name, (shape, values) in tensors.items()}


class Onnx(Case):
    @classmethod
    def setUpClass(cls):
        if not os.path.isdir(FASHION):
            print("skipped: there is no Fashion-MNIST")
            sys.exit(77)
        cls.x = images()

    def runtime(self, path):
        onnx.checker.check_model(onnx.load(path), full_check=True)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        return session.run(None, {session.get_inputs()[0].name: self.x.reshape(COUNT, *session.get_inputs()[0].shape[1:])})[0]

    def outputs(self, path):
        """The outputs as they are, under the loss mse."""
        found = json.loads(self.good("predict", path, "--data", FASHION, "--count", COUNT, "--json"))
        return np.array([one["outputs"] for one in found["predictions"]])

    def within(self, ours, theirs, expected, error):
        for found in (ours, theirs):
            self.assertEqual(found.shape, expected.shape)
            worst = np.max(np.abs(found - expected) / error)
            self.assertTrue(worst <= 1, worst)
        self.assertLess(np.median(error), 0.05 * np.std(expected))  # a bound that says something

    def check(self, path):
        """A file that was exported, or brought: Clonal's outputs and onnxruntime's."""
        self.good("import", path, "-o", "weights.safetensors")
        graph, tensors = as_arrays("weights.safetensors")
        self.assertIn("mean_squared_error", graph)
        self.within(self.outputs(path), self.runtime(path), *reference(graph, tensors, self.x))
        return graph

    def round_trip(self, weights):
        """FILE.onnx comes back as the weights file it was made of; ONNX of ONNX is the same file."""
        self.good("export", weights, "-o", "net.onnx")
        self.good("import", "net.onnx", "-o", "back.safetensors")
        self.good("export", "net.onnx", "-o", "again.onnx")
        source = os.path.join(weights, "weights.safetensors") if os.path.isdir(weights) else weights
        self.assertEqual(open("back.safetensors", "rb").read(), open(source, "rb").read())
        self.assertEqual(open("net.onnx", "rb").read(), open("again.onnx", "rb").read())

    def test_chapter(self):
        """The chapter's network, trained a little: every output of it, and its probabilities under cross-entropy."""
        self.good("train", "--limit", 2000, "--epochs", 2, "--loss", "mse", "--out", "run", "-q")
        self.round_trip("run")
        self.check("net.onnx")
        self.good("train", "--limit", 2000, "--epochs", 2, "--seed", "-1", "--dropout", "0.2,0.7", "--out", "entropy", "-q")
        self.round_trip("entropy")
        logits = self.runtime("net.onnx").astype(np.float64)
        graph, tensors = as_arrays("back.safetensors")
        error = reference(graph, tensors, self.x)[1].max(axis=1, keepdims=True)
        shares = np.exp(logits - logits.max(1, keepdims=True))
        shares /= shares.sum(1, keepdims=True)
        # a softmax moves by at most half of what its input does; both sides' input errs by `error`, Clonal's exp and sum by some ulp
        self.assertTrue(np.all(np.abs(self.outputs("net.onnx") - shares) <= error + 16 * U))
        model = onnx.load("net.onnx")
        self.assertEqual([(o.domain, o.version) for o in model.opset_import], [("", 17)])
        self.assertEqual(model.ir_version, 8)
        dropouts = [node for node in model.graph.node if node.op_type == "Dropout"]
        self.assertEqual([node.attribute[0].i for node in dropouts], [-1, -1])  # the seed, 2^64 - 1
        ratios = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
        self.assertEqual([ratios[node.input[1]] for node in dropouts], [np.float32(0.2), np.float32(0.7)])
        self.assertEqual([ratios[node.input[2]] for node in dropouts], [False, False])
        for name, (shape, values) in read_safetensors("back.safetensors")[1].items():
            self.assertEqual((ratios[name].tobytes(), list(ratios[name].shape)), (np.array(values, np.float32).tobytes(), shape))

    GRAPH = """0 input 28,28
1 layer_norm 0 1e-05
2 flatten 1
3 linear 2 64
4 gelu 3
5 dropout 4 0.30000000000000004
6 linear 5 64
7 silu 6
8 add 7 4
9 layer_norm 8 0.001
10 linear 9 32
11 sigmoid 10
12 linear 11 32
13 tanh 12
14 linear 13 32
15 leaky_relu 14 -0.2
16 relu 15
17 linear 16 10
18 mean_squared_error 17
"""

    def test_every_operation(self):
        with open("graph.txt", "w") as file:
            file.write(self.GRAPH)
        self.good("train", "--graph", "graph.txt", "--limit", 2000, "--epochs", 1, "--out", "all", "-q")
        self.round_trip("all")
        graph = self.check("net.onnx")
        self.assertEqual(graph, self.GRAPH)
        model = onnx.load("net.onnx")
        self.assertEqual(([o.version for o in model.opset_import], model.ir_version), ([20], 9))

    def brought(self, name, nodes, tensors, shape=(28, 28), opset=17, ir=8):
        graph = helper.make_graph(nodes, "brought", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", *shape])],
                                  [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 10])],
                                  [t if isinstance(t, TensorProto) else numpy_helper.from_array(np.asarray(t), k) for k, t in tensors.items()])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir)
        helper.set_model_props(model, {"clonal.loss": "mean_squared_error"})
        onnx.save(model, name)
        return self.check(name)

    @staticmethod
    def layers(seed=3):
        source = np.random.default_rng(seed)
        uniform = lambda *shape: source.uniform(-0.1, 0.1, shape).astype(np.float32)  # noqa: E731
        return {"w1": uniform(784, 48), "b1": uniform(48), "w2": uniform(48, 48), "b2": uniform(48), "w3": uniform(48, 10), "b3": uniform(10)}

    def test_matmul_and_add(self):
        """As Keras' and TensorFlow's converters write layers, (I,O)."""
        n = helper.make_node
        graph = self.brought("matmul.onnx", [
            n("Reshape", ["x", "flat"], ["h0"]), n("MatMul", ["h0", "w1"], ["p1"]), n("Add", ["b1", "p1"], ["h1"]), n("Relu", ["h1"], ["r1"]),
            n("MatMul", ["r1", "w2"], ["p2"]), n("Add", ["p2", "b2"], ["h2"]), n("Tanh", ["h2"], ["r2"]), n("MatMul", ["r2", "w3"], ["y"])],
            {**{k: v for k, v in self.layers().items() if k != "b3"}, "flat": np.array([-1, 784], np.int64)}, opset=13)
        self.assertEqual(graph, "0 input 28,28\n1 flatten 0\n2 linear 1 48\n3 relu 2\n4 linear 3 48\n5 tanh 4\n6 linear 5 10\n7 mean_squared_error 6\n")
        tensors = as_arrays("weights.safetensors")[1]
        self.assertTrue(np.array_equal(tensors["1.weight"], self.layers()["w1"].T))
        self.assertTrue(np.array_equal(tensors["5.bias"], np.zeros(10)))

    def test_gemm_of_all_kinds(self):
        """transB or not, a Transpose of the constant, an Identity, Constant nodes, other types of floats, an old opset's Dropout."""
        n = helper.make_node
        t = self.layers()
        graph = self.brought("gemm.onnx", [
            n("Flatten", ["x"], ["h0"], axis=-2), n("Identity", ["w1"], ["w1i"]), n("Gemm", ["h0", "w1i", "b1"], ["h1"]), n("Sigmoid", ["h1"], ["s1"]),
            n("Mul", ["s1", "h1"], ["r1"]), n("Dropout", ["r1"], ["d1"], ratio=0.1),
            n("Constant", [], ["w2t"], value=numpy_helper.from_array(t["w2"].T.copy())), n("Gemm", ["d1", "w2t", "b2"], ["h2"], transB=1),
            n("Transpose", ["w3t"], ["w3"], perm=[1, 0]), n("MatMul", ["h2", "w3"], ["p3"]), n("Add", ["p3", "b3"], ["y"])],
            {"w1": t["w1"], "b1": t["b1"].reshape(1, 48), "b2": t["b2"], "w3t": t["w3"].T.copy(), "b3": t["b3"]}, opset=11, ir=6)
        self.assertIn("3 silu 2\n4 dropout 3 0.1\n", graph)

    def test_gelu_taken_apart(self):
        """As exporters write it where the opset has no Gelu: x / sqrt 2, erf, + 1, times x and a half in either order."""
        n = helper.make_node
        t = {**self.layers(), "root": np.float32(math.sqrt(2)), "inverse": np.float32(math.sqrt(0.5)), "one": np.float32(1), "half": np.float32(0.5)}
        graph = self.brought("gelu.onnx", [
            n("Flatten", ["x"], ["h0"]), n("Gemm", ["h0", "w1", "b1"], ["h1"]), n("Div", ["h1", "root"], ["a"]), n("Erf", ["a"], ["b"]),
            n("Add", ["b", "one"], ["c"]), n("Mul", ["h1", "c"], ["d"]), n("Mul", ["d", "half"], ["r1"]),
            n("Gemm", ["r1", "w2"], ["p2"]), n("Add", ["p2", "b2"], ["h2"]), n("Mul", ["inverse", "h2"], ["e"]), n("Erf", ["e"], ["f"]), n("Add", ["one", "f"], ["g"]),
            n("Mul", ["half", "h2"], ["h"]), n("Mul", ["g", "h"], ["r2"]), n("Gemm", ["r2", "w3", "b3"], ["y"])], t)
        self.assertEqual(graph.count(" gelu "), 2)

    def test_types_of_floats(self):
        """F16, BF16 and F64 tensors, and typed lists in the place of bytes: the numbers are those of numpy's conversion."""
        n = helper.make_node
        t = self.layers()
        half, double = t["w2"].astype(np.float16), t["w3"].astype(np.float64) + 1e-12
        brain = (t["b1"].view(np.uint32) >> 16).astype(np.uint16)
        tensors = {"w1": helper.make_tensor("w1", TensorProto.FLOAT, t["w1"].shape, t["w1"].ravel()),
                   "b1": helper.make_tensor("b1", TensorProto.BFLOAT16, [48], brain.tobytes(), raw=True),
                   "w2": numpy_helper.from_array(half, "w2"), "b2": helper.make_tensor("b2", TensorProto.FLOAT16, [48], t["b2"].astype(np.float16)),
                   "w3": numpy_helper.from_array(double, "w3"), "b3": helper.make_tensor("b3", TensorProto.DOUBLE, [10], t["b3"].astype(np.float64))}
        model = helper.make_model(helper.make_graph(
            [n("Flatten", ["x"], ["h0"]), n("Gemm", ["h0", "w1", "b1"], ["h1"]), n("Gemm", ["h1", "w2", "b2"], ["h2"]), n("Gemm", ["h2", "w3", "b3"], ["y"])],
            "types", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, 28, 28])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 10])], list(tensors.values())))
        onnx.save(model, "types.onnx")
        self.good("import", "types.onnx", "-o", "types.safetensors")
        graph, found = as_arrays("types.safetensors")
        self.assertTrue(graph.startswith("0 input 1,28,28\n1 flatten 0\n2 linear 1 48\n3 linear 2 48\n"))
        expected = {"1.weight": t["w1"].T, "1.bias": (brain.astype(np.uint32) << 16).view(np.float32), "2.weight": half.T.astype(np.float32),
                    "2.bias": t["b2"].astype(np.float16).astype(np.float32), "3.weight": double.T.astype(np.float32), "3.bias": t["b3"]}
        for name, values in expected.items():
            self.assertTrue(np.array_equal(found[name], values), name)

    def test_ends_in_softmax(self):
        n = helper.make_node
        graph = helper.make_graph([n("Flatten", ["x"], ["f"]), n("Gemm", ["f", "w", "b"], ["h"]), n("Softmax", ["h"], ["y"])], "softmax",
                                  [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["b", 28, 28])],
                                  [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["b", 10])],
                                  [numpy_helper.from_array(np.random.default_rng(1).uniform(-1, 1, (784, 10)).astype(np.float32), "w"),
                                   numpy_helper.from_array(np.zeros(10, np.float32), "b")])
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), "softmax.onnx")
        theirs = self.runtime("softmax.onnx")
        self.assertTrue(np.all(np.abs(self.outputs("softmax.onnx") - theirs) <= 2e-5))


main()
