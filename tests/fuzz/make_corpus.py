#!/usr/bin/env python3
"""make_corpus.py: writes the seeds of corpus/, small files of each format, sound ones and such as are almost sound.

Run it from anywhere; files whose names start with "found" are findings of old and stay as they are.
"""
import gzip
import hashlib
import io
import json
import pathlib
import struct
import sys
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import onnx_bytes as onnx  # noqa: E402

VECTORS = HERE.parent / "vectors"
RUN = VECTORS / "runs-a88a4ba"
GRAPH = "0 input 3,2\n1 flatten 0\n2 linear 1 2\n3 tanh 2\n4 dropout 3 0.3\n5 linear 4 2\n6 softmax_cross_entropy 5\n"


def put(folder, name, content):
    path = HERE / "corpus" / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def idx(kind, shape, values, form):
    head = struct.pack(">BBBB", 0, 0, kind, len(shape)) + struct.pack(">%dI" % len(shape), *shape)
    return head + struct.pack(">%d%s" % (len(values), form), *values)


def idx_seeds():
    labels = idx(0x08, [4], [0, 1, 2, 9], "B")
    put("idx", "labels", labels)
    put("idx", "labels.gz", gzip.compress(labels, mtime=0))
    put("idx", "images", idx(0x08, [2, 3, 2], range(12), "B"))
    put("idx", "images-cut", idx(0x08, [2, 3, 2], range(12), "B")[:-1])
    put("idx", "signed", idx(0x09, [3], [-1, 0, 127], "b"))
    put("idx", "short", idx(0x0B, [2, 2], [-32768, 1, 2, 3], "h"))
    put("idx", "int", idx(0x0C, [2], [7, -7], "i"))
    put("idx", "float", idx(0x0D, [1, 2], [0.5, float("nan")], "f"))
    put("idx", "double", idx(0x0E, [1, 1, 1, 1, 2], [1e300, -0.0], "d"))
    put("idx", "huge", struct.pack(">BBBBII", 0, 0, 8, 2, 0xFFFFFFFF, 0xFFFFFFFF))


def find_seeds():
    split = "train-images-idx3-ubyte\ntrain-labels-idx1-ubyte\nt10k-images-idx3-ubyte\nt10k-labels-idx1-ubyte\n"
    put("find", "mnist", split)
    put("find", "zipped", split.replace("ubyte\n", "ubyte.gz\n") + "train-labels-idx1-ubyte\n")
    put("find", "emnist", split.replace("t", "emnist-letters-t", 1).replace("t10k", "emnist-letters-test"))
    put("find", "torchvision", "".join("MNIST/raw/" + line + "\n" for line in split.split()))
    put("find", "dotted", split.replace("-idx", ".idx"))
    put("find", "two", split + "a-train-images-idx3-ubyte\nFashionMNIST/raw/train-images-idx3-ubyte\n")


def sweep_seeds():
    put("sweep", "grid", '{"base": {"epochs": 2, "hidden": [9, 7]}, "grid": {"dropout": "0.2,0.5:0,0.5", "lr": [0.1, 0.01]}, "seeds": 3}')
    put("sweep", "runs", json.dumps({"runs": [{"label": "one", "dropout": 0}, {"optimizer": "adam", "beta": [0.8, 0.9], "no-fusion": True}],
                                     "seeds": [0, "18446744073709551615"]}))
    put("sweep", "lists", '{"grid": {"hidden": [[3, 4], [], "5"], "dropout": [0.5], "flavor": "flax,keras"}}')
    put("sweep", "unknown", '{"grid": {"rate": [1]}}')
    put("sweep", "huge", json.dumps({"grid": {name: list(range(1, 90)) for name in ("batch", "epochs", "limit")}}))
    setting = {"label": "dropout 0.2 lr 0.1", "digest": "0123456789ab", "at": [0, 1], "settings": {"epochs": 2}}
    other = {"label": "one", "digest": "ba9876543210", "settings": {"epochs": 9999}}
    folder = {"format": "clonal-sweep", "version": 1, "contract": 1, "seeds": ["0", "7"],
              "axes": [{"name": "dropout", "values": ["0.2"]}, {"name": "lr", "values": ["1", "0.1"]}], "settings": [setting, other]}
    put("sweep", "folder", json.dumps(folder))
    put("sweep", "folder-climbs", json.dumps({**folder, "settings": [{**other, "digest": "../../../../"}]}))
    put("sweep", "folder-beside", json.dumps({**folder, "settings": [{**setting, "at": [0, 2]}]}))
    put("sweep", "folder-later", json.dumps({**folder, "version": 2}))


