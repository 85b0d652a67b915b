"""The numeric contract (cl/CONTRACT.md, version 1) written again from its text alone, with numpy, by someone who saw no other file; the
rules of gelu, silu, leaky_relu, layer_norm, drop_connect, adam, adamw and the schedules, later, from its text too, but by one who knew the kernels.

Computes every function, arithmetic and training case that golden-1.txt names, and compares every digest with the file's.
Exit code 0: all are equal; 1: some line is not. It shares no code with the project.
"""
import argparse
import hashlib
import math
import os
import struct
import sys
import time

try:
    import numpy as np
except ImportError:
    print('skipped: no numpy')
    sys.exit(77)

import _exact_fma

F32, F64, I32, I64, U32, U64 = np.float32, np.float64, np.int32, np.int64, np.uint32, np.uint64
ZERO, ONE, TWO = F32(0), F32(1), F32(2)
np.seterr(all='ignore')

def f32(text):
    """A hexadecimal binary32 constant."""
    return F32(float.fromhex(text))

def round_sum(p, c):
    """fl32(p + c) in one rounding, for binary64 p (an exact product of two binary32) and c (a binary32's value).

    TwoSum gives the binary64 sum's error; an inexact sum is turned to its odd neighbour on the error's side, so that the
    conversion to binary32 (more than two bits shorter, also where its result is subnormal) rounds as if from the exact sum."""
    s = np.asarray(p + c)
    v = s - p
    err = (p - (s - v)) + (c - v)                       # NaN where s is not finite: no correction there
    bits = s.view(I64)
    away = ((err > 0) == (s > 0))                       # the exact sum is farther from 0 than s
    inexact = (err > 0) | (err < 0)
    bits += (away * I64(2) - 1) * (inexact & ((bits & 1) == 0))
    return s.astype(F32)

def fma(a, b, c):
    """fma(a, b, c), correctly rounded, element by element."""
    a, b, c = (np.asarray(x, F32).astype(F64) for x in (a, b, c))
    return round_sum(a * b, c)

def bits_of(x):
    """bits: a float's pattern."""
    return np.ascontiguousarray(x, F32).view(U32)

def float_of(bits):
    """The float of a pattern."""
    return np.ascontiguousarray(bits, U32).view(F32)

def pow2(k):
    """2^k, k in -126..127."""
    return float_of(((np.asarray(k, I32) + 127) << 23).astype(U32))

def choose(condition, a, b):
    """condition ? a : b, for binary32."""
    return np.where(condition, a, b).astype(F32)

def reduce(z):
    """Section 1, reduce: k, hi, lo with e^z = 2^k (1 + hi + lo)."""
    big = f32('0x1.8p+23')
    n = fma(z, f32('0x1.715476p+0'), big) - big
    r0 = fma(n, f32('-0x1.62e430p-1'), z)
    r = fma(n, f32('0x1.05c610p-29'), r0)
    rest = fma(n, f32('0x1.05c610p-29'), r0 - r)
    q = fma(f32('0x1.6a77e8p-10'), r, f32('0x1.1238b0p-7'))
    for c in ('0x1.555890p-5', '0x1.555494p-3', '0x1.fffffcp-2'):
        q = fma(q, r, f32(c))
    w = fma(r * r, q, rest)
    hi = r + w
    return n.astype(I32), hi, (r - hi) + w

def scale(y, k):
    """Section 1, scale: y * 2^k in two products."""
    h = k >> 1
    return y * pow2(h) * pow2(k - h)

def quotient(nh, nl, dh, dl):
    """Section 1, quotient."""
    y = fma(dh, f32('-0x1.e1e1e2p-2'), f32('0x1.69696ap+0'))
    for _ in range(2):
        y = fma(y, fma(-dh, y, ONE), y)
    q = nh * y
    t = fma(-q, dl, nl)
    return fma(fma(-q, dh, nh) + t, y, q)

def nan_passes(function):
    """Section 1, 'First, for all four: a NaN gives a NaN'."""
    def with_nan(x):
        x = np.asarray(x, F32)
        nan = np.isnan(x)
        return choose(nan, F32('nan'), function(choose(nan, ONE, x)))
    with_nan.__doc__ = function.__doc__
    return with_nan

@nan_passes
def exp(x):
    """Section 1, exp."""
    z = choose(x > F32(89), F32(89), x)
    k, hi, _ = reduce(choose(F32(-104) > z, F32(-104), z))
    return scale(ONE + hi, k)

@nan_passes
def sigmoid(x):
    """Section 1, sigmoid."""
    z = choose(x > 0, -x, x)
    k, hi, lo = reduce(choose(F32(-104) > z, F32(-104), z))
    e = ONE + hi
    el = ((ONE - e) + hi) + lo
    p = pow2(np.maximum(k, -126))
    eh = e * p
    d = ONE + eh
    dl = ((ONE - d) + eh) + el * p
    return choose(x < 0, scale(quotient(e, el, d, dl), k), quotient(ONE, ZERO, d, dl))

