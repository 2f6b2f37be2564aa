"""U-Net++ over timm's ConvNeXt-Tiny in plain PyTorch, of the structure that segmentation_models_pytorch gives it."""
import timm
import torch
import torch.nn.functional as F
from torch import nn


def block(inputs, outputs):
    layers = []
    for width in (inputs, outputs):
        layers += [nn.Conv2d(width, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


class UnetPlusPlus(nn.Module):
    def __init__(self, classes, widths=(256, 128, 64, 32, 16)):
        super().__init__()
        self.encoder = timm.create_model("convnext_tiny", features_only=True)
        head, *skips = self.encoder.feature_info.channels()[::-1]
        skips.append(0)  # ConvNeXt has no map of half the image's size
        self.depth, inputs, self.blocks = len(widths) - 1, [head, *widths], nn.ModuleDict()
        for layer in range(self.depth):
            for depth in range(layer + 1):
                below, width = (inputs[layer], widths[layer]) if depth == 0 else (skips[layer - 1], skips[layer])
                if width > 0:
                    self.blocks[f"{depth}_{layer}"] = block(below + skips[layer] * (layer + 1 - depth), width)
        self.blocks[f"0_{self.depth}"] = block(widths[-2], widths[-1])
        self.head = nn.Conv2d(widths[-1], classes, 3, 1, 1)

    def forward(self, images):
        maps, results = self.encoder(images)[::-1], {}
        for layer in range(self.depth):
            for depth in range(layer, -1, -1):
                if f"{depth}_{layer}" not in self.blocks:
                    continue
                below = maps[depth] if depth == layer else results[depth, layer - 1]
                joined = [results[i, layer] for i in range(depth + 1, layer + 1) if (i, layer) in results]
                joined += maps[layer + 1 : layer + 2]
                doubled = F.interpolate(below, scale_factor=2, mode="nearest")
                results[depth, layer] = self.blocks[f"{depth}_{layer}"](torch.cat([doubled, *joined], 1) if joined else doubled)
        last = F.interpolate(results[0, self.depth - 1], scale_factor=2, mode="nearest")
        return self.head(self.blocks[f"0_{self.depth}"](last))
