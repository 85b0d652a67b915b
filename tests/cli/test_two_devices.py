"""One digest, one figure, whichever device; and a run that moves from one to the other and back."""
# ctest: PLATFORMS pocl+rusticl pocl+intel LONG_ON pocl+rusticl TIMEOUT 900
import json
import os

from _cli import Case, main, make_data

SETTINGS = ["--data", "data", "--hidden", "9", "--batch", "32", "--momentum", "0.5", "--seed", "0xfedcba9876543210", "--quiet"]


class TwoDevices(Case):
    def test_same(self):
        make_data("data", train=100, test=50)
        devices = [one["selector"] for one in json.loads(self.good("devices", "--json"))["devices"]]
        self.assertEqual(len(devices), 2)
        digests, figures, predictions = [], [], []
        for number, device in enumerate(devices):
            text = self.good("train", *SETTINGS, "--epochs", "3", "--device", device, "--out", f"run{number}")
            digests.append(text.split()[1])
        for device in devices:
            found = json.loads(self.good("eval", "run0", "--json", "--device", device))
            figures.append((found["loss"], found["accuracy"], found["exact"]))
            predictions.append(self.good("predict", "run0", "--json", "--count", "all", "--device", device))
        self.assertEqual(digests[0], digests[1])
        self.assertEqual(figures[0], figures[1])
        self.assertTrue(figures[0][2])
        self.assertEqual(predictions[0], predictions[1])

        self.good("train", *SETTINGS, "--epochs", "1", "--out", "moved", env={"CLONAL_DEVICE": devices[0]})
        self.good("train", "--resume", "--out", "moved", "--epochs", "2", "--device", devices[1])
        text = self.good("train", "--resume", "--out", "moved", "--epochs", "3", "--device", devices[0])
        self.assertEqual(text.splitlines()[-1], f"digest {digests[0]}  moved/weights.safetensors")
        self.assertNotIn("the best found", text)
        self.assertTrue(os.path.exists("moved/run.json"))


main()
