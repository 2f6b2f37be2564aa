"""Maps a raster as IGN's flair-detect does, written anew from its behaviour with PyTorch alone: U-Net over ResNet-34,
windows in the units of the CRS from the lower left, zeros beyond the raster, cut joints, later windows over earlier ones.

    python tools/reference/ign_detect.py PIXELS WIDTH HEIGHT BANDS CHECKPOINT CLASSES TILE MARGIN MEANS STDS CLASSES_OUT BYTES_OUT

PIXELS holds uint8 cells, band after band. CLASSES_OUT receives the class of each pixel, BYTES_OUT one byte a class and
pixel (255 times the probability, cut off). Run with PyTorch 2.13.0.
"""

import math
import pathlib
import sys

import torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    def __init__(self, inner, outer, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inner, outer, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outer)
        self.conv2 = nn.Conv2d(outer, outer, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outer)
        self.downsample = None
        if stride != 1 or inner != outer:
            self.downsample = nn.Sequential(nn.Conv2d(inner, outer, 1, stride, bias=False), nn.BatchNorm2d(outer))

    def forward(self, x):
        short = x if self.downsample is None else self.downsample(x)
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + short)


class Encoder(nn.Module):
    def __init__(self, bands):
        super().__init__()
        self.conv1 = nn.Conv2d(bands, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        inner = 64
        for i, (outer, depth) in enumerate([(64, 3), (128, 4), (256, 6), (512, 3)]):
            strides = [1 if i == 0 else 2] + [1] * (depth - 1)
            blocks = [Block(inner if j == 0 else outer, outer, stride) for j, stride in enumerate(strides)]
            setattr(self, f"layer{i + 1}", nn.Sequential(*blocks))
            inner = outer

    def forward(self, x):
        first = F.relu(self.bn1(self.conv1(x)))
        maps = [first, self.layer1(F.max_pool2d(first, 3, 2, 1))]
        for layer in (self.layer2, self.layer3, self.layer4):
            maps.append(layer(maps[-1]))
        return maps


def step(inner, outer):
    return nn.Sequential(nn.Conv2d(inner, outer, 3, padding=1, bias=False), nn.BatchNorm2d(outer), nn.ReLU())


class Up(nn.Module):
    def __init__(self, inner, skip, outer):
        super().__init__()
        self.conv1 = step(inner + skip, outer)
        self.conv2 = step(outer, outer)

    def forward(self, x, skip):
        x = F.interpolate(x, scale_factor=2, mode="nearest")
        return self.conv2(self.conv1(x if skip is None else torch.cat([x, skip], 1)))


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        sizes = [(512, 256, 256), (256, 128, 128), (128, 64, 64), (64, 64, 32), (32, 0, 16)]
        self.blocks = nn.ModuleList(Up(*size) for size in sizes)

    def forward(self, maps):
        x = maps[-1]
        for block, skip in zip(self.blocks, [*maps[-2::-1], None]):
            x = block(x, skip)
        return x


class UNet(nn.Module):
    def __init__(self, bands, classes):
        super().__init__()
        self.encoder = Encoder(bands)
        self.decoder = Decoder()
        self.segmentation_head = nn.Sequential(nn.Conv2d(16, classes, 3, padding=1))

    def forward(self, x):
        return self.segmentation_head(self.decoder(self.encoder(x)))


def arange(start, stop, width):
    return [start + i * width for i in range(math.ceil((stop - start) / width))]


def slices(bounds, resolution, tile, margin):
    """Windows and kept parts as (left, bottom, right, top), in the order they are predicted and written."""
    left, bottom, right, top = bounds
    side, border = tile * resolution, margin * resolution
    seen = set()
    for x in arange(left - border, right + border, side - 2 * border):
        for y in arange(bottom - border, top + border, side - 2 * border):
            x0 = right + border - side if x + side > right + border else x
            y0 = top + border - side if y + side > top + border else y
            kept = (x0 + border, y0 + border, min(x0 + side - border, right), min(y0 + side - border, top))
            key = tuple(round(value, 6) for value in kept)
            if key not in seen:
                seen.add(key)
                yield (x0, y0, x0 + side, y0 + side), kept


def main():
    pixels, width, height, bands, checkpoint, classes, tile, margin, means, stds, classes_out, bytes_out = sys.argv[1:]
    width, height, bands, classes, tile, margin = map(int, (width, height, bands, classes, tile, margin))
    means, stds = ([float(value) for value in text.split(",")] for text in (means, stds))
    cells = bytearray(pathlib.Path(pixels).read_bytes())
    image = torch.frombuffer(cells, dtype=torch.uint8).reshape(bands, height, width)
    weights = torch.load(checkpoint, map_location="cpu", weights_only=True)
    weights = weights.get("state_dict", weights)
    prefix = "model.seg_model."
    if next(iter(weights)).startswith(prefix):
        weights = {key[len(prefix) :]: value for key, value in weights.items() if key.startswith(prefix)}
    network = UNet(bands, classes)
    network.load_state_dict(weights, strict=True)
    network.eval()
    resolution, left, top = 0.2, 650000.0, 6860000.0
    bounds = (left, top - height * resolution, left + width * resolution, top)
    best = torch.zeros(height, width, dtype=torch.uint8)
    shares = torch.zeros(classes, height, width, dtype=torch.uint8)
    mean = torch.tensor(means, dtype=torch.float64).reshape(-1, 1, 1)
    std = torch.tensor(stds, dtype=torch.float64).reshape(-1, 1, 1)
    with torch.no_grad():
        for window, kept in slices(bounds, resolution, tile, margin):
            x, y = round((window[0] - left) / resolution), round((top - window[3]) / resolution)
            patch = torch.zeros(bands, tile, tile, dtype=torch.float64)
            from_x, from_y = max(0, -x), max(0, -y)
            to_x, to_y = min(tile, width - x), min(tile, height - y)
            patch[:, from_y:to_y, from_x:to_x] = image[:, y + from_y : y + to_y, x + from_x : x + to_x]
            probabilities = torch.softmax(network(((patch - mean) / std).float()[None]), 1)[0]
            core = probabilities[:, margin : tile - margin, margin : tile - margin]
            x, y = round((kept[0] - left) / resolution), round((top - kept[3]) / resolution)
            w, h = round((kept[2] - kept[0]) / resolution), round((kept[3] - kept[1]) / resolution)
            best[y : y + h, x : x + w] = core.argmax(0)[:h, :w].to(torch.uint8)
            shares[:, y : y + h, x : x + w] = (255 * core)[:, :h, :w].to(torch.uint8)
    pathlib.Path(classes_out).write_bytes(bytes(best.flatten().tolist()))
    pathlib.Path(bytes_out).write_bytes(bytes(shares.flatten().tolist()))
    print("windows:", sum(1 for _ in slices(bounds, resolution, tile, margin)))


main()
