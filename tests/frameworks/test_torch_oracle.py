"""The reference against PyTorch in binary64: gelu, silu, leaky_relu, selu, alpha dropout, layer_norm, forward and backward; adam, adamw and sgd over
steps; schedules; a network trained with all of these; and one of dropped weights, by given masks and p that grow."""
# ctest: HOST LABELS frameworks-all TIMEOUT 1800
import array
import json
import math
import os
import random
import struct
import subprocess
import unittest

from _frameworks import enter

enter("torch", "numpy", "onnx", "onnxscript", "torch", large=True)

import torch  # noqa: E402
from _cli import keep_mask, philox  # noqa: E402
from torch.nn import functional as F
from torch.optim import lr_scheduler

TREE = os.path.join(os.environ["CLONAL_TEST_TREE"], "tests")
ULP = 2.0**-23


def reference(*words, floats=(), kind="f"):
    """The arrays that reference_values makes of others, as one array."""
    done = subprocess.run([os.path.join(TREE, "reference_values"), *map(str, words)], input=array.array("f", floats).tobytes(), stdout=subprocess.PIPE,
                          check=True)
    return array.array(kind, done.stdout).tolist()


def fl32(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def wide(values):
    return torch.tensor(values, dtype=torch.float64)


def random_floats(count, seed, spread=None):
    """Floats around 0, normally distributed, or with spread their logarithms evenly spread over so many powers of ten below 10."""
    r = random.Random(seed)
    if spread is None:
        return [fl32(r.gauss(0, 1)) for _ in range(count)]
    return [fl32(r.choice((-1, 1)) * 10 ** r.uniform(1 - spread, 1)) for _ in range(count)]


class Oracle(unittest.TestCase):
    def within(self, what, ours, exact, bound):
        """Each |ours - exact| is within its bound; the largest share of a bound is printed."""
        ours, exact = wide(ours), exact.detach().flatten()
        share = ((ours - exact).abs() / bound).max().item()
        print("%s: %.2f of the bound" % (what, share))
        self.assertEqual(len(ours), len(exact))
        self.assertTrue(share <= 1, "%s: %g of the bound" % (what, share))

    def check_activation(self, name, attribute, function, forward, backward):
        """forward and backward: bounds of |x|, |y| or |dy|, as functions of (x, y) and (x, dy, dx)."""
        x = random_floats(20000, 1) + random_floats(20000, 2, 12) + [i / 256 for i in range(-4096, 4097)]
        dy = random_floats(len(x), 3)
        result = reference("activation", name, attribute, floats=x + dy)
        exact_x = wide(x).requires_grad_()
        y = function(exact_x)
        y.backward(wide(dy))
        self.within(name, result[:len(x)], y, forward(wide(x), y.detach()))
        self.within(name + ", backward", result[len(x):], exact_x.grad, backward(wide(x), wide(dy), exact_x.grad))

    def test_gelu(self):
        # 1 + erf loses the digits that erf is near -1 with, so that the bound is of |x|, not of |y|.
        self.check_activation("gelu", 0, F.gelu, lambda x, y: ULP * x.abs() + 2.0**-149, lambda x, dy, dx: 2 * ULP * dy.abs())

    def test_silu(self):
        # Backward 1 - s has the rounding of s near 1, which x then multiplies; from 18 on s is 1.
        self.check_activation("silu", 0, F.silu, lambda x, y: ULP * y.abs() + 2.0**-149,
                              lambda x, dy, dx: ULP * (2 + x.clamp(0, 18) / 4) * dy.abs())

    def test_leaky_relu(self):
        for slope in (0.01, -0.25):
            self.check_activation("leaky_relu", slope, lambda x: F.leaky_relu(x, fl32(slope)), lambda x, y: 0.51 * ULP * y.abs() + 2.0**-149,
                                  lambda x, dy, dx: 0.51 * ULP * dx.abs())

    def test_selu(self):
        # The constants are PyTorch's, rounded to binary32. Backward e^x is y + lambda alpha, with the rounding of that sum near lambda alpha.
        self.check_activation("selu", 0, F.selu, lambda x, y: 1.5 * ULP * y.abs() + 2.0**-148, lambda x, dy, dx: 1.6 * ULP * dy.abs())

    def test_alpha_dropout(self):
        """By PyTorch's own masks: where it dropped is seen in its gradient."""
        x, dy = random_floats(50000, 4), random_floats(50000, 5)
        for seed, p in enumerate((0.1, 0.5, 0.875, 0.0)):
            torch.manual_seed(seed)
            exact_x = wide(x).requires_grad_()
            y = F.alpha_dropout(exact_x, p, training=True)
            y.backward(torch.ones_like(y))
            keep = (exact_x.grad != 0).to(torch.float64)
            self.assertTrue(abs(keep.mean().item() - (1 - p)) < 5 * math.sqrt(p * (1 - p) / len(x)) + 1e-12)
            result = reference("alpha_dropout", p, floats=x + dy + keep.tolist())
            a = exact_x.grad.max()
            self.within("alpha_dropout %g" % p, result[:len(x)], y, ULP * (1 + wide(x).abs()) * a)
            self.within("alpha_dropout %g, backward" % p, result[len(x):], keep * wide(dy) * a, ULP * a * wide(dy).abs())
        # PyTorch gives 0 for p = 1
        x = random_floats(100, 6)
        self.assertEqual(reference("alpha_dropout", 1, floats=x + x + [0.0] * 100), F.alpha_dropout(wide(x), 1.0, training=True).abs().tolist() + [0.0] * 100)

    def test_layer_norm(self):
        for seed, (rows, length, eps, shift) in enumerate([(64, 5, 1e-5, 0), (33, 256, 1e-5, 0), (5, 1500, 0.1, 0), (1100, 33, 0.0, 0),
                                                           (64, 32, 1e-5, 4), (7, 1, 0.5, 0)]):
            count = rows * length
            w, b = random_floats(length, 10 + seed), random_floats(length, 20 + seed)
            x, dy = [fl32(v + shift) for v in random_floats(count, 30 + seed)], random_floats(count, 40 + seed)
            result = reference("layer_norm", length, eps, floats=w + b + x + dy)
            tensors = [wide(v).requires_grad_() for v in (x, w, b)]
            y = F.layer_norm(tensors[0].reshape(rows, length), (length,), tensors[1], tensors[2], fl32(eps))
            y.backward(wide(dy).reshape(rows, length))
            parts = [(y, count), (tensors[0].grad, count), (tensors[1].grad, length), (tensors[2].grad, length)]
            # A sum's rounding grows with the length of a block, and with what is summed: sums over rows, over all of them.
            terms, over_rows = 2 + math.sqrt(length) / 2 + 2 * abs(shift), 2 + math.sqrt(rows) / 2
            bounds = [terms, terms, over_rows + 2 * abs(shift), over_rows]
            for (exact, size), bound, name in zip(parts, bounds, ("y", "dx", "dw", "db")):
                at = {"y": 0, "dx": count, "dw": 2 * count, "db": 2 * count + length}[name]
                largest = max(exact.abs().max().item(), 1.0)
                self.within("layer_norm %d x %d, %s" % (rows, length, name), result[at:at + size], exact, bound * ULP * largest)

    def scheduler(self, optimizer, kind, warmup=0, steps=0, every=1, gamma=0.1):
        if kind == "step":
            then = lr_scheduler.StepLR(optimizer, every, gamma)
        elif kind == "cosine":
            then = lr_scheduler.CosineAnnealingLR(optimizer, steps - warmup)
        else:
            then = lr_scheduler.LambdaLR(optimizer, lambda t: 1.0)
        if not warmup:
            return then
        first = lr_scheduler.LinearLR(optimizer, 1 / warmup, 1.0, warmup - 1)
        return lr_scheduler.SequentialLR(optimizer, [first, then], [warmup])

    SCHEDULES = [{"kind": "constant"}, {"kind": "constant", "warmup": 5}, {"kind": "step", "every": 7, "gamma": 0.5},
                 {"kind": "step", "every": 3, "gamma": 0.9, "warmup": 4}, {"kind": "cosine", "steps": 20}, {"kind": "cosine", "steps": 20, "warmup": 6}]

    @staticmethod
    def pairs(schedule):
        return " ".join("%s %s" % ("schedule" if key == "kind" else key, value) for key, value in schedule.items())

    def test_schedules(self):
        for schedule in self.SCHEDULES:
            ours = reference("schedule", 20, self.pairs(schedule), kind="d")
            optimizer = torch.optim.SGD([wide([0.0]).requires_grad_()], lr=1.0)
            scheduler, theirs = self.scheduler(optimizer, **schedule), []
            for _ in range(20):
                theirs.append(optimizer.param_groups[0]["lr"])
                optimizer.step()
                scheduler.step()
            self.within("schedule " + self.pairs(schedule), ours, wide(theirs), 1e-13)

    def test_optimizers(self):
        steps, count, lr = 20, 3000, fl32(0.01)
        make = {"sgd": lambda p, decay, momentum: torch.optim.SGD(p, lr, momentum, weight_decay=decay),
                "adam": lambda p, decay, _: torch.optim.Adam(p, lr, eps=fl32(1e-8), weight_decay=decay),
                "adamw": lambda p, decay, _: torch.optim.AdamW(p, lr, eps=fl32(1e-8), weight_decay=decay)}
        for number, (name, decay, momentum, schedule) in enumerate(
                [("sgd", 0.01, 0.9, self.SCHEDULES[3]), ("adam", 0, 0, self.SCHEDULES[0]), ("adam", 0.1, 0, self.SCHEDULES[5]),
                 ("adamw", 0, 0, self.SCHEDULES[4]), ("adamw", 0.1, 0, self.SCHEDULES[0]), ("adamw", 0.5, 0, self.SCHEDULES[3])]):
            w = random_floats(count, 50 + number)
            # Gradients of one size in each element, since adam goes by their ratios; the elements' sizes are apart.
            sizes = random_floats(count, 60 + number, 7)
            gradients = [[fl32(g * s) for g, s in zip(random_floats(count, 100 * number + t), sizes)] for t in range(steps)]
            ours = reference("optimizer", 0.01, momentum, decay, steps, "optimizer %s %s" % (name, self.pairs(schedule)),
                             floats=w + [g for step in gradients for g in step])
            p = wide(w).requires_grad_()
            optimizer = make[name]([p], fl32(decay), fl32(momentum))
            scheduler = self.scheduler(optimizer, **schedule)
            for gradient in gradients:
                p.grad = wide(gradient)
                optimizer.step()
                scheduler.step()
            moved = (p.detach() - wide(w)).abs()
            self.assertTrue(moved.max().item() > 0.01)
            # Each step rounds w once or twice, and its move by some ulps of the largest that it may be.
            largest = 3 * lr if name != "sgd" else lr * 20 * wide(sizes).abs()
            bound = steps * ULP * (wide(w).abs().clamp(min=0.25) / 2 + 2 * largest)
            self.within("%s, decay %g, %s" % (name, decay, self.pairs(schedule)), ours, p, bound)

    def write_data(self, samples):
        r = random.Random(7)
        for prefix in ("train", "t10k"):
            pixels, labels = bytes(r.randrange(256) for _ in range(samples * 30)), bytes(r.randrange(4) for _ in range(samples))
            with open(prefix + "-images-idx3-ubyte", "wb") as file:
                file.write(struct.pack(">IIII", 0x803, samples, 6, 5) + pixels)
            with open(prefix + "-labels-idx1-ubyte", "wb") as file:
                file.write(struct.pack(">II", 0x801, samples) + labels)
            if prefix == "train":
                kept = pixels, labels
        x = wide(list(kept[0])).reshape(samples, 6, 5)
        return (x / 255).to(torch.float32).to(torch.float64), torch.tensor(list(kept[1]))

    def weights(self, *options):
        """A run of clonal-reference with the whole set as one batch; its weights by name."""
        subprocess.run([os.path.join(TREE, "clonal-reference"), "--data", ".", "--graph", "graph", "--batch", "48", "--out", "weights", *options],
                       check=True, stdout=subprocess.DEVNULL)
        with open("weights", "rb") as file:
            raw = file.read()
        length = struct.unpack("<Q", raw[:8])[0]
        header = json.loads(raw[8:8 + length])
        header.pop("__metadata__")
        return {name: wide(array.array("f", raw[8 + length + entry["data_offsets"][0]:8 + length + entry["data_offsets"][1]]).tolist())
                .reshape(entry["shape"]) for name, entry in header.items()}

    def mask(self, seed, purpose, node, step, rows, columns, p):
        """The contract's mask, with Philox in plain Python (tests/cli/_cli.py)."""
        return wide(keep_mask(p, seed, (purpose << 24) + node, step, rows, columns))

    def test_dropped_weights(self):
        """DropConnect as PyTorch's users write it, given the contract's masks: a linear layer of w * mask / (1 - p)."""
        x, labels = self.write_data(48)
        steps, schedule = 12, "exponential"
        with open("graph", "w") as file:
            file.write("0 input 6,5\n1 flatten 0\n2 drop_connect 1 20 0.5\n3 tanh 2\n4 dropout 3 0.25\n5 drop_connect 4 4 0.3\n"
                       "6 softmax_cross_entropy 5\n")
        first = self.weights("--epochs", "0", "--seed", "9")
        self.assertEqual({name: list(w.shape) for name, w in first.items()}, {"1.weight": [20, 30], "1.bias": [20], "4.weight": [4, 20], "4.bias": [4]})
        net = {name: w.clone().requires_grad_() for name, w in first.items()}
        optimizer = torch.optim.SGD(net.values(), fl32(0.5), fl32(0.9))
        kept, order_of = [], self.shuffled(9, 48, steps)
        for t in range(steps):
            p = [p * (1 - math.exp(-10 * t / 8)) for p in (0.5, 0.25, 0.3)]
            masks = [self.mask(9, 4, 2, t, 20, 30, p[0]), self.mask(9, 0, 4, t, 48, 20, p[1]), self.mask(9, 4, 5, t, 4, 20, p[2])]
            kept.append([m.mean().item() for m in masks])
            h = F.linear(x[order_of[t]].flatten(1), net["1.weight"] * masks[0] / (1 - p[0]), net["1.bias"])
            h = torch.tanh(h) * masks[1] / (1 - p[1])
            loss = F.cross_entropy(F.linear(h, net["4.weight"] * masks[2] / (1 - p[2]), net["4.bias"]), labels[order_of[t]])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        self.assertEqual(kept[0], [1, 1, 1])
        for share, wanted, room in zip(kept[-1], (0.5, 0.75, 0.7), (0.1, 0.1, 0.2)):
            self.assertLess(abs(share - wanted), room)
        last = self.weights("--epochs", str(steps), "--seed", "9", "--lr", "0.5", "--momentum", "0.9", "--dropout-schedule", schedule, "--dropout-steps", "8")
        for name, exact in net.items():
            self.assertTrue((exact - first[name]).abs().max().item() > 0.05, name)
            self.within("dropped weights, " + name, last[name].flatten().tolist(), exact, 5e-7)

    @staticmethod
    def shuffled(seed, samples, epochs):
        """The order of the samples in each epoch (section 4 of the contract)."""
        orders = []
        for epoch in range(epochs):
            order = list(range(samples))
            for i in range(samples - 1, 0, -1):
                word = philox(seed, (i // 4, 0, 2 << 24, epoch))[i % 4]
                j = word * (i + 1) >> 32
                order[i], order[j] = order[j], order[i]
            orders.append(order)
        return orders

    def test_training(self):
        x, labels = self.write_data(48)
        with open("graph", "w") as file:
            file.write("0 input 6,5\n1 layer_norm 0 1e-05\n2 gelu 1\n3 flatten 2\n4 linear 3 20\n5 layer_norm 4 1e-05\n6 silu 5\n7 linear 6 12\n"
                       "8 leaky_relu 7 0.01\n9 linear 8 4\n10 softmax_cross_entropy 9\n")
        net = torch.nn.Sequential(torch.nn.LayerNorm(5, fl32(1e-5)), torch.nn.GELU(), torch.nn.Flatten(), torch.nn.Linear(30, 20),
                                  torch.nn.LayerNorm(20, fl32(1e-5)), torch.nn.SiLU(), torch.nn.Linear(20, 12), torch.nn.LeakyReLU(fl32(0.01)),
                                  torch.nn.Linear(12, 4)).to(torch.float64)
        first = self.weights("--epochs", "0")
        self.assertEqual(list(net.state_dict()), list(first))
        net.load_state_dict(first, strict=True)
        optimizer = torch.optim.AdamW(net.parameters(), fl32(0.01), eps=fl32(1e-4), weight_decay=fl32(0.1))
        scheduler = self.scheduler(optimizer, "cosine", steps=40, warmup=5)
        losses = []
        for _ in range(20):
            optimizer.zero_grad()
            loss = F.cross_entropy(net(x), labels)
            losses.append(loss.item())
            loss.backward()
            optimizer.step()
            scheduler.step()
        self.assertTrue(losses[-1] < 0.7 * losses[0], losses)
        last = self.weights("--epochs", "20", "--lr", "0.01", "--weight-decay", "0.1", "--optimizer", "adamw", "--eps", "1e-4", "--schedule", "cosine",
                            "--schedule-steps", "40", "--warmup", "5")
        for name, exact in net.state_dict().items():
            self.assertTrue((exact - first[name]).abs().max().item() > 0.02, name)
            self.within("training, " + name, last[name].flatten().tolist(), exact, 1e-6)


if __name__ == "__main__":
    unittest.main()
