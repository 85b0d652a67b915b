"""clonal graph: the text of a perceptron's graph, which trains as the options that it was made of."""
# ctest: PLATFORMS pocl TIMEOUT 600
import json

from _cli import Case, main, make_data, run

# "Dive into Deep Learning", 5.6, in the contract's section 7.
CHAPTER = """0 input 28,28
1 flatten 0
2 linear 1 256
3 relu 2
4 dropout 3 0.5
5 linear 4 256
6 relu 5
7 dropout 6 0.5
8 linear 7 10
9 softmax_cross_entropy 8
"""


class Graph(Case):
    def test_text(self):
        self.assertEqual(self.good("graph"), CHAPTER)
        self.assertEqual(self.good("graph", "--hidden", "none", "--inputs", "4", "--classes", "3", "--loss", "mse"),
                         "0 input 4\n1 flatten 0\n2 linear 1 3\n3 mean_squared_error 2\n")
        self.assertEqual(self.good("graph", "--hidden", "7", "--dropout", "0.1", "--activation", "gelu", "--inputs", "3,2,2,1"),
                         "0 input 3,2,2,1\n1 flatten 0\n2 linear 1 7\n3 gelu 2\n4 dropout 3 0.1\n5 linear 4 10\n6 softmax_cross_entropy 5\n")

    def test_wrong(self):
        self.bad(2, "graph", "--inputs", "none", has="--inputs 'none': give 1 to 4 sizes")
        self.bad(2, "graph", "--inputs", "1,2,3,4,5", has="--inputs '1,2,3,4,5'")
        self.bad(11, "graph", "--inputs", "3,0", has="3x0")
        self.bad(2, "graph", "--hidden", "3,0", has="--hidden '3,0'")
        self.bad(2, "graph", "--dropout", "0.1,0.2,0.3", has="3 numbers for 2 hidden layers")
        self.bad(2, "graph", "--activation", "linear", has="--activation: ")
        self.bad(2, "graph", "--classes", "0", has="--classes")

    def test_trains_alike(self):
        """By options, and by their graph as text, on standard input too: the same weights."""
        make_data("data", train=60, test=20, rows=10, columns=6)
        layers = ["--hidden", "9,8", "--dropout", "0.3", "--activation", "silu"]
        common = ["train", "--data", "data", "--epochs", "1", "--batch", "20", "--quiet"]
        sizes = ["--inputs", "10,6", "--classes", "10"]
        text = self.good("graph", *layers, *sizes)
        with open("graph.txt", "w") as file:
            file.write(text)
        digests = [self.good(*common, *options, "--out", f"run{i}").split()[1]
                   for i, options in enumerate([layers, ["--graph", "graph.txt"]])]
        with open("graph.txt") as file:
            piped = run(*common, "--graph", "-", "--out", "run2", stdin=file)
        self.assertEqual(piped.returncode, 0, piped.stderr)
        self.assertEqual(digests + [piped.stdout.split()[1]], digests[:1] * 3)
        self.assertEqual(json.load(open("run1/run.json"))["graph"], text)


main()
