"""Weights files whose tensors have other names than ours: matched where there is one way only, by a map else, never swapped in silence."""
# ctest: PLATFORMS pocl TIMEOUT 600
import json
import random

from _cli import Case, main, make_data, run, write_safetensors

# 60-12-12-12-10: the layers 4 and 7 have the same shapes.
WIDTHS, OURS = (60, 12, 12, 12, 10), (1, 4, 7, 10)
WRITE_A_MAP = "give a map (--map FILE)"


def layers_of(widths, seed):
    source = random.Random(seed)
    return [{"weight": ([o, i], [source.randrange(-2**20, 2**20) / 2**21 for _ in range(o * i)]),
             "bias": ([o], [source.randrange(-2**20, 2**20) / 2**21 for _ in range(o)])} for i, o in zip(widths, widths[1:])]


def named(layers, names, more=None):
    """As PyTorch's save_file orders them: by name."""
    tensors = {f"{name}.{kind}": value for name, layer in zip(names, layers, strict=True) for kind, value in layer.items()}
    return dict(sorted({**tensors, **(more or {})}.items()))


def transposed(tensor):
    (rows, columns), values = tensor
    return [columns, rows], [values[r * columns + c] for c in range(columns) for r in range(rows)]


def write_text(path, text):
    with open(path, "wb") as file:
        file.write(text.encode() if isinstance(text, str) else text)
    return path


