"""Zone reconstruction as teams of the FLAIR challenge did it: windows of 512 shifted by 128 along both axes, each of the
sixteen passes written to disk, then a majority vote. map_shifts.py WEIGHTS INPUT FOLDER; weights as safetensors."""
import json, os, struct, sys, time
import numpy as np
import rasterio
from rasterio.windows import Window
import torch
from unet import Unet

MEANS = np.array([105.08, 110.87, 101.82, 106.38, 53.26])[:, None, None]
STDS = np.array([52.17, 45.38, 44, 39.69, 79.3])[:, None, None]
SIZE, SHIFTS, CLASSES = 512, 4, 19


def load_weights(path):
    data = open(path, "rb").read()
    (length,) = struct.unpack("<Q", data[:8])
    types = {"F32": np.float32, "I64": np.int64}
    state = {}
    for name, entry in json.loads(data[8 : 8 + length]).items():
        if name == "__metadata__":
            continue
        start, end = entry["data_offsets"]
        dtype = types[entry["dtype"]]
        count = (end - start) // np.dtype(dtype).itemsize
        array = np.frombuffer(data, dtype, offset=8 + length + start, count=count)
        state[name] = torch.from_numpy(array.reshape(entry["shape"]).copy())
    return state


net = Unet(5, CLASSES).eval()
net.load_state_dict(load_weights(sys.argv[1]))
began = time.perf_counter()
passes = []
with rasterio.open(sys.argv[2]) as source, torch.no_grad():
    height, width = source.height, source.width
    profile = dict(driver="GTiff", dtype="uint8", count=1, width=width, height=height, transform=source.transform)
    step = SIZE // SHIFTS
    for i in range(SHIFTS):
        for j in range(SHIFTS):
            path = os.path.join(sys.argv[3], f"shift-{i}-{j}.tif")
            passes.append(path)
            with rasterio.open(path, "w", **profile) as target:
                for y in range(j * step, height - SIZE + 1, SIZE):
                    for x in range(i * step, width - SIZE + 1, SIZE):
                        window = Window(x, y, SIZE, SIZE)
                        image = source.read([1, 2, 3, 4, 5], window=window)
                        image = torch.from_numpy(((image - MEANS) / STDS).astype(np.float32))[None]
                        best = net(image).softmax(1).argmax(1)[0].numpy().astype(np.uint8)
                        target.write(best + 1, 1, window=window)
rows = 512
with rasterio.open(os.path.join(sys.argv[3], "votes.tif"), "w", **profile) as target:
    files = [rasterio.open(path) for path in passes]
    for y in range(0, height, rows):
        window = Window(0, y, width, min(rows, height - y))
        stack = np.stack([file.read(1, window=window) for file in files])
        votes = np.stack([(stack == k + 1).sum(0) for k in range(CLASSES)])
        target.write(votes.argmax(0).astype(np.uint8), 1, window=window)
    for file in files:
        file.close()
print(json.dumps({"seconds": [time.perf_counter() - began]}))
