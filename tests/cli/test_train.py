"""train: what it prints, what it leaves, one digest for one seed, and going on after whatever stopped it."""
# ctest: PLATFORMS pocl TIMEOUT 900
import csv
import fcntl
import hashlib
import json
import os
import pty
import re
import resource
import shutil
import signal
import struct
import subprocess
import termios
import time

from _cli import CLONAL, Case, main, make_data, read_safetensors, run

SMALL = ["--data", "data", "--hidden", "16,12", "--batch", "32"]
DIGEST = re.compile(r"\Adigest (sha256:[0-9a-f]{64})  (\S+)\Z")


def digest_of(text):
    return DIGEST.match(text.splitlines()[-1]).group(1)


def read_metrics(folder):
    with open(f"{folder}/metrics.csv") as file:
        return list(csv.reader(file))


class Train(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data")

    def train(self, out, *arguments, **more):
        return self.good("train", *SMALL, "--out", out, *arguments, **more)

    def test_output_and_folder(self):
        text = self.train("a", "--epochs", "3", "--seed", "7", "--momentum", "0.5", "--weight-decay", "0.001")
        lines = text.splitlines()
        self.assertEqual(len(lines), 4 + 3 + 1, text)
        self.assertRegex(lines[0], r"\Adevice \d+:\d+ .+, the best found \(--device chooses another\)\Z")
        self.assertEqual(lines[1], "60-16-12-10 relu, dropout 0.5,0.5, cross-entropy; lr 0.1, momentum 0.5, weight decay 0.001, "
                                   "batch 32, seed 7")
        self.assertEqual(lines[2], "500 samples of data -> a")
        self.assertRegex(lines[3], r"\Aready after \d+\.\d s\Z")
        for number, line in enumerate(lines[4:7], 1):
            self.assertRegex(line, rf"\Aepoch {number}/3  train loss \d\.\d{{4}}  val loss \d\.\d{{4}}  accuracy [01]\.\d{{4}}  "
                                   r"\d+\.\d s  [0-9.]+[kM]? samples/s\Z")
        match = DIGEST.match(lines[7])
        self.assertEqual(match.group(2), "a/weights.safetensors")
        with open("a/weights.safetensors", "rb") as file:
            self.assertEqual("sha256:" + hashlib.sha256(file.read()).hexdigest(), match.group(1))
        self.assertEqual(sorted(os.listdir("a")), ["checkpoints", "metrics.csv", "run.json", "weights.safetensors"])
        rows = read_metrics("a")
        self.assertEqual(rows[0], ["epoch", "train_loss", "val_loss", "val_accuracy", "seconds"])
        self.assertEqual([row[0] for row in rows[1:]], ["1", "2", "3"])
        self.assertEqual([f"{float(row[1]):.4f}" for row in rows[1:]], re.findall(r"train loss (\S+)", text))
        with open("a/run.json") as file:
            manifest = json.load(file)
        self.assertIn(match.group(1), json.dumps(manifest))
        metadata, tensors = read_safetensors("a/weights.safetensors")
        self.assertEqual({name: shape for name, (shape, _) in tensors.items()},
                         {"1.weight": [16, 60], "1.bias": [16], "4.weight": [12, 16], "4.bias": [12], "7.weight": [10, 12],
                          "7.bias": [10]})

    def test_learns(self):
        text = self.train("learns", "--epochs", "40", "--dropout", "0.1")
        losses = [float(loss) for loss in re.findall(r"train loss (\S+)", text)]
        self.assertLess(losses[-1], losses[0] / 2)
        self.assertGreater(float(re.findall(r"accuracy (\S+)", text)[-1]), 0.9)

    def test_digest_is_the_seeds(self):
        one = digest_of(self.train("s1", "--epochs", "2", "--seed", "1"))
        self.assertEqual(digest_of(self.train("s1again", "--epochs", "2", "--seed", "0x1")), one)
        self.assertEqual(digest_of(self.train("s1plain", "--epochs", "2", "--seed", "1", "--no-fusion")), one)
        self.assertNotEqual(digest_of(self.train("s2", "--epochs", "2", "--seed", "2")), one)
        self.assertNotEqual(digest_of(self.train("s3", "--epochs", "2", "--seed", str(2**32 + 1))), one)
        default = digest_of(self.train("d", "--epochs", "2"))
        self.assertEqual(digest_of(self.train("s0", "--epochs", "2", "--seed", "0")), default)
        make_data("zipped", zipped=True)
        text = self.good("train", *SMALL, "--data", "zipped", "--out", "z", "--epochs", "2")
        self.assertEqual(digest_of(text), default)

    def test_every_setting(self):
        digests = set()
        for number, settings in enumerate([[], ["--activation", "sigmoid"], ["--activation", "tanh"], ["--loss", "mse"],
                                           ["--hidden", "none"], ["--hidden", "5"], ["--dropout", "0,1"],
                                           ["--dropout", "0"], ["--momentum", "0.9"], ["--weight-decay", "0.01"], ["--lr", "0"],
                                           ["--batch", "500"], ["--batch", "499"], ["--batch", "1"]]):
            text = self.train(f"set{number}", "--epochs", "1", *settings)
            digests.add(digest_of(text))
        self.assertEqual(len(digests), 14)

    def test_settings_read_back(self):
        text = self.train("printed", "--epochs", "1", "--dropout", "0.9999999,1e-300", "--lr", "0.100000024", "--momentum", "0.12345679")
        self.assertIn("dropout 0.9999999,1e-300, cross-entropy; lr 0.100000024, momentum 0.12345679, batch ", text)

    def test_quiet(self):
        text = self.train("quiet", "--epochs", "1", "--quiet")
        self.assertRegex(text.rstrip("\n"), DIGEST)

    def test_resume_after_any_epoch(self):
        whole = self.train("whole", "--epochs", "4", "--momentum", "0.9", "--dropout", "0.3,0.2")
        for stop in (1, 2, 3):
            folder = f"part{stop}"
            self.train(folder, "--epochs", stop, "--momentum", "0.9", "--dropout", "0.3,0.2")
            text = self.good("train", "--resume", "--out", folder, "--epochs", "4")
            self.assertEqual(digest_of(text), digest_of(whole))
            self.assertIn(f"resumed after epoch {stop}", text)
            columns = [row[:4] for row in read_metrics(folder)]
            self.assertEqual(columns, [row[:4] for row in read_metrics("whole")])
        # one that is finished says its digest again
        self.assertEqual(digest_of(self.good("train", "--resume", "--out", "whole")), digest_of(whole))
        self.assertEqual(digest_of(self.good("train", "--resume", "--out", "part1", "--quiet", "--batch", "32")), digest_of(whole))

    def test_resume_refuses_other_settings(self):
        self.train("own", "--epochs", "1", "--seed", "3")
        for option, value in [("--seed", "0"), ("--batch", "33"), ("--lr", "0.2"), ("--momentum", "0.1"), ("--hidden", "16"),
                              ("--hidden", "16,13"), ("--dropout", "0.4"), ("--activation", "tanh"), ("--loss", "mse"),
                              ("--weight-decay", "0.1")]:
            self.bad(2, "train", "--resume", "--out", "own", "--epochs", "2", option, value)
        self.bad(9, "train", "--resume", "--out", "nowhere")
        self.assertFalse(os.path.exists("nowhere"))
        make_data("other", seed=50)
        self.bad(2, "train", "--resume", "--out", "own", "--epochs", "2", "--data", "other", has="data in other are not those of own")
        self.good("train", "--resume", "--out", "own", "--epochs", "2", "--seed", "3", "--dropout", "0.5", "--data", "data")

    def test_resume_with_files_lost(self):
        """metrics.csv, which nothing depends on: its figures are gone, the digests are not. Checkpoints: nothing to go on from."""
        digest = digest_of(self.train("kept", "--epochs", "4"))
        self.train("gaps", "--epochs", "3")
        with open("gaps/metrics.csv") as file:
            lines = file.readlines()
        with open("gaps/metrics.csv", "w") as file:
            file.writelines(lines[:2] + lines[3:])  # without epoch 2
        shutil.copytree("gaps", "bare")
        done = run("train", "--resume", "--out", "gaps", "--epochs", "4", "--quiet")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("lacks the figures of 1 of the 3 epochs done", done.stderr)
        self.assertEqual(digest_of(done.stdout), digest)
        rows = read_metrics("gaps")
        self.assertEqual([row[0] for row in rows], [row[0] for row in read_metrics("kept")])
        self.assertEqual(rows[3][:4], read_metrics("kept")[3][:4])
        self.assertEqual(rows[2][1:4], 3 * ["nan"])
        for folder in ("kept", "gaps"):
            with open(f"{folder}/run.json") as file:
                digests = json.load(file)["digests"]["epochs"]
            self.assertEqual(len(set(digests)), 4)
            self.assertTrue(all(digests))
        self.good("diff", "kept", "gaps")
        self.good("reproduce", "gaps", "--quiet")

        with open("bare/run.json") as file:
            manifest = json.load(file)
        manifest["settings"]["lr"] = 0.2
        shutil.copytree("bare", "changed")
        with open("changed/run.json", "w") as file:
            json.dump(manifest, file)
        before = sorted(os.listdir("changed/checkpoints"))
        self.bad(10, "train", "--resume", "--out", "changed", "--epochs", "4", "--quiet", has="one of these was changed")
        self.assertEqual(sorted(os.listdir("changed/checkpoints")), before)
        shutil.rmtree("bare/checkpoints")
        self.bad(10, "train", "--resume", "--out", "bare", "--epochs", "4", "--quiet", has="no checkpoint to go on from")

    def test_resume_with_figures_lost_that_are_needed(self):
        """Early stopping judges by metrics.csv."""
        arguments = ["--epochs", "3", "--validate", "0.2"]
        digest = digest_of(self.train("judged", *arguments, "--early-stop", "9"))
        os.remove("judged/metrics.csv")
        self.bad(10, "train", "--resume", "--out", "judged", "--epochs", "4", "--quiet", has="3 of the 3 epochs done, by which early stopping judges")
        done = run("train", "--resume", "--out", "judged", "--early-stop", "0", "--quiet")
        self.assertEqual((done.returncode, digest_of(done.stdout)), (0, digest), done.stderr)
        self.assertEqual(run("train", "--resume", "--out", "judged", "--epochs", "4", "--early-stop", "0", "--quiet").returncode, 0)
        self.assertEqual([row[3] == "nan" for row in read_metrics("judged")[1:]], [True, True, True, False])
        self.bad(10, "train", "--resume", "--out", "judged", "--epochs", "5", "--early-stop", "9", "--quiet", has="3 of the 4 epochs done, by which")

    def test_resume_past_the_schedules_end(self):
        """The cosine ends where the first start said; what is trained from there on is told to be nothing."""
        whole = digest_of(self.train("ended", "--epochs", "2", "--schedule", "cosine"))
        self.assertEqual(run("train", "--resume", "--out", "ended", "--quiet").stderr, "")
        done = run("train", "--resume", "--out", "ended", "--epochs", "3", "--quiet")
        self.assertEqual((done.returncode, digest_of(done.stdout)), (0, whole))
        steps = 500 // 32 + 1
        self.assertIn(f"warning: the cosine schedule ends at step {2 * steps} of {3 * steps}: from there on the learning rate is 0", done.stderr)
        self.train("steps", "--epochs", "1", "--schedule", "step", "--schedule-every", "1")
        self.good("train", "--resume", "--out", "steps", "--epochs", "2", "--quiet")

    def test_resume_of_a_graph_by_hand(self):
        """A graph that is written otherwise than Clonal prints it is the same."""
        text = self.good("graph", "--inputs", "10,6", "--hidden", "8", "--dropout", "0.5")
        self.assertIn("0.5", text)
        with open("by-hand.txt", "w") as file:
            file.write(text.replace("0.5", ".50").rstrip("\n"))
        with open("another.txt", "w") as file:
            file.write(text.replace("0.5", "0.25"))
        settings = ["--data", "data", "--batch", "32", "--out", "drawn", "--quiet"]
        self.good("train", *settings, "--graph", "by-hand.txt", "--epochs", "1")
        digest = digest_of(self.good("train", *settings, "--resume", "--graph", "by-hand.txt", "--epochs", "2"))
        self.bad(2, "train", *settings, "--resume", "--graph", "another.txt", "--epochs", "3", has="graph its own, not another one")
        self.assertEqual(digest_of(self.good("train", *settings[:4], "--graph", "by-hand.txt", "--epochs", "2", "--out", "again", "--quiet")), digest)

    def test_weights_of_an_earlier_end(self):
        """They are not a run's that goes on, nor is a user's file of a like name a remainder."""
        make_data("long", train=4000, seed=9)
        self.train("further", "--data", "long", "--epochs", "1")
        with open("further/run.json.tmp-backup", "w") as file:
            file.write("mine")
        shutil.copy("further/weights.safetensors", "old.safetensors")
        process = subprocess.Popen([CLONAL, "train", "--resume", "--out", "further", "--epochs", "60"], stdout=subprocess.PIPE, text=True)
        for line in process.stdout:
            if line.startswith("epoch  2/"):
                break
        process.kill()
        process.communicate()
        for command in (["eval", "further"], ["export", "further", "-o", "further.onnx"]):
            self.bad(9, *command, has="further holds weights of an earlier end, after which the run went on: finish it")
        self.assertEqual(self.good("eval", "further/weights.safetensors", "--data", "long"), self.good("eval", "old.safetensors", "--data", "long").replace("old.", "further/weights."))
        self.assertEqual(open("further/run.json.tmp-backup").read(), "mine")

    def test_resume_with_other_test_data(self):
        self.train("tested", "--epochs", "1")
        make_data("half", seed=50)
        for name in os.listdir("data"):
            if name.startswith("train"):
                shutil.copy(f"data/{name}", f"half/{name}")
        self.bad(2, "train", "--resume", "--out", "tested", "--epochs", "2", "--data", "half", has="the test data in half are not those of tested")
        self.bad(2, "reproduce", "tested", "--data", "half", "--quiet", has="the test data in half are not those of tested")

    def test_data_folder_without_utf8(self):
        os.symlink("data", b"bad\xff")
        done = subprocess.run([CLONAL, b"train", b"--data", b"bad\xff/../data", b"--hidden", b"4", b"--epochs", b"1", b"--out", b"utf", b"--quiet"], capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)  # its real name is
        shutil.copytree("data", os.fsdecode(b"worse\xff"))
        done = subprocess.run([CLONAL, b"train", b"--data", b"worse\xff", b"--hidden", b"4", b"--epochs", b"1", b"--out", b"utf8", b"--quiet"], capture_output=True)
        self.assertEqual((done.returncode, done.stderr.count(b"\n")), (2, 1), done.stderr)
        self.assertIn(b"UTF-8", done.stderr)
        self.assertFalse(os.path.exists("utf8"))

    def test_resume_with_a_damaged_record(self):
        self.train("recorded", "--epochs", "2", "--record")
        with open("recorded/record.txt") as file:
            lines = file.readlines()
        with open("recorded/record.txt", "w") as file:
            file.writelines(lines[:50] + ["garbage\n"] + lines[51:])
        self.bad(10, "train", "--resume", "--out", "recorded", "--epochs", "3", "--quiet", has="recorded/record.txt, line 51: ")
        with open("recorded/record.txt") as file:
            self.assertEqual(len(file.readlines()), len(lines))

    def test_folder_of_parts(self):
        """A run's checkpoints without its run.json are not written over."""
        self.train("parts", "--epochs", "2")
        os.remove("parts/run.json")
        before = sorted(os.listdir("parts/checkpoints"))
        self.bad(12, "train", "--out", "parts", "--data", "data", "--hidden", "4", "--epochs", "1", has="no run.json")
        self.assertEqual(sorted(os.listdir("parts/checkpoints")), before)

    def test_data_are_found_from_elsewhere(self):
        self.train("away", "--epochs", "1")
        with open("away/run.json") as file:
            self.assertEqual(json.load(file)["settings"]["data"], os.path.realpath("data"))
        self.good("eval", "../away", cwd="away")

    def test_runs_folder(self):
        os.makedirs("home", exist_ok=True)
        arguments = ["train", "--data", "../data", "--hidden", "4", "--quiet"]
        self.bad(9, "train", "--resume", cwd="home", has="no run to resume in runs/")
        self.good(*arguments, "--epochs", "1", "--seed", "5", cwd="home")
        self.good(*arguments, "--epochs", "1", "--seed", "6", cwd="home")
        runs = sorted(os.listdir("home/runs"))
        self.assertEqual(len(runs), 2)
        for name in runs:
            self.assertRegex(name, r"\A20\d{6}T\d{6}Z-seed[56]\Z")
        self.bad(2, *arguments, "--batch", "0", cwd="home")
        self.assertEqual(sorted(os.listdir("home/runs")), runs)
        text = self.good("train", "--resume", "--epochs", "2", cwd="home")
        self.assertIn("seed 6\n", text)
        self.assertIn("resumed after epoch 1", text)

    def test_runs_begun_at_once(self):
        """Each of several that begin in one second has a folder of its own."""
        os.makedirs("at-once", exist_ok=True)
        arguments = [CLONAL, "train", "--data", "../data", "--hidden", "4", "--epochs", "1", "--quiet"]
        runs = [subprocess.Popen(arguments, cwd="at-once", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for _ in range(3)]
        for process in runs:
            self.assertEqual((process.communicate()[1], process.returncode), ("", 0))
        self.assertEqual(len(os.listdir("at-once/runs")), 3)

    def start(self, folder, *arguments, **more):
        return subprocess.Popen([CLONAL, "train", *SMALL, "--out", folder, *arguments], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, **more)

    def test_killed(self):
        make_data("more", train=4000, seed=9)
        settings = ["--data", "more", "--epochs", "30", "--momentum", "0.5"]
        whole = digest_of(self.train("unkilled", *settings))
        for kills in range(3):
            folder = f"killed{kills}"
            process = self.start(folder, *settings)
            for line in process.stdout:
                if line.startswith(f"epoch {5 * kills + 2:2}/"):
                    break
            time.sleep(0.01 * kills)
            process.kill()
            process.communicate()
            self.assertEqual(process.returncode, -signal.SIGKILL)
            self.assertEqual([name for name in os.listdir(folder) if "weights" in name], [])
            self.assertEqual(digest_of(self.good("train", "--resume", "--out", folder)), whole)
            self.assertEqual(sorted(os.listdir(folder)), ["checkpoints", "metrics.csv", "run.json", "weights.safetensors"])

    def test_one_process_a_folder(self):
        """A folder in which a process trains is not for another one, which says so and touches nothing."""
        make_data("more3", train=4000, seed=9)
        first = self.start("shared", "--data", "more3", "--epochs", "60")
        for line in first.stdout:
            if line.startswith("epoch  2/"):
                break
        self.addCleanup(first.kill)
        first.send_signal(signal.SIGSTOP)  # or it might end before the others ask
        self.bad(12, "train", "--resume", "--out", "shared", "--epochs", "60", has="another process works in shared")
        self.bad(12, "train", *SMALL, "--data", "more3", "--out", "shared", has="shared")
        first.send_signal(signal.SIGCONT)
        rest, errors = first.communicate(timeout=120)
        self.assertEqual((first.returncode, errors), (0, ""))
        self.assertEqual(digest_of(rest), digest_of(self.train("alone", "--data", "more3", "--epochs", "60")))

    def test_interrupted(self):
        make_data("more2", train=4000, seed=9)
        settings = ["--data", "more2", "--epochs", "30"]
        whole = digest_of(self.train("uninterrupted", *settings))
        for number, code in [(signal.SIGINT, 130), (signal.SIGTERM, 143)]:
            folder = f"interrupted{code}"
            process = self.start(folder, *settings)
            for line in process.stdout:
                if line.startswith("epoch  3/"):
                    break
            process.send_signal(number)
            rest, errors = process.communicate(timeout=120)
            self.assertEqual(process.returncode, code)
            self.assertEqual(errors, f"clonal: interrupted; 'clonal train --resume --out {folder}' goes on from the last checkpoint\n")
            self.assertNotIn("digest", rest)
            self.assertEqual(digest_of(self.good("train", "--resume", "--out", folder)), whole)

    def test_folder_exists(self):
        self.train("there", "--epochs", "1")
        before = {name: os.stat(f"there/{name}").st_mtime_ns for name in os.listdir("there")}
        self.bad(12, "train", *SMALL, "--out", "there", "--epochs", "1", has="--resume")
        self.assertEqual({name: os.stat(f"there/{name}").st_mtime_ns for name in os.listdir("there")}, before)
        os.mkdir("empty")
        self.train("empty", "--epochs", "1")
        self.train("deep/er/down/", "--epochs", "1")

    def test_unwritable(self):
        with open("file", "w"):
            pass
        self.bad(9, "train", *SMALL, "--out", "file/run", has="file")
        self.bad(9, "train", *SMALL, "--out", "/proc/run", has="/proc/run")

    def test_full(self):
        # A limit on the size of files stands for a full disk: run.json and a driver's compiled kernels fit in it, weights do not.
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (3000000, 3000000))

        done = run("train", *SMALL, "--hidden", "20000", "--out", "full", "--epochs", "1", preexec_fn=limit)
        self.assertEqual(done.returncode, 9, done.stderr)
        self.assertRegex(done.stderr, r"\Aclonal: .*full.*\n\Z")
        self.assertNotIn("digest", done.stdout)
        left = [os.path.join(folder, name) for folder, _, names in os.walk("full") for name in names]
        self.assertEqual([name for name in left if name.endswith(".safetensors")], [])
        for name in left:
            self.assertIn(os.path.basename(name), ["run.json", "metrics.csv"])
        self.assertEqual(digest_of(self.good("train", "--resume", "--out", "full")),
                         digest_of(self.train("unfull", "--hidden", "20000", "--epochs", "1")))

    def test_lost_output(self):
        with open("/dev/full", "w") as full:
            done = run("train", *SMALL, "--out", "lost", "--epochs", "3", stdout=full)
        self.assertEqual(done.returncode, 9)
        self.assertIn("cannot write to standard output", done.stderr)

    def test_damaged_checkpoint(self):
        def newest():
            return "hurt/checkpoints/" + sorted(os.listdir("hurt/checkpoints"))[-1]

        self.train("hurt", "--epochs", "2")
        shutil.copytree("hurt", "sound")
        with open(newest(), "r+b") as file:
            file.seek(-5, 2)
            byte = file.read(1)
            file.seek(-5, 2)
            file.write(bytes([byte[0] ^ 1]))
        done = run("train", "--resume", "--out", "hurt", "--epochs", "3")
        whole = digest_of(self.good("train", "--resume", "--out", "sound", "--epochs", "3"))
        # either it says so, or it goes on from the one before to the same end
        if done.returncode == 0:
            self.assertEqual(digest_of(done.stdout), whole)
        else:
            self.assertEqual(done.returncode, 10, done.stderr)
            self.assertIn("hurt/checkpoints", done.stderr)

    def test_damaged_manifest(self):
        self.train("lies", "--epochs", "1")
        for text in ["", "{", "[]", "{}", "null", '{"settings": 3}', "\x00\x01\x02", '{"settings": {"seed": -1}}']:
            with open("lies/run.json", "w") as file:
                file.write(text)
            self.bad(10, "train", "--resume", "--out", "lies", has="lies/run.json")

    def test_inexact(self):
        """CLBlast with options that make its mad round twice: refused, or marked, and marked for ever."""
        broken = {"CLBLAST_BUILD_OPTIONS": "-w -DUSE_CL_MAD=1 -Dmad=fma "}
        arguments = ["train", *SMALL, "--gemm", "clblast", "--epochs", "1"]
        self.bad(13, *arguments, "--out", "refused", env=broken, has="CLBlast breaks the contract")
        self.assertFalse(os.path.exists("refused"))
        done = run(*arguments, "--out", "marked", "--allow-inexact", env=broken)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stderr, "clonal: warning: this run does not keep the numeric contract; its digest is marked\n")
        self.assertRegex(done.stdout.splitlines()[-1], r"\Adigest sha256:[0-9a-f]{64}  marked/weights.safetensors \(not contract\)\Z")
        done = run("train", "--resume", "--out", "marked", "--epochs", "2")
        self.assertTrue(done.stdout.endswith("  marked/weights.safetensors (not contract)\n"), done.stdout)
        with open("marked/run.json") as file:
            self.assertIs(json.load(file)["exact"], False)

    def test_explain(self):
        text = self.good("train", *SMALL, "--explain")
        for word in ["gemm", "relu", "dropout"]:
            self.assertIn(word, text)
        self.assertFalse(os.path.exists("runs"))

    def test_progress_bar(self):
        make_data("bar", train=4000, seed=9)
        for width in (120, 60, 30):
            leader, follower = pty.openpty()
            fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
            process = subprocess.Popen([CLONAL, "train", *SMALL, "--data", "bar", "--epochs", "12", "--batch", "8", "--out",
                                        f"bar{width}"], stdout=subprocess.PIPE, stderr=follower,
                                       env=dict(os.environ, TERM="xterm"))
            os.close(follower)
            drawn = b""
            while True:
                try:
                    piece = os.read(leader, 4096)
                except OSError:
                    break
                if not piece:
                    break
                drawn += piece
            os.close(leader)
            out = process.stdout.read().decode()
            self.assertEqual(process.wait(), 0)
            digest_of(out)
            self.assertNotIn("\r", out)
            frames = [frame for frame in drawn.decode().split("\r") if frame.strip()]
            self.assertGreater(len(frames), 0)
            self.assertTrue(all(len(frame) < width for frame in frames), frames)
            self.assertNotIn("\n", drawn.decode())
            self.assertTrue(any(frame.startswith("epoch ") for frame in frames))
            if width == 120:
                self.assertTrue(any(re.search(r"\[=*>? *\] +\d+%  loss \d\.\d{4}  \S+ samples/s  \d+:\d\d left", f) for f in frames), frames)
            self.assertEqual(drawn.decode().split("\r")[-1].strip(), "")  # wiped at the end

    def test_no_bar_elsewhere(self):
        done = run("train", *SMALL, "--out", "nobar", "--epochs", "2")
        self.assertEqual(done.stderr, "")
        self.assertNotIn("\r", done.stdout)


main()
