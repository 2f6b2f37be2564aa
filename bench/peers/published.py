"""Seconds of each training step or forward pass of a network of transformers, or of the U-Net++ beside this file:
published.py NAME train|forward PRECISION BATCH SIDE STEPS. The networks have the published architectures, random weights
and thirteen classes. Also prints the largest resident size, in bytes."""
import json, resource, sys, time
import torch
import torch.nn.functional as F
import transformers as hf

name, what, precision, batch, side, steps = *sys.argv[1:4], *map(int, sys.argv[4:7])
classes, stages = 13, ["stage1", "stage2", "stage3", "stage4"]
torch.manual_seed(0)
if name.startswith("nvidia/mit-b"):
    depths, width, decoder = {"0": ([2, 2, 2, 2], 32, 256), "2": ([3, 4, 6, 3], 64, 768)}[name[-1]]
    config = hf.SegformerConfig(
        depths=depths, hidden_sizes=[width, width * 2, width * 5, width * 8], decoder_hidden_size=decoder,
        num_labels=classes)
    net = hf.SegformerForSemanticSegmentation(config)
elif name == "tu-convnext_tiny_unetplusplus":
    from unetplusplus import UnetPlusPlus
    net = UnetPlusPlus(classes)
elif "upernet" in name:
    if "swin" in name:
        backbone = hf.SwinConfig(out_features=stages)
    else:
        backbone = hf.ConvNextConfig(depths=[3, 3, 9, 3], hidden_sizes=[96, 192, 384, 768], out_features=stages)
    config = hf.UperNetConfig(backbone_config=backbone, auxiliary_in_channels=384, num_labels=classes)
    net = hf.UperNetForSemanticSegmentation(config)
else:
    backbone = hf.SwinConfig(out_features=stages, drop_path_rate=0.3)
    net = hf.Mask2FormerForUniversalSegmentation(hf.Mask2FormerConfig(backbone_config=backbone, num_labels=classes))
net.train(what == "train")
plain = not isinstance(net, hf.PreTrainedModel)
masks = isinstance(net, hf.Mask2FormerForUniversalSegmentation)
x = torch.randn(batch, 3, side, side)
y = torch.randint(0, classes, (batch, side, side))


def loss():
    if plain:
        return F.cross_entropy(net(x), y)
    if not masks:
        return net(pixel_values=x, labels=y).loss
    present = [torch.unique(image) for image in y]
    binary = [torch.stack([(image == c).float() for c in found]) for image, found in zip(y, present)]
    return net(pixel_values=x, mask_labels=binary, class_labels=present).loss


def forward():
    if plain:
        return net(x)
    out = net(pixel_values=x)
    resize = lambda map: F.interpolate(map, size=(side, side), mode="bilinear", align_corners=False)
    if not masks:
        return out.logits if out.logits.shape[-1] == side else resize(out.logits)
    probabilities = out.class_queries_logits.softmax(-1)[..., :-1]
    return torch.einsum("bqc,bqhw->bchw", probabilities, resize(out.masks_queries_logits).sigmoid())


times = []
for round in range(steps + 1):
    began = time.perf_counter()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16"):
        if what == "train":
            net.zero_grad(set_to_none=True)
            value = loss()
        else:
            with torch.inference_mode():
                forward().flatten()[0].item()
    if what == "train":
        value.backward()
        value.item()
    if round >= 1:
        times.append(time.perf_counter() - began)
print(json.dumps({"seconds": times, "resident": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))
