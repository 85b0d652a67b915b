"""ONNX messages in plain Python, sound ones and such as no library would write: protobuf's encoding by its documentation
(https://protobuf.dev/programming-guides/encoding/), numbers of fields by onnx.proto."""
import struct

FLOAT, INT64, BOOL, FLOAT16, DOUBLE, BFLOAT16 = 1, 7, 9, 10, 11, 16


def varint(value):
    value &= 2**64 - 1
    out = bytearray()
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out) + bytes([value])


def field(number, value):
    """A whole number, a text, bytes (of a message too), or a float."""
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    content = value.encode() if isinstance(value, str) else bytes(value)
    return varint(number << 3 | 2) + varint(len(content)) + content


def message(*fields):
    """(number, value) pairs; a list as value repeats the field."""
    return b"".join(field(number, one) for number, value in fields for one in (value if isinstance(value, list) else [value]))


def tensor(name, dims, values=None, kind=FLOAT, raw=None, more=()):
    form = {FLOAT: "f", DOUBLE: "d", INT64: "q", BOOL: "?"}.get(kind, "H")
    if raw is None:
        raw = struct.pack("<%d%s" % (len(values), form), *values)
    return message((1, list(dims)), (2, kind), (8, name), *([(9, raw)] if raw is not False else []), *more)


def attribute(name, value):
    kind, number = {float: (1, 2), int: (2, 3), str: (3, 4), bytes: (4, 5), list: (7, 8)}[type(value)]
    return message((1, name), (20, kind), (number, value))


def node(kind, inputs, outputs, domain=None, **attributes):
    return message((1, inputs), (2, outputs), (3, "the " + kind), (4, kind), (5, [attribute(k, v) for k, v in attributes.items()]),
                   *([(7, domain)] if domain else []))


def value(name, dims, kind=FLOAT):
    shape = message((1, [message((2, d)) if isinstance(d, str) else message((1, d)) for d in dims]))
    return message((1, name), (2, message((1, message((1, kind), (2, shape))))))


def model(nodes, tensors, inputs=None, outputs=None, opset=17, ir=8, metadata=None, graph_more=(), more=()):
    inputs = [value("x", ["N", 3, 2])] if inputs is None else inputs
    outputs = [value("y", ["N", 2])] if outputs is None else outputs
    graph = message((1, nodes), (2, "g"), (5, tensors), (11, inputs), (12, outputs), *graph_more)
    return message((1, ir), (7, graph), (8, [message((1, ""), (2, opset))]),
                   (14, [message((1, k), (2, v)) for k, v in (metadata or {}).items()]), *more)


def numbers(count, start=0):
    """Of binary32, each another one."""
    return [(i * 37 % 101 - 50 + start) / 64 for i in range(count)]


def perceptron():
    """Nodes and tensors of 6-3-2, to be changed."""
    nodes = [node("Flatten", ["x"], ["f"], axis=1), node("Gemm", ["f", "w1", "b1"], ["h"], transB=1), node("Relu", ["h"], ["r"]),
             node("Dropout", ["r", "p", "t"], ["d"], seed=-7), node("Gemm", ["d", "w2", "b2"], ["y"], transB=1)]
    tensors = [tensor("w1", [3, 6], numbers(18)), tensor("b1", [3], numbers(3, 1)), tensor("w2", [2, 3], numbers(6, 2)), tensor("b2", [2], numbers(2, 3)),
               tensor("p", [], [0.25]), tensor("t", [], [False], BOOL)]
    return nodes, tensors
