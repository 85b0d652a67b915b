"""clonal export and import with the files of Flax, Keras and MXNet, without these: what is written is read to the same bits, and a
file that lies changes nothing. The frameworks themselves: tests/frameworks."""
# ctest: HOST TIMEOUT 600
import os
import random
import shutil
import struct

from _cli import SOURCE, Case, main, read_safetensors, run, write_safetensors

VECTORS = os.path.join(SOURCE, "tests", "vectors", "exchange")
SUFFIXES = ("flax.safetensors", "msgpack", "weights.h5", "params")
RICH = ("0 input 4,2\n1 flatten 0\n2 linear 1 5\n3 tanh 2\n4 layer_norm 3 0.001\n5 dropout 4 0.25\n6 linear 5 5\n7 gelu 6\n"
        "8 layer_norm 7 1e-05\n9 add 8 4\n10 linear 9 3\n11 softmax_cross_entropy 10\n")
RICH_SHAPES = {"1.weight": [5, 8], "1.bias": [5], "3.weight": [5], "3.bias": [5], "5.weight": [5, 5], "5.bias": [5],
               "7.weight": [5], "7.bias": [5], "9.weight": [3, 5], "9.bias": [3]}
PLAIN_SHAPES = {"1.weight": [5, 8], "1.bias": [5], "4.weight": [5, 5], "4.bias": [5], "7.weight": [3, 5], "7.bias": [3]}


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)


def make(path, shapes, graph=None, seed=1):
    """Weights of these shapes, any finite bits, with infinities and both zeros."""
    source = random.Random(seed)

    def value():
        word = source.choice((source.getrandbits(32) & 0xbfffffff, source.getrandbits(32) & 0xbfffffff, 0x80000000, 0xff800000))
        return struct.unpack("<f", struct.pack("<I", word))[0]
    sizes = {name: shape[0] * (shape[1] if shape[1:] else 1) for name, shape in shapes.items()}
    tensors = {name: (shape, [value() for _ in range(sizes[name])]) for name, shape in shapes.items()}
    write_safetensors(path, tensors, {"clonal.graph": graph} if graph else None)


