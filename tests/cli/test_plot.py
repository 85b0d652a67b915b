"""plot: through gnuplot, from metrics.csv alone."""
# ctest: HOST
import os
import shutil
import struct
import xml.etree.ElementTree as ET

from _cli import Case, main, run

HEADER = "epoch,train_loss,val_loss,val_accuracy,seconds\n"


def make_run(folder, epochs=10, shift=0.0):
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/metrics.csv", "w") as file:
        file.write(HEADER)
        for epoch in range(1, epochs + 1):
            file.write(f"{epoch},{0.4 + 0.8 / epoch + shift},{0.38 + 0.4 / epoch + shift},{0.86 - 0.2 / epoch},4.5\n")
    return folder


class Plot(Case):
    def setUp(self):
        if not shutil.which("gnuplot"):
            self.skipTest("gnuplot is not installed")

    def texts(self, path):
        return [text.strip() for element in ET.parse(path).iter() for text in [element.text or ""] if text.strip()]

    def test_one_run(self):
        make_run("one")
        self.assertEqual(self.good("plot", "one", "-o", "one.svg"), "")
        texts = self.texts("one.svg")
        for text in ["train loss", "val loss", "val accuracy", "epoch"]:
            self.assertIn(text, texts)
        self.assertEqual(self.good("plot", "one/metrics.csv", "--output", "one.PNG"), "")
        raw = open("one.PNG", "rb").read()
        self.assertEqual(raw[:8], b"\x89PNG\r\n\x1a\n")
        self.assertGreater(struct.unpack(">I", raw[16:20])[0], 600)

    def test_several_runs(self):
        runs = [make_run("runs/a"), make_run("runs/it's $(odd)_{name}", 7, 0.1), make_run("b/same", 1), make_run("c/same", 40)]
        self.assertEqual(self.good("plot", *runs, "-o", "all.svg"), "")
        texts = self.texts("all.svg")
        for text in ["a", "it's $(odd)_{name}", "b/same", "c/same", "train loss", "val loss", "val accuracy"]:
            self.assertIn(text, texts)

    def test_one_epoch_and_not_a_number(self):
        make_run("short", 1)
        self.good("plot", "short", "-o", "short.png")
        os.mkdir("diverged")
        open("diverged/metrics.csv", "w").write(HEADER + "1,nan,inf,0.1,1\n2,nan,nan,0.1,1\n")
        self.good("plot", "diverged", "-o", "diverged.svg")

    def test_bad_metrics(self):
        os.makedirs("bad", exist_ok=True)
        for text, code in [("", 10), (HEADER, 10), ("a,b\n1,2\n", 10), (HEADER + "1,2,3\n", 10), (HEADER + "1,2,3,4,5,6\n", 10),
                           (HEADER + "1,x,3,4,5\n", 10), (HEADER + "1,2,3,4,5 system('x')\n", 10)]:
            open("bad/metrics.csv", "w").write(text)
            self.bad(code, "plot", "bad", "-o", "bad.svg", has="bad/metrics.csv")
        self.bad(9, "plot", "nowhere", "-o", "bad.svg", has="nowhere")
        self.assertFalse(os.path.exists("bad.svg"))

    def test_bad_output(self):
        make_run("one")
        self.bad(2, "plot", "one", "-o", "one.gif", has="must end in .svg or .png")
        self.bad(9, "plot", "one", "-o", "missing/one.svg", has="missing/one.svg")
        self.assertFalse(os.path.exists("missing"))

    def test_gnuplot_missing(self):
        make_run("one")
        self.bad(9, "plot", "one", "-o", "gone.svg", env={"PATH": "/nonexistent"}, has="gnuplot is not installed")

    def test_gnuplot_fails(self):
        make_run("one")
        os.makedirs("bin", exist_ok=True)
        open("bin/gnuplot", "w").write("#!/bin/sh\necho something is wrong >&2\nexit 3\n")
        os.chmod("bin/gnuplot", 0o755)
        path = os.path.abspath("bin") + ":" + os.environ["PATH"]
        self.bad(9, "plot", "one", "-o", "no.svg", env={"PATH": path}, has="gnuplot: something is wrong")
        open("bin/gnuplot", "w").write("#!/bin/sh\nexit 0\n")
        self.bad(9, "plot", "one", "-o", "no.svg", env={"PATH": path}, has="gnuplot drew nothing")
        self.assertFalse(os.path.exists("no.svg"))


main()
