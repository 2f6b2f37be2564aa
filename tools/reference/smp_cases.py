"""Parity cases of segmentation_models_pytorch, laid out for `npm run parity -- DIR`.

    python tools/reference/smp_cases.py DIR [--sample STEP] [--exact] CASE …

CASE is `arch,encoder,in_channels,classes,HEIGHT,WIDTH` with further options of `smp.create_model` as `,key=value` (JSON values).
`--sample STEP` stores one element in STEP of each output, which is enough for a test. `--exact` also stores what the same
network gives in float64, for networks that amplify roundings. Run with segmentation_models_pytorch
0.5.1.dev0 (commit 5006616), timm 1.0.29 and torch 2.13.0 on CPU. Weights come from recipe.py.
"""
import json
import pathlib
import sys

import numpy as np
import recipe
import segmentation_models_pytorch as smp
import timm
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file


def load_recipe(network):
    state = network.state_dict()
    for name, value in state.items():
        if value.dtype == torch.float32:
            state[name] = torch.from_numpy(np.array(recipe.weight(name, list(value.shape))))
    network.load_state_dict(state)


def without_dropout(network):
    network.train()
    for module in network.modules():
        if isinstance(module, (torch.nn.Dropout, torch.nn.Dropout2d)):
            module.p = 0.0
        if type(module).__name__ == "DropPath":
            module.drop_prob = 0.0
        # smp's EfficientNets draw stochastic depth outside any module.
        if hasattr(module, "_drop_connect_rate"):
            module._drop_connect_rate = 0.0


def outputs_of(network, shape, dtype=torch.float32):
    network.eval()
    with torch.no_grad():
        result = network(torch.from_numpy(recipe.image("input", shape)).to(dtype))
    named = {"logits": result} if torch.is_tensor(result) else {"logits": result[0], "labels": result[1]}
    return {key: value.float().numpy() for key, value in named.items()}


def train_once(network, shape, classes, dtype=torch.float32):
    labels = torch.from_numpy(recipe.labels("train_labels", [2, *shape[2:]], classes))
    without_dropout(network)
    network.zero_grad()
    logits = network(torch.from_numpy(recipe.image("train_input", shape)).to(dtype))
    logits = logits if torch.is_tensor(logits) else logits[0]
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    gradients = {n: float(p.grad.norm()) if p.grad is not None else 0.0 for n, p in network.named_parameters()}
    return logits.detach().numpy(), float(loss), {key: float(f"{value:.8g}") for key, value in gradients.items()}


def write_case(folder, step, exact, arch, encoder, in_channels, classes, height, width, options):
    network = smp.create_model(arch, encoder, encoder_weights=None, in_channels=in_channels, classes=classes, **options)
    load_recipe(network)
    parameters = {name: {"shape": list(v.shape), "dtype": str(v.dtype)[6:]} for name, v in network.state_dict().items()}
    suffix = "".join(f"-{key}-{value}" for key, value in options.items()).replace(" ", "").replace("'", "").replace("[", "").replace("]", "").replace("{", "").replace("}", "").replace(":", "")
    name = f"smp-{arch}-{encoder}{suffix}"
    shape = [1, in_channels, height, width]
    stored = outputs_of(network, shape)
    shapes = {key: list(value.shape) for key, value in stored.items()}
    train_shape = [2, in_channels, height, width]
    stored["train_logits_at_label_size"], loss, gradients = train_once(network, train_shape, classes)
    exactly = {}
    if exact:
        load_recipe(network)
        network.double()
        stored |= {f"exact.{key}": value for key, value in outputs_of(network, shape, torch.float64).items()}
        _, exact_loss, exact_gradients = train_once(network, train_shape, classes, torch.float64)
        exactly = {"exact": {"loss": exact_loss, "gradient_l2": exact_gradients}}
    case = {
        "id": name,
        "reference": {
            "library": "segmentation_models_pytorch",
            "arch": arch,
            "encoder": encoder,
            "in_channels": in_channels,
            "classes": classes,
            **({"options": options} if options else {}),
            "versions": {"smp": smp.__version__, "timm": timm.__version__, "torch": torch.__version__},
        },
        "input": {"name": "input", "shape": shape},
        "classes": classes,
        "parameters": parameters,
        "trainable": sum(p.numel() for p in network.parameters() if p.requires_grad),
        "outputs": shapes,
        **({"sampleStep": step} if step > 1 else {}),
        "train": {
            "input": {"name": "train_input", "shape": train_shape},
            "labels": {"name": "train_labels", "shape": [2, height, width]},
            "loss": loss,
            "gradient_l2": gradients,
            **exactly,
        },
    }
    target = pathlib.Path(folder) / name
    target.mkdir(parents=True, exist_ok=True)
    (target / "case.json").write_text(json.dumps(case, separators=(",", ":")))
    save_file({key: np.ascontiguousarray(value.reshape(-1)[::step]) for key, value in stored.items()}, target / "outputs.safetensors")
    print(name, flush=True)


def main(arguments):
    folder, *rest = arguments
    step, exact = 1, False
    if rest[0] == "--sample":
        step, rest = int(rest[1]), rest[2:]
    if rest[0] == "--exact":
        exact, rest = True, rest[1:]
    for case in rest:
        arch, encoder, in_channels, classes, height, width, *pairs = case.split(",")
        options = {key: json.loads(value.replace(";", ",")) for key, value in (pair.split("=", 1) for pair in pairs)}
        write_case(folder, step, exact, arch, encoder, int(in_channels), int(classes), int(height), int(width), options)


if __name__ == "__main__":
    main(sys.argv[1:])