def npy(kind, shape, data, fortran=False, version=1):
    """By NumPy's description of the format (numpy.lib.format)."""
    text = "{'descr': %r, 'fortran_order': %r, 'shape': %r, }" % (kind, fortran, shape)
    length = 2 if version == 1 else 4
    text += " " * (-(len(text) + 7 + length + 2) % 64) + "\n"
    return b"\x93NUMPY" + bytes([version, 0]) + len(text).to_bytes(length, "little") + text.encode() + data


def numpy_seeds():
    put("npy", "bytes", npy("|u1", (2, 3), bytes(range(6))))
    put("npy", "floats", npy("<f4", (2, 1, 2), struct.pack("<4f", 0.5, -1, float("nan"), float("inf"))))
    put("npy", "fortran", npy(">f8", (2, 2), struct.pack(">4d", 1, 2, 1e300, -0.0), fortran=True, version=2))
    put("npy", "halves", npy("<f2", (3,), struct.pack("<3e", 1, 2, -3), version=3))
    put("npy", "labels", npy("<i8", (3,), struct.pack("<3q", 0, 9, 2**31 - 1)))
    put("npy", "negative", npy("<i4", (2, 1), struct.pack("<2i", -1, 3)))
    put("npy", "truth", npy("|b1", (2,), b"\0\1"))
    put("npy", "huge", npy("<f8", (4294967295, 4294967295), b"12345678"))
    put("npy", "objects", npy("|O", (1,), b"\x80\x04N."))
    for how, name in ((zipfile.ZIP_STORED, "stored"), (zipfile.ZIP_DEFLATED, "deflated")):
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", how) as members:
            for split in ("train", "test"):
                for key, array in (("x", npy("|u1", (2, 3), bytes(6))), ("y", npy("<i8", (2,), struct.pack("<2q", 0, 1)))):
                    members.writestr(zipfile.ZipInfo("%s_%s.npy" % (key, split), (2026, 1, 1, 0, 0, 0)), array, how)
        put("npz", name, archive.getvalue())


def safetensors(header, data=b""):
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def safetensors_seeds():
    put("safetensors", "pypi", (VECTORS / "pypi.safetensors").read_bytes())
    types = {"a": ("F16", 2), "b": ("BF16", 2), "c": ("F64", 8), "d": ("I64", 8), "e": ("BOOL", 1), "f": ("F32", 4)}
    header, at = {"__metadata__": {"k": "v"}}, 0
    for name, (kind, size) in types.items():
        header[name] = {"dtype": kind, "shape": [size % 3 + 1], "data_offsets": [at, at + size * (size % 3 + 1)]}
        at += size * (size % 3 + 1)
    put("safetensors", "types", safetensors(header, bytes(range(at))))
    put("safetensors", "empty", safetensors({}))
    scalar = {"x": {"dtype": "F32", "shape": [], "data_offsets": [0, 4]}}
    put("safetensors", "scalar", safetensors(scalar, b"\0\0\xc0\x7f"))
    nothing = {"x": {"dtype": "F32", "shape": [0, 4294967295], "data_offsets": [0, 0]}}
    put("safetensors", "nothing", safetensors(nothing))
    hole = {name: {"dtype": "U8", "shape": [1], "data_offsets": [at, at + 1]} for name, at in (("x", 0), ("y", 2))}
    put("safetensors", "hole", safetensors(hole, b"abc"))


