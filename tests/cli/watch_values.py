"""stats.csv against the contract, computed by tests/unit/contract.py: every figure of every row, of a graph with branches and of one with
dropout's relatives, by a schedule of dropout too, from the initial weights and from the checkpoints; needs numpy, skips without."""
# ctest: PLATFORMS pocl TIMEOUT 600
import copy
import csv
import math
import os
import sys

from _cli import SOURCE, Case, main, make_data, make_images, read_safetensors

sys.path.insert(0, os.path.join(SOURCE, "tests", "unit"))
import contract  # leaves with 77 without numpy

np = contract.np
TRAIN, BATCH, EPOCHS, SEED, DROPOUT_SEED, SHUFFLE_SEED = 150, 40, 2, 11, 12, 2**63 + 5
BRANCHES = """0 input 10,6
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
# parameters in front of each of them, so that each has a gradient; 4 drops channels of 6 elements, 12 of one
RELATIVES = """0 input 10,6
1 layer_norm 0 1e-05
2 gaussian_noise 1 0.2
3 gaussian_dropout 2 0.4
4 spatial_dropout 3 0.3
5 flatten 4
6 drop_connect 5 16 0.5
7 selu 6
8 alpha_dropout 7 0.3
9 uniform_noise 8 0.1
10 drop_connect 9 12 0.25
11 relu 10
12 spatial_dropout 11 0.4
13 linear 12 10
14 softmax_cross_entropy 13
"""
DRAW = ("dropout", "spatial_dropout", "alpha_dropout", "gaussian_dropout", "gaussian_noise", "uniform_noise")


def without_draws(nodes):
    """The graph as evaluation has it: what draws numbers for a value hands it on, and what masks its weight is linear."""
    plain = [copy.copy(node) for node in nodes]
    for node in plain:
        node.op = "flatten" if node.op in DRAW else "linear" if node.op == "drop_connect" else node.op
    return plain


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
    def watched(self, nodes, parameters, x, labels, settings, step):
        """{(layer, tensor, mode): figures} of a batch."""
        wanted = {}
        for mode in ("training", "evaluation"):
            computed = nodes if mode == "training" else without_draws(nodes)
            values, masks = contract.forward(computed, parameters, x, labels, *((settings, step) if mode == "training" else ()))
            self.assertEqual(bool(masks), mode == "training")
            gradients, of_parameters = contract.backward(computed, parameters, values, masks, labels)
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

    def compare(self, name, graph, schedule=None):
        """Trains the graph and compares all of its stats.csv; gives the rows by epoch."""
        with open("graph", "w") as file:
            file.write(graph)
        steps = -(-TRAIN // BATCH)
        settings = {"seed": DROPOUT_SEED}
        if schedule:
            settings.update(dropout_schedule=schedule, dropout_steps=EPOCHS * steps)
        self.good("train", "--data", "data", "--graph", "graph", "--batch", BATCH, "--epochs", EPOCHS, "--seed", SEED, "--seed-dropout", DROPOUT_SEED,
                  "--seed-shuffle", SHUFFLE_SEED, "--watch", "--out", name, *(["--dropout-schedule", schedule] if schedule else []))
        pixels, labels = make_images(TRAIN, 10, 10, 6, 1)
        first = contract.shuffle(SHUFFLE_SEED, TRAIN, 0)[:BATCH]
        x = contract.pixels(np.frombuffer(pixels, np.uint8)).reshape(TRAIN, 60)[first]
        labels = np.array(labels)[first]
        with open(f"{name}/stats.csv", newline="") as file:
            rows = list(csv.reader(file))[1:]
        seen = {}
        for epoch, layer, tensor, mode, *found in rows:
            seen.setdefault(int(epoch), {})[layer, tensor, mode] = found
        self.assertEqual(sorted(seen), list(range(EPOCHS + 1)))
        nodes = contract.read_graph(graph.splitlines())
        for epoch in range(EPOCHS + 1):
            if epoch == 0:
                parameters = contract.initial_parameters(nodes, SEED)
            else:
                _, tensors = read_safetensors(f"{name}/checkpoints/epoch-{epoch:04d}.safetensors")
                parameters = {key: np.array(values, np.float32).reshape(shape) for key, (shape, values) in tensors.items()}
            wanted = self.watched(nodes, parameters, x, labels, settings, epoch * steps)
            self.assertEqual(set(seen[epoch]), set(wanted))
            for key, row in wanted.items():
                self.assertEqual(seen[epoch][key], row, (name, epoch, key))
            print(f"{name}, epoch {epoch}: {len(wanted)} rows are the contract's")
        return seen

    def differing(self, rows):
        """The layers whose rows are not the same in training and in evaluation."""
        return {layer for layer, tensor, mode in rows if rows[layer, tensor, mode] != rows[layer, tensor, "evaluation"]}

    def test_values(self):
        make_data("data", train=TRAIN, test=50)
        self.assertGreater(len(self.differing(self.compare("branches", BRANCHES)[0])), 10)
        self.compare("relatives", RELATIVES)
        # the masks of the next step, by the probability of that step: at first it is 0, and training is evaluation
        seen = self.compare("branches-linear", BRANCHES, "linear")
        self.assertEqual(self.differing(seen[0]), set())
        self.assertGreater(len(self.differing(seen[1])), 10)
        self.compare("relatives-linear", RELATIVES, "linear")
        self.compare("relatives-exponential", RELATIVES, "exponential")


main()
