"""clonal bench: the tables' and the JSON's shape, and peers' figures taken as their programs print them. No time is judged."""
# ctest: PLATFORMS pocl LABELS long TIMEOUT 900
import json
import os
import statistics

from _cli import Case, main, make_data

PEER = """import sys
options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
for epoch, seconds in enumerate({seconds}, 1):
    print(f"epoch {{epoch}}  train_loss 1.0  seconds {{seconds}}")
sys.exit({code})
"""


class Bench(Case):
    @classmethod
    def setUpClass(cls):
        make_data("data", train=300, test=20)

    def peers(self, name, code=0, **seconds):
        os.makedirs(name, exist_ok=True)
        for program, values in seconds.items():
            with open(f"{name}/{program}.py", "w") as file:
                file.write(PEER.format(seconds=values, code=code))
        return name

    def rows(self, part, *arguments):
        found = json.loads(self.good("bench", "--parts", part, "--data", "data", "--json", *arguments))
        self.assertEqual(set(found), {"device", part})
        return found[part]

    def test_dropout(self):
        rows = self.rows("dropout")
        self.assertEqual([row["elements"] for row in rows[:3]], [2**16, 2**20, 2**24])
        for row in rows:
            self.assertEqual(set(row), {"elements", "dropout_per_second", "scale_copy_per_second", "copy_per_second"})
            # A launch takes a microsecond at least, and no memory here is as fast as 10 TB/s.
            self.assertTrue(all(1e3 < row[name] < 1e13 for name in row if name != "elements"), row)

    def test_peers_epochs_are_taken_as_printed(self):
        peers = self.peers("peers", torch_mlp=[9, 0.5, 0.25, 4], jax_scan=[8, 3, 1, 2])
        row, = self.rows("epoch", "--peers", peers)
        self.assertEqual((row["hidden"], row["batch"], row["samples"]), (256, 256, 300))
        self.assertEqual(row["torch_seconds"], statistics.median([0.5, 0.25, 4]))
        self.assertEqual(row["jax_seconds"], 2)
        self.assertGreater(row["clonal_seconds"], 0)
        text = self.good("bench", "--parts", "epoch", "--data", "data", "--peers", peers)
        self.assertIn("an epoch of 300 samples", text)
        self.assertEqual(text.splitlines()[-1].split()[3:5], ["0.5000", "2.0000"])

    def test_a_peer_that_fails_leaves_a_gap(self):
        peers = self.peers("failing", code=1, torch_mlp=[9, 1, 1, 1])
        row, = self.rows("epoch", "--peers", peers)
        self.assertIsNone(row["torch_seconds"])
        self.assertIsNone(row["jax_seconds"])

    def test_bad_input(self):
        self.bad(2, "bench", "--parts", "dropout,speed", has="'speed' is none")
        self.bad(2, "bench", "--parts", ",", has="products, dropout, epoch, sizes and growth")
        self.bad(9, "bench", "--parts", "epoch", "--data", "nowhere", has="nowhere")


main()
