"""Maps a raster the way IGN's programs do: windows of 512 with a margin of 128, float32, read, predicted and written in
turn, four at a time. map_ign.py WEIGHTS INPUT OUTPUT; weights as safetensors."""
import json, struct, sys, time
import numpy as np
import rasterio
from rasterio.windows import Window
import torch
from unet import Unet

MEANS = np.array([105.08, 110.87, 101.82, 106.38, 53.26])[:, None, None]
STDS = np.array([52.17, 45.38, 44, 39.69, 79.3])[:, None, None]
SIZE, MARGIN, BATCH = 512, 128, 4


def load_weights(path):
    data = open(path, "rb").read()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    types = {"F32": np.float32, "I64": np.int64}
    state = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = entry["data_offsets"]
        array = np.frombuffer(data, types[entry["dtype"]], offset=8 + length + start, count=(end - start) // np.dtype(types[entry["dtype"]]).itemsize)
        state[name] = torch.from_numpy(array.reshape(entry["shape"]).copy())
    return state


def starts(length):
    step = SIZE - 2 * MARGIN
    places = list(range(0, length, step))
    return sorted({min(place, max(0, length - step)) for place in places})


net = Unet(5, 19).eval()
net.load_state_dict(load_weights(sys.argv[1]))
began = time.perf_counter()
with rasterio.open(sys.argv[2]) as source:
    profile = dict(driver="GTiff", dtype="uint8", count=1, width=source.width, height=source.height, crs=source.crs,
                   transform=source.transform, compress="lzw", tiled=True, blockxsize=SIZE, blockysize=SIZE, BIGTIFF="YES")
    places = [(x, y) for x in starts(source.width) for y in starts(source.height)]
    with rasterio.open(sys.argv[3], "w", **profile) as target, torch.no_grad():
        for i in range(0, len(places), BATCH):
            batch = places[i : i + BATCH]
            images = []
            for x, y in batch:
                window = Window(x - MARGIN, y - MARGIN, SIZE, SIZE)
                image = source.read([1, 2, 3, 4, 5], window=window, boundless=True, fill_value=0)
                images.append(((image.astype(np.float64) - MEANS) / STDS).astype(np.float32))
            scores = torch.softmax(net(torch.from_numpy(np.stack(images))), 1).numpy()
            for (x, y), score in zip(batch, scores):
                core = score[:, MARGIN : SIZE - MARGIN, MARGIN : SIZE - MARGIN].argmax(0).astype(np.uint8)
                w, h = min(core.shape[1], source.width - x), min(core.shape[0], source.height - y)
                target.write(core[:h, :w], 1, window=Window(x, y, w, h))
print(json.dumps({"seconds": [time.perf_counter() - began]}))