@nan_passes
def tanh(x):
    """Section 1, tanh."""
    a = np.abs(x)
    z = F32(-2) * a
    k, hi, lo = reduce(choose(F32(-20) > z, F32(-20), z))
    p = pow2(k)
    u = ONE - p
    ul = (ONE - u) - p
    sh, sl = p * hi, p * lo
    mh = u - sh
    ml = ((u - mh) - sh) + (ul - sl)
    d = TWO - mh
    dl = ((TWO - d) - mh) - ml
    return choose(a < f32('0x1p-12'), x, np.copysign(quotient(mh, ml, d, dl), x))

LOG = ('0x1.e6f600p-4', '-0x1.fc1f7cp-4', '0x1.2336e4p-3', '-0x1.555c5ap-3', '0x1.99a4bcp-3', '-0x1.000006p-2', '0x1.555548p-2', '-0x1p-1')

@nan_passes
def log(x):
    """Section 1, log."""
    small = x < f32('0x1p-126')
    bits = bits_of(choose(small, x * f32('0x1p+23'), x))
    k = (bits - U32(0x3f3504f3)).view(I32) >> 23
    m = float_of(bits - (k << 23).view(U32))
    n = (k - 23 * small).astype(F32)
    f = m - ONE
    p = fma(f32('0x1.1462a4p-4'), f, f32('-0x1.de4f3cp-4'))
    for c in LOG:
        p = fma(p, f, f32(c))
    p = fma(n, f32('0x1.7f7d1cp-20'), (f * f) * p)
    g = n * f32('0x1.62e400p-1')
    h = g + f
    y = h + (((g - h) + f) + p)
    y = choose(x == F32('inf'), x, y)
    return choose(x < 0, F32('nan'), choose(x == 0, F32('-inf'), y))

ERF_TAIL = ('0x1.9bd446p-21', '-0x1.516bc0p-16', '0x1.5674eep-15', '0x1.604f00p-15', '-0x1.71e0f8p-12', '0x1.62311ep-11', '-0x1.0c39f8p-18',
            '-0x1.99c1d6p-9', '0x1.216c86p-7', '-0x1.d217fap-7', '0x1.ef6e1ep-7', '-0x1.5bc852p-7', '0x1.280890p-8', '0x1.ff8b36p-1')
ERF_CENTRE = ('0x1.d3e53cp-9', '-0x1.32c688p-6', '0x1.4c5e4ep-4', '-0x1.24f498p-2', '-0x1.a4924cp-6')

@nan_passes
def erf(x):
    """Section 1, erf."""
    a = np.abs(x)
    t = choose(a > F32(4), F32(4), a) - f32('0x1.2ccp+1')
    tail = fma(f32('-0x1.79c758p-22'), t, f32('0x1.c331dcp-20'))
    for c in ERF_TAIL:
        tail = fma(tail, t, f32(c))
    near = choose(a > ONE, ZERO, x)
    v = fma(near, near, f32('-0x1.ep-2'))
    p = fma(f32('0x1.490ebep-14'), v, f32('-0x1.2ff404p-11'))
    for c in ERF_CENTRE:
        p = fma(p, v, f32(c))
    return choose(a > ONE, np.copysign(tail, x), fma(p, near, near))

def chain(product, length, shape):
    """Section 2, the chain of binary64 products product(k), k < length, each a matrix: of every element at once."""
    total = None
    for k0 in range(0, length, 1024):
        acc = np.zeros(shape, F32)
        for k in range(k0, min(k0 + 1024, length)):
            acc = round_sum(product(k), acc.astype(F64))
        total = acc if total is None else total + acc
    return total

def gemm(a, b):
    """Section 2, gemm of a (M,K) and b (K,N)."""
    columns, rows = np.ascontiguousarray(a.T, F64), np.ascontiguousarray(b, F64)
    return chain(lambda k: columns[k][:, None] * rows[k], len(rows), (a.shape[0], b.shape[1]))

def dots(a, b):
    """Section 2, the chain along each row of a and b (rows, K)."""
    a, b = a.T.astype(F64), b.T.astype(F64)
    return chain(lambda k: a[k] * b[k], len(a), a.shape[1:])

def plain_sum(x):
    """Section 2, the plain sum along the last axis of x (rows, K)."""
    return dots(x, np.ones_like(x))

def philox(counter, key):
    """Philox4x32-10: counter, four arrays of words; key, two words; gives four arrays of words (in uint64)."""
    low = U64(0xffffffff)
    c0, c1, c2, c3 = (np.asarray(c).astype(U64) for c in counter)
    k0, k1 = key
    for _ in range(10):
        p0, p1 = c0 * U64(0xD2511F53), c2 * U64(0xCD9E8D57)
        c0, c1, c2, c3 = (p1 >> U64(32)) ^ c1 ^ U64(k0), p1 & low, (p0 >> U64(32)) ^ c3 ^ U64(k1), p0 & low
        k0, k1 = (k0 + 0x9E3779B9) & 0xffffffff, (k1 + 0xBB67AE85) & 0xffffffff
    return c0, c1, c2, c3

