"""clonal export and import: what is written, what comes back, and ONNX files that lie, each refused in a line that names the cause, with nothing
written. The frameworks themselves are asked in tests/frameworks."""
# ctest: PLATFORMS pocl TIMEOUT 600
import glob
import json
import os
import re
import struct
import sys

from _cli import SOURCE, Case, main, make_data, read_safetensors, run, write_safetensors

sys.path.insert(0, os.path.join(SOURCE, "tests", "support"))
import onnx_bytes as onnx  # noqa: E402


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)
    return path


class Exchange(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data", train=120, test=40, rows=3, columns=2, classes=2)

    def trained(self, *options):
        """A run's folder, another one at each call."""
        number = len(glob.glob("run*"))
        self.good("train", "--data", "data", "--hidden", "3", "--batch", "20", "--epochs", "1", "--out", f"run{number}", "-q", *options)
        return f"run{number}"

    def outputs(self, path):
        return json.loads(self.good("predict", path, "--data", "data", "--count", "all", "--json"))["predictions"]

    # Both ways

    def test_round_trip(self):
        for options in ([], ["--loss", "mse", "--dropout", "0.1", "--activation", "gelu"], ["--hidden", "none"], ["--hidden", "4,3", "--activation", "silu"]):
            folder = self.trained(*options)
            said = self.good("export", folder, "-o", "net.onnx")
            self.assertRegex(said, r"\Anet.onnx  sha256:[0-9a-f]{64}\n\Z")
            self.good("import", "net.onnx", "-o", "back.safetensors")
            self.assertEqual(read("back.safetensors"), read(f"{folder}/weights.safetensors"))
            self.assertEqual(self.good("export", "net.onnx", "-o", "again", "--format", "onnx"), said.replace("net.onnx", "again"))
            self.assertEqual(read("again"), read("net.onnx"))
            self.assertEqual(self.outputs("net.onnx"), self.outputs(folder))
            self.assertEqual(self.outputs("again"), self.outputs(folder))  # whatever its name
            figures = [self.good("eval", path, "--data", "data").splitlines()[-1] for path in (folder, "net.onnx")]
            self.assertEqual(*figures)

    def test_safetensors(self):
        folder = self.trained()
        self.good("export", folder, "-o", "net.safetensors")
        self.assertEqual(read("net.safetensors"), read(f"{folder}/weights.safetensors"))
        metadata, tensors = read_safetensors("net.safetensors")
        write_safetensors("theirs.safetensors", {name.replace("1.", "net.fc1.").replace("4.", "net.fc2."): t for name, t in tensors.items()})
        done = run("import", "theirs.safetensors", "-o", "ours.safetensors")
        self.assertEqual(done.returncode, 0)
        self.assertIn("matched by order and shape", done.stderr)
        self.assertEqual(read_safetensors("ours.safetensors")[1], tensors)
        with open("map", "w") as file:
            file.write("1.weight = net.fc2.weight transposed\n1.bias = net.fc1.bias\n4.weight = net.fc1.weight transposed\n4.bias = net.fc2.bias\n")
        self.bad(11, "export", "theirs.safetensors", "--map", "map", "-o", "never.onnx")
        with open("map", "w") as file:
            file.write("".join(f"{n}.{k} = net.fc{i}.{k}\n" for n, i in ((1, 1), (4, 2)) for k in ("weight", "bias")))
        self.good("export", "theirs.safetensors", "--map", "map", "-o", "net.onnx")
        self.good("import", "net.onnx", "-o", "mapped.safetensors")
        self.assertEqual(read_safetensors("mapped.safetensors")[1], tensors)
        self.assertFalse(os.path.exists("never.onnx"))

    def test_checkpoint(self):
        folder = self.trained("--optimizer", "adam")
        self.good("export", f"{folder}/checkpoints/epoch-0001.safetensors", "-o", "net.onnx")
        self.good("import", "net.onnx", "-o", "back.safetensors")
        self.assertEqual(read("back.safetensors"), read(f"{folder}/weights.safetensors"))

    def test_wrong_arguments(self):
        folder = self.trained()
        known = re.findall(r"^  (\w+) +\.", self.good("export", "--help").split("Formats:")[1], re.M)
        message = self.bad(2, "export", folder, "-o", "net.xyz", has="does not tell a format")
        self.assertEqual(re.findall(r"(\w+) \(\.", message), known)
        for document in [f"{SOURCE}/tools/man/clonal.1", *glob.glob(f"{SOURCE}/tools/completion/*")]:
            for name in known:
                self.assertTrue(re.search(rf"\b{name}\b", open(document).read()), (document, name))
        self.bad(2, "export", folder, "-o", "net.onnx", "--format", "tarot", has='no format "tarot"')
        self.bad(2, "import", folder, "-o", "never.safetensors", has="is a folder")
        self.bad(9, "export", "nothing", "-o", "net.onnx", has="no such run folder or weights file")
        self.bad(9, "export", folder, "-o", "nowhere/net.onnx", has="nowhere")
        with open("all.txt", "w") as file:
            file.write("0 input 3,2\n1 flatten 0\n2 dropout 1 1\n3 linear 2 2\n4 softmax_cross_entropy 3\n")
        self.good("train", "--data", "data", "--graph", "all.txt", "--batch", "20", "--epochs", "1", "--out", "dropped", "-q")
        self.bad(2, "export", "dropped", "-o", "never.onnx", has="node 2 (dropout) cannot be written as ONNX: ONNX's Dropout takes a ratio below 1")
        self.assertFalse(os.path.exists("never.onnx"))

    # Files of others

    def taken(self, content, graph):
        write("theirs.onnx", content)
        self.good("import", "theirs.onnx", "-o", "theirs.safetensors")
        metadata, tensors = read_safetensors("theirs.safetensors")
        self.assertEqual(metadata["clonal.graph"], graph)
        return {name: list(values) for name, (_, values) in tensors.items()}

    def test_taken(self):
        nodes, tensors = onnx.perceptron()
        graph = "0 input 3,2\n1 flatten 0\n2 linear 1 3\n3 relu 2\n4 dropout 3 0.25\n5 linear 4 2\n6 softmax_cross_entropy 5\n"
        expected = {"1.weight": onnx.numbers(18), "1.bias": onnx.numbers(3, 1), "4.weight": onnx.numbers(6, 2), "4.bias": onnx.numbers(2, 3)}
        self.assertEqual(self.taken(onnx.model(nodes, tensors), graph), expected)
        # the fields in another order, unknown ones, the tensors among the inputs as of IR version 3, a loss of ours
        whole = onnx.model(nodes, tensors, inputs=[onnx.value("w1", [3, 6]), onnx.value("x", [5, 3, 2])], ir=3, opset=12,
                           metadata={"clonal.loss": "mean_squared_error", "else": "x"}, more=[(77, "unknown"), (2, "producer")])
        self.assertEqual(self.taken(whole, graph.replace("softmax_cross_entropy", "mean_squared_error")), expected)
        # a probability as it was meant: of binary32, 0.1; of binary64, all its digits
        for kind, p, text in ((onnx.FLOAT, 0.1, "0.1"), (onnx.DOUBLE, 0.1 + 1e-16, repr(0.1 + 1e-16)), (onnx.FLOAT16, None, "0.099975586")):
            tensors[4] = onnx.tensor("p", [], [p if p is not None else 0x2E66], kind)
            self.taken(onnx.model(nodes, tensors), graph.replace("0.25", text))
        # one tensor for two layers; a mask that nobody uses; a chain of sums
        nodes = [onnx.node("Flatten", ["x"], ["f"]), onnx.node("Gemm", ["f", "w"], ["a"]), onnx.node("MatMul", ["f", "w"], ["b"]),
                 onnx.node("Dropout", ["b"], ["c", "mask"]), onnx.node("Add", ["a", "c"], ["d"]), onnx.node("Sigmoid", ["d"], ["e"]), onnx.node("Add", ["e", "a"], ["y"])]
        self.taken(onnx.model(nodes, [onnx.tensor("w", [6, 2], onnx.numbers(12))]),
                   "0 input 3,2\n1 flatten 0\n2 linear 1 2\n3 linear 1 2\n4 dropout 3 0.5\n5 add 2 4\n6 sigmoid 5\n7 add 6 2\n8 softmax_cross_entropy 7\n")

    def refused(self, content, has, code=10, everywhere=False):
        write("bad.onnx", content)
        message = self.bad(code, "import", "bad.onnx", "-o", "never.safetensors", has=has)
        self.assertTrue(message.startswith("clonal: bad.onnx: "), message)
        self.assertFalse(os.path.exists("never.safetensors"))
        if everywhere:
            for verb in ("eval", "predict"):
                self.bad(code, verb, "bad.onnx", "--data", "data", has=has)
            self.bad(code, "export", "bad.onnx", "-o", "never.onnx", has=has)
            self.assertFalse(os.path.exists("never.onnx"))

    def test_truncated(self):
        """Cut anywhere, it is refused, or what is left is sound by itself, which a network without its output is not."""
        nodes, tensors = onnx.perceptron()
        whole = onnx.model(nodes, tensors, metadata={"clonal.loss": "mean_squared_error"})
        for length in [*range(0, len(whole) - 1, 31), len(whole) - 1]:
            write("cut.onnx", whole[:length])
            done = run("import", "cut.onnx", "-o", "never.safetensors")
            if done.returncode == 0:  # between the fields behind the graph and the opset
                self.assertGreater(length, len(whole) - 60)
                os.remove("never.safetensors")
            else:
                self.assertEqual((done.returncode, done.stderr.count("\n")), (10, 1), done.stderr)
        self.refused(whole[:-70], "", everywhere=True)
        self.refused(b"", "it is empty")
        self.refused(b"\x08\x08\x3a\xff\xff\xff\xff\x0f" + bytes(100), "truncated")
        self.refused(b"PK\x03\x04 something else", "")

    def changed(self, index=None, node=None, name=None, tensor=None, **more):
        nodes, tensors = onnx.perceptron()
        if node is not None:
            nodes[index] = node
        if tensor is not None:
            tensors["w1 b1 w2 b2 p t".split().index(name)] = tensor
        return onnx.model(nodes, tensors, **more)

    def test_tensors_that_lie(self):
        t = onnx.tensor
        far = onnx.message((1, "location"), (2, "../../etc/passwd"))
        for tensor, has in (
                (t("w1", [3, 6], raw=False, more=[(13, far), (14, 1)]), "the tensor 'w1' has its data in another file"),
                (t("w1", [3, 6], onnx.numbers(18), more=[(14, 1)]), "has its data in another file"),
                (t("w1", [3, 6], onnx.numbers(17)), "the tensor 'w1' has data of another length than its shape"),
                (t("w1", [3, 6], raw=bytes(73)), "data of another length"),
                (t("w1", [3, 6], raw=False), "data of another length"),
                (t("w1", [3, 6], raw=False, more=[(4, struct.pack("<17f", *onnx.numbers(17)))]), "data of another length"),
                (t("w1", [2**62, 4], raw=b""), "a shape that Clonal cannot hold"),
                (t("w1", [2**32, 2**32], raw=b""), "a shape that Clonal cannot hold"),
                (t("w1", [-1, 6], raw=b""), "a shape that Clonal cannot hold"),
                (t("w1", [0, 6], raw=b""), "a shape that Clonal cannot hold"),
                (t("w1", [1] * 9, raw=b"0000"), "a shape that Clonal cannot hold"),
                (t("w1", [65536, 65536], raw=b""), "a shape that Clonal cannot hold"),
                (t("w1", [65536, 65535], raw=b""), "data of another length"),
                (t("w1", [3, 6], [1] * 18, onnx.INT64), "is not of floats"),
                (t("w1", [3, 6], raw=bytes(18), kind=99), "is not of floats"),
                (t("w1", [18], onnx.numbers(18)), "its weight is no matrix"),
                (t("w1", [3, 6], onnx.numbers(18), more=[(3, onnx.message((1, 0), (2, 5)))]), "is one segment of several"),
                (t("w2", [3, 6], onnx.numbers(18)), "the name 'w2' is that of two tensors"),
                (t("other", [3, 6], onnx.numbers(18)), "takes 'w1', which no node before it makes")):
            self.refused(self.changed(name="w1", tensor=tensor), has)
        self.refused(self.changed(name="w1", tensor=t("w1", [3, 7], onnx.numbers(21))), "", code=11)
        self.refused(self.changed(name="b1", tensor=t("b1", [4], onnx.numbers(4))), "its bias does not have as many elements as it has outputs, 3")
        self.refused(self.changed(name="b1", tensor=t("b1", [3, 1], onnx.numbers(3))), "its bias does not have")
        self.refused(self.changed(name="p", tensor=t("p", [], [1.5])), "not between 0 and 1")
        self.refused(self.changed(name="p", tensor=t("p", [], [float("nan")])), "probability")
        self.refused(self.changed(name="p", tensor=t("p", [2], [0.5, 0.5])), "its ratio is no number")

    def test_graphs_that_lie(self):
        n = onnx.node
        nodes, tensors = onnx.perceptron()
        for content, has in (
                (self.changed(2, n("Relu", ["d"], ["r"])), "node 'the Relu' (Relu): takes 'd', which no node before it makes (a cycle"),
                (self.changed(2, n("Relu", ["r"], ["r"])), "a cycle"),
                (onnx.model(nodes[::-1], tensors), "a cycle, or a wrong order"),
                (self.changed(2, n("Relu", ["h"], ["h"])), "makes a value that is made already"),
                (self.changed(2, n("Relu", ["h"], ["w2"])), "makes a value that is made already"),
                (self.changed(2, n("Relu", [], ["r"])), "lacks its input 0"),
                (self.changed(2, n("Relu", ["h"], [])), "has no output"),
                (self.changed(2, n("Relu", ["w2"], ["r"])), "takes the constant 'w2'"),
                (self.changed(2, n("Conv", ["h", "w2"], ["r"])), "node 'the Conv' (Conv): is no operator that Clonal's graphs can hold"),
                (self.changed(2, n("If\x1b[31m\n", ["h"], ["r"])), "(If?[31m?)"),
                (self.changed(2, n("Relu", ["h"], ["r"], domain="com.evil")), "is of the domain 'com.evil'"),
                (self.changed(2, n("Erf", ["h"], ["r"])), "is no part of a gelu"),
                (self.changed(2, n("Gelu", ["h"], ["r"], approximate="tanh")), "is the approximation by tanh"),
                (self.changed(2, n("Mul", ["h", "h"], ["r"])), "is no part of an operation of Clonal's"),
                (self.changed(2, n("Mul", ["h", "p"], ["r"])), "takes 'r', a part of a formula that is no operation"),
                (self.changed(2, n("Softmax", ["h"], ["r"])), "is not over the classes at the network's output"),
                (self.changed(2, n("Reshape", ["h", "t"], ["r"])), "is not to two dimensions"),
                (self.changed(2, n("LayerNormalization", ["h", "b2"], ["r"])), "its scale and bias do not have the 3 elements"),
                (self.changed(2, n("LayerNormalization", ["h", "b1"], ["r"], axis=-2)), "is over more than the last dimension"),
                (self.changed(2, n("LayerNormalization", ["h", "b1"], ["r"], epsilon=-1.0)), "epsilon"),
                (self.changed(2, n("LeakyRelu", ["h"], ["r"], alpha=float("inf"))), "slope"),
                (self.changed(2, n("Transpose", ["h"], ["r"])), "its input 0 is no constant"),
                (self.changed(0, n("Flatten", ["x"], ["f"], axis=0)), "does not keep the batch"),
                (self.changed(1, n("Gemm", ["f", "w1", "b1"], ["h"], transB=1, alpha=2.0)), "an alpha or beta other than 1"),
                (self.changed(1, n("Gemm", ["f", "w1", "b1"], ["h"], transB=1, transA=1)), "transposes its first input"),
                (self.changed(1, n("Gemm", ["f", "x"], ["h"])), "its input 1 is no constant"),
                (self.changed(3, n("Dropout", ["r", "p", "t"], ["d", "mask"])), None),
                (self.changed(4, n("Gemm", ["mask", "w2", "b2"], ["y"], transB=1)), "takes 'mask', which no node before it makes"),
                (self.changed(opset=6), "it is of the opset 6, of which Clonal knows 7 to"),
                (self.changed(opset=1000), "it is of the opset 1000"),
                (self.changed(opset=-1), "it is of the opset -1"),
                (self.changed(outputs=[]), "its graph has not one output"),
                (self.changed(outputs=[onnx.value("y", ["N", 2]), onnx.value("r", ["N", 3])]), "its graph has not one output"),
                (self.changed(outputs=[onnx.value("z", ["N", 2])]), "its output is 'z', which no node makes"),
                (self.changed(outputs=[onnx.value("r", ["N", 3])]), "leads nowhere"),
                (self.changed(inputs=[]), "its graph has not one input"),
                (self.changed(inputs=[onnx.value("x", ["N", 3, 2]), onnx.value("z", ["N", 3, 2])]), "its graph has not one input"),
                (self.changed(inputs=[onnx.value("x", ["N"])]), "its input has 1 dimensions"),
                (self.changed(inputs=[onnx.value("x", ["N", 1, 1, 1, 3, 2])]), "its input has 6 dimensions"),
                (self.changed(inputs=[onnx.value("x", ["N", "M", 2])]), "an open size besides the batch"),
                (self.changed(inputs=[onnx.value("x", ["N", -3, 2])]), "an open size besides the batch"),
                (self.changed(inputs=[onnx.value("x", ["N", 3, 2], onnx.INT64)]), "its input is not of floats"),
                (self.changed(inputs=[onnx.message((1, "x"))]), "its input has no shape"),
                (self.changed(metadata={"clonal.loss": "relu"}), "a loss (clonal.loss) that Clonal does not know"),
                (self.changed(graph_more=[(15, b"")]), "it has sparse tensors"),
                (onnx.message((1, 8), (8, [onnx.message((2, 17))])), "it has no graph")):
            if has is None:
                self.taken(content, "0 input 3,2\n1 flatten 0\n2 linear 1 3\n3 relu 2\n4 dropout 3 0.25\n5 linear 4 2\n6 softmax_cross_entropy 5\n")
            else:
                self.refused(content, has)
        big = [onnx.value("x", ["N", 4294967295, 4294967295])]
        self.refused(self.changed(inputs=big), "their product at most", code=11)

    def test_memory_and_depth(self):
        """Small files that ask for much: messages in messages, a tensor for a thousand layers, millions of empty messages."""
        deep = b""
        for _ in range(20000):
            deep = onnx.message((1, onnx.message((5, onnx.message((6, deep))))))
        self.refused(onnx.message((1, 8), (7, deep)), "its messages are nested too deeply")
        self.refused(onnx.message((1, 8), (7, b"\x0a\x00" * 4000000)), "many times its size in memory")
        square = onnx.tensor("w", [1000, 1000], raw=bytes(4000000))
        names = ["x", *(f"h{i}" for i in range(100)), "y"]
        self.refused(onnx.model([onnx.node("MatMul", [a, "w"], [b]) for a, b in zip(names, names[1:])], [square],
                                inputs=[onnx.value("x", ["N", 1000])]), "its layers share tensors more than 16 times over")


main()
