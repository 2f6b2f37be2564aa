"""Patches a second of a single-process loader, rasterio and NumPy: loader.py LIST BATCH. One pass after a warm-up."""
import csv, json, sys, time
import numpy as np
import rasterio

MEANS = [105.08, 110.87, 101.82, 106.38, 53.26]
STDS = [52.17, 45.38, 44, 39.69, 79.3]
rows = list(csv.reader(open(sys.argv[1])))
batch = int(sys.argv[2])
random = np.random.default_rng(0)


def load(image_path, mask_path):
    with rasterio.open(image_path) as source:
        image = source.read([1, 2, 3, 4, 5])
    with rasterio.open(mask_path) as source:
        mask = source.read(1) - 1
    image, mask = image.swapaxes(0, 2).swapaxes(0, 1), mask
    if random.random() < 0.5:
        image, mask = image[::-1], mask[::-1]
    if random.random() < 0.5:
        image, mask = image[:, ::-1], mask[:, ::-1]
    if random.random() < 0.5:
        turns = random.integers(4)
        image, mask = np.rot90(image, turns), np.rot90(mask, turns)
    image = image.swapaxes(0, 2).swapaxes(1, 2).astype(np.float64)
    for i in range(5):
        image[i] -= MEANS[i]
        image[i] /= STDS[i]
    return image.astype(np.float32), mask.astype(np.int64)


def epoch():
    for start in range(0, len(rows), batch):
        pairs = [load(*row[:2]) for row in rows[start : start + batch]]
        np.stack([image for image, _ in pairs]), np.stack([mask for _, mask in pairs])


epoch()
began = time.perf_counter()
epoch()
print(json.dumps({"seconds": [(time.perf_counter() - began) / len(rows)]}))