def exchange_seeds():
    """The frameworks' own files, and such as are almost sound."""
    for path in sorted((VECTORS / "exchange").iterdir()):
        if path.suffix in (".msgpack", ".params"):
            put("flax_msgpack" if path.suffix == ".msgpack" else "mxnet_list", path.stem, path.read_bytes())
    array = b"\xc7\x15\x01\x93\x91\x02\xa7float32\xc4\x0812345678"
    chunks = b"\x83\xb9__msgpack_chunked_array__\xc3\xa5shape\x81\xa10\x02\xa6chunks\x81\xa10" + array
    put("flax_msgpack", "array", b"\x81\xa1a" + array)
    put("flax_msgpack", "chunks", b"\x81\xa1a" + chunks)
    put("flax_msgpack", "twice", b"\x82\xa1a" + array + b"\xa1a" + array)
    put("flax_msgpack", "apart", b"\x83\xa3a/b" + array + b"\xa1c" + array + b"\xa3a/d" + array)
    put("flax_msgpack", "deep", b"\x81\xa1a" * 70 + b"\xc0")
    put("flax_msgpack", "long-map", b"\xdf\xff\xff\xff\xff\xa1a\xc0")
    head = struct.pack("<QQ", 0x112, 0)
    shape = struct.pack("<IiIQ", 0xF993FAC9, 0, 1, 2) + struct.pack("<iii", 1, 0, 0)
    put("mxnet_list", "none", head + struct.pack("<QQ", 0, 0))
    put("mxnet_list", "array", head + struct.pack("<Q", 1) + shape + b"12345678" + struct.pack("<QQ", 1, 1) + b"a")
    put("mxnet_list", "cut", head + struct.pack("<Q", 1) + shape + b"1234567")
    put("mxnet_list", "counts", head + struct.pack("<Q", 2**61) + shape)


def onnx_seeds():
    nodes, tensors = onnx.perceptron()
    put("onnx", "perceptron", onnx.model(nodes, tensors, metadata={"clonal.loss": "mean_squared_error"}))
    small = [onnx.tensor("w", [6, 2], onnx.numbers(12)), onnx.tensor("b", [2], onnx.numbers(2)), onnx.tensor("root", [], [2**0.5]),
             onnx.tensor("one", [1], [1.0]), onnx.tensor("half", [], [0.5]), onnx.tensor("to", [2], [-1, 6], onnx.INT64)]
    put("onnx", "matmul", onnx.model([
        onnx.node("Reshape", ["x", "to"], ["f"]), onnx.node("MatMul", ["f", "w"], ["m"]), onnx.node("Add", ["m", "b"], ["h"]),
        onnx.node("Div", ["h", "root"], ["e"]), onnx.node("Erf", ["e"], ["g"]), onnx.node("Add", ["g", "one"], ["i"]),
        onnx.node("Mul", ["h", "i"], ["j"]), onnx.node("Mul", ["j", "half"], ["k"]), onnx.node("Sigmoid", ["k"], ["s"]),
        onnx.node("Mul", ["k", "s"], ["l"]), onnx.node("Add", ["l", "h"], ["y"])], small))
    norm = [onnx.tensor("s", [2], [1.0, 2.0]), onnx.tensor("c", [2], kind=onnx.DOUBLE, values=[0.5, -0.5]),
            onnx.tensor("w", [2, 6], onnx.numbers(12), raw=False, more=[(4, struct.pack("<12f", *onnx.numbers(12)))]),
            onnx.tensor("q", [2, 2], kind=onnx.FLOAT16, values=[0x3C00, 0xBC00, 1, 0x7BFF]),
            onnx.tensor("b", [2], kind=onnx.BFLOAT16, raw=False, values=[], more=[(5, b"".join(map(onnx.varint, [0x3F80, 0xBF80])))])]
    put("onnx", "norm", onnx.model([
        onnx.node("LayerNormalization", ["x", "s", "c"], ["n"], epsilon=1e-3), onnx.node("Flatten", ["n"], ["f"]),
        onnx.node("Gemm", ["f", "w", "b"], ["h"], transB=1), onnx.node("LeakyRelu", ["h"], ["l"], alpha=0.2), onnx.node("Gelu", ["l"], ["g"]),
        onnx.node("Transpose", ["q"], ["t"], perm=[1, 0]), onnx.node("Gemm", ["g", "t"], ["u"]), onnx.node("Softmax", ["u"], ["y"])],
        norm, opset=20, ir=9))
    nodes.insert(0, onnx.node("Constant", [], ["c"], value=onnx.tensor("", [1], [3.0])))
    nodes.append(onnx.node("Identity", ["x"], ["z"], domain="other"))
    put("onnx", "domain", onnx.model(nodes, tensors, opset=7, graph_more=[(15, b""), (13, onnx.value("f", [1, 6]))]))
    deep = b""
    for _ in range(40):
        deep = onnx.message((5, onnx.message((1, "g"), (6, onnx.message((1, onnx.message((4, "If")) + deep))))))
    put("onnx", "deep", onnx.message((1, 8), (7, onnx.message((1, deep)))))