DROPOUT, INITIAL, SHUFFLE, NOISE, CONNECT = range(5)

def words(seed, purpose, node, step, rows, columns):
    """Section 3: the words of elements (row, column), a matrix of uint64."""
    blocks = (columns + 3) // 4
    row, block = np.meshgrid(np.arange(rows), np.arange(blocks), indexing='ij')
    fill = np.zeros_like(row)
    counter = (block, row, fill + ((purpose << 24) + node), fill + (step & 0xffffffff))
    out = philox(counter, (seed & 0xffffffff, seed >> 32))
    return np.stack(out, axis=-1).reshape(rows, blocks * 4)[:, :columns]

def pixels(u):
    """Section 4: u/255 of bytes, rounded once."""
    return np.asarray(u).astype(F32) / F32(255)

def shuffle(seed, samples, epoch):
    """Section 4: the order of the samples in an epoch."""
    order = list(range(samples))
    w = words(seed, SHUFFLE, 0, epoch, 1, samples)[0]
    for i in range(samples - 1, 0, -1):
        j = (int(w[i]) * (i + 1)) >> 32
        order[i], order[j] = order[j], order[i]
    return order

LINEAR, WITH_PARAMETERS, DROPPING = ('linear', 'drop_connect'), ('linear', 'drop_connect', 'layer_norm'), ('dropout', 'drop_connect')

class Node:
    """A node of the graph (sections 5 and 7), from its line and the nodes before it."""

    def __init__(self, line, nodes):
        number, self.op, *rest = line.split()
        self.number, count = int(number), {'input': 0, 'add': 2}.get(self.op, 1)
        self.inputs, attributes = [int(i) for i in rest[:count]], rest[count:]
        self.shape = nodes[self.inputs[0]].shape if count else [int(d) for d in attributes[0].split(',')]
        self.columns = int(np.prod(self.shape))
        self.shape = [self.columns] if self.op == 'flatten' else self.shape
        self.needs_gradient = self.op in WITH_PARAMETERS or any(nodes[i].needs_gradient for i in self.inputs)
        if self.op in LINEAR:
            self.columns = int(attributes[0])
            self.shape = [self.columns]
        if self.op in WITH_PARAMETERS:
            self.weight, self.bias = '%d.weight' % (self.number - 1), '%d.bias' % (self.number - 1)
        if self.op in ('leaky_relu', 'layer_norm'):
            self.number_given = F32(F64(attributes[0]) + F64(0))    # of a zero of either sign, +0
        if self.op in DROPPING:
            self.p = F64(attributes[-1])

    def decide(self, settings, t):
        """Section 5, dropout: the threshold and the factor of step t, kept for its backward pass."""
        p = probability(settings, self.p, t)
        self.threshold, self.factor = U64(np.rint(p * F64(2**32))), F32(F64(1) / (F64(1) - p))

    def kept(self, mask, x):
        """x of what the mask keeps, scaled; else +0."""
        return choose(mask, x * self.factor, ZERO)

def read_graph(lines):
    """Section 7: the graph from its text."""
    nodes = []
    for line in lines:
        nodes.append(Node(line, nodes))
    return nodes

def quantile(p):
    """Section 5, Normal variates: the inverse of the normal distribution, a matrix of binary64."""
    def polynomial(row, r):
        y = np.full_like(r, F64(row[0]))
        for c in row[1:]:
            y = y * r
            y = y + F64(c)
        return y

    def log64(x):
        m, e = np.frexp(x)
        low = m < float.fromhex('0x1.6a09e667f3bcdp-1')
        m, e = np.where(low, 2 * m, m), np.where(low, e - 1, e)
        s = (m - 1) / (m + 1)
        y = polynomial([1 / k for k in range(21, 0, -2)], s * s) * s
        return e.astype(F64) * float.fromhex('0x1.62e42fefa39efp-1') + y * 2
    q = p - 0.5
    inner = np.abs(q) <= 0.425
    with np.errstate(all='ignore'):
        r = 0.180625 - q * q
        center = q * (polynomial(WICHURA[0], r) / polynomial(WICHURA[1], r))
        r = np.sqrt(-log64(np.where(q < 0, p, 1 - p))) - 1.6
        tail = polynomial(WICHURA[2], r) / polynomial(WICHURA[3], r)
    return np.where(inner, center, np.where(q < 0, -tail, tail))

WICHURA = (
    (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457, 13731.693765509461125, 1971.5909503065514427,
     133.14166789178437745, 3.3871328727963666080),
    (5226.4952788528545610, 28729.085735721942674, 39307.895800092710610, 21213.794301586595867, 5394.1960214247511077, 687.18700749205790830,
     42.313330701600911252, 1),
    (7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258, 3.64784832476320460504,
     5.76949722146069140550, 4.63033784615654529590, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1, 6.89767334985100004550e-1,
     1.67638483018380384940, 2.05319162663775882187, 1))

def normal(v):
    return quantile((v.astype(F64) + 0.5) * 2.0**-32)

def truncated(v):
    return quantile(0.022750131948179207 + ((v.astype(F64) + 0.5) * 2.0**-32) * 0.95449973610364159)

