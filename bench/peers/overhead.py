"""Seconds of one `add` of two tiny tensors, many times over: overhead.py CALLS ROUNDS."""
import json, sys, time
import torch

calls, rounds = map(int, sys.argv[1:3])
torch.set_num_threads(1)
a, b = torch.ones(2), torch.ones(2)
times = []
with torch.no_grad():
    for _ in range(rounds + 1):
        began = time.perf_counter()
        for _ in range(calls):
            torch.add(a, b)
        times.append((time.perf_counter() - began) / calls)
print(json.dumps({"seconds": times[1:]}))
