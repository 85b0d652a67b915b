"""What the tests of frameworks' files of weights share: images, Clonal's outputs on them, and a bound on how far two
evaluations of one network in binary32 can be apart.

The bound. Each output of a linear layer is a sum of n products and a bias. Computed in binary32 in any order, with or without
fma, its rounding errors, of either sign, make it wrong by at most l sqrt(n + 1) u (|W||x| + |b|), u = 2^-24, but for a chance of
2 exp(-l^2 / 2) (Higham and Mary, A New Approach to Probabilistic Rounding Error Analysis, SIAM J. Sci. Comput. 41, 2019); l = 6
here, a chance of 3e-8. An input that is itself wrong by e adds |W|e; relu adds nothing. So the layers' bounds are computed for
the very images. Two evaluations are at most twice the last one, d, apart. Softmax has dp/dz = p(1 - p) for a class's own logit
and -pq for another's, so that a probability moves by at most 2p(1 - p)d; 64u more are for exp, the sum of ten, the division,
and Clonal's nine digits. What is transposed, swapped or left out moves probabilities by far more, which is checked too."""
import gzip
import json
import os

import numpy
from _cli import FASHION

COUNT, U = 1000, 2.0**-24


def images(count=COUNT, split="t10k"):
    """The first images as Clonal reads them: float32, u/255, (count, 28, 28)."""
    with gzip.open(f"{FASHION}/{split}-images-idx3-ubyte.gz") as file:
        pixels = numpy.frombuffer(file.read(16 + count * 784), numpy.uint8, offset=16)
    return (pixels.astype(numpy.float64) / 255).astype(numpy.float32).reshape(count, 28, 28)


def labels(count, split="train"):
    with gzip.open(f"{FASHION}/{split}-labels-idx1-ubyte.gz") as file:
        return numpy.frombuffer(file.read(8 + count), numpy.uint8, offset=8)


def clonal_outputs(case, path):
    """The probabilities that Clonal computes from a file or run, (COUNT, 10). Its warnings are looked at elsewhere."""
    from _cli import run
    done = run("predict", path, "--data", FASHION, "--count", COUNT, "--json")
    case.assertEqual(done.returncode, 0, done.stderr)
    return numpy.array([row["outputs"] for row in json.loads(done.stdout)["predictions"]], numpy.float64)


def softmax(logits):
    powers = numpy.exp(numpy.asarray(logits, numpy.float64) - numpy.max(logits, axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def bound(layers, x):
    """By the words above, for each image: d. layers: (weight (O,I), bias), relu between them."""
    x = x.reshape(len(x), -1).astype(numpy.float64)
    error = numpy.zeros_like(x)
    for i, (weight, bias) in enumerate(layers):
        weight, bias = numpy.asarray(weight, numpy.float64), numpy.asarray(bias, numpy.float64)
        sizes = numpy.abs(weight)
        error = error @ sizes.T + 6 * (weight.shape[1] + 1) ** 0.5 * U * ((numpy.abs(x) + error) @ sizes.T + numpy.abs(bias))
        x = x @ weight.T + bias
        if i + 1 < len(layers):
            x = numpy.maximum(x, 0)
    return 2 * error.max(axis=1, keepdims=True)


def compare(case, what, ours, theirs, d):
    """Both are (COUNT, 10) probabilities; d as bound gives it."""
    case.assertEqual(ours.shape, (COUNT, 10))
    case.assertEqual(theirs.shape, (COUNT, 10))
    limit = 2 * theirs * (1 - theirs) * d + 64 * U
    apart = numpy.abs(ours - theirs)
    print(f"{what}: at most {apart.max():.3g} apart; the bound is {limit.min():.3g} to {limit.max():.3g}, "
          f"of which at most {(apart / limit).max():.3g} is used")
    case.assertTrue((apart <= limit).all(), what)
    for other in (theirs[::-1], theirs[:, ::-1]):
        case.assertTrue(numpy.abs(ours - other).max() > 20 * limit.max(), "outputs that tell nothing")


def train(case, folder, *arguments):
    """A run of a small network on Fashion-MNIST."""
    case.good("train", "--data", FASHION, "--hidden", "48,24", "--epochs", "1", "--out", folder, "-q", *arguments)


def same_tensors(case, a, b):
    """Two {name: array}: bit for bit, types too."""
    case.assertEqual(list(a), list(b))
    for name in a:
        one, other = numpy.asarray(a[name]), numpy.asarray(b[name])
        case.assertEqual((name, one.dtype, one.shape), (name, other.dtype, other.shape))
        case.assertEqual(one.tobytes(), other.tobytes(), name)


def layer_norm_graph(path):
    """A network with layer norms, as Clonal's graph."""
    with open(path, "w", encoding="ascii") as file:
        file.write("0 input 28,28\n1 flatten 0\n2 linear 1 48\n3 relu 2\n4 layer_norm 3 1e-05\n5 dropout 4 0.25\n6 linear 5 24\n"
                   "7 relu 6\n8 layer_norm 7 1e-05\n9 linear 8 10\n10 softmax_cross_entropy 9\n")


# d for a network with layer norms. A norm divides by the deviation, and its outputs are of size 1 whatever its inputs; where the
# deviation is not tiny they are wrong by some tens of u. The linear layers behind add sums of 48 and of 24 such values with
# weights below 1: less than 100 tens of u, 1e-4. Keras's own epsilon, 1e-3, is outside (test_keras.py).
LAYER_NORM_BOUND = 1e-4


def read_bytes(path):
    with open(path, "rb") as file:
        return file.read()


def imported(case, path, out):
    """Clonal's weights file of another's."""
    from _cli import run
    done = run("import", path, "-o", out)
    case.assertEqual(done.returncode, 0, done.stderr)
    return read_bytes(out)


def has_fashion():
    return os.path.isdir(FASHION)
