"""Keras's weights: Keras computes what Clonal does from Clonal's files, and the other way; Sequential and functional."""
# ctest: PLATFORMS pocl LABELS frameworks-all TIMEOUT 1800
import os

from _frameworks import enter

enter("keras", "numpy", "keras", "jax", "h5py", large=True)
os.environ["KERAS_BACKEND"] = "jax"

import h5py  # noqa: E402
import keras  # noqa: E402
import numpy  # noqa: E402
import _weights as weights  # noqa: E402
from _cli import FASHION, Case, main  # noqa: E402

L = keras.layers


def sequential(norm=False, epsilon=1e-5):
    middle = (lambda p: L.LayerNormalization(epsilon=epsilon)) if norm else L.Dropout
    return keras.Sequential([L.Input((28, 28)), L.Flatten(), L.Dense(48, activation="relu"), middle(0.2),
                             L.Dense(24, activation="relu"), middle(0.5), L.Dense(10)])


def functional():
    x = start = keras.Input((28, 28), name="start")
    x = L.Dense(48, activation="relu", name="wide")(L.Flatten()(x))
    x = L.Dense(24, name="narrow")(L.Dropout(0.2)(x))
    return keras.Model(start, L.Dense(10, name="out")(L.Activation("relu")(x)))


def layers(model):
    values = model.get_weights()
    return [(values[i].T, values[i + 1]) for i in (0, 2, 4)]


def outputs(model):
    return weights.softmax(model.predict(weights.images(), batch_size=250, verbose=0))


def tensors(path):
    found = {}

    def visit(name, thing):
        if isinstance(thing, h5py.Dataset) and name.startswith("layers/"):
            found[name] = thing[()]
    with h5py.File(path) as file:
        file.visititems(visit)
    return dict(sorted(found.items()))


class Keras(Case):
    def test_ours_in_keras(self):
        weights.train(self, "run", "--dropout", "0.2,0.5")
        ours = weights.clonal_outputs(self, "run")
        self.good("export", "run", "-o", "net.weights.h5")
        for make in (sequential, functional):
            model = make()
            model.load_weights("net.weights.h5")
            weights.compare(self, f"Clonal's weights in Keras, {make.__name__}", ours, outputs(model),
                            weights.bound(layers(model), weights.images()))
            model.save_weights("theirs.weights.h5")
            weights.same_tensors(self, tensors("net.weights.h5"), tensors("theirs.weights.h5"))
            weights.imported(self, "theirs.weights.h5", "theirs.safetensors")
            self.good("export", "theirs.safetensors", "-o", "again.weights.h5")
            weights.same_tensors(self, tensors("net.weights.h5"), tensors("again.weights.h5"))
        self.assertEqual(weights.imported(self, "net.weights.h5", "ours.safetensors"),
                         weights.read_bytes("run/weights.safetensors"))

    def test_layer_norms(self):
        weights.layer_norm_graph("graph.txt")
        self.good("train", "--data", FASHION, "--graph", "graph.txt", "--epochs", "1", "--out", "normed", "-q")
        self.good("export", "normed", "-o", "net.weights.h5")
        model = sequential(norm=True)
        model.load_weights("net.weights.h5")
        ours = weights.clonal_outputs(self, "normed")
        weights.compare(self, "layer norms in Keras", ours, outputs(model), weights.LAYER_NORM_BOUND)
        other = sequential(norm=True, epsilon=1e-3)
        other.load_weights("net.weights.h5")
        self.assertGreater(numpy.abs(ours - outputs(other)).max(), weights.LAYER_NORM_BOUND)
        model.save_weights("theirs.weights.h5")
        weights.same_tensors(self, tensors("net.weights.h5"), tensors("theirs.weights.h5"))
        self.assertEqual(weights.imported(self, "net.weights.h5", "ours.safetensors"),
                         weights.read_bytes("normed/weights.safetensors"))

    def test_theirs_in_clonal(self):
        keras.utils.set_random_seed(4)
        x, y = weights.images(512, "train"), weights.labels(512)
        for make in (sequential, functional):
            model = make()
            model.compile(keras.optimizers.Adam(), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
            model.fit(x, y, batch_size=64, epochs=2, verbose=0)
            model.save_weights("theirs.weights.h5")  # with the optimizer's variables
            weights.compare(self, f"Keras's weights in Clonal, {make.__name__}",
                            weights.clonal_outputs(self, "theirs.weights.h5"), outputs(model),
                            weights.bound(layers(model), weights.images()))
            weights.imported(self, "theirs.weights.h5", "imported.safetensors")
            self.good("export", "imported.safetensors", "-o", "again.weights.h5")
            weights.same_tensors(self, tensors("theirs.weights.h5"), tensors("again.weights.h5"))
            model.load_weights("again.weights.h5")


numpy.seterr(all="raise", under="ignore")
main()
