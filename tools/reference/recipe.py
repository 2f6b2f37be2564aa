"""Weights and inputs from names, the Python side of src/models/parity/recipe.ts (numpy only).

Run as a script it writes the golden numbers of the recipe's test:
    python tools/reference/recipe.py > test/golden/parity/recipe.json
"""
import json
import math

import numpy as np


def fnv1a(name):
    value = 0x811C9DC5
    for byte in name.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def unit(name, count):
    """`count` numbers in [-0.5, 0.5), float64."""
    x = (np.uint64(fnv1a(name)) + np.arange(count, dtype=np.uint64) * np.uint64(0x9E3779B9)) & np.uint64(0xFFFFFFFF)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        x = ((x ^ (x >> np.uint64(shift))) * np.uint64(factor)) & np.uint64(0xFFFFFFFF)
    return (x ^ (x >> np.uint64(16))).astype(np.float64) / 4294967296.0 - 0.5


def weight(name, shape):
    u = unit(name, math.prod(shape))
    leaf = name.rsplit(".", 1)[-1]
    if leaf == "running_var":
        values = 1.0 + 0.4 * u
    elif leaf == "running_mean":
        values = 0.2 * u
    elif len(shape) <= 1:
        values = 1.0 + 0.2 * u if leaf == "weight" else 0.2 * u
    else:
        values = u * math.sqrt(24.0 / math.prod(shape[1:]))
    return values.astype(np.float32).reshape(shape)


def image(name, shape):
    return (unit(name, math.prod(shape)) * math.sqrt(12.0)).astype(np.float32).reshape(shape)


def labels(name, shape, classes):
    return np.floor((unit(name, math.prod(shape)) + 0.5) * classes).astype(np.int64).reshape(shape)


if __name__ == "__main__":
    golden = {
        "weights": [
            {"name": name, "shape": shape, "values": [float(v) for v in weight(name, shape).ravel()]}
            for name, shape in [
                ("encoder.conv1.weight", [4, 3, 2, 2]),
                ("encoder.bn1.weight", [6]),
                ("encoder.bn1.bias", [6]),
                ("encoder.bn1.running_mean", [6]),
                ("encoder.bn1.running_var", [6]),
                ("logit_scale", []),
                ("relative_position_bias_table", [5, 3]),
            ]
        ],
        "input": {"name": "input", "shape": [1, 2, 3, 3], "values": [float(v) for v in image("input", [1, 2, 3, 3]).ravel()]},
        "labels": {"name": "train_labels", "shape": [1, 4, 5], "classes": 7, "values": labels("train_labels", [1, 4, 5], 7).ravel().tolist()},
    }
    print(json.dumps(golden))
