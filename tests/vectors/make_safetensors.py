#!/usr/bin/env python3
"""Writes pypi.safetensors beside this script, with PyPI's own package: `pip install safetensors numpy` (made with 0.8.0).

tests/unit/test_safetensors.c reads it, and writes the same tensors to the same bytes.
"""
import pathlib

import numpy
from safetensors.numpy import save_file

words = numpy.array([0x7FC00000, 0x7F800000, 0xFF800000, 0x80000000, 0x00000001, 0x807FFFFF], dtype=numpy.uint32)
tensors = {
    "1.bias": numpy.array([0.25, -1.5], dtype=numpy.float32),
    "1.weight": numpy.arange(6, dtype=numpy.float32).reshape(2, 3) / 8,
    "empty": numpy.zeros((0, 3), dtype=numpy.float32),
    "scalar": numpy.array(3.5, dtype=numpy.float32),
    "special": words.view(numpy.float32).reshape(1, 3, 1, 2),
    "\u00fcber": numpy.array([1], dtype=numpy.float32),
}
save_file(tensors, pathlib.Path(__file__).with_name("pypi.safetensors"), metadata={"clonal.graph": '0 input "2"\n\\ \u00b5\t/'})
