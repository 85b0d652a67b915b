"""Fashion-MNIST for the peers' programs, and the options that all of them take."""
import argparse
import gzip
import os

import numpy as np


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--hidden", type=int, default=256, help="width of both hidden layers")
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", default="/usr/share/datasets/fashion-mnist", help="folder of IDX files, compressed")
    return parser


def _idx(path):
    with gzip.open(path) as file:
        content = file.read()
    shape = np.frombuffer(content, ">u4", content[3], offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * content[3]).reshape(shape)


def training_data(folder):
    """Pixels (60000,784) as float32 from 0 to 1, and labels (60000)."""
    pixels = _idx(os.path.join(folder, "train-images-idx3-ubyte.gz"))
    labels = _idx(os.path.join(folder, "train-labels-idx1-ubyte.gz"))
    return pixels.reshape(len(pixels), -1).astype(np.float32) / 255, labels
