"""train --watch: byte for byte the same stats.csv on two devices, by other kernels too, and of a run that moves from one to the other."""
# ctest: PLATFORMS pocl+rusticl pocl+intel LABELS long TIMEOUT 900
import json

from _cli import Case, main, make_data

SETTINGS = ["--data", "data", "--hidden", "16,12", "--dropout", "0.5,0.25", "--batch", "64", "--momentum", "0.5", "--seed", "9", "--watch"]


class WatchDevices(Case):
    def train(self, out, *arguments):
        self.good("train", *SETTINGS, "--out", out, *arguments)
        with open(f"{out}/stats.csv", "rb") as file:
            return file.read()

    def test_devices(self):
        make_data("data", train=300, test=60)
        first, second = (one["selector"] for one in json.loads(self.good("devices", "--json"))["devices"])
        whole = self.train("first", "--epochs", "2", "--device", first)
        self.assertEqual(whole.count(b"\n"), 1 + 3 * (2 * 8 + 2 * 7 + 2 * 6))
        self.assertEqual(self.train("second", "--epochs", "2", "--device", second), whole)
        self.assertEqual(self.train("other", "--epochs", "2", "--no-fusion", "--record", "--gemm", "clblast", "--device", first), whole)
        self.train("moved", "--epochs", "1", "--device", first)
        self.good("train", "--resume", "--out", "moved", "--epochs", "2", "--device", second)
        with open("moved/stats.csv", "rb") as file:
            self.assertEqual(file.read(), whole)


main()
