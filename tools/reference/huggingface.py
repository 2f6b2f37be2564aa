"""Small parity cases for the networks of src/models/huggingface, made with transformers 5.18.0 and torch 2.13.0 (CPU).

Run: python tools/reference/huggingface.py [DIR]
Writes test/golden/parity/hf-*: case.json and outputs.safetensors, laid out like every parity case. Weights and inputs
come from the recipe (recipe.py); names are those that save_pretrained writes. Sizes are odd on purpose, so that padding
and shifting of windows take part. With DIR it writes the networks in their published sizes there instead (some GB of
memory), for `npm run parity -- DIR`.
"""
import json
import pathlib
import sys
import tempfile

import numpy as np
import torch
import transformers
from safetensors import safe_open
from safetensors.numpy import save_file
from transformers import (
    Mask2FormerConfig,
    Mask2FormerForUniversalSegmentation,
    SegformerConfig,
    SegformerForSemanticSegmentation,
    SwinConfig,
    ConvNextConfig,
    UperNetConfig,
    UperNetForSemanticSegmentation,
)

import recipe

OUT = pathlib.Path(__file__).resolve().parents[2] / "test" / "golden" / "parity"
STAGES = ["stage1", "stage2", "stage3", "stage4"]


def swin(**changes):
    options = dict(embed_dim=32, depths=[2, 2, 2, 1], num_heads=[1, 2, 2, 4], window_size=4, drop_path_rate=0.0)
    return SwinConfig(**{**options, **changes}, out_features=STAGES)


def cases():
    yield "hf-segformer-small", SegformerForSemanticSegmentation, SegformerConfig(
        num_channels=4, depths=[1, 2, 1, 1], hidden_sizes=[16, 24, 32, 48], num_attention_heads=[1, 2, 4, 4],
        decoder_hidden_size=32, classifier_dropout_prob=0.0, drop_path_rate=0.0, num_labels=3,
    ), (38, 53)
    yield "hf-upernet-swin-small", UperNetForSemanticSegmentation, UperNetConfig(
        backbone_config=swin(), hidden_size=32, auxiliary_channels=16, auxiliary_in_channels=128, num_labels=3,
    ), (38, 53)
    yield "hf-upernet-convnext-small", UperNetForSemanticSegmentation, UperNetConfig(
        backbone_config=ConvNextConfig(
            num_channels=5, hidden_sizes=[16, 24, 32, 48], depths=[1, 1, 2, 1], out_features=STAGES
        ),
        hidden_size=32, auxiliary_channels=16, auxiliary_in_channels=32, auxiliary_num_convs=2,
        auxiliary_concat_input=True, num_labels=3,
    ), (76, 64)
    yield "hf-mask2former-small", Mask2FormerForUniversalSegmentation, Mask2FormerConfig(
        backbone_config=swin(), feature_size=32, mask_feature_size=32, hidden_dim=32, encoder_feedforward_dim=48,
        dim_feedforward=64, encoder_layers=2, decoder_layers=5, num_attention_heads=4, num_queries=7, num_labels=3,
    ), (38, 53)


def published_cases():
    for size, depths, width in [
        ("b1", [2, 2, 2, 2], 256), ("b3", [3, 4, 18, 3], 768), ("b4", [3, 8, 27, 3], 768), ("b5", [3, 6, 40, 3], 768)
    ]:
        yield f"hf-segformer-{size}", SegformerForSemanticSegmentation, SegformerConfig(
            num_channels=4 if size == "b5" else 3, depths=depths, hidden_sizes=[64, 128, 320, 512],
            num_attention_heads=[1, 2, 5, 8], decoder_hidden_size=width, classifier_dropout_prob=0.0,
            drop_path_rate=0.0, num_labels=13,
        ), (96, 64)
    swins = {"small": (96, 3, 7), "base": (128, 4, 12), "large": (192, 6, 12)}
    for size, (width, heads, window) in swins.items():
        backbone = swin(
            embed_dim=width, depths=[2, 2, 18, 2], num_heads=[heads, heads * 2, heads * 4, heads * 8], window_size=window
        )
        yield f"hf-upernet-swin-{size}", UperNetForSemanticSegmentation, UperNetConfig(
            backbone_config=backbone, auxiliary_in_channels=width * 4, num_labels=13
        ), (96, 64)
        yield f"hf-mask2former-swin-{size}", Mask2FormerForUniversalSegmentation, Mask2FormerConfig(
            backbone_config=backbone, num_queries=200 if size == "large" else 100, num_labels=13
        ), (96, 128)
    for size, width in {"small": 96, "base": 128, "large": 192}.items():
        backbone = ConvNextConfig(
            hidden_sizes=[width, width * 2, width * 4, width * 8], depths=[3, 3, 27, 3], out_features=STAGES,
            drop_path_rate=0.0,
        )
        yield f"hf-upernet-convnext-{size}", UperNetForSemanticSegmentation, UperNetConfig(
            backbone_config=backbone, auxiliary_in_channels=width * 4, num_labels=13
        ), (96, 64)


