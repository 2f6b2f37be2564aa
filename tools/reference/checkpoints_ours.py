"""Opens the files that this project wrote with PyTorch, safetensors and NumPy, and compares every byte.

    node --import tsx test/weights/support/our-files.ts FOLDER
    python tools/reference/checkpoints_ours.py FOLDER [--record test/golden/checkpoints/ours.json]

With --record the checksums of the files are written down once everything agrees: the tests then hold our writers to
exactly these bytes. Recorded with PyTorch 2.13.0, safetensors 0.8.0, NumPy 2.4.6. PyTorch 1.13 opens them too (without
--record, and without safetensors and NumPy where they are not installed).
"""

import argparse
import hashlib
import json
import math
import pathlib
import struct

import torch

parser = argparse.ArgumentParser()
parser.add_argument("folder", type=pathlib.Path)
parser.add_argument("--record", type=pathlib.Path)
options = parser.parse_args()
folder = options.folder
manifest = json.loads((folder / "manifest.json").read_text())


def raw(tensor):
    tensor = tensor.contiguous().reshape(-1)
    if tensor.numel() == 0:
        return ""
    kind = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}[tensor.element_size()]
    code = {1: "B", 2: "h", 4: "i", 8: "q"}[tensor.element_size()]
    values = tensor.view(kind).tolist() if tensor.dtype != torch.bool else [int(value) for value in tensor]
    return struct.pack(f"<{len(values)}{code}", *values).hex()


def compare(weights):
    assert list(weights) == [entry["name"] for entry in manifest], list(weights)
    for entry in manifest:
        tensor = weights[entry["name"]]
        assert str(tensor.dtype) == f"torch.{entry['dtype']}", entry["name"]
        assert list(tensor.shape) == entry["shape"], entry["name"]
        assert raw(tensor) == entry["hex"], entry["name"]


compare(torch.load(folder / "bare.pth", weights_only=True))
# The restricted unpickler of PyTorch 1.13 does not know floats.
whole = torch.load(folder / "training.ckpt", weights_only=not torch.__version__.startswith("1."))
compare(whole["state_dict"])
assert whole["epoch"] == 65 and whole["best"] == 0.5443 and whole["name"] == "é 𝛼"
assert whole["numbers"] == [0, 255, 256, 65536, -1, 2**31, -(2**31), 2**53 - 1, 12345678901234567890]
assert whole["floats"][:2] == [0.1, 1e300] and math.copysign(1, whole["floats"][2]) == -1 and math.isnan(whole["floats"][3])
assert whole["bytes"] == bytes(range(256)) and whole["flags"] == [True, False, None] and whole["set"] == {"a", "b"}
assert whole["optimizer"]["betas"] == (0.9, 0.99)
assert raw(whole["optimizer"]["state"][0]["exp_avg"]) == manifest[0]["hex"]
assert whole["state_dict"]["tied"].data_ptr() == whole["state_dict"]["float32"].data_ptr()
print("PyTorch", torch.__version__, "agrees")

try:
    import numpy as np
    import safetensors.torch
except ImportError:
    assert options.record is None, "recording needs NumPy and safetensors"
else:
    loaded = safetensors.torch.load_file(folder / "bare.safetensors")
    compare({entry["name"]: loaded[entry["name"]] for entry in manifest})
    with safetensors.safe_open(folder / "bare.safetensors", "pt") as file:
        assert file.metadata() == {"format": "pt"}
    archive = np.load(folder / "arrays.npz", allow_pickle=False)
    for entry in manifest:
        if entry["dtype"] == "bfloat16":
            continue
        array = archive[entry["name"]]
        assert str(array.dtype) == entry["dtype"] and list(array.shape) == entry["shape"]
        assert array.tobytes().hex() == entry["hex"], entry["name"]
    single = np.load(folder / "float32.npy", allow_pickle=False)
    assert single.tobytes() == archive["float32"].tobytes()
    print("safetensors and NumPy agree")

if options.record:
    names = sorted(path.name for path in folder.iterdir() if path.name != "manifest.json")
    checksums = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    record = {"opened with": f"PyTorch {torch.__version__.split('+')[0]}", "sha256": checksums}
    options.record.write_text(json.dumps(record, indent=1) + "\n")