class WeightNames(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data", train=60, test=40)
        cls.layers = layers_of(WIDTHS, 5)
        cls.expected, stderr = cls.outputs(named(cls.layers, OURS))
        assert stderr == "", stderr
        swapped = [cls.layers[0], cls.layers[2], cls.layers[1], cls.layers[3]]
        assert cls.outputs(named(swapped, OURS))[0] != cls.expected

    @staticmethod
    def outputs(tensors, *options):
        write_safetensors("w.safetensors", tensors)
        done = run("predict", "w.safetensors", "--data", "data", "--count", "8", "--json", *options)
        assert done.returncode == 0, done.stderr
        return [one["outputs"] for one in json.loads(done.stdout)["predictions"]], done.stderr

    def same(self, names, ours=OURS, more=None):
        outputs, stderr = self.outputs(named(self.layers, names, more))
        self.assertEqual(outputs, self.expected, names)
        for name, our in zip(names, ours, strict=True):
            for kind in ("weight", "bias"):
                self.assertRegex(stderr, rf"w.safetensors: matched by order and shape: .*\b{name}\.{kind} -> {our}\.{kind}\b")
        return stderr

    def refused(self, code, tensors, *has):
        write_safetensors("w.safetensors", tensors)
        message = self.bad(code, "eval", "w.safetensors", "--data", "data", lines=0)
        for part in (WRITE_A_MAP, *has):
            self.assertIn(part, message)
        for name, (shape, _) in tensors.items():  # what the file has
            self.assertIn(f"{name} {'x'.join(map(str, shape))}", message)
        return message

    def test_numbered(self):
        for names in (["fc1", "fc2", "fc3", "fc4"], ["fc8", "fc9", "fc10", "fc11"], ["model.fc01", "model.fc02", "model.fc03", "model.fc10"],
                      ["layers.0", "layers.1", "layers.2", "layers.3"], ["net.1", "net.4", "net.7", "net.10"],
                      ["_orig_mod.module.block.0.0", "_orig_mod.module.block.0.3", "_orig_mod.module.block.1.0", "_orig_mod.module.block.2.0"],
                      ["h9.fc", "h99999999999999999999.fc", "h100000000000000000000.fc", "h100000000000000000001.fc"]):
            self.assertIn("w.safetensors names no graph: taken as the perceptron 60-12-12-12-10 with relu", self.same(names))

    def test_sequential_behind_wrappers(self):
        """module.1 and _orig_mod.1 are an nn.Sequential's numbers: with nothing between two neighbours, and no guess at what the graph is."""
        for prefix in ("module.", "_orig_mod.", "_orig_mod.module."):
            stderr = self.same([f"{prefix}{n}" for n in (1, 3, 5, 7)], ours=(1, 3, 5, 7))
            self.assertNotIn("taken as", stderr)
        plain, _ = self.outputs(named(self.layers, (1, 2, 4, 6)))
        self.assertNotEqual(plain, self.expected)
        wrapped, _ = self.outputs(named(self.layers, [f"module.{n}" for n in (1, 2, 4, 6)]))
        self.assertEqual(wrapped, plain)

    def test_shapes_decide_the_rest(self):
        self.same(["input", "hidden1", "hidden2", "classifier"])
        self.same(["fc1", "fc2", "fc3", "a_head"])
        three = layers_of((60, 9, 7, 10), 6)
        expected, _ = self.outputs(named(three, (1, 4, 7)))
        outputs, stderr = self.outputs(named(three, ("zulu", "mike", "alpha")))
        self.assertEqual(outputs, expected)
        self.assertIn("zulu.weight -> 1.weight", stderr)

    def test_one_layer_without_a_name(self):
        one = layers_of((60, 10), 7)
        expected, _ = self.outputs(named(one, (1,)))
        outputs, stderr = self.outputs(one[0])
        self.assertEqual(outputs, expected)
        self.assertIn("weight -> 1.weight", stderr)

    def test_a_graph_in_the_file(self):
        text = self.good("graph", "--hidden", "12,12,12", "--inputs", "10,6", "--activation", "tanh")
        write_safetensors("own.safetensors", named(self.layers, OURS), {"clonal.graph": text})
        write_safetensors("foreign.safetensors", named(self.layers, ("fc1", "fc2", "fc3", "fc4")), {"clonal.graph": text})
        own = self.good("eval", "own.safetensors", "--data", "data", "--json")
        done = run("eval", "foreign.safetensors", "--data", "data", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.replace("foreign", "own"), own)
        self.assertEqual(done.stderr.count("\n"), 1)
        write_safetensors("foreign.safetensors", named(self.layers, ("in", "a", "b", "out")), {"clonal.graph": text})
        message = self.bad(11, "eval", "foreign.safetensors", "--data", "data", has="names give no order")
        self.assertIn("the model wants 1.weight 12x60, 1.bias 12, 4.weight 12x12, 4.bias 12, 7.weight 12x12", message)

    def test_no_order(self):
        for a, b in (("encoder", "head"), ("a1", "b2"), ("fc1", "fc01"), ("fc", "fc1"), ("enc.1", "dec.2"), ("x1y", "x2")):
            first, second = sorted((f"{a}.", f"{b}."))  # as they stand in the file
            self.refused(11, named(self.layers, ("in", a, b, "out")), f'"{first[:-1]}" and "{second[:-1]}" have the same shapes, and their names give no order',
                         "the model wants 1.weight 12x60")

    def test_numbers_of_something_else(self):
        self.refused(11, named(self.layers, ("fc2", "fc1", "fc3", "out")), "are not in the order of the shapes")
        self.refused(10, named(self.layers, ("fc4", "fc1", "fc2", "fc3")), '"fc4.weight" takes 60 values, "fc3.weight" before it gives 10')

    def test_no_perceptron(self):
        def tensor(*shape):
            count = 1
            for size in shape:
                count *= size
            return list(shape), [0.5] * count
        fours = named(self.layers, ("fc1", "fc2", "fc3", "out"))
        self.refused(10, {**fours, "extra.weight": tensor(12)}, '"extra" is not a weight (outputs, inputs) and a bias (outputs)')
        self.refused(10, {name: value for name, value in fours.items() if name != "fc2.bias"}, '"fc2" is not a weight')
        self.refused(10, {"conv.weight": tensor(2, 2, 2), "conv.bias": tensor(2)}, '"conv" is not a weight')
        self.refused(10, {"up.weight": tensor(6, 4), "up.bias": tensor(6), "down.weight": tensor(4, 6), "down.bias": tensor(4)},
                     "in several orders")
        self.refused(10, {"a.weight": tensor(6, 60), "a.bias": tensor(6), "b.weight": tensor(4, 7), "b.bias": tensor(4)}, "no order has each")
        self.refused(10, {"kernel": tensor(6, 60)}, '"" is not a weight')

    def test_other_counts(self):
        less = {name: value for name, value in named(self.layers, OURS).items() if name != "4.bias"}
        self.refused(11, less, "it has 7 tensors of floats for 8 parameters")


class Maps(Case):
    MAP = """# ours = theirs
1.weight = in.weight
1.bias=in.bias

4.weight = encoder.weight  # the first of the two
4.bias = encoder.bias
\t7.weight\t=\thead.weight
7.bias = head.bias
10.weight = out.weight
10.bias = out.bias"""
    outputs = staticmethod(WeightNames.outputs)

    @classmethod
    def setUpClass(cls):
        make_data("data", train=60, test=40)
        cls.layers = layers_of(WIDTHS, 5)
        cls.expected, _ = cls.outputs(named(cls.layers, OURS))
        cls.tensors = named(cls.layers, ("in", "encoder", "head", "out"))

    def test_map(self):
        marked = b"\xef\xbb\xbf" + self.MAP.encode().replace(b"\n", b"\r\n")
        for text in (self.MAP, self.MAP + "\n", marked):
            self.assertEqual(self.outputs(self.tensors, "--map", write_text("names", text)), (self.expected, ""))
        swapped = self.MAP.replace("encoder.", "X.").replace("head.", "encoder.").replace("X.", "head.")
        self.assertNotEqual(self.outputs(self.tensors, "--map", write_text("names", swapped))[0], self.expected)
        write_text("names", self.MAP)
        own = json.loads(self.good("eval", "w.safetensors", "--data", "data", "--json", "--map", "names"))
        write_safetensors("own.safetensors", named(self.layers, OURS))
        expected = json.loads(self.good("eval", "own.safetensors", "--data", "data", "--json"))
        self.assertEqual((own["loss"], own["accuracy"]), (expected["loss"], expected["accuracy"]))

    def test_transposed(self):
        """Flax's names, its kernels as (inputs, outputs)."""
        tensors, lines = {}, []
        for ours, number, layer in zip(OURS, range(4), self.layers, strict=True):
            name = f"params/Dense {number}"
            tensors.update({f"{name}/kernel": transposed(layer["weight"]), f"{name}/bias": layer["bias"]})
            lines += [f"{ours}.weight = {name}/kernel   transposed", f"{ours}.bias = {name}/bias"]
        self.assertEqual(self.outputs(tensors, "--map", write_text("names", "\n".join(lines))), (self.expected, ""))
        # the square ones alone fit either way, and are then another network
        lines[2] = lines[2].replace("transposed", "")
        self.assertNotEqual(self.outputs(tensors, "--map", write_text("names", "\n".join(lines)))[0], self.expected)
        lines[0] = lines[0].replace("transposed", "")
        lines[2] += "transposed"
        write_text("names", "\n".join(lines))
        self.bad(11, "eval", "w.safetensors", "--data", "data", "--map", "names", has="names: node 5 (linear) takes samples of the shape 12")

    def test_passed_over(self):
        more = {"ema.weight": ([3], [1.0] * 3), "scale": ([], [1.0])}
        outputs, stderr = self.outputs({**self.tensors, **more}, "--map", write_text("names", self.MAP))
        self.assertEqual(outputs, self.expected)
        self.assertIn("w.safetensors: 2 tensors of floats that names does not name are passed over", stderr)

    def refused(self, code, text, has, graph=True):
        """With a graph in the file, so that it is the model that a map must fit."""
        text_graph = self.good("graph", "--hidden", "12,12,12", "--inputs", "10,6") if graph else None
        write_safetensors("w.safetensors", self.tensors, {"clonal.graph": text_graph} if graph else None)
        write_text("names", text)
        return self.bad(code, "eval", "w.safetensors", "--data", "data", "--map", "names", has=has)

    def test_errors(self):
        lines = self.MAP.split("\n")

        def edited(number, line):
            return "\n".join([*lines[:number - 1], line, *lines[number:]])
        for graph in (True, False):
            self.refused(10, edited(5, "4.weight = encoder.wait"), 'names, line 5: w.safetensors has no tensor "encoder.wait"; it has encoder.bias 12, ', graph)
            self.refused(10, edited(5, "4.weight encoder.weight"), 'names, line 5: a line is of the form "OURS = THEIRS"', graph)
            self.refused(10, edited(5, "= encoder.weight"), "names, line 5: a line is of the form", graph)
            self.refused(10, edited(5, "4.weight = # encoder.weight"), "names, line 5: a line is of the form", graph)
            self.refused(10, edited(7, "4.weight = head.weight"), 'names, line 7: "4.weight" stands in line 5 already', graph)
            self.refused(10, edited(7, "7.weight = encoder.weight"), 'names, line 7: "encoder.weight" stands in line 5 already', graph)
            self.refused(10, edited(6, "4.bias = encoder.bias transposed"), 'names, line 6: "encoder.bias" is no matrix', graph)
            self.refused(10, edited(6, ""), "names has no line for 1 of the model's parameters: 4.bias 12; add", graph)
            self.refused(10, "", "names: the map has no lines", graph)
            self.refused(10, "# nothing\n\n", "names: the map has no lines", graph)
            self.refused(10, b"1.weight = a\0b\n", "names is no text", graph)
        self.refused(10, edited(5, "5.weight = encoder.weight"), 'names, line 5: the model has no parameter "5.weight"; it has 1.weight, 1.bias, 4.weight')
        self.refused(11, edited(2, "1.weight = in.weight transposed"),
                     'names, line 2: "in.weight" has the shape 12x60, transposed, 1.weight of the model 12x60: it fits without "transposed"')
        swapped = edited(9, "10.weight = in.weight").replace("1.weight = in.weight", "1.weight = out.weight", 1)
        self.refused(11, swapped, 'names, line 2: "out.weight" has the shape 10x12, 1.weight of the model 12x60: is it of another network')
        self.bad(9, "predict", "w.safetensors", "--data", "data", "--map", "nowhere", has="nowhere")
        self.bad(9, "predict", "w.safetensors", "--data", "data", "--map", "data", has="data")
        self.bad(2, "predict", "w.safetensors", "--data", "data", "--map", "", has="--map '' is empty")

    def test_spelled_by_the_map(self):
        """The graph of a file that names none is spelled by the map's numbers: 1, 3 with relu between, 1, 2 with none."""
        for numbers in ((1, 3, 5, 7), (0, 2, 4, 6), (1, 2, 4, 6)):
            expected, _ = self.outputs(named(self.layers, numbers))
            lines = [f"{n}.{kind} = {theirs}.{kind}" for n, theirs in zip(numbers, ("in", "encoder", "head", "out"), strict=True)
                     for kind in ("bias", "weight")]
            self.assertEqual(self.outputs(self.tensors, "--map", write_text("names", "\n".join(lines))), (expected, ""), numbers)
        self.refused(10, "first.weight = in.weight", "names no graph, and its tensors are not those of an nn.Sequential", graph=False)


main()
