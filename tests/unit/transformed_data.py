"""Rotated and noisy data sets: bit for bit against the contract in Python, and as mathematics against SciPy or, without it, NumPy's own bilinear
interpolation; quarters of a turn are exact; the noise is normal."""
# ctest: TIMEOUT 300
import os
import subprocess
import sys
import unittest

try:
    import numpy as np
except ImportError:
    print("skipped: no numpy")
    sys.exit(77)
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import contract  # noqa: E402

try:
    import scipy.ndimage
except ImportError:
    scipy = None
PROGRAM = os.environ["CLONAL_TEST_TREE"] + "/tests/dataset_samples"
RNG = np.random.default_rng(3)
ANGLES = (0, 1e-9, 15, 30, 45, 60, 89.9999, 90, 123.456, 180, 269, 270, 300.5, 360, 450, 720, -30, -90, -1e-300, 1e9)


def samples(x, *words, code=0):
    np.save("x.npy", x)
    done = subprocess.run([PROGRAM, "x.npy", *map(str, words)], capture_output=True, timeout=120)
    assert done.returncode == code, (words, done.stderr)
    return done.stderr.decode() if code else np.frombuffer(done.stdout, np.float32).reshape(x.shape)


def smooth(image, degrees):
    """A counterclockwise turn by libm's cosine: what the contract's is close to."""
    height, width = image.shape
    a = np.radians(degrees)
    dy, dx = np.mgrid[:height, :width].astype(float) - np.array([height - 1, width - 1]).reshape(2, 1, 1) / 2
    y, x = np.cos(a) * dy + np.sin(a) * dx + (height - 1) / 2, np.cos(a) * dx - np.sin(a) * dy + (width - 1) / 2
    padded = np.pad(image, 2)
    y, x = np.clip(y, -2, height) + 2, np.clip(x, -2, width) + 2
    j, i = np.floor(x).astype(int), np.floor(y).astype(int)
    fx, fy = x - j, y - i
    padded = np.pad(padded, ((0, 1), (0, 1)))
    return (padded[i, j] * (1 - fx) + padded[i, j + 1] * fx) * (1 - fy) + (padded[i + 1, j] * (1 - fx) + padded[i + 1, j + 1] * fx) * fy


class Transformed(unittest.TestCase):
    def test_rotation(self):
        for shape in ((5, 28, 28), (3, 7, 12), (2, 1, 9), (2, 6, 5, 3), (1, 1, 1)):
            for x in (RNG.integers(0, 256, shape, np.uint8), RNG.normal(0, 50, shape).astype(np.float32)):
                floats = contract.pixels(x) if x.dtype == np.uint8 else x
                four = floats.reshape(*shape[:3], -1)
                self.assertTrue(np.array_equal(samples(x), floats))
                for degrees in ANGLES:
                    got = samples(x, "rotate", degrees)
                    wanted = contract.rotated(four, degrees).reshape(shape)
                    self.assertEqual(got.tobytes(), wanted.tobytes(), (shape, degrees))
                    if abs(degrees) > 1e6 or min(shape[1:3]) == 1:
                        continue
                    for channel in range(four.shape[3]):
                        for k in range(shape[0]):
                            near = smooth(four[k, :, :, channel].astype(float), degrees)
                            # a cosine of 1e-17 in the place of 0 moves what lies exactly on the frame: the inner part alone
                            bound = 1e-5 * np.abs(floats).max()
                            np.testing.assert_allclose(got.reshape(four.shape)[k, 1:-1, 1:-1, channel], near[1:-1, 1:-1], atol=bound)
                            if scipy and shape[1] == shape[2] and degrees % 90:
                                other = scipy.ndimage.rotate(four[k, :, :, channel].astype(float), degrees, reshape=False, order=1, mode="grid-constant")
                                np.testing.assert_allclose(got.reshape(four.shape)[k, :, :, channel], other, atol=bound)

    def test_quarters(self):
        x = RNG.integers(0, 256, (4, 9, 9), np.uint8)
        for turns in range(-5, 9):
            wanted = np.rot90(contract.pixels(x), turns, (1, 2))
            self.assertTrue(np.array_equal(samples(x, "rotate", 90 * turns), wanted), turns)
        special = np.array([[[np.inf, -0.0], [np.nan, 1e-45]]], np.float32)
        self.assertTrue(np.array_equal(samples(special, "rotate", 90), np.rot90(special, 1, (1, 2)), equal_nan=True))
        # an even frame that is not square: half a turn is exact there too
        wide = RNG.integers(0, 256, (2, 4, 7), np.uint8)
        self.assertTrue(np.array_equal(samples(wide, "rotate", 180), contract.pixels(wide)[:, ::-1, ::-1]))

    def test_noise(self):
        x = RNG.integers(0, 256, (3, 10, 61), np.uint8)
        flat = contract.pixels(x).reshape(3, -1)
        for deviation, seed in ((0, 0), (0.25, 0), (1.5, 2**64 - 1), (1e-9, 7)):
            got = samples(x, "noise", deviation, seed)
            self.assertEqual(got.tobytes(), contract.noisy(flat, deviation, seed).reshape(x.shape).tobytes(), deviation)
        # by sample, whichever others there are; another seed, another noise
        self.assertTrue(np.array_equal(samples(x[:1], "noise", 0.5, 3), samples(x, "noise", 0.5, 3)[:1]))
        self.assertFalse(np.array_equal(samples(x, "noise", 0.5, 3), samples(x, "noise", 0.5, 4)))
        # rotation, then noise, is what eval does
        both = samples(x, "rotate", 33, "noise", 0.1, 9)
        self.assertEqual(both.tobytes(), contract.noisy(contract.rotated(contract.pixels(x)[..., None], 33).reshape(3, -1), 0.1, 9).tobytes())
        # the distribution: 2^18 of them, mean and deviation within 5 standard errors, no correlation from element to element
        noise = samples(np.zeros((64, 64, 64), np.float32), "noise", 2, 1).reshape(64, -1).astype(float)
        self.assertLess(abs(noise.mean()), 5 * 2 / 512)
        self.assertLess(abs(noise.std() - 2), 5 * 2 / 512 / 2**0.5)
        self.assertLess(abs((noise[:, 1:] * noise[:, :-1]).mean()), 5 * 4 / 512)
        self.assertLess(abs((noise[1:] * noise[:-1]).mean()), 5 * 4 / 512)

    def test_wrong(self):
        self.assertIn("CLONAL_E_SHAPE", samples(np.zeros((3, 8), np.uint8), "rotate", 5, code=1))
        self.assertIn("CLONAL_E_SHAPE", samples(np.zeros((3, 2, 2, 2, 2), np.uint8), "rotate", 5, code=1))
        for words in (("rotate", "nan"), ("rotate", "inf"), ("noise", "nan", 0), ("noise", "-1", 0), ("noise", "inf", 0)):
            self.assertIn("CLONAL_E_ARGUMENT", samples(np.zeros((3, 2, 2), np.uint8), *words, code=1), words)


unittest.main(verbosity=2)