# a, and whether n is I + O
SPREADS = {'lecun-uniform': (3, False), 'he-uniform': (6, False), 'glorot-uniform': (6, True), 'lecun-normal': (1, False), 'he-normal': (2, False),
           'glorot-normal': (2, True)}

def initial_weight(rule, v, inputs, outputs):
    """Section 5, Parameters: values of a linear node from words, by a rule."""
    u = ((v >> U64(8)).astype(I64) - 2**23).astype(F32) * f32('0x1p-23')
    if rule == 'fan-in-uniform':
        return u * (ONE / np.sqrt(F32(inputs)))
    if rule == 'uniform':
        return u * F32(0.07)
    if rule == 'normal':
        return (normal(v) * 0.01).astype(F32)
    a, both = SPREADS[rule]
    root = np.sqrt(F64(a) / F64(inputs + outputs if both else inputs))
    return u * F32(root) if rule.endswith('uniform') else (truncated(v) * (root / 0.87962566103423978)).astype(F32)

def initial_parameters(nodes, seed, rule='fan-in-uniform'):
    """Section 5, Parameters: initial values by name, in the order of the nodes."""
    parameters = {}
    for node in (n for n in nodes if n.op in WITH_PARAMETERS):
        if node.op == 'layer_norm':
            parameters[node.weight], parameters[node.bias] = np.ones(node.shape[-1], F32), np.zeros(node.shape[-1], F32)
            continue
        inputs = nodes[node.inputs[0]].columns
        for step, name, rows, columns in ((0, node.weight, node.columns, inputs), (1, node.bias, 1, node.columns)):
            v = words(seed, INITIAL, node.number, step, rows, columns)
            parameters[name] = initial_weight(rule, v, inputs, node.columns)
            if step == 1 and rule != 'fan-in-uniform':
                parameters[name] = np.zeros((rows, columns), F32)
        parameters[node.bias] = parameters[node.bias][0]
    return parameters

def one_hot(labels, classes):
    """1 at a row's label, else +0."""
    return (np.arange(classes) == np.asarray(labels)[:, None]).astype(F32)

def softmax_parts(z):
    """Section 5, softmax_cross_entropy: the rows' maxima, e and its sums s."""
    m = z[:, 0]
    for c in range(1, z.shape[1]):
        m = choose(z[:, c] > m, z[:, c], m)
    e = exp(z - m[:, None])
    return m, e, plain_sum(e)

def row_losses(node, z, labels):
    """Section 5: the losses of the rows of the loss's input."""
    if node.op == 'mean_squared_error':
        d = z - one_hot(labels, z.shape[1])
        return dots(d, d)
    m, _, s = softmax_parts(z)
    return log(s) - (z[np.arange(len(z)), labels] - m)

def gelu(x):
    """Section 5, Forward."""
    e, h = erf(x * f32('0x1.6a09e6p-1')), F32(0.5) * x
    return fma(h, e, h)

def gelu_gradient(g, x):
    """Section 5, Backward."""
    f = fma(F32(0.5), erf(x * f32('0x1.6a09e6p-1')), F32(0.5))
    p = exp(F32(-0.5) * (x * x)) * f32('0x1.988454p-2')
    return g * fma(x, p, f)

def silu_gradient(g, x):
    """Section 5, Backward."""
    s = sigmoid(x)
    return g * (s * fma(x, ONE - s, ONE))

# Of one element: f(x, a) and D(dy, saved, a), a the attribute; the names of those whose D reads x, where the others' reads y.
VALUES = {'sigmoid': lambda x, a: sigmoid(x), 'tanh': lambda x, a: tanh(x), 'relu': lambda x, a: choose(ZERO > x, ZERO, x),
          'gelu': lambda x, a: gelu(x), 'silu': lambda x, a: x * sigmoid(x), 'leaky_relu': lambda x, a: choose(x > 0, x, x * a)}
GRADIENTS = {'sigmoid': lambda g, y, a: g * fma(-y, y, y), 'tanh': lambda g, y, a: g * fma(-y, y, ONE), 'relu': lambda g, y, a: choose(y > 0, g, ZERO),
             'gelu': lambda g, x, a: gelu_gradient(g, x), 'silu': lambda g, x, a: silu_gradient(g, x), 'leaky_relu': lambda g, x, a: choose(x > 0, g, g * a)}
READ_X = ('gelu', 'silu', 'leaky_relu')

def normalised(node, x):
    """Section 5, layer_norm: r (R,1) and n (R,L) of its input."""
    rows = x.reshape(-1, node.shape[-1])
    length = F32(node.shape[-1])
    d = rows - (plain_sum(rows) / length)[:, None]
    r = ONE / np.sqrt(dots(d, d) / length + node.number_given)
    return r[:, None], d * r[:, None]

def layer_norm(node, x, parameters):
    """Section 5, Forward."""
    _, n = normalised(node, x)
    return fma(n, parameters[node.weight] + np.zeros_like(n), parameters[node.bias] + np.zeros_like(n)).reshape(x.shape)

