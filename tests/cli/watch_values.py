"""stats.csv against the contract, computed by tests/unit/contract.py: every figure of every row, of a graph with branches, from the
initial weights and from the checkpoints; needs numpy, skips without."""
# ctest: PLATFORMS pocl TIMEOUT 600
import csv
import math
import os
import sys

from _cli import SOURCE, Case, main, make_data, make_images, read_safetensors

sys.path.insert(0, os.path.join(SOURCE, "tests", "unit"))
import contract  # leaves with 77 without numpy

np = contract.np
TRAIN, BATCH, EPOCHS, SEED, DROPOUT_SEED, SHUFFLE_SEED = 150, 40, 2, 11, 12, 2**63 + 5
GRAPH = """0 input 10,6
1 dropout 0 0.1
2 flatten 1
3 linear 2 12
4 tanh 3
5 dropout 4 0.5
6 linear 5 12
7 add 6 4
8 layer_norm 7 1e-05
9 relu 8
10 dropout 9 0.25
11 linear 10 10
12 softmax_cross_entropy 11
"""


def figures(tensor):
    """Count, mean, variance, share of zeros, norm, by one sum after the other in binary64, as stats.csv has them."""
    values = [float(v) for v in np.asarray(tensor).reshape(-1)]
    total = squares = distances = 0.0
    for v in values:
        total += v
        squares += v * v
    mean = total / len(values)
    for v in values:
        distances += (v - mean) * (v - mean)
    zeros = sum(v == 0 for v in values) / len(values)
    return [str(len(values)), *("%.9g" % figure for figure in (mean, distances / len(values), zeros, math.sqrt(squares)))]


class WatchValues(Case):
    def watched(self, nodes, parameters, x, labels, step):
        """{(layer, tensor, mode): figures} of a batch."""
        wanted = {}
        for mode in ("training", "evaluation"):
            if mode == "training":
                values, masks = contract.forward(nodes, parameters, x, labels, DROPOUT_SEED, step)
            else:
                values, _ = contract.forward(nodes, parameters, x, labels)
                masks = {node.number: np.ones((len(x), node.columns), bool) for node in nodes if node.op == "dropout"}
                for node in nodes:
                    node.factor = contract.ONE
            gradients, of_parameters = contract.backward(nodes, parameters, values, masks, labels)
            for node in nodes[:-1]:
                if node.op == "flatten":
                    continue
                layer = f"node.{node.number}.{node.op}"
                wanted[layer, "activation", mode] = figures(values[node.number])
                if node.needs_gradient:
                    wanted[layer, "gradient", mode] = figures(gradients[node.number])
            for name, gradient in of_parameters.items():
                wanted[name, "gradient", mode] = figures(gradient)
        return wanted

    def test_values(self):
        make_data("data", train=TRAIN, test=50)
        with open("graph", "w") as file:
            file.write(GRAPH)
        self.good("train", "--data", "data", "--graph", "graph", "--batch", BATCH, "--epochs", EPOCHS, "--seed", SEED, "--seed-dropout", DROPOUT_SEED,
                  "--seed-shuffle", SHUFFLE_SEED, "--watch", "--out", "run")
        pixels, labels = make_images(TRAIN, 10, 10, 6, 1)
        first = contract.shuffle(SHUFFLE_SEED, TRAIN, 0)[:BATCH]
        x = contract.pixels(np.frombuffer(pixels, np.uint8)).reshape(TRAIN, 60)[first]
        labels = np.array(labels)[first]
        with open("run/stats.csv", newline="") as file:
            rows = list(csv.reader(file))[1:]
        seen = {}
        for epoch, layer, tensor, mode, *found in rows:
            seen.setdefault(int(epoch), {})[layer, tensor, mode] = found
        self.assertEqual(sorted(seen), list(range(EPOCHS + 1)))
        for epoch in range(EPOCHS + 1):
            nodes = contract.read_graph(GRAPH.splitlines())
            if epoch == 0:
                parameters = contract.initial_parameters(nodes, SEED)
            else:
                _, tensors = read_safetensors(f"run/checkpoints/epoch-{epoch:04d}.safetensors")
                parameters = {name: np.array(values, np.float32).reshape(shape) for name, (shape, values) in tensors.items()}
            wanted = self.watched(nodes, parameters, x, labels, epoch * -(-TRAIN // BATCH))
            self.assertEqual(set(seen[epoch]), set(wanted))
            for key, row in wanted.items():
                self.assertEqual(seen[epoch][key], row, (epoch, key))
            print(f"epoch {epoch}: {len(wanted)} rows are the contract's")


main()
