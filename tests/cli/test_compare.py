"""clonal train --record, clonal reproduce, clonal diff, on one device."""
# ctest: PLATFORMS pocl TIMEOUT 900
import json
import os
import re
import shutil
import subprocess

from _cli import Case, main, make_data, run

SMALL = ["--data", "data", "--hidden", "16,12", "--batch", "64", "--seed", "5", "--quiet"]


def lines_of(path):
    with open(path) as file:
        return [line.split() for line in file if not line.startswith("#")]


class Compare(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data", train=200, test=60)

    def train(self, out, *arguments, **more):
        return self.good("train", *SMALL, "--out", out, *arguments, **more).split()[1]

    def edit(self, run_folder, change):
        with open(f"{run_folder}/run.json") as file:
            manifest = json.load(file)
        change(manifest)
        with open(f"{run_folder}/run.json", "w") as file:
            json.dump(manifest, file)

    def test_record(self):
        settings = ["--momentum", "0.5", "--epochs", "2"]
        plain = self.train("plain", *settings)
        self.assertEqual(self.train("recorded", *settings, "--record"), plain)
        self.assertFalse(os.path.exists("plain/record.txt"))
        lines = lines_of("recorded/record.txt")
        self.assertEqual(sorted({int(line[0]) for line in lines}), list(range(8)))
        first = [line[1] for line in lines if line[0] == "0"]
        for name in ["node.0.value", "node.2.product", "node.2.value", "node.4.mask", "node.4.value", "node.9.value", "node.8.gradient",
                     "1.weight.gradient", "1.weight.velocity", "1.weight", "7.bias"]:
            self.assertIn(name, first)
        # the independent reference's record has the same digests (the whole of them)
        with open("graph.txt", "w") as file:
            file.write(json.load(open("recorded/run.json"))["graph"])
        subprocess.run([f"{os.environ['CLONAL_TEST_TREE']}/tests/clonal-reference", "--graph", "graph.txt", "--data", "data", "--batch", "64",
                        "--seed", "5", "--momentum", "0.5", "--epochs", "2", "--record", "reference.txt"], check=True, stdout=subprocess.DEVNULL)
        ours = {(line[0], line[1]): line[2] for line in lines}
        compared = 0
        for step, name, digest in lines_of("reference.txt"):
            if (step, name) in ours:
                self.assertEqual(ours[step, name], digest[:16], (step, name))
                compared += 1
        self.assertGreater(compared, 8 * 25)

        # a resumed run goes on with its record
        self.train("resumed", *settings[:2], "--epochs", "1", "--record")
        with open("resumed/record.txt", "a") as file:
            file.write("4 node.0.value 0123")  # what a kill may leave
        self.assertEqual(self.good("train", "--resume", "--out", "resumed", "--epochs", "2", "--quiet").split()[1], plain)
        self.assertEqual(lines_of("resumed/record.txt"), lines)

    def test_epoch_digests(self):
        self.train("whole", "--epochs", "3")
        self.train("parts", "--epochs", "1")
        self.good("train", "--resume", "--out", "parts", "--epochs", "3")
        whole, parts = (json.load(open(f"{name}/run.json"))["digests"] for name in ("whole", "parts"))
        self.assertEqual(len(whole["epochs"]), 3)
        self.assertEqual(len(set(whole["epochs"])), 3)
        self.assertEqual(whole["epochs"][2], whole["weights"])
        self.assertEqual(parts, whole)

    def test_reproduce(self):
        digest = self.train("run", "--epochs", "3", "--momentum", "0.9")
        before = set(os.listdir("."))
        text = self.good("reproduce", "run", env={"TMPDIR": os.getcwd()})
        self.assertRegex(text.splitlines()[0], r"\Adevice 0:0 ")
        self.assertEqual(text.splitlines()[-1], f"same digest: {digest}")
        self.assertEqual(set(os.listdir(".")), before)
        os.mkdir("posted")  # run.json alone, as of another machine
        shutil.copy("run/run.json", "posted")
        self.assertEqual(self.good("reproduce", "posted", "--quiet"), f"same digest: {digest}\n")

        def wrong(manifest):
            manifest["digests"]["epochs"][1] = manifest["digests"]["epochs"][0]
        self.edit("posted", wrong)
        done = run("reproduce", "posted", "--quiet", "--out", "kept")
        self.assertEqual((done.returncode, done.stderr), (14, ""))
        self.assertTrue(done.stdout.startswith("parted in epoch 2 of posted"), done.stdout)
        self.assertTrue(os.path.exists("kept/weights.safetensors"))
        self.assertEqual(run("reproduce", "posted", "--quiet").returncode, 14)

        self.bad(9, "reproduce", "nowhere", has="run.json")
        self.bad(12, "reproduce", "run", "--out", "kept", has="holds a run")
        make_data("other", train=200, test=60, seed=9)
        self.bad(2, "reproduce", "run", "--data", "other", "--quiet", has="data in other are not those of run")
        self.edit("posted", lambda manifest: manifest.update(epochs_done=0))
        self.bad(2, "reproduce", "posted", has="no finished epoch")

    def test_diff_equal_and_incomparable(self):
        self.train("one", "--epochs", "2")
        self.train("two", "--epochs", "3")
        self.assertEqual(self.good("diff", "one", "two"), "the runs are equal, as far as both go\n")
        self.assertEqual(json.loads(self.good("diff", "one", "two", "--json"))["kind"], "equal")
        for option, value, key in [("--lr", "0.2", "lr"), ("--hidden", "16,13", "hidden"), ("--dropout", "0.1", "dropout")]:
            self.train(f"other{key}", "--epochs", "1", option, value)
            done = run("diff", "one", f"other{key}")
            self.assertEqual((done.returncode, done.stderr), (2, ""))
            self.assertIn(f"not comparable: the runs differ in {key}\n", done.stdout)
        self.bad(9, "diff", "one", "nowhere", has="nowhere")

    def test_diff_of_what_is_not_known(self):
        """What a run's files do not tell, or tell wrongly, is not called equal."""
        self.train("known", "--epochs", "2", "--record")
        shutil.copytree("known", "unknown")
        self.assertEqual(self.good("diff", "known", "unknown"), "the runs are equal, as far as both go\n")
        with open("unknown/weights.safetensors", "r+b") as file:
            file.seek(-1, 2)
            file.write(b"\x01")
        self.bad(10, "diff", "known", "unknown", has="unknown/weights.safetensors is not the file that the run's run.json names")
        self.bad(10, "eval", "unknown", has="unknown/weights.safetensors is not the file")
        self.bad(10, "predict", "unknown", has="unknown/weights.safetensors is not the file")
        os.remove("unknown/weights.safetensors")

        def forget(manifest):
            manifest["digests"]["weights"] = ""
            manifest["digests"]["epochs"] = []
        self.edit("unknown", forget)
        self.good("diff", "known", "unknown")  # by its checkpoints
        shutil.rmtree("unknown/checkpoints")
        self.bad(10, "diff", "known", "unknown", has="unknown names no digest of its weights after epoch 2")

    def test_diff_of_damaged_records(self):
        self.train("sound", "--epochs", "2", "--record")
        shutil.copytree("sound", "damaged")

        def wrong(manifest):
            manifest["digests"]["weights"] = ""
            manifest["digests"]["epochs"][1] = "sha256:" + 64 * "0"
            manifest["device"].update(name="a GPU far away")
        self.edit("damaged", wrong)
        with open("damaged/record.txt") as file:
            lines = file.readlines()
        with open("damaged/record.txt", "w") as file:
            file.writelines(lines[:30] + [lines[30][8:]] + lines[31:])
        self.bad(10, "diff", "sound", "damaged", has="damaged/record.txt, line 31: ")
        with open("damaged/record.txt", "w") as file:  # a killed writer's: the last line cut short
            file.write("".join(lines[:30]) + lines[30][:-9])
        done = run("diff", "sound", "damaged")
        self.assertEqual((done.returncode, done.stderr), (14, ""))
        self.assertIn("their records are equal as far as both go", done.stdout)
        done = run("diff", "sound", "damaged", env={"OCL_ICD_VENDORS": "/nonexistent"})  # records need no platform
        self.assertEqual((done.returncode, done.stderr), (14, ""))
        self.assertRegex(done.stdout, "is not here; their records are equal as far as both go")

    def test_diff_of_records_that_begin_late(self):
        """What a record that begins behind the parting shows first is not the parting."""
        self.train("early", "--epochs", "3", "--record")
        shutil.copytree("early", "late")
        os.remove("late/weights.safetensors")
        with open("late/record.txt") as file:
            lines = file.readlines()
        last = int(lines[-1].split()[0])
        with open("late/record.txt", "w") as file:
            file.writelines(line[:-9] + 8 * "0" + "\n" for line in lines if line[0] != "#" and int(line.split()[0]) > last - 2)

        def wrong(manifest):
            manifest["digests"]["weights"] = ""
            manifest["digests"]["epochs"] = ["sha256:" + 64 * digit for digit in "012"]
            manifest["device"].update(name="a GPU far away")
        self.edit("late", wrong)
        done = run("diff", "early", "late")
        self.assertEqual(done.returncode, 14, done.stderr)
        self.assertTrue(done.stdout.startswith("the runs part in epoch 1\n"), done.stdout)
        self.assertIn(f"their records begin at step {last - 1}, ", done.stdout)

    def test_diff_by_records_without_data(self):
        make_data("gone", train=200, test=60, seed=4)
        self.good("train", "--data", "gone", "--hidden", "8", "--batch", "64", "--epochs", "1", "--record", "--quiet", "--out", "here")
        shutil.copytree("here", "there")
        os.remove("there/weights.safetensors")
        with open("there/record.txt") as file:
            lines = file.readlines()
        with open("there/record.txt", "w") as file:
            file.writelines(lines[:-1] + [lines[-1][:-9] + 8 * "0" + "\n"])

        def wrong(manifest):
            manifest["digests"]["weights"] = manifest["digests"]["epochs"][0] = "sha256:" + 64 * "0"
        self.edit("there", wrong)
        shutil.rmtree("gone")
        done = run("diff", "here", "there")
        self.assertEqual((done.returncode, done.stderr), (14, ""))
        self.assertIn("first in step 3\n", done.stdout)
        self.assertIn("the runs' data are not here", done.stdout)
        self.bad(9, "diff", "here", "there", "--data", "gone")

    def test_epochs_done_is_a_number(self):
        self.train("counted", "--epochs", "1")
        for value in (4294967297, 1.0, "x", -1):
            self.edit("counted", lambda manifest: manifest.update(epochs_done=value))
            self.bad(10, "reproduce", "counted", "--quiet", has="epochs_done")

    def test_diff_not_seen_again(self):
        """Runs that part in their files, but not in a replay: it says so, and takes the records if there are any."""
        self.train("left", "--epochs", "2", "--record")
        shutil.copytree("left", "right")
        os.remove("right/weights.safetensors")  # posted without them: run.json would not fit them

        def wrong(manifest):
            manifest["digests"]["weights"] = manifest["digests"]["epochs"][1] = "sha256:" + 64 * "0"
        self.edit("right", wrong)
        done = run("diff", "left", "right")
        self.assertEqual((done.returncode, done.stderr), (14, ""))
        self.assertRegex(done.stdout, r"\Athe runs part in epoch 2\nreplayed to the end of epoch 2, both devices give the same bits now: "
                                      r".*; their records are equal as far as both go\n\Z")
        with open("right/record.txt") as file:
            text = file.read()
        line = next(line for line in text.splitlines() if line.startswith("5 node.7.value "))
        with open("right/record.txt", "w") as file:
            file.write(text.replace(line, "5 node.7.value " + 16 * "0"))
        done = run("diff", "left", "right")
        self.assertEqual(done.returncode, 14)
        self.assertTrue(done.stdout.startswith("the runs part in epoch 2; first in step 5\noperation  dropout, node 7: node.6.value -> node.7.value\n"
                                               "tensor     node.7.value\n"), done.stdout)
        # a device that is not here: the records again
        self.edit("right", lambda manifest: manifest["device"].update(name="a GPU far away"))
        found = json.loads(run("diff", "left", "right", "--json").stdout)
        self.assertEqual((found["kind"], found["step"], found["tensor"]), ("tensor", 5, "node.7.value"))
        self.assertIn("a GPU far away, is not here", found["note"])
        os.remove("left/record.txt")
        done = run("diff", "left", "right")
        self.assertRegex(done.stdout, r"\Athe runs part in epoch 2\n.* is not here; and left has no record")


main()