def with_recipe_weights(kind, config):
    """The network with weights from the recipe, and its tensors under published names."""
    with tempfile.TemporaryDirectory() as folder:
        kind(config).save_pretrained(folder)
        file = pathlib.Path(folder) / "model.safetensors"
        tensors, entries = {}, {}
        with safe_open(file, "np") as stored:
            for name in stored.keys():
                value = stored.get_tensor(name)
                entries[name] = {"shape": list(value.shape), "dtype": str(value.dtype)}
                made = recipe.weight(name, list(value.shape)) if value.dtype == np.float32 else value
                tensors[name] = made.copy()
        save_file(tensors, file, {"format": "pt"})
        network = kind.from_pretrained(folder)
        published = json.loads((pathlib.Path(folder) / "config.json").read_text())
    return network, tensors, entries, published


def gradients(network, tensors):
    """L2 norms of the gradients under published names; a parameter is recognised by its numbers."""
    names = {value.tobytes(): name for name, value in tensors.items()}
    norms = {}
    for _, parameter in network.named_parameters():
        name = names[parameter.detach().numpy().tobytes()]
        norms[name] = 0.0 if parameter.grad is None else parameter.grad.double().norm().item()
    return dict(sorted(norms.items()))


def resized(logits, size):
    return torch.nn.functional.interpolate(logits, size=size, mode="bilinear", align_corners=False)


def make(out, name, kind, config, size):
    network, tensors, entries, published = with_recipe_weights(kind, config)
    channels = getattr(config, "num_channels", None) or config.backbone_config.num_channels
    classes = config.num_labels
    shape = [1, channels, *size]
    network.eval()
    with torch.no_grad():
        result = network(torch.from_numpy(recipe.image("input", shape)))
    keys = [key for key in ("logits", "class_queries_logits", "masks_queries_logits") if key in result]
    outputs = {key: result[key].numpy() for key in keys}
    case = {
        "id": name,
        "reference": {
            "library": "transformers", "config": None, "name": name, "in_channels": channels, "classes": classes,
            "versions": {"transformers": transformers.__version__, "torch": torch.__version__},
        },
        "input": {"name": "input", "shape": shape},
        "classes": classes,
        "parameters": dict(sorted(entries.items())),
        "trainable": sum(p.numel() for p in network.parameters() if p.requires_grad),
        "outputs": {key: list(value.shape) for key, value in outputs.items()},
    }
    if "logits" in outputs:
        network.train()
        train_shape, label_shape = [2, channels, *size], [2, *size]
        images = torch.from_numpy(recipe.image("train_input", train_shape))
        labels = torch.from_numpy(recipe.labels("train_labels", label_shape, classes))
        logits = resized(network(images).logits, size)
        loss = torch.nn.functional.cross_entropy(logits, labels)
        loss.backward()
        outputs["train_logits_at_label_size"] = logits.detach().numpy()
        case["train"] = {
            "input": {"name": "train_input", "shape": train_shape},
            "labels": {"name": "train_labels", "shape": label_shape},
            "loss": loss.item(),
            "gradient_l2": gradients(network, tensors),
        }
    case["config"] = published
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "case.json").write_text(json.dumps(case) + "\n")
    save_file({key: value.copy() for key, value in outputs.items()}, folder / "outputs.safetensors")


if __name__ == "__main__":
    torch.manual_seed(0)
    if len(sys.argv) > 1:
        for case in published_cases():
            make(pathlib.Path(sys.argv[1]), *case)
    else:
        for case in cases():
            make(OUT, *case)
