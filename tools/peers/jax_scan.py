#!/usr/bin/env python3
"""The chapter's dropout network in JAX, the whole epoch as one compiled scan.
Prints a line an epoch: epoch N  train_loss L  seconds S. On a GPU set JAX_DEFAULT_MATMUL_PRECISION=highest: products
are binary32 then."""
import time
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from _data import arguments, training_data

a = arguments(__doc__).parse_args()
pixels, labels = training_data(a.data)
x, y = jnp.asarray(pixels), jnp.asarray(labels.astype(np.int32))
random = np.random.default_rng(a.seed)
layers = []
for inputs, outputs in ((784, a.hidden), (a.hidden, a.hidden), (a.hidden, 10)):
    bound = inputs**-0.5
    layers.append([jnp.asarray(random.uniform(-bound, bound, shape).astype(np.float32))
                   for shape in ((inputs, outputs), (outputs,))])


def network(layers, h, key):
    for w, b in layers[:-1]:
        h = jax.nn.relu(h @ w + b)
        key, mine = jax.random.split(key)
        h = jnp.where(jax.random.bernoulli(mine, 0.5, h.shape), h / 0.5, 0.0)
    w, b = layers[-1]
    return h @ w + b


def loss_of(layers, x, y, key):
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(network(layers, x, key)), y[:, None], 1))


def step(layers, key, rows, number):
    loss, gradients = jax.value_and_grad(loss_of)(layers, x[rows], y[rows], jax.random.fold_in(key, number))
    return jax.tree.map(lambda w, g: w - 0.1 * g, layers, gradients), loss


@partial(jax.jit, donate_argnums=0)
def scan(layers, key, batches, first):
    numbers = first + jnp.arange(len(batches))
    return jax.lax.scan(lambda layers, batch: step(layers, key, *batch), layers, (batches, numbers))


tail = jax.jit(step, donate_argnums=0)
key = jax.random.key(a.seed)
whole = len(x) // a.batch * a.batch
done = 0
for epoch in range(1, a.epochs + 1):
    start = time.perf_counter()
    order = random.permutation(len(x)).astype(np.int32)
    layers, losses = scan(layers, key, order[:whole].reshape(-1, a.batch), done)
    done += len(losses)
    total = float(losses.sum()) * a.batch
    if whole < len(x):
        layers, loss = tail(layers, key, order[whole:], done)
        done += 1
        total += float(loss) * (len(x) - whole)
    jax.block_until_ready(layers)
    print(f"epoch {epoch}  train_loss {total / len(x):.4f}  seconds {time.perf_counter() - start:.4f}", flush=True)
