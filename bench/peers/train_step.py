"""Seconds of each training step: train_step.py DEVICE PRECISION BATCH SIDE STEPS."""
import json, sys, time
import torch
from unet import Unet

device, precision, batch, side, steps = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
torch.manual_seed(0)
net = Unet(5, 19).to(device).to(memory_format=torch.channels_last).train()
optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
loss_of = torch.nn.CrossEntropyLoss(ignore_index=255)
x = torch.randn(batch, 5, side, side).to(device).to(memory_format=torch.channels_last)
y = torch.randint(0, 19, (batch, side, side)).to(device)
half = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(precision)
scaler = torch.amp.GradScaler(device) if precision == "fp16" else None
times = []
for step in range(steps + 2):
    began = time.perf_counter()
    optimizer.zero_grad(set_to_none=True)
    with torch.autocast(device, dtype=half, enabled=half is not None):
        logits = net(x)
    loss = loss_of(logits.float(), y)
    (scaler.scale(loss) if scaler else loss).backward()
    if scaler:
        scaler.step(optimizer)
        scaler.update()
    else:
        optimizer.step()
    loss.item()
    if step >= 2:
        times.append(time.perf_counter() - began)
print(json.dumps({"seconds": times}))
