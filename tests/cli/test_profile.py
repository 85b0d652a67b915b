"""train --profile: a trace whose every launch is one of --explain's, whose floating-point operations are those that the network's widths say, whose
spans nest and whose launches do not overlap; the run's digest is the same."""
# ctest: PLATFORMS pocl intel LONG_ON intel TIMEOUT 600
import json
import os
import re

from _cli import Case, main, make_data, run

BATCH, TRAIN, TEST = 50, 230, 120
WIDTHS = (60, 24, 16, 10)
# a cache of its own: where tests share one, another may plan the same product between two commands, and choose another form
SETTINGS = ["--data", "data", "--hidden", "24,16", "--batch", BATCH, "--cache", "cache"]


def untimed(instruction):
    """Without the time that a product's plan measured, which another process may have measured again."""
    return re.sub(r", [0-9.]+ us\b", "", instruction)


class Profile(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data", train=TRAIN, test=TEST)

    def trace(self, path):
        with open(path) as file:
            found = json.load(file)
        events = [e for e in found["traceEvents"] if e["ph"] == "X"]
        for e in found["traceEvents"]:
            self.assertEqual(e["pid"], 1)
            self.assertIn(e["ph"], ("X", "M"))
        for e in events:
            self.assertGreaterEqual(e["dur"], 0)
            self.assertGreaterEqual(e["ts"], 0)
        names = {e["args"]["name"] for e in found["traceEvents"] if e["ph"] == "M"}
        self.assertTrue({"clonal", "host"} < names, names)
        return found["otherData"], events

    def nested(self, events):
        """Of a track, in the order of the file: each event lies within the open one, or behind it; to the nanosecond."""
        open_, last = [], {}
        for e in sorted(events, key=lambda e: (round(e["ts"] * 1000), -round(e["dur"] * 1000))):
            start, end = round(e["ts"] * 1000), round((e["ts"] + e["dur"]) * 1000)
            while open_ and open_[-1] <= start and not (start == end == open_[-1]):
                open_.pop()
            if open_:
                self.assertLessEqual(end, open_[-1] + 1, e["name"])
            open_.append(end)
            last[len(open_)] = end
        return max(last, default=0)

    def check_steps(self, events, kind, explained, rows_of):
        """Of a kind of step: each has its launches, which add up."""
        steps = [e for e in events if e["cat"] == "step" and e["name"].startswith(kind)]
        launches = [e for e in events if e["cat"] == "launch"]
        for step, rows in zip(steps, rows_of, strict=True):
            inside = [e for e in launches if step["ts"] <= e["ts"] and e["ts"] + e["dur"] <= step["ts"] + step["dur"] + 0.002]
            products = [e for e in inside if e["args"]["instruction"].startswith("gemm")]
            first, rest = WIDTHS[0] * WIDTHS[1], sum(i * o for i, o in zip(WIDTHS[1:], WIDTHS[2:]))
            macs = 2 * first + 3 * rest if kind == "training" else first + rest
            self.assertEqual(sum(e["args"]["flops"] for e in products), 2 * rows * macs, step["name"])
            if explained and rows == BATCH:
                self.assertEqual([untimed(e["args"]["instruction"]) for e in inside], explained)
            for e in inside:
                a = e["args"]
                self.assertLessEqual(a["queued_us"], a["submitted_us"] + 0.002)
                self.assertLessEqual(a["submitted_us"], e["ts"] + e["dur"] + 0.002)
                self.assertTrue(a["kernel"] and a["operation"])
                if e["dur"] > 0:
                    self.assertAlmostEqual(a["gflop_per_s"], a["flops"] / e["dur"] * 1e-3, delta=1e-3 * a["gflop_per_s"] + 1e-9)
                    self.assertAlmostEqual(a["gbyte_per_s"], (a["bytes_read"] + a["bytes_written"]) / e["dur"] * 1e-3, delta=1e-3 * a["gbyte_per_s"])
                    self.assertAlmostEqual(a["share_of_peak_flops"] * self.other["peak_gflop_per_s"], a["gflop_per_s"], delta=1e-6 * a["gflop_per_s"] + 1e-12)
                    self.assertAlmostEqual(a["share_of_peak_bytes"] * self.other["peak_gbyte_per_s"], a["gbyte_per_s"], delta=1e-6 * a["gbyte_per_s"])
        return steps

    def explained(self, *settings):
        """The instructions of the step that is launched, and how many launches that makes."""
        text = self.good("train", *SETTINGS, *settings, "--explain")
        lines = text[text.rindex("memory planned:"):].splitlines()[1:]
        end = [line.startswith("buffers:") for line in lines].index(True)
        self.assertEqual(int(re.search(r"launches: (\d+)", lines[end]).group(1)), end)  # one each
        return [untimed(line.strip()) for line in lines[:end]]

    def profile(self, name, *settings):
        done = run("train", *SETTINGS, *settings, "--out", name, "--profile", f"{name}.json", "--quiet")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.other, events = self.trace(f"{name}.json")
        self.assertGreater(self.other["peak_gflop_per_s"], 0)
        self.assertGreater(self.other["peak_gbyte_per_s"], 0)
        plain = self.good("train", *SETTINGS, *settings, "--out", f"{name}-plain", "--quiet")
        self.assertEqual(done.stdout.split()[1], plain.split()[1])
        with open(f"{name}/run.json") as one, open(f"{name}-plain/run.json") as other:
            self.assertEqual(json.load(one)["settings"], json.load(other)["settings"])
        self.nested([e for e in events if e["tid"] == 1])
        self.nested([e for e in events if e["tid"] == 2])
        launches = [e for e in events if e["cat"] == "launch"]
        for one, after in zip(launches, launches[1:]):
            self.assertLessEqual(round((one["ts"] + one["dur"]) * 1000), round(after["ts"] * 1000) + 1)
        return events

    def test_trace(self):
        explained = self.explained()
        events = self.profile("run", "--epochs", "2")
        steps = self.check_steps(events, "training", explained, 2 * [50, 50, 50, 50, 30])
        self.assertEqual([e["name"] for e in steps], [f"training step {i}" for i in range(10)])
        self.check_steps(events, "evaluation", None, 2 * [TEST])
        host = [e["name"] for e in events if e["cat"] == "host"]
        for name in ("measure products", "measure copies", "read the data", "make the model", "plan product 50x24x60", "compile: training step of 50 rows",
                     "compile: training step of 30 rows", "epoch 1", "evaluation after epoch 1", "checkpoint after epoch 1", "epoch 2", "write the weights"):
            self.assertIn(name, host)
        # the bytes of one product, by hand: x, w, b and what is dropped to; of an update: w and b, in and out
        first = next(e["args"] for e in events if e["cat"] == "launch" and e["name"] == "gemm node.4.value")
        gathers = "gathered" in first["instruction"]
        samples = 50 * (60 + 4) if gathers else 4 * 50 * 60  # bytes and the order of them, or floats
        self.assertEqual(first["bytes_read"], samples + 4 * (60 * 24 + 24))
        self.assertEqual((first["bytes_written"], first["node"], first["operation"]), (4 * 50 * 24, 2, "linear"))
        loads = [e["args"] for e in events if e["cat"] == "launch" and e["name"].startswith("load")]
        self.assertEqual(gathers, not loads)
        for one in loads[:1]:
            self.assertEqual((one["bytes_read"], one["bytes_written"], one["flops"]), (50 * 60 + 4 * 50, 4 * 50 * 60, 0))
        update = next(e["args"] for e in events if e["cat"] == "launch" and e["name"] == "gemm 1.weight")
        self.assertEqual(update["bytes_read"] - 4 * 50 * 24 - samples, update["bytes_written"])
        self.assertEqual(update["bytes_written"], 4 * (60 * 24 + 24))
        # training's steps lie in their epochs, by both clocks: within a millisecond
        epochs = [e for e in events if e["name"] in ("epoch 1", "epoch 2")]
        for i, step in enumerate(steps):
            epoch = epochs[i // 5]
            self.assertTrue(epoch["ts"] - 1000 <= step["ts"] and step["ts"] + step["dur"] <= epoch["ts"] + epoch["dur"] + 1000, (epoch, step))

    def check_prepared(self, events, first):
        """All that is planned, compiled and tried out lies within the span of preparing or before it: the first epoch trains alone, and its
        evaluation compiles nothing either."""
        host = [e for e in events if e["cat"] == "host"]
        made = [e for e in host if e["name"].startswith(("plan ", "compile:", "rehearse"))]
        self.assertEqual([e["name"] for e in made if e["name"].startswith("rehearse")], ["rehearse training steps", "rehearse the evaluation"])
        prepared, = (e for e in host if e["name"] == "prepare the epochs")
        begun = min(e["ts"] for e in host if e["name"].startswith("epoch "))
        self.assertEqual(next(e for e in host if e["name"].startswith("epoch "))["name"], f"epoch {first}")
        self.assertLessEqual(prepared["ts"] + prepared["dur"], begun + 0.002)
        for e in made:
            self.assertLessEqual(e["ts"] + e["dur"], prepared["ts"] + prepared["dur"] + 0.002, e["name"])
        steps = [e["ts"] for e in events if e["cat"] == "step"]
        self.assertGreaterEqual(min(steps), begun - 1000)  # by the device's clock; no rehearsal is told

    def test_prepared(self):
        self.check_prepared(self.profile("whole", "--epochs", "2"), 1)
        self.check_prepared(self.profile("watched", "--epochs", "2", "--watch"), 1)
        self.good("train", *SETTINGS, "--epochs", "1", "--out", "part")
        self.good("train", "--resume", "--epochs", "2", "--out", "part", "--profile", "part.json")
        self.check_prepared(self.trace("part.json")[1], 2)

    def test_prepared_time_is_told(self):
        """In a line of its own behind those that say what is trained; not where nothing is."""
        for options in ([], ["--resume", "--epochs", "2"]):
            text = self.good("train", *(options or [*SETTINGS, "--epochs", "1"]), "--out", "told")
            self.assertRegex(text, r"(?m)^\d+ samples of .*data -> told.*\nready after \d+\.\d s\nepoch [12]/[12] ")
        self.assertNotIn("ready after", self.good("train", "--resume", "--out", "told"))
        self.assertNotIn("ready after", self.good("train", *SETTINGS, "--epochs", "1", "--out", "quiet", "--quiet"))

    def test_bounded_and_apart(self):
        explained = self.explained("--no-fusion", "--momentum", "0.9")
        self.assertGreater(len(explained), 20)
        events = self.profile("apart", "--no-fusion", "--momentum", "0.9", "--epochs", "2", "--profile-steps", "3")
        self.check_steps(events, "training", explained, [50, 50, 50])
        self.check_steps(events, "evaluation", None, 2 * [TEST])
        self.assertEqual(self.other["most_steps_of_a_kind"], 3)

    def test_clblast(self):
        """A product of CLBlast's is timed between two marks."""
        events = self.profile("clblast", "--gemm", "clblast", "--allow-inexact", "--epochs", "1")
        self.check_steps(events, "training", self.explained("--gemm", "clblast", "--allow-inexact"), [50, 50, 50, 50, 30])
        self.assertEqual({e["args"]["kernel"] for e in events if e["cat"] == "launch" and e["name"].startswith("gemm")}, {"CLBlastSgemm"})

    def test_wrong(self):
        for options, has in ((["--record"], "leave out"), (["--explain"], "leave out")):
            self.bad(2, "train", *SETTINGS, "--out", "none", "--profile", "none.json", *options, has=has)
        self.bad(2, "train", *SETTINGS, "--out", "none", "--profile", "none.json", "--profile-steps", "0", has="profile-steps")
        self.bad(9, "train", *SETTINGS, "--out", "none", "--profile", "absent/none.json", has="absent/none.json")
        self.bad(9, "train", *SETTINGS, "--out", "none", "--profile", "data", has="folder")
        self.bad(2, "train", *SETTINGS, "--out", "none", "--profile", "none.json", "--validate", "2")
        self.assertFalse(os.path.exists("none") or os.path.exists("none.json"))


main()
