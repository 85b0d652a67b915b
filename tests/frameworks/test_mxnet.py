"""MXNet's parameters: Gluon computes what Clonal does from Clonal's files, and the other way."""
# ctest: PLATFORMS pocl LABELS frameworks-all TIMEOUT 1800
from _frameworks import enter

enter("mxnet", "numpy<1.24", "mxnet==1.9.1", large=True)

import mxnet  # noqa: E402
import _weights as weights  # noqa: E402
from _cli import FASHION, Case, main  # noqa: E402
from mxnet import autograd, gluon, nd  # noqa: E402
from mxnet.gluon import nn  # noqa: E402


def net(norm=False, kind=nn.Sequential):
    """As the chapter's."""
    made = kind()
    if norm:
        made.add(nn.Dense(48, activation="relu"), nn.LayerNorm(), nn.Dropout(0.25), nn.Dense(24, activation="relu"),
                 nn.LayerNorm(), nn.Dense(10))
    else:
        made.add(nn.Dense(48, activation="relu"), nn.Dropout(0.2), nn.Dense(24, activation="relu"), nn.Dropout(0.5), nn.Dense(10))
    return made


def outputs(made):
    return weights.softmax(made(nd.array(weights.images())).asnumpy())


def layers(made):
    return [(made[i].weight.data().asnumpy(), made[i].bias.data().asnumpy()) for i in (0, 2, 4)]


def tensors(path):
    return {name: array.asnumpy() for name, array in nd.load(path).items()}


class Gluon(Case):
    def test_ours_in_gluon(self):
        weights.train(self, "run", "--dropout", "0.2,0.5")
        self.good("export", "run", "-o", "net.params")
        made = net()
        made.load_parameters("net.params")
        weights.compare(self, "Clonal's weights in Gluon", weights.clonal_outputs(self, "run"), outputs(made),
                        weights.bound(layers(made), weights.images()))
        made.save_parameters("theirs.params")
        self.assertEqual(weights.read_bytes("theirs.params"), weights.read_bytes("net.params"))
        weights.imported(self, "theirs.params", "a.safetensors")
        self.good("export", "a.safetensors", "-o", "again.params")
        self.assertEqual(weights.read_bytes("again.params"), weights.read_bytes("net.params"))

    def test_layer_norms(self):
        weights.layer_norm_graph("graph.txt")
        self.good("train", "--data", FASHION, "--graph", "graph.txt", "--epochs", "1", "--out", "normed", "-q")
        self.good("export", "normed", "-o", "net.params")
        made = net(norm=True)
        made.load_parameters("net.params")
        weights.compare(self, "layer norms in Gluon", weights.clonal_outputs(self, "normed"), outputs(made),
                        weights.LAYER_NORM_BOUND)
        made.save_parameters("theirs.params")
        self.assertEqual(weights.read_bytes("theirs.params"), weights.read_bytes("net.params"))

    def test_theirs_in_clonal(self):
        mxnet.random.seed(5)
        made = net(kind=nn.HybridSequential)
        made.initialize(mxnet.init.Xavier())
        made.hybridize()
        trainer = gluon.Trainer(made.collect_params(), "sgd", {"learning_rate": 0.3})
        x, y = nd.array(weights.images(512, "train")), nd.array(weights.labels(512))
        loss = gluon.loss.SoftmaxCrossEntropyLoss()
        for _ in range(40):
            with autograd.record():
                value = loss(made(x), y)
            value.backward()
            trainer.step(512)
        made.save_parameters("theirs.params")
        made.collect_params().save("collected.params")
        made.export("exported")
        limit = weights.bound(layers(made), weights.images())
        for name in ("theirs.params", "collected.params", "exported-0000.params"):
            weights.compare(self, f"{name} in Clonal", weights.clonal_outputs(self, name), outputs(made), limit)
            weights.imported(self, name, "imported.safetensors")
            self.good("export", "imported.safetensors", "-o", "again.params")
            weights.same_tensors(self, tensors("theirs.params"), tensors("again.params"))


main()
