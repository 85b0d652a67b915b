"""train --live: the run's curves after each epoch; what hinders the drawing is one warning, and not the run's end."""
# ctest: PLATFORMS pocl TIMEOUT 600
import os
import shutil
import xml.etree.ElementTree as ET

from _cli import Case, main, make_data, run
from _kills import digest_of

SETTINGS = ["--data", "data", "--hidden", "12", "--batch", "64", "--seed", "9"]
# Draws as gnuplot does, and keeps what it was given: script.1, script.2, ...
COUNTING = """#!/bin/sh
n=$(($(cat "$DRAWN/count" 2>/dev/null || echo 0) + 1))
echo $n > "$DRAWN/count"
cat > "$DRAWN/script.$n"
case " $FAILS " in *" $n "*) echo "no colours left" >&2; exit 1;; esac
cp "$LIVE" "$DRAWN/before.$n" 2>/dev/null
echo "<svg>$n</svg>"
"""


class Live(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data", train=300, test=60)
        os.mkdir("bin")
        with open("bin/gnuplot", "w") as file:
            file.write(COUNTING)
        os.chmod("bin/gnuplot", 0o755)

    def counting(self, name, fails=""):
        os.mkdir(name)
        return {"PATH": os.path.abspath("bin") + ":" + os.environ["PATH"], "DRAWN": os.path.abspath(name), "FAILS": fails, "LIVE": f"{name}.svg"}

    def points(self, script):
        with open(script) as file:
            return file.read().split("EOD\n")[1].count("\n")

    def test_each_epoch(self):
        env = self.counting("each")
        whole = digest_of(self.good("train", *SETTINGS, "--epochs", "3", "--out", "plain"))
        self.assertEqual(digest_of(self.good("train", *SETTINGS, "--epochs", "3", "--out", "run", "--live", "each.svg", env=env)), whole)
        self.assertEqual([self.points(f"each/script.{n}") for n in (1, 2, 3)], [1, 2, 3])
        for n in (2, 3):  # while one is drawn the one before stands whole
            self.assertEqual(open(f"each/before.{n}").read(), f"<svg>{n - 1}</svg>\n")
        # one that goes on draws what it has at once
        self.good("train", "--resume", "--out", "run", "--epochs", "4", "--live", "each.svg", "-q", env=env)
        self.assertEqual([self.points(f"each/script.{n}") for n in (4, 5)], [3, 4])
        self.assertEqual(open("each.svg").read(), "<svg>5</svg>\n")
        self.assertEqual([name for name in os.listdir(".") if name.startswith("each.svg.")], [])

    def test_gnuplot(self):
        if not shutil.which("gnuplot"):
            self.skipTest("gnuplot is not installed")
        self.good("train", *SETTINGS, "--epochs", "2", "--out", "real", "--live", "real.svg")
        texts = [t.text.strip() for t in ET.parse("real.svg").iter() if t.text and t.text.strip()]
        self.assertIn("val accuracy", texts)
        self.good("plot", "real", "-o", "plotted.svg")
        self.assertEqual(open("real.svg").read(), open("plotted.svg").read())

    def test_fails(self):
        whole = digest_of(self.good("train", *SETTINGS, "--epochs", "4", "--out", "sound"))
        for name, env, has in [("second", self.counting("second", "2 3"), "clonal: warning: gnuplot: no colours left\n"),
                               ("missing", {"PATH": "/nonexistent"}, "clonal: warning: gnuplot is not installed")]:
            done = run("train", *SETTINGS, "--epochs", "4", "--out", f"{name}-run", "--live", f"{name}.svg", env=env)
            self.assertEqual((done.returncode, digest_of(done.stdout)), (0, whole))
            self.assertIn(has, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertEqual(open("second.svg").read(), "<svg>4</svg>\n")
        self.assertFalse(os.path.exists("missing.svg"))

    def test_refused(self):
        """Before anything is trained or made."""
        os.mkdir("folder.svg")
        for path, code, has in [("none/live.svg", 9, "No such file or directory"), ("live.gif", 2, ".svg or .png"), ("folder.svg", 9, "is a folder"),
                                ("/proc/live.svg", 9, "/proc/live.svg"), (".svg", 2, ".svg or .png")]:
            self.bad(code, "train", *SETTINGS, "--out", "refused", "--live", path, has=has)
        self.assertFalse(os.path.exists("refused"))
        self.assertFalse(os.path.exists("none"))
        self.bad(9, "train", "--data", "gone", "--out", "refused", "--live", "untouched.svg", has="gone")
        self.assertEqual([name for name in os.listdir(".") if "untouched" in name], [])


main()