def checkpoint(tensors, digest=None, **changed):
    """By the words of host/run/checkpoint.h."""
    metadata = {"format": "clonal-checkpoint", "contract": "1", "seed": "5", "step": "4", "epoch": "1"}
    metadata.update(graph=GRAPH, settings="{}")
    metadata.update(changed)
    total, data, header = hashlib.sha256(), b"", {}
    for key, value in metadata.items():
        total.update(key.encode() + b"\0" + value.encode() + b"\0")
    for name, shape, values in tensors:
        packed = struct.pack("<%df" % len(values), *values)
        total.update(name.encode() + b"\0" + struct.pack("<I%dI" % len(shape), len(shape), *shape) + packed)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(packed)]}
        data += packed
    metadata["sha256"] = digest or total.hexdigest()
    return safetensors({"__metadata__": metadata, **header}, data)


def checkpoint_seeds():
    plain = [("1.weight", [2, 2], [1, 2, 3, 4]), ("1.bias", [2], [5, 6])]
    state = [("momentum." + name, shape, values) for name, shape, values in plain]
    adam = [(word + "." + name, shape, values) for word in ("m", "v") for name, shape, values in plain]
    put("checkpoint", "plain", checkpoint(plain))
    put("checkpoint", "momentum", checkpoint(plain + state))
    put("checkpoint", "adam", checkpoint(plain + adam, seed="18446744073709551615"))
    put("checkpoint", "half", checkpoint(plain + state[:1]))
    small = [plain[0], ("1.bias", [5], [5] * 5), state[0], ("momentum.1.bias", [1], [9])]
    put("checkpoint", "small-state", checkpoint(small))
    put("checkpoint", "other-state", checkpoint(plain + state[:1] + [("moment.1.bias", [2], [9, 8])]))
    put("checkpoint", "damaged", checkpoint(plain, digest="0" * 64))
    put("checkpoint", "none", checkpoint([], contract="2"))


def manifest_seeds():
    finished = json.loads((RUN / "finished" / "run.json").read_text())
    put("manifest", "finished", json.dumps(finished, indent=1))
    by_graph = json.loads(json.dumps(finished))
    for key in ("hidden", "dropout", "activation", "loss", "momentum"):
        del by_graph["settings"][key]
    by_graph["settings"].update(optimizer="adamw", beta1=0.9, beta2=0.999, epsilon=1e-8)
    by_graph["settings"].update(schedule="cosine", steps=9, warmup=2, record=True)
    put("manifest", "graph", json.dumps(by_graph))
    steps = json.loads(json.dumps(finished))
    steps["settings"].update(schedule="step", every=3, gamma=0.5)
    del steps["digests"], steps["device"], steps["environment"]
    put("manifest", "steps", json.dumps(steps))
    steps["settings"].update(warmup=-1)
    put("manifest", "found-warmup-below-0", json.dumps(steps))
    steps["settings"].update(warmup=0, every=2**63 - 1)
    put("manifest", "found-every-not-binary64", json.dumps(steps))
    put("manifest", "cut", json.dumps(finished)[:300])


def graph_seeds():
    put("graph", "perceptron", GRAPH)
    add = "0 input 5\n1 linear 0 5\n2 leaky_relu 1 0.01\n3 layer_norm 2\n4 add 3 0\n5 gelu 4\n6 silu 5\n"
    put("graph", "add", add + "7 mean_squared_error 6\n")
    put("graph", "layer_norm", "0 input 4\n1 layer_norm 0 1e-05\n2 sigmoid 1\n3 linear 2 3\n4 softmax_cross_entropy 3\n")
    put("graph", "large", "0 input 65535,65535\n1 flatten 0\n2 linear 1 4294967295\n3 relu 2\n4 softmax_cross_entropy 3\n")
    put("graph", "forward", "0 input 2\n1 relu 2\n2 relu 1\n")


