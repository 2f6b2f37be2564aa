"""Checksums of PyTorch's float16 and bfloat16 conversions: python tools/reference/checkpoints_half.py

Made with PyTorch 2.13.0. Inputs are the float32 bit patterns i * 2654435761 mod 2^32 for i < 2^20, without NaN;
and all 65,536 patterns of float16 and bfloat16, without NaN.
"""

import hashlib
import json
import pathlib

import torch

words = (torch.arange(1 << 20) * 2654435761) % (1 << 32)
floats = torch.where(words >= 1 << 31, words - (1 << 32), words).to(torch.int32).view(torch.float32)
floats = floats[~floats.isnan()]
patterns = torch.arange(-(1 << 15), 1 << 15).to(torch.int16)


def checksum(tensor):
    content = bytes(tensor.contiguous().view(torch.uint8).tolist())
    return hashlib.sha256(content).hexdigest()


result = {}
for kind in (torch.float16, torch.bfloat16):
    name = str(kind)[6:]
    result[f"float32 to {name}"] = checksum(floats.to(kind).view(torch.int16))
    halves = patterns.view(kind)
    result[f"{name} to float32"] = checksum(halves[~halves.isnan()].to(torch.float32).view(torch.int32))
path = pathlib.Path("test/golden/checkpoints/half-precision.json")
path.write_text(json.dumps(result, indent=1) + "\n")
