"""Seconds of each forward pass: forward.py DEVICE PRECISION BATCH SIDE STEPS."""
import json, sys, time
import torch
from unet import Unet

device, precision, batch, side, steps = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
torch.manual_seed(0)
net = Unet(5, 19).to(device).to(memory_format=torch.channels_last).eval()
x = torch.randn(batch, 5, side, side).to(device).to(memory_format=torch.channels_last)
half = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(precision)
times = []
with torch.inference_mode():
    for step in range(steps + 2):
        began = time.perf_counter()
        with torch.autocast(device, dtype=half, enabled=half is not None):
            net(x)[0, 0, 0, 0].item()
        if step >= 2:
            times.append(time.perf_counter() - began)
print(json.dumps({"seconds": times}))