def layer_norm_gradient(node, dy, x, parameters):
    """Section 5, Backward."""
    r, n = normalised(node, x)
    g, length = dy.reshape(n.shape) * parameters[node.weight], F32(node.shape[-1])
    a, b = plain_sum(g) / length, dots(g, n) / length
    return (fma(-n, b[:, None] + np.zeros_like(n), g - a[:, None]) * r).reshape(x.shape)

def make_mask(node, nodes, rows, settings, t):
    """Section 5: the mask of a dropout or drop_connect node in step t."""
    node.decide(settings, t)
    of_weight = node.op == 'drop_connect'
    rows, columns = (node.columns, nodes[node.inputs[0]].columns) if of_weight else (rows, node.columns)
    return words(settings['seed'], CONNECT if of_weight else DROPOUT, node.number, t, rows, columns) >= node.threshold

def forward(nodes, parameters, x, labels, settings=None, step=None):
    """Section 5, Forward: values and masks by node; without a step, in evaluation."""
    values, masks = {}, {}
    rules = {'input': lambda node: x, 'flatten': lambda node, a: a, 'layer_norm': lambda node, a: layer_norm(node, a, parameters),
             'linear': lambda node, a: gemm(a, parameters[node.weight].T) + parameters[node.bias],
             'add': lambda node, a, b: a + b,
             'drop_connect': lambda node, a: gemm(a, (parameters[node.weight] if step is None else masked(node)).T) + parameters[node.bias],
             'dropout': lambda node, a: a if step is None else node.kept(masks[node.number], a)}
    masked = lambda node: node.kept(masks[node.number], parameters[node.weight])
    for node in nodes:
        if node.op in DROPPING and step is not None:
            masks[node.number] = make_mask(node, nodes, len(x), settings, step)
        of_element = VALUES.get(node.op)
        if of_element:
            values[node.number] = of_element(values[node.inputs[0]], getattr(node, 'number_given', None))
            continue
        rule = rules.get(node.op, lambda node, z: row_losses(node, z, labels))
        values[node.number] = rule(node, *(values[i] for i in node.inputs))
    return values, masks

def loss_gradient(node, z, labels):
    """Section 5, Backward: the gradient of the loss's input."""
    rows, classes = z.shape
    if node.op == 'mean_squared_error':
        return (z - one_hot(labels, classes)) * F32(F64(2) / F64(rows * classes))
    _, e, s = softmax_parts(z)
    return (e * (ONE / s)[:, None] - one_hot(labels, classes)) * F32(F64(1) / F64(rows))

def backward(nodes, parameters, values, masks, labels):
    """Section 5, Backward: (gradients by node, gradients by parameter)."""
    gradients, of_parameters = {}, {}
    rules = {'linear': lambda node, g, y: gemm(g, parameters[node.weight]), 'add': lambda node, g, y: g, 'flatten': lambda node, g, y: g,
             'drop_connect': lambda node, g, y: gemm(g, node.kept(masks[node.number], parameters[node.weight])),
             'dropout': lambda node, g, y: node.kept(masks[node.number], g),
             'layer_norm': lambda node, g, y: layer_norm_gradient(node, g, values[node.inputs[0]], parameters)}
    for node in reversed(nodes[1:]):
        g, y = gradients.get(node.number), values[node.number]
        if node.op in LINEAR:
            of_parameters[node.weight] = gemm(g.T, values[node.inputs[0]])
            if node.op == 'drop_connect':
                of_parameters[node.weight] = node.kept(masks[node.number], of_parameters[node.weight])
            of_parameters[node.bias] = plain_sum(g.T)
        if node.op == 'layer_norm':
            _, n = normalised(node, values[node.inputs[0]])
            rows = g.reshape(n.shape)
            of_parameters[node.weight], of_parameters[node.bias] = dots(rows.T, n.T), plain_sum(rows.T)
        for i in (i for i in node.inputs if nodes[i].needs_gradient):
            rule = rules.get(node.op, lambda node, g, y: loss_gradient(node, values[i], labels))
            if node.op in GRADIENTS:
                d = GRADIENTS[node.op](g, values[i] if node.op in READ_X else y, getattr(node, 'number_given', None))
            else:
                d = rule(node, g, y)
            gradients[i] = gradients[i] + d if i in gradients else d
    return gradients, of_parameters

def power(b, n):
    """Section 5, Schedule."""
    r = F64(1)
    while n:
        if n % 2:
            r = r * b
        b, n = b * b, n // 2
    return r

COSPI = ('-0x1.52ae4120fde27p-34', '0x1.ef6e308d6d1c4p-29', '-0x1.2a0c591af8314p-23', '0x1.20c62c2f2d7f5p-18', '-0x1.b6e24f44b128fp-14',
         '0x1.f9d38a3763cc3p-10', '-0x1.a6d1f2a204a8cp-6', '0x1.e1f506891babbp-3', '-0x1.55d3c7e3cbffap+0', '0x1.03c1f081b5ac4p+2', '-0x1.3bd3cc9be45dep+2', '0x1p+0')

