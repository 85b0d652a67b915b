"""report: pages of runs and sweeps: well-formed, escaped, without a network, the same figures as the files have; Markdown; what is refused."""
# ctest: PLATFORMS pocl TIMEOUT 600
import glob
import html.parser
import json
import os
import re
import shutil
import urllib.parse
import xml.etree.ElementTree as ET

from _cli import Case, main, make_data, run

HEADER = "epoch,train_loss,val_loss,val_accuracy,seconds\n"
X = "{http://www.w3.org/1999/xhtml}"
ODD = "odd <b>&amp; \"quoted\" 'x' \xe4\u20ac"


class Checker(html.parser.HTMLParser):
    """That every element is closed where it must be, and none fetches anything."""
    VOID = {"meta", "br", "hr", "img", "input", "link"}

    def __init__(self):
        super().__init__()
        self.open, self.wrong, self.seen = [], [], set()

    def handle_starttag(self, tag, attributes):
        self.seen.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)
        for name, value in attributes:
            if name in ("src", "href", "action", "data") and not value.startswith("#"):
                self.wrong.append((tag, name, value))

    def handle_startendtag(self, tag, attributes):
        self.seen.add(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(("end", tag))


class Report(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data", train=120, test=60)
        small = ["--data", "data", "--hidden", "8", "--epochs", "3", "--batch", "30"]
        for out, *more in (["run"], [ODD, "--dropout", "0"]):
            done = run("train", *small, *more, "-o", out)
            assert done.returncode == 0, done.stderr
        done = run("sweep", "--grid", "dropout=0,0.5", "--grid", "lr=0.1,0.01", "--seeds", 3, *small, "-o", "sweep")
        assert done.returncode == 0, done.stderr

    def page(self, folder, name="page.html"):
        self.assertEqual(self.good("report", folder, "-o", name), "")
        with open(name, encoding="utf-8") as file:
            text = file.read()
        checker = Checker()
        checker.feed(text)
        checker.close()
        self.assertEqual((checker.wrong, checker.open), ([], []))
        self.assertNotIn("script", checker.seen)
        self.assertNotRegex(text, r"@import|url\(|https?://(?!www\.w3\.org/1999/xhtml)")
        self.assertIn("prefers-color-scheme:dark", text)
        self.assertIn("width=device-width", text)
        return ET.fromstring(text)

    def words(self, tree, tag, kind=None):
        return ["".join(e.itertext()) for e in tree.iter(X + tag) if kind is None or e.get("class") == kind]

    def test_run(self):
        tree = self.page("run/")
        self.assertEqual(self.words(tree, "title"), ["Run run"])
        figures = list(tree.iter(X + "svg"))
        self.assertEqual([f.get("aria-label") for f in figures], ["Loss by epoch", "Accuracy by epoch"])
        rows = open("run/metrics.csv").read().splitlines()[1:]
        cells = self.words(tree, "td")
        for row in rows:
            epoch, train, val, accuracy, _ = map(float, row.split(","))
            at = cells.index("%.6f" % train)
            self.assertEqual(cells[at - 1:at + 3], ["%d" % epoch, "%.6f" % train, "%.6f" % val, "%.2f" % (100 * accuracy)])
        digests = re.findall(r'"sha256:(\w+)"', open("run/run.json").read().split('"epochs": [')[1])
        self.assertEqual([c for c in self.words(tree, "code") if len(c) == 64], digests)
        text = "".join(tree.itertext())
        self.assertIn(digests[-1], text)
        self.assertIn("Portable Computing Language", text)
        self.assertIn("clonal reproduce run --device DEVICE", text)

    def test_numbers(self):
        """The fewest digits that read back as the same number, in a list too, where run.json has 17."""
        given = {"dropout": "0.2,0.1", "lr": "0.3", "momentum": "0.7", "validate": "0.12345678901234566"}
        self.good("train", "--data", "data", "--hidden", "8,8", "--epochs", "1", "--batch", "30", "-o", "numbers", "--quiet",
                  *(word for name, value in given.items() for word in (f"--{name}", value)))
        self.assertIn("0.20000000000000001", open("numbers/run.json").read())
        cells = self.words(self.page("numbers"), "td")
        for name, value in given.items():
            self.assertEqual(cells[cells.index(name) + 1], f"[{value}]" if "," in value else value)
        self.assertEqual(cells[cells.index("hidden") + 1], "[8,8]")

    def test_escaped(self):
        tree = self.page(ODD)
        self.assertEqual(self.words(tree, "h1"), [f"Run {ODD}"])
        self.assertFalse(list(tree.iter(X + "b")))
        self.good("report", ODD, "-o", "odd.md")
        self.assertIn("# Run odd \\<b\\>\\&amp; \"quoted\"", open("odd.md", encoding="utf-8").read().splitlines()[0])

    def test_conclusion_of_a_run(self):
        shutil.copytree("run", "made")

        def made(*rows):
            with open("made/metrics.csv", "w") as file:
                file.write(HEADER + "".join("%d,%g,%g,%g,1\n" % ((i + 1,) + row) for i, row in enumerate(rows)))
            return self.words(self.page("made"), "p", "conclusion")[0]

        words = made((0.9, 0.8, 0.7), (0.7, 0.6, 0.8), (0.5, 0.55, 0.85))
        self.assertIn("After 3 epochs 85.00 % ", words)
        self.assertIn("lowest in the last epoch, 0.5500: training longer may", words)
        self.assertIn("0.0500 above the train loss", words)
        words = made((0.9, 0.5, 0.7), (0.7, 0.6, 0.8), (0.8, 0.7, 0.75))
        self.assertIn("lowest after epoch 1, 0.5000, and 0.7000 at the end: the last 2 epochs did not lower it", words)
        self.assertIn("0.1000 below the train loss", words)
        self.assertIn("diverged", made((0.9, 0.5, 0.7), (float("nan"), float("nan"), 0.1)))

    def test_sweep(self):
        tree = self.page("sweep")
        labels = [f.get("aria-label") for f in tree.iter(X + "svg")]
        self.assertEqual(labels[0], "Mean validation accuracy, %")
        self.assertEqual(len(labels), 4)
        means = {}
        for row in open("sweep/results.csv").read().splitlines()[1:]:
            cells = row.split(",")
            means.setdefault(cells[1], []).append(float(cells[-3]))
        means = sorted((sum(values) / len(values) for values in means.values()), reverse=True)
        conclusion = self.words(tree, "p", "conclusion")[0]
        self.assertRegex(conclusion, r"\AThe highest mean validation accuracy has .*, %.2f %%\. Beside the next: " % (100 * means[0]))
        self.assertEqual(len([c for c in self.words(tree, "code") if len(c) == 64]), 12)

    def test_conclusion_of_a_sweep(self):
        shutil.copytree("sweep", "swept")
        folders = sorted(glob.glob("swept/runs/*-seed0"))

        def made(by):
            for i, folder in enumerate(folders):
                for seed in range(3):
                    level = 0.8 + (by if i == 2 else 0) + 0.01 * seed + 0.0001 * (i * seed % 3)
                    with open(folder[:-1] + f"{seed}/metrics.csv", "w") as file:
                        file.write(HEADER + "".join("%d,1,1,%.6f,1\n" % (e, level) for e in (1, 2, 3)))
            return self.words(self.page("swept"), "p", "conclusion")[0]

        self.assertIn("has a higher validation accuracy than", made(0.05))
        self.assertIn("No difference in validation accuracy between", made(0.00005))

    def test_unfinished_sweep(self):
        """What has no runs yet has no figures: not a 0 that is one of them, nor a place before those that have some."""
        shutil.copytree("sweep", "half")
        settings = [(s["label"], s["digest"]) for s in json.load(open("half/sweep.json"))["settings"]]
        for label, digest in settings[:-1]:
            for path in glob.glob(f"half/runs/{digest}-*"):
                shutil.rmtree(path)
        for path in glob.glob("half/runs/*/metrics.csv"):
            open(path, "w").write(HEADER + "".join("%d,1,1,0,1\n" % e for e in (1, 2, 3)))
        tree = self.page("half")
        last = settings[-1][0]
        self.assertEqual(self.words(tree, "p", "conclusion"), [f"The highest mean validation accuracy has {last}, 0.00 %."])
        cells = self.words(tree, "td")
        for label, digest in settings[:-1]:
            at = cells.index(label)
            self.assertEqual(cells[at:at + 5], [label, "0", "-", "-", "-"])
        at = cells.index(last)
        self.assertEqual(cells[at:at + 3], [last, "3", "0.00 (0.00 to 0.00)"])
        heat, accuracy = list(tree.iter(X + "svg"))[:2]
        self.assertEqual(sum(1 for rect in heat.iter(X + "rect") if rect.get("class") == "heat"), 1)
        names = [text.text for text in accuracy.iter(X + "text") if text.get("class") == "ink"]
        self.assertEqual(names[0], last)

    def test_markdown(self):
        self.good("report", "sweep", "-o", "sub.md")
        text = open("sub.md").read()
        links = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text)
        self.assertEqual(links, [f"sub-figures/{i}.svg" for i in range(1, 5)])
        for link in links:
            self.assertEqual(ET.parse(link).getroot().tag, "{http://www.w3.org/2000/svg}svg")
        self.assertIn("**The highest mean validation accuracy has ", text)
        self.assertRegex(text, r"(?m)^\| setting \| seeds \|")

    def test_markdown_escaped(self):
        """Code that has Markdown's own signs, and a file whose name has a link's."""
        shutil.copytree("run", "signs")
        facts = json.load(open("signs/run.json"))
        facts["digests"]["epochs"] = ["sha256:" + words for words in ("a|b\\|c\\\\|d", "`x``y<b>", "one\ntwo")]
        facts["graph"] = "```\n````` | <b>"
        facts["settings"]["initial"] = "a|b ~~c~~ &amp;"
        json.dump(facts, open("signs/run.json", "w"))
        name = "odd (1) #&%?[x]<y>:\u00e4"
        self.good("report", "signs", "-o", name + ".md")
        text = open(name + ".md", encoding="utf-8").read()
        links = re.findall(r"!\[[^\]]+\]\((.+)\)\n", text)
        self.assertEqual(len(links), 2)
        for link in links:
            self.assertRegex(link, r"\A[\w%./-]+\Z")
            self.assertTrue(os.path.exists(urllib.parse.unquote(link)), link)
        lines = text.splitlines()
        cells = [re.split(r"(?<!\\)(?:\\\\)*\|", line)[-2].strip() for line in lines if re.match(r"\| [123] \| ", line)]
        self.assertEqual(cells, [r"`a\|b\\\|c\\\|d`", "``` `x``y<b> ```", "`one two`"])
        at = lines.index("``````sh")
        self.assertEqual(lines[at:at + 4], ["``````sh", "```", "````` | <b>", "``````"])
        self.assertIn(r"| initial | a\|b \~\~c\~\~ \&amp; |", lines)

    def test_figures_without_numbers(self):
        """One epoch; no number at all; one value; numbers whose differences overflow."""
        shutil.copytree("run", "short")
        for rows in ("1,1.5,1.5,0.5,1\n", "1,nan,inf,0,1\n2,nan,nan,0,1\n", "1,0,0,0,1\n2,0,0,0,1\n", "1,1e30,1e-30,1,1\n2,1e-30,1e30,1,1\n",
                     "1,1e308,-1e308,1,1\n2,-1e308,1e308,1,1\n3,0.5,1e308,1,1\n", "1,1e100,-1e100,1,1\n2,0.5,1e99,1,1\n"):
            open("short/metrics.csv", "w").write(HEADER + rows)
            tree = self.page("short")
            for path in tree.iter(X + "path"):
                self.assertNotRegex(path.get("d"), r"nan|inf|\d{7}")
            for text in tree.iter(X + "text"):
                self.assertLess(len(text.text), 30)

    def test_wrong(self):
        self.bad(2, "report", "run", "-o", "run.pdf", has="must end in .html or .md")
        self.bad(2, "report", "run", has="'--output FILE' is missing")
        self.bad(9, "report", "nowhere", "-o", "no.html", has="nowhere")
        self.bad(9, "report", "data", "-o", "no.html", has="holds no run, sweep or experiment")
        self.bad(9, "report", "run", "-o", "missing/no.html", has="missing/no.html")
        shutil.copytree("run", "bad")
        open("bad/metrics.csv", "w").write(HEADER + "1,2\n")
        self.bad(10, "report", "bad", "-o", "no.html", has="bad/metrics.csv")
        for text in ("", "{", "[]", '{"format": "clonal-sweep"}', '{"format": 3}'):
            open("bad/run.json", "w").write(text)
            self.bad(10, "report", "bad", "-o", "no.html", has="bad/run.json")
        os.mkdir("bad sweep")
        open("bad sweep/sweep.json", "w").write('{"format": "clonal-sweep", "version": 9}')
        self.bad(10, "report", "bad sweep", "-o", "no.html", has="version 9")
        self.assertFalse(os.path.exists("no.html"))


main()