def text_seeds():
    selectors = {"index": "1:0", "kind": "gpu", "names": "intel:arc:0", "number": "770", "empty": ""}
    for name, text in {**selectors, "colons": "::", "pocl": "pocl:cpu"}.items():
        put("selector", name, text)
    put("name_map", "plain", "# ours = theirs\n1.weight = encoder.fc.weight\n1.bias = encoder.fc.bias\n")
    put("name_map", "transposed", "\ufeff4.weight = params/Dense_0/kernel transposed\r\n4.bias=params/Dense_0/bias # its bias\r\n")
    put("name_map", "twice", "1.weight = a\n4.weight = a\n1.weight = b\n")
    put("name_map", "strange", "=\n = b\n1.weight =\n1.weight = a b c\n#\n1.weight = transposed transposed")
    put("plan", "sound", "256 256 784 0 1 0 1 66 2.00123e-05\n256 10 256 0 1 0 0 0 1e-05\n10 256 256 1 0 2 1 3 0\n256 256 256 0 0 0 1 18 1e-05 3\n")
    put("plan", "strange", "4294967295 0 1 7 -1 99 99 -5 nan\n1 1 1 0 0 0 1 2147483647 inf\n1 2 3\n")
    put("probe", "builtin", "clonal-probe 3 1 0 0 1 1 1 1 1 end\n")
    put("probe", "integer", "clonal-probe 3 0 0 1 1 1 1 1 1 end\n")
    put("probe", "strange", "clonal-probe 3 0 7 0 1 -1 1 1 1 end\n")
    for kind in ("finished", "stopped"):
        put("metrics", kind, (RUN / kind / "metrics.csv").read_bytes())
    put("metrics", "blanks", "\nepoch,train_loss,val_loss,val_accuracy,seconds\r\n 1 ,\tnan,inf,-0,0x1p-3\r\n\n4294967295,1,1,1,1")
    header = "epoch,layer,tensor,mode,count,mean,variance,zeros,norm\n"
    rows = [f"{epoch},node.3.relu,{tensor},training,6,0.25,1e-3,0.5,nan\n" for epoch in (0, 2, 3, 4) for tensor in ("activation", "gradient")]
    put("stats", "sound", header + "".join(rows))
    put("stats", "header", header)
    put("stats", "strange", header + "3,,,,,,,,\n999999999,,,,,,,,\n1,a,b")
    values = {
        "number": "1.5e-3", "small": "1e-60", "tiny": "5e-324", "whole": "18446744073709551615",
        "hex": "0xfF", "list": "256,256", "rates": "0.5,.5,1", "none": "none", "lr": "lr 0.1",
        "warmup": "warmup 3", "found-every-below-0": "every -1", "found-warmup-above": "warmup 1e300",
        "optimizer": "optimizer adamw", "schedule": "schedule cosine", "beta": "beta1 0.9",
        "large": "340282346638528859811704183484516925440",
    }
    for name, text in values.items():
        put("options", name, text)
    case = "case a small seed 3 samples 3 batch 1 epochs 2 lr 0.5 momentum 0.5 weight_decay 0 step 7"
    case += " schedule step every 2 gamma 0.5\n" + GRAPH + "end\nstep 7\nnode.1.value b22644a7e97d8c31\nresult\n"
    put("golden", "case", "# c\nfunctions small 0x00000000 1 1\nrecip b22644a7e97d8c31\n" + case)
    put("golden", "update", "fused_update small adamw lr 0.1 beta1 0.9 warmup 2 optimizer adamw\nx 0123456789abcdef\n")
    head = "# clonal record, contract 1: step, tensor, digest\n"
    put("record", "sound", head + "0 node.1.value b22644a7\n2 1.weight 0123\n3 1.weight 4567\n")
    put("record", "cut", "0 a b\n18446744073709551615 c d\n1 a")


if __name__ == "__main__":
    for seeds in (idx_seeds, find_seeds, numpy_seeds, safetensors_seeds, exchange_seeds, onnx_seeds, checkpoint_seeds, manifest_seeds, graph_seeds, sweep_seeds,
                  text_seeds):
        seeds()
