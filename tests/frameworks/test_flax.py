"""Flax's parameters, in safetensors and in MessagePack: Flax computes what Clonal does from Clonal's files, and the other way."""
# ctest: PLATFORMS pocl LABELS frameworks-all TIMEOUT 1800
from _frameworks import enter

enter("flax", "numpy", "flax", "safetensors", large=True)

import flax.linen as nn  # noqa: E402
import flax.serialization as serialization  # noqa: E402
import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy  # noqa: E402
import _weights as weights  # noqa: E402
from _cli import FASHION, Case, main  # noqa: E402
from flax.traverse_util import flatten_dict, unflatten_dict  # noqa: E402
from safetensors.flax import load_file, save_file  # noqa: E402


class Net(nn.Module):
    """As the chapter's, with a Flatten in front."""
    widths: tuple = (48, 24)
    norm: bool = False

    @nn.compact
    def __call__(self, x):
        x = x.reshape((x.shape[0], -1))
        for width in self.widths:
            x = nn.relu(nn.Dense(width)(x))
            x = nn.LayerNorm(epsilon=1e-5)(x) if self.norm else nn.Dropout(0.5, deterministic=True)(x)
        return nn.Dense(10)(x)


def flat(params):
    return {name: numpy.asarray(value) for name, value in flatten_dict(params, sep="/").items()}


def layers(params):
    return [(params["params"][f"Dense_{i}"]["kernel"].T, params["params"][f"Dense_{i}"]["bias"]) for i in range(3)]


def outputs(params, norm=False):
    with jax.default_matmul_precision("highest"):
        return weights.softmax(Net(norm=norm).apply(params, jnp.asarray(weights.images())))


class Flax(Case):
    def template(self, norm=False):
        return Net(norm=norm).init(jax.random.PRNGKey(3), jnp.zeros((1, 28, 28)))

    def from_both_files(self, run, norm=False):
        """What Flax has after it has loaded Clonal's two files: the same."""
        self.good("export", run, "-o", "net.flax.safetensors")
        self.good("export", run, "-o", "net.msgpack")
        params = serialization.from_bytes(self.template(norm), weights.read_bytes("net.msgpack"))
        names = load_file("net.flax.safetensors")
        weights.same_tensors(self, dict(sorted(flat(params).items())), dict(sorted((n, numpy.asarray(t)) for n, t in names.items())))
        return params

    def test_ours_in_flax(self):
        weights.train(self, "run", "--dropout", "0.2,0.5")
        params = self.from_both_files("run")
        weights.compare(self, "Clonal's weights in Flax", weights.clonal_outputs(self, "run"), outputs(params),
                        weights.bound(layers(params), weights.images()))
        # Flax writes what we wrote, and we make of it what we had.
        self.assertEqual(serialization.to_bytes(params), weights.read_bytes("net.msgpack"))
        save_file({name: jnp.asarray(t) for name, t in flat(params).items()}, "theirs.safetensors")
        ours = weights.imported(self, "net.flax.safetensors", "ours.safetensors")
        self.assertEqual(ours, weights.read_bytes("run/weights.safetensors"))
        theirs = weights.imported(self, "theirs.safetensors", "a.safetensors")
        self.assertEqual(theirs, weights.imported(self, "net.msgpack", "b.safetensors"))

    def test_layer_norms(self):
        weights.layer_norm_graph("graph.txt")
        self.good("train", "--data", FASHION, "--graph", "graph.txt", "--epochs", "1", "--out", "normed", "-q")
        params = self.from_both_files("normed", norm=True)
        weights.compare(self, "layer norms in Flax", weights.clonal_outputs(self, "normed"), outputs(params, norm=True),
                        weights.LAYER_NORM_BOUND)
        self.assertEqual(weights.imported(self, "net.flax.safetensors", "ours.safetensors"),
                         weights.read_bytes("normed/weights.safetensors"))

    def trained(self):
        """Some steps of gradient descent in Flax."""
        params, net = self.template(), Net()
        x, y = jnp.asarray(weights.images(512, "train")), jnp.asarray(weights.labels(512))

        def loss(params):
            return -jnp.mean(jax.nn.log_softmax(net.apply(params, x))[jnp.arange(512), y])

        step = jax.jit(lambda params: jax.tree_util.tree_map(lambda w, g: w - 0.3 * g, params, jax.grad(loss)(params)))
        for _ in range(12):
            params = step(params)
        return params

    def test_theirs_in_clonal(self):
        params = self.trained()
        limit = weights.bound(layers(params), weights.images())
        with open("theirs.msgpack", "wb") as file:
            file.write(serialization.to_bytes(params))
        with open("state.msgpack", "wb") as file:  # as a state of training: step and optimizer beside
            file.write(serialization.to_bytes({"step": 12, "params": params, "opt_state": {"0": {"trace": params}}}))
        save_file({name: jnp.asarray(t) for name, t in flat(params).items()}, "theirs.flax.safetensors")
        for name in ("theirs.msgpack", "state.msgpack", "theirs.flax.safetensors"):
            weights.compare(self, f"{name} in Clonal", weights.clonal_outputs(self, name), outputs(params), limit)
            weights.imported(self, name, "imported.safetensors")
            self.good("export", "imported.safetensors", "-o", "again.msgpack")
            self.good("export", "imported.safetensors", "-o", "again.flax.safetensors")
            again = serialization.from_bytes(self.template(), weights.read_bytes("again.msgpack"))
            weights.same_tensors(self, dict(sorted(flat(params).items())), dict(sorted(flat(again).items())))
            again = unflatten_dict(load_file("again.flax.safetensors"), sep="/")
            weights.same_tensors(self, dict(sorted(flat(params).items())), dict(sorted(flat(again).items())))


main()