class Exchange(Case):
    def imported(self, path, out):
        """The bytes of Clonal's weights file of another's. What is guessed is told in warnings."""
        done = run("import", path, "-o", out)
        self.assertEqual(done.returncode, 0, done.stderr)
        for line in done.stderr.splitlines():
            self.assertTrue(line.startswith("clonal: warning: "), line)
        return read(out)

    def test_perceptron_both_ways(self):
        make("net.safetensors", PLAIN_SHAPES)
        clonal = self.imported("net.safetensors", "clonal.safetensors")
        for suffix in SUFFIXES:
            with self.subTest(suffix):
                printed = self.good("export", "clonal.safetensors", "-o", f"net.{suffix}")
                self.assertTrue(printed.startswith(f"net.{suffix}  sha256:"), printed)
                self.assertEqual(self.imported(f"net.{suffix}", "back.safetensors"), clonal)
                self.good("export", "back.safetensors", "-o", f"again.{suffix}")
                self.assertEqual(read(f"again.{suffix}"), read(f"net.{suffix}"))
                # From one format to another without ours between.
                for other in SUFFIXES:
                    self.assertEqual(run("export", f"net.{suffix}", "-o", f"other.{other}").returncode, 0)
                    self.assertEqual(self.imported(f"other.{other}", "back.safetensors"), clonal)

    def test_graph_comes_back(self):
        make("rich.safetensors", RICH_SHAPES, RICH)
        clonal = self.imported("rich.safetensors", "clonal.safetensors")
        for suffix in ("flax.safetensors", "weights.h5"):
            self.good("export", "clonal.safetensors", "-o", f"rich.{suffix}")
            self.good("import", f"rich.{suffix}", "-o", "back.safetensors")
            self.assertEqual(read("back.safetensors"), clonal)
        for suffix in ("msgpack", "params"):  # which hold no graph
            self.good("export", "clonal.safetensors", "-o", f"rich.{suffix}")
            self.bad(10, "import", f"rich.{suffix}", "-o", "none", has="spell no perceptron")
            self.assertFalse(os.path.exists("none"))

    def test_names(self):
        make("rich.safetensors", RICH_SHAPES, RICH)
        self.good("export", "rich.safetensors", "-o", "rich.flax.safetensors")
        metadata, tensors = read_safetensors("rich.flax.safetensors")
        self.assertEqual(metadata, {"format": "flax", "clonal.graph": RICH})
        ours = read_safetensors("rich.safetensors")[1]
        self.assertEqual({name: shape for name, (shape, _) in tensors.items()}, {
            "params/Dense_0/kernel": [8, 5], "params/Dense_0/bias": [5], "params/LayerNorm_0/scale": [5],
            "params/LayerNorm_0/bias": [5], "params/Dense_1/kernel": [5, 5], "params/Dense_1/bias": [5],
            "params/LayerNorm_1/scale": [5], "params/LayerNorm_1/bias": [5], "params/Dense_2/kernel": [5, 3],
            "params/Dense_2/bias": [3]})
        kernel, weight = tensors["params/Dense_0/kernel"][1], ours["1.weight"][1]
        self.assertEqual([kernel[i * 5 + o] for o in range(5) for i in range(8)], list(weight))
        self.assertEqual(tensors["params/LayerNorm_1/scale"], ours["7.weight"])
        # Of MXNet: dense with its activation, norm, dropout; gelu is a block of its own.
        self.good("export", "rich.safetensors", "-o", "rich.params")
        names = [b"0.weight", b"0.bias", b"1.gamma", b"1.beta", b"3.weight", b"3.bias", b"5.gamma", b"5.beta", b"7.weight", b"7.bias"]
        end = b"".join(struct.pack("<Q", len(name)) + name for name in names)
        self.assertTrue(read("rich.params").endswith(struct.pack("<Q", len(names)) + end))

    def test_long_metadata(self):
        """The first kernel's name behind more than what is looked at first."""
        make("net.safetensors", PLAIN_SHAPES)
        self.good("export", "net.safetensors", "-o", "net.flax.safetensors", stdout=None)
        _, tensors = read_safetensors("net.flax.safetensors")
        for length in (4000, 4040, 4060, 4080, 4096, 9000, 100000):
            write_safetensors("long.safetensors", dict(tensors), {"notes": "x" * length})
            self.assertEqual(self.imported("long.safetensors", "a.safetensors"), self.imported("net.flax.safetensors", "b.safetensors"))

    def test_theirs(self):
        """Files of the frameworks themselves, of which some are of layers that only a graph can place."""
        for name, widths in (("keras-kinds.weights.h5", "4-3-3"), ("mxnet-kinds.params", "3-2"), ("mxnet-list.params", "3-2")):
            done = run("import", os.path.join(VECTORS, name), "-o", "out.safetensors")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(f"taken as the perceptron {widths} with relu", done.stderr)
        for name in ("flax.msgpack", "flax-chunks.msgpack", "flax-kinds.msgpack", "keras.weights.h5", "gluon.params",
                     "mxnet-numpy.params"):
            self.bad(10, "import", os.path.join(VECTORS, name), "-o", "none", has="spell no perceptron")
        self.bad(10, "import", os.path.join(VECTORS, "mxnet-sparse.params"), "-o", "none", has="is sparse")
        self.assertFalse(os.path.exists("none"))

    def test_damaged(self):
        """A cut file of each: one line, exit code 10, and what is there stays."""
        make("net.safetensors", PLAIN_SHAPES)
        write("kept", b"kept")
        for suffix, words in (("flax.safetensors", "safetensors"), ("msgpack", "Flax"), ("weights.h5", "Keras"), ("params", "MXNet")):
            run("export", "net.safetensors", "-o", f"net.{suffix}")
            whole = read(f"net.{suffix}")
            for part in (len(whole) - 1, len(whole) // 2, 40):
                write(f"cut.{suffix}", whole[:part])
                for command in ("import", "export"):
                    output = "kept" if command == "import" else "kept.msgpack"
                    shutil.copy("kept", "kept.msgpack")
                    self.bad(10, command, f"cut.{suffix}", "-o", output, has=words)
                    self.assertEqual(read(output), b"kept")
            self.bad(9, "export", f"net.{suffix}", "-o", f"no/such.{suffix}", has="no/such", lines=None)
        self.assertEqual([name for name in os.listdir(".") if "tmp" in name], [])

    def test_graph_that_lies(self):
        """A graph in the file that its tensors do not bear out."""
        make("rich.safetensors", RICH_SHAPES, RICH)
        self.good("export", "rich.safetensors", "-o", "rich.flax.safetensors")
        _, tensors = read_safetensors("rich.flax.safetensors")
        for graph, code, words in ((RICH.replace("linear 1 5", "linear 1 6"), None, ""),
                                   (RICH.replace("4 layer_norm 3 0.001", "4 linear 3 5"), 10, "Dense_3"),
                                   ("0 input 4294967295\n", None, ""), ("nonsense", 10, "")):
            write_safetensors("lie.flax.safetensors", tensors, {"format": "flax", "clonal.graph": graph})
            done = run("import", "lie.flax.safetensors", "-o", "none")
            self.assertIn(done.returncode, (code,) if code else (10, 11), (graph, done.stderr))
            self.assertIn(words, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
            self.assertFalse(os.path.exists("none"))

    def test_maps(self):
        make("net.safetensors", PLAIN_SHAPES)
        write("map.txt", b"1.weight = params/Dense_0/kernel transposed\n1.bias = params/Dense_0/bias\n")
        for suffix in ("msgpack", "weights.h5", "params"):
            run("export", "net.safetensors", "-o", f"net.{suffix}")
            self.bad(2, "import", f"net.{suffix}", "-o", "none", "--map", "map.txt", has="a map is not for a file of the format")
        # Flax's safetensors keep their own names for a map.
        run("export", "net.safetensors", "-o", "net.flax.safetensors")
        lines = [f"{1 + 3 * i}.weight = params/Dense_{i}/kernel transposed\n{1 + 3 * i}.bias = params/Dense_{i}/bias\n" for i in range(3)]
        write("map.txt", "".join(lines).encode())
        self.good("import", "net.flax.safetensors", "-o", "mapped.safetensors", "--map", "map.txt")
        self.assertEqual(read("mapped.safetensors"), self.imported("net.flax.safetensors", "plain.safetensors"))


main()