def cospi(u):
    """Section 5, Schedule."""
    m = F64(1) - u if u > 0.5 else u
    z, y = m * m, F64(float.fromhex('0x1.838d8f43218p-40'))
    for c in COSPI:
        y = y * z
        y = y + F64(float.fromhex(c))
    return -y if u > 0.5 else y

def factor(settings, t):
    """Section 5, Schedule: of step t."""
    warmup, kind = settings.get('warmup', 0), settings.get('schedule', 'constant')
    if t < warmup:
        return F64(t + 1) / F64(warmup)
    u = t - warmup
    if kind == 'constant':
        return F64(1)
    if kind == 'step':
        return power(F64(settings.get('gamma', 0.1)), u // settings.get('every', 1))
    length = settings['steps'] - warmup
    return F64(0) if u >= length else (F64(1) + cospi(F64(u) / F64(length))) * F64(0.5)

def exp64(x):
    """Section 5, Dropout's schedule."""
    k = np.floor(x * F64(float.fromhex('0x1.71547652b82fep+0')) + F64(0.5))
    r = (x - k * F64(float.fromhex('0x1.62e42feep-1'))) - k * F64(float.fromhex('0x1.a39ef35793c76p-33'))
    y = F64(1) / F64(math.factorial(13))
    for n in range(12, -1, -1):
        y = y * r
        y = y + F64(1) / F64(math.factorial(n))
    return y * F64(2)**k

def probability(settings, p, t):
    """Section 5, Dropout's schedule: of step t, where the node has p."""
    kind = settings.get('dropout_schedule', 'constant')
    if kind == 'constant':
        return p
    steps = settings['dropout_steps']
    u = F64(t) / F64(steps)
    if kind == 'linear':
        return p if t >= steps else p * u
    u = u * F64(10)
    return p if u > 40 else p * (F64(1) - exp64(-u))

def sgd(w, g, state, settings, rate):
    """Section 5, Update: the new w; `state` is changed in place."""
    momentum, decay = F32(settings['momentum']), F32(settings['weight_decay'])
    if decay != 0:
        g = fma(decay, w, g)
    if momentum != 0:
        g = state['velocity'] = fma(momentum, state.get('velocity', np.zeros_like(w)), g)
    return fma(-F32(rate), g, w)

def adam(w, g, state, settings, rate, t, decoupled):
    """Section 5, Update: adam and adamw."""
    beta1, beta2, eps = F64(settings.get('beta1', 0.9)), F64(settings.get('beta2', 0.999)), F32(settings.get('eps', 1e-8))
    decay, p1, p2 = F32(settings['weight_decay']), F64(1) - power(beta1, t + 1), F64(1) - power(beta2, t + 1)
    r2 = F32(F64(1) / np.sqrt(p2))
    if decay != 0 and decoupled:
        w = w * F32(F64(1) - rate * F64(decay))
    elif decay != 0:
        g = fma(decay, w, g)
    m, v = (state.get(name, np.zeros_like(w)) for name in ('first_moment', 'second_moment'))
    m = state['first_moment'] = fma(F32(F64(1) - beta1), g - m, m)
    v = state['second_moment'] = fma(F32(F64(1) - beta2), g * g, F32(beta2) * v)
    return fma(-F32(rate / p1), m / fma(np.sqrt(v), r2, eps), w)

def update(parameters, gradients, states, settings, t):
    """Section 5, Update, in place; states: {parameter: {state: tensor}}."""
    rate, optimizer = F64(F32(settings['lr'])) * factor(settings, t), settings.get('optimizer', 'sgd')
    for name, w in parameters.items():
        state = states.setdefault(name, {})
        if optimizer == 'sgd':
            parameters[name] = sgd(w, gradients[name], state, settings, rate)
        else:
            parameters[name] = adam(w, gradients[name], state, settings, rate, t, optimizer == 'adamw')

def mean_loss(losses, node, columns):
    """Section 6: the binary64 sum of rows' losses in order, divided by N, or by N*C."""
    total = F64(0)
    for loss in losses:
        total = total + F64(loss)
    return total / F64(len(losses) * (columns if node.op == 'mean_squared_error' else 1))

def evaluate(nodes, parameters, x, labels):
    """Section 6: validation loss and accuracy."""
    values, _ = forward(nodes, parameters, x, labels)
    loss = nodes[-1]
    z = values[loss.inputs[0]]
    best, rows = np.zeros(len(z), int), np.arange(len(z))
    for c in range(z.shape[1]):
        best = np.where(z[:, c] > z[rows, best], c, best)
    return mean_loss(values[loss.number], loss, loss.columns), F64(int((best == labels).sum())) / F64(len(z))

def train(nodes, settings, x, labels, observe=lambda *step: None):
    """Sections 4 to 6: trains; observe(t, values, masks, gradients, parameter gradients, states, parameters) follows each step.

    Gives the parameters and the last epoch's training loss."""
    seed, batch, samples = settings['seed'], settings['batch'], len(x)
    parameters, states, t = initial_parameters(nodes, seed, settings.get('initial', 'fan-in-uniform')), {}, settings.get('step', 0)
    for epoch in range(settings['epochs']):
        order, losses = np.array(shuffle(seed, samples, epoch)), []
        for start in range(0, samples, batch):
            taken = order[start:start + batch]
            values, masks = forward(nodes, parameters, x[taken], labels[taken], settings, t)
            gradients, of_parameters = backward(nodes, parameters, values, masks, labels[taken])
            update(parameters, of_parameters, states, settings, t)
            losses.extend(values[nodes[-1].number])
            observe(t, values, masks, gradients, of_parameters, states, parameters)
            t += 1
    return parameters, mean_loss(losses, nodes[-1], nodes[-1].columns)

def stored(x):
    """Sections 1.4 and 7: the little-endian bytes of binary32 values, every NaN 0x7fc00000."""
    return np.where(np.isnan(x), U32(0x7fc00000), bits_of(x)).astype('<u4').tobytes()

def digest(x):
    """Section 8: the digest of a tensor or of a mask."""
    x = np.asarray(x)
    return hashlib.sha256(x.astype(np.uint8).tobytes() if x.dtype == bool else stored(x)).hexdigest()[:16]

def double_digits(x):
    """Section 8: the hexadecimal digits of a binary64."""
    return '7ff8000000000000' if np.isnan(x) else struct.pack('>d', x).hex()

def functions_lines(words_):
    """Section 8, `functions`."""
    first, stride, count = int(words_[0], 16), int(words_[1]), int(words_[2])
    x = float_of((first + np.arange(count, dtype=I64) * stride) & 0xffffffff)
    table = {'recip': lambda x: ONE / x, 'sqrt': np.sqrt, 'exp': exp, 'log': log, 'sigmoid': sigmoid, 'tanh': tanh}
    return {name: digest(function(x)) for name, function in table.items()}

def arithmetic_lines(words_):
    """Section 8, `arithmetic`."""
    w = words(0, NOISE, 0, 2, 3, int(words_[0])).astype(U32)
    a, b = float_of(w[0]), float_of(w[1])
    product = a * b
    even = np.arange(len(a)) % 2 == 0
    c = float_of(np.where(even & ~np.isnan(product), bits_of(-product) ^ (w[2] & U32(7)), w[2]))
    return {'div': digest(a / b), 'fma': digest(fma(a, b, c))}

SPECIAL = float_of([int(word, 16) for word in """
    00000000 80000000 00000001 80000001 007fffff 807fffff 00800000 80800000 3f800000 bf800000 3f000000 bf000000 40200000 c0200000 3e99999a be99999a
    42b00000 c2b00000 0da24260 8da24260 7f7fffff ff7fffff 7f800000 ff800000 7fc00000 3f7fffff bf7fffff 41200000 c1200000 322bcc77 b22bcc77 c0a00000""".split()])
I, J = np.meshgrid(np.arange(32), np.arange(40), indexing='ij')

def special(index):
    """S of an index, mod 32."""
    return SPECIAL[np.asarray(index) % 32]

def product():
    """Section 8, `fused`: x[i,j]."""
    return fma(special(I), np.array([1, 0.25, -1, 2.0**-10, 3], F32)[J % 5], np.zeros(I.shape, F32))

def fused_lines(words_):
    """Section 8, `fused`."""
    name, attribute = words_[1], F32(F64(words_[2])) if len(words_) > 2 else None
    x, saved = product(), special(5 * I + 3 * J)
    z = x + choose(np.arange(40) < 20, F32(-0.0), special(7 * np.arange(40)))
    mask, c = words(0, DROPOUT, 0, 5, 32, 40) >= U64(2**30), F32(F64(1) / F64(0.75))
    drop = lambda v: choose(mask, v * c, ZERO)
    value, gradient = VALUES[name](z, attribute), lambda dy: GRADIENTS[name](dy, saved, attribute)
    lines = {'value': value, 'masked': drop(value), 'gradient': gradient(x), 'masked_gradient': gradient(drop(x))}
    if name == 'relu':
        lines['gated'] = choose(saved > 0, x * c, ZERO)
    return {key: digest(v) for key, v in lines.items()}

def fused_update_lines(words_):
    """Section 8, `fused_update`."""
    settings = settings_of(words_[2:])
    settings['optimizer'] = words_[1]
    names, rows = (['velocity'] if words_[1] == 'sgd' else ['first_moment', 'second_moment']), np.arange(32)
    parameters = {'weight': special(I + 3 * J), 'bias': special(rows + 9)}
    gradients = {'weight': product(), 'bias': plain_sum(special(rows)[:, None])}
    states = {'weight': dict(zip(names, (special(2 * I + J + 1), np.abs(special(3 * I + J + 2))))),
              'bias': dict(zip(names, (special(rows + 17), np.abs(special(rows + 23)))))}
    if words_[1] == 'sgd' and settings['momentum'] == 0:
        states = {'weight': {}, 'bias': {}}
    update(parameters, gradients, states, settings, 7)
    lines = {key: x for key, x in parameters.items()}
    for name, prefix in (('weight', ''), ('bias', 'bias.')):
        lines.update({prefix + key: x for key, x in states[name].items()})
    return {key: digest(x) for key, x in lines.items()}

def settings_of(pairs):
    """Keys and values of a case."""
    words_kept, reals = ('optimizer', 'schedule', 'initial', 'dropout_schedule'), ('lr', 'momentum', 'weight_decay', 'beta1', 'beta2', 'eps', 'gamma')
    return {k: v if k in words_kept else float(v) if k in reals else int(v) for k, v in zip(pairs[::2], pairs[1::2])}

def case_lines(settings, graph_lines):
    """Section 8, `case`: trains it; the digests by 'step t name'."""
    nodes = read_graph(graph_lines)
    samples, seed = settings['samples'], settings['seed']
    x = pixels(words(seed, NOISE, 0, 0, samples, nodes[0].columns) & U64(255))
    labels = (words(seed, NOISE, 0, 1, samples, 1)[:, 0] % U64(nodes[-1].columns)).astype(int)
    lines = {}

    def observe(t, values, masks, gradients, of_parameters, states, parameters):
        kept = {'%s.%s' % (name, key): x for name, state in states.items() for key, x in state.items()}
        kinds = (('node.%s.value', values), ('node.%s.mask', masks), ('node.%s.gradient', gradients),
                 ('%s.gradient', of_parameters), ('%s', kept), ('%s', parameters))
        for name, tensors in kinds:
            lines.update({'step %d ' % t + name % key: digest(x) for key, x in tensors.items()})

    parameters, train_loss = train(nodes, settings, x, labels, observe)
    val_loss, val_accuracy = evaluate(nodes, parameters, x, labels)
    figures = (('train_loss', train_loss), ('val_loss', val_loss), ('val_accuracy', val_accuracy))
    lines.update({'result ' + name: double_digits(x) for name, x in figures})
    return lines

def read_golden(path):
    """Section 8: golden-1.txt as a list of [header's words, graph's lines, {line's name: digest}]."""
    sections, graph, prefix = [], None, ''
    for words_ in (line.split() for line in open(path) if line.strip() and line[0] != '#'):
        if len(words_) > 2 and words_[0] in ('functions', 'arithmetic', 'erf', 'fused', 'fused_update', 'case') and graph is None:
            sections.append([words_, [], {}])
            graph, prefix = sections[-1][1] if words_[0] == 'case' else None, ''
        elif words_ == ['end']:
            graph = None
        elif graph is not None:
            graph.append(' '.join(words_))
        elif words_[0] in ('step', 'result'):
            prefix = ' '.join(words_) + ' '
        else:
            assert prefix + words_[0] not in sections[-1][2], 'a line twice in golden-1.txt'
            sections[-1][2][prefix + words_[0]] = words_[1]
    return sections

def compute(header, graph):
    """The lines of a section of golden-1.txt."""
    if header[0] == 'functions':
        return functions_lines(header[2:])
    if header[0] == 'arithmetic':
        return arithmetic_lines(header[2:])
    if header[0] == 'erf':
        first, stride, count = int(header[2], 16), int(header[3]), int(header[4])
        return {'erf': digest(erf(float_of((first + np.arange(count, dtype=I64) * stride) & 0xffffffff)))}
    if header[0] in ('fused', 'fused_update'):
        return (fused_lines if header[0] == 'fused' else fused_update_lines)(header[1:])
    return case_lines(settings_of(header[3:]), graph)

def main():
    """Compares, prints a line a section, and gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('golden', nargs='?', default=os.path.join(os.environ.get('CLONAL_SOURCE', '.'), 'cl', 'golden-1.txt'))
    parser.add_argument('--small', action='store_true', help='small sections only')
    parser.add_argument('--case', action='append', default=[], metavar='NAME', help='this case only (may be repeated)')
    arguments = parser.parse_args()
    wrong, compared = _exact_fma.first_wrong(fma), 0
    good = wrong is None
    print(wrong or 'fma: equal to exact arithmetic')
    for header, graph, golden in read_golden(arguments.golden):
        size = header[2] if header[0] == 'case' else header[1]
        if (arguments.small and size != 'small') or (arguments.case and (header[0] != 'case' or header[1] not in arguments.case)):
            continue
        start, mine = time.time(), compute(header, graph)
        keys = list(golden) + [k for k in mine if k not in golden]
        wrong = [k for k in keys if golden.get(k) != mine.get(k)]
        first = '; first that differs: %s, golden %s, here %s' % (wrong[0], golden.get(wrong[0]), mine.get(wrong[0])) if wrong else ''
        title = ' '.join(header[:2] if header[0] == 'case' else header)
        print('%s: %d of %d lines equal%s (%.1f s)' % (title, len(keys) - len(wrong), len(keys), first, time.time() - start), flush=True)
        good, compared = good and not wrong, compared + len(keys)
    print('%d lines compared' % compared)
    return 0 if good and compared else 1

if __name__ == '__main__':
    sys.exit(main())
