#!/usr/bin/env python3
"""make_exchange.py: writes exchange/, small files of weights by the frameworks themselves (Flax 0.12, Keras 3.15, MXNet 1.9.1).

Run it by a Python that has Flax and Keras, and by one that has MXNet: it writes what it can. Element i of a tensor is
(i mod 13 - 6) / 8 + its place in the file, so that a test knows all values and no two tensors are equal.
"""
import os
import pathlib

import numpy

FOLDER = pathlib.Path(__file__).resolve().parent / "exchange"


def values(place, *shape):
    count = int(numpy.prod(shape))
    return ((numpy.arange(count) % 13 - 6) / 8 + place).astype(numpy.float32).reshape(shape)


def write_flax():
    import flax.linen as nn
    import flax.serialization as serialization
    import jax
    import jax.numpy as jnp

    class Net(nn.Module):
        @nn.compact
        def __call__(self, x):
            x = nn.LayerNorm()(nn.relu(nn.Dense(3)(x)))
            return nn.Dense(2)(x)

    start = Net().init(jax.random.PRNGKey(0), jnp.zeros((1, 4)))["params"]
    params = {"params": {
        "Dense_0": {"kernel": values(0, 4, 3), "bias": values(1, 3)},
        "LayerNorm_0": {"scale": values(2, 3), "bias": values(3, 3)},
        "Dense_1": {"kernel": values(4, 3, 2), "bias": values(5, 2)},
    }}
    shapes = jax.tree_util.tree_map(numpy.shape, {"params": start})
    assert jax.tree_util.tree_map(numpy.shape, params) == shapes
    (FOLDER / "flax.msgpack").write_bytes(serialization.to_bytes(params))
    limit, serialization.MAX_CHUNK_SIZE = serialization.MAX_CHUNK_SIZE, 16
    (FOLDER / "flax-chunks.msgpack").write_bytes(serialization.to_bytes(params))
    serialization.MAX_CHUNK_SIZE = limit
    kinds = {name: values(place, 3).astype(name) for place, name in enumerate(("float16", "float64", "int32", "bool"))}
    kinds.update(bfloat16=jnp.asarray(values(4, 3), jnp.bfloat16), scalar=numpy.float32(1.5), none=None, word="x",
                 number=-7, real=0.5, complex=1 + 2j, list=[values(5, 2), 300, 70000, 2**40], empty=values(0, 0, 3))
    (FOLDER / "flax-kinds.msgpack").write_bytes(serialization.msgpack_serialize(kinds))


def write_keras():
    os.environ["KERAS_BACKEND"] = "jax"
    import keras

    layers = keras.layers
    model = keras.Sequential([layers.Input((4,)), layers.Dense(3, activation="relu"), layers.LayerNormalization(),
                              layers.Dropout(0.5), layers.Dense(2)])
    model.set_weights([values(0, 4, 3), values(1, 3), values(2, 3), values(3, 3), values(4, 3, 2), values(5, 2)])
    model.save_weights(FOLDER / "keras.weights.h5")
    half = keras.Sequential([layers.Input((4,)), layers.Dense(3, dtype="bfloat16"), layers.Dense(3, dtype="float16")])
    half.compile("sgd", "mse")
    half.fit(numpy.zeros((1, 4)), numpy.zeros((1, 3)), verbose=0)  # so that the file has an optimizer's variables too
    half.set_weights([values(0, 4, 3), values(1, 3), values(2, 3, 3), values(3, 3)])
    half.save_weights(FOLDER / "keras-kinds.weights.h5")


def write_mxnet():
    import mxnet
    from mxnet.gluon import nn

    net = nn.Sequential()
    net.add(nn.Dense(3, activation="relu", in_units=4), nn.LayerNorm(in_channels=3), nn.Dropout(0.5),
            nn.Dense(2, in_units=3))
    net.initialize()
    shapes = (3, 4), (3,), (3,), (3,), (2, 3), (2,)
    order = ("0.weight", "0.bias", "1.gamma", "1.beta", "3.weight", "3.bias")
    parameters = net._collect_params_with_prefix()
    for place, (name, shape) in enumerate(zip(order, shapes)):
        parameters[name].set_data(mxnet.nd.array(values(place, *shape)))
    net.save_parameters(str(FOLDER / "gluon.params"))
    array = mxnet.nd.array
    mxnet.nd.save(str(FOLDER / "mxnet-kinds.params"), {
        "arg:fc_weight": array(values(0, 2, 3), dtype="float16"), "arg:fc_bias": array(values(1, 2), dtype="float64"),
        "aux:count": array(values(2, 2), dtype="int32"), "arg:bytes": array([1, 2, 3], dtype="uint8")})
    mxnet.nd.save(str(FOLDER / "mxnet-list.params"), [array(values(0, 2, 3)), array(values(1, 2))])
    with mxnet.util.np_shape(True):
        mxnet.nd.save(str(FOLDER / "mxnet-numpy.params"), {"scalar": mxnet.nd.ones(()), "w": array(values(1, 2, 1))})
    mxnet.nd.save(str(FOLDER / "mxnet-sparse.params"), {"w": array(values(0, 2, 3)).tostype("csr")})


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for write in (write_flax, write_keras, write_mxnet):
        try:
            write()
        except ImportError as missing:
            print("left out: %s (%s)" % (write.__name__, missing))
