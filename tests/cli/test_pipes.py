"""A reader that leaves, as head does: every verb ends in silence, by SIGPIPE, as other tools do; a training run then can be resumed."""
# ctest: PLATFORMS pocl LABELS long TIMEOUT 600
import glob
import json
import os
import signal
import subprocess

from _cli import CLONAL, Case, main, make_data, run

SMALL = ["--data", "data", "--hidden", "16,12", "--batch", "32"]
EPOCHS = 40
ENDED = (-signal.SIGPIPE, "")


def unread(*arguments, **more):
    """The exit code and the stderr of the command where nobody reads what it prints."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = run(*arguments, stdout=writing, **more)
    finally:
        os.close(writing)
    return done.returncode, done.stderr


def digest(text):
    return text.splitlines()[-1].split()[1]


class Pipes(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data")
        subprocess.run([CLONAL, "train", *SMALL, "--epochs", str(EPOCHS), "--out", "whole"], check=True, stdout=subprocess.DEVNULL)

    def test_verbs(self):
        for arguments in [["--help"], ["--version"], ["help", "exit-codes"], ["train", "--help"], ["devices"], ["devices", "--json"], ["graph"],
                          ["rng", "--device", "host"], ["rng", "--count", "100000"], ["mask", "--p", "0.5", "--rows", "2000", "--columns", "100"],
                          ["dropout"], ["dropout", "--json"], ["eval", "whole"], ["predict", "whole", "--count", "all"], ["predict", "whole", "--json"],
                          ["train", *SMALL, "--explain"], ["diff", "whole", "whole"], ["diff", "whole", "whole", "--json"], ["verify", "--small"],
                          ["reproduce", "whole"], ["reproduce", "whole", "--quiet"], ["cache"], ["cache", "verify", "--cache", "fresh"], ["cache", "--json"],
                          ["tune", "--inputs", "8", "--hidden", "4", "--train", "4", "--test", "0", "--batch", "4", "--quick"]]:
            self.assertEqual(unread(*arguments), ENDED, arguments)

    def test_head(self):
        """In a shell: the status of the writer, and nothing on stderr."""
        for command in ['"$CLONAL" rng --device host --count 300000', '"$CLONAL" mask --p 0.5 --rows 3000 --columns 100',
                        '"$CLONAL" predict whole --count all --first 0']:
            script = f"{{ {command}; echo $? >&3; }} 3>status | head -n 1"
            done = subprocess.run(["sh", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=True, timeout=300)
            with open("status") as file:
                status = file.read()
            self.assertEqual((done.stdout.count("\n"), done.stderr), (1, ""), command)
            self.assertIn(status, ["141\n", "0\n"] if "predict" in command else ["141\n"], command)  # what fits the pipe is written

    def test_a_failure_stays(self):
        """What went wrong besides is still told, by its own code."""
        code, message = unread("eval", "none-such")
        self.assertEqual(code, 9)
        self.assertIn("none-such", message)

    def test_ignored(self):
        """Who had the command ignore SIGPIPE, as a service manager does, hears of the failed write."""
        reading, writing = os.pipe()
        os.close(reading)
        before = signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        try:
            done = run("rng", "--device", "host", "--count", "100000", stdout=writing, restore_signals=False)
        finally:
            signal.signal(signal.SIGPIPE, before)
            os.close(writing)
        self.assertEqual((done.returncode, done.stderr), (9, "clonal: cannot write to standard output: Broken pipe\n"))

    def test_full_disk(self):
        for arguments in [["rng", "--device", "host"], ["dropout"], ["cache"], ["train", *SMALL, "--epochs", "2", "--out", "full"]]:
            with open("/dev/full", "w") as full:
                done = run(*arguments, stdout=full)
            self.assertEqual((done.returncode, done.stderr), (9, "clonal: cannot write to standard output: No space left on device\n"), arguments)

    def test_train(self):
        """The run stops as by Ctrl-C, and goes on to the same digest."""
        with open("whole/run.json") as file:
            expected = json.load(file)["digests"]["weights"]
        # the reader leaves after the first lines, so the first epoch's line is the one that is lost
        command = [CLONAL, "train", *SMALL, "--epochs", str(EPOCHS), "--out", "left"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            while not process.stdout.readline().startswith("ready after "):
                pass
            process.stdout.close()
            self.assertEqual((process.stderr.read(), process.wait()), ("", -signal.SIGPIPE))
        done = len(glob.glob("left/checkpoints/*"))  # 1, or more where the reader was slow to leave
        self.assertIn(done, range(1, EPOCHS))
        self.assertFalse(os.path.exists("left/weights.safetensors"))
        resumed = self.good("train", "--resume", "--out", "left")
        self.assertIn(f"resumed after epoch {done}", resumed)
        self.assertEqual(digest(resumed), expected)
        # nobody ever reads: it does not begin
        self.assertEqual(unread("train", *SMALL, "--epochs", str(EPOCHS), "--out", "never"), ENDED)
        self.assertEqual(glob.glob("never/checkpoints/*"), [])
        self.assertEqual(digest(self.good("train", "--resume", "--out", "never")), expected)
        # all is done before the one line that is lost
        self.assertEqual(unread("train", *SMALL, "--epochs", str(EPOCHS), "--out", "quiet", "--quiet"), ENDED)
        with open("quiet/run.json") as file:
            self.assertEqual(json.load(file)["digests"]["weights"], expected)

    def test_reproduce(self):
        """What --out keeps of a reproduction is a run that can be resumed as well."""
        self.assertEqual(unread("reproduce", "whole", "--out", "again"), ENDED)
        with open("whole/run.json") as file:
            expected = json.load(file)["digests"]["weights"]
        self.assertEqual(digest(self.good("train", "--resume", "--out", "again")), expected)


main()
