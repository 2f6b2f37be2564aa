"""Golden numbers for src/nn: losses, optimisers, schedulers, layers and initialisers.

Run with PyTorch 2.13.0 (CPU) and NumPy: python tools/reference/nn.py
Writes test/golden/nn-*.json. Dice, Jaccard, focal and Lovasz are stated here from their definitions in
segmentation_models_pytorch 0.5 (one-vs-all focal, Dice and Jaccard over batch and pixels with absent classes at zero,
Lovasz over present classes).
"""

import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

OUT = pathlib.Path(__file__).resolve().parents[2] / "test" / "golden"


def flat(tensor, digits=9):
    return [float(f"{v:.{digits}g}") for v in tensor.detach().double().flatten().tolist()]


def write(name, value):
    value = {"made_with": f"tools/reference/nn.py, torch {torch.__version__.split('+')[0]}", **value}
    (OUT / f"nn-{name}.json").write_text(json.dumps(value, separators=(",", ":")) + "\n")


# ---- Losses ----


def dice(logits, targets, ignore=None, smooth=0.0, eps=1e-7, log_loss=False, classes=None, jaccard=False):
    count = logits.shape[1]
    p = logits.softmax(1).flatten(2)
    t = targets.flatten(1)
    valid = torch.ones_like(t, dtype=torch.bool) if ignore is None else t != ignore
    y = F.one_hot(torch.where(valid, t, 0), count).permute(0, 2, 1).to(p.dtype) * valid.unsqueeze(1)
    p = p * valid.unsqueeze(1)
    inter = (p * y).sum((0, 2))
    card = (p + y).sum((0, 2))
    if jaccard:
        score = (inter + smooth) / (card - inter + smooth).clamp_min(eps)
    else:
        score = (2 * inter + smooth) / (card + smooth).clamp_min(eps)
    loss = -score.clamp_min(eps).log() if log_loss else 1 - score
    loss = loss * (y.sum((0, 2)) > 0)
    return (loss if classes is None else loss[classes]).mean()


def focal(logits, targets, ignore=None, alpha=None, gamma=2.0, normalized=False, eps=1e-6):
    total = 0
    valid = torch.ones_like(targets, dtype=torch.bool) if ignore is None else targets != ignore
    for c in range(logits.shape[1]):
        x = logits[:, c][valid]
        y = (targets == c)[valid].to(x.dtype)
        ce = F.binary_cross_entropy_with_logits(x, y, reduction="none")
        term = (1 - torch.exp(-ce)).pow(gamma)
        loss = term * ce
        if alpha is not None:
            loss = loss * (alpha * y + (1 - alpha) * (1 - y))
        if normalized:
            loss = loss / term.sum().clamp_min(eps)
        total = total + loss.mean()
    return total


def lovasz_flat(p, t):
    losses = []
    for c in range(p.shape[1]):
        fg = (t == c).to(p.dtype)
        if fg.sum() == 0:
            continue
        errors, order = torch.sort((fg - p[:, c]).abs(), 0, descending=True)
        fg = fg[order]
        gts = fg.sum()
        jac = 1 - (gts - fg.cumsum(0)) / (gts + (1 - fg).cumsum(0))
        grad = torch.cat([jac[:1], jac[1:] - jac[:-1]])
        losses.append(torch.dot(errors, grad))
    return sum(losses) / len(losses) if losses else p.sum() * 0


def lovasz(logits, targets, ignore=None, per_image=False):
    p = logits.softmax(1)

    def one(pp, tt):
        pp = pp.permute(0, 2, 3, 1).reshape(-1, pp.shape[1])
        tt = tt.reshape(-1)
        if ignore is not None:
            pp, tt = pp[tt != ignore], tt[tt != ignore]
        return lovasz_flat(pp, tt)

    if per_image:
        return sum(one(p[i : i + 1], targets[i : i + 1]) for i in range(len(p))) / len(p)
    return one(p, targets)


def losses():
    g = torch.Generator().manual_seed(5)
    shape = (2, 4, 5, 6)
    logits = (torch.randn(shape, generator=g) * 1.5).float()
    targets = torch.randint(0, 3, (2, 5, 6), generator=g)  # class 3 is absent
    holes = targets.clone()
    holes[torch.rand(targets.shape, generator=g) < 0.25] = 255
    weights = torch.tensor([0.5, 2.0, 1.0, 0.0])
    binary = torch.randint(0, 2, (2, 1, 5, 6), generator=g)
    binary_holes = binary.clone()
    binary_holes[torch.rand(binary.shape, generator=g) < 0.25] = 255

    def ce(x, t, **k):
        return F.cross_entropy(x, t, **{"ignore_index": 255, **k})

    def bce(x, t, ignore=None, **k):
        valid = torch.ones_like(t, dtype=torch.bool) if ignore is None else t != ignore
        return F.binary_cross_entropy_with_logits(x[valid], t[valid].to(x.dtype), **k)

    w = weights.double()
    cases = [
        ("crossEntropy", {}, "targets", lambda x, t: ce(x, t)),
        ("crossEntropy", {}, "holes", lambda x, t: ce(x, t)),
        ("crossEntropy", {"weight": "weights"}, "holes", lambda x, t: ce(x, t, weight=w)),
        ("crossEntropy", {"labelSmoothing": 0.1}, "holes", lambda x, t: ce(x, t, label_smoothing=0.1)),
        ("crossEntropy", {"weight": "weights", "labelSmoothing": 0.1}, "holes",
         lambda x, t: ce(x, t, weight=w, label_smoothing=0.1)),
        ("dice", {}, "targets", lambda x, t: dice(x, t)),
        ("dice", {}, "holes", lambda x, t: dice(x, t, 255)),
        ("dice", {"smooth": 1.0}, "holes", lambda x, t: dice(x, t, 255, smooth=1.0)),
        ("dice", {"logLoss": True, "classes": [0, 2]}, "holes",
         lambda x, t: dice(x, t, 255, log_loss=True, classes=[0, 2])),
        ("jaccard", {}, "holes", lambda x, t: dice(x, t, 255, jaccard=True)),
        ("focal", {}, "targets", lambda x, t: focal(x, t)),
        ("focal", {"alpha": 0.25, "gamma": 1.5}, "holes", lambda x, t: focal(x, t, 255, 0.25, 1.5)),
        ("focal", {"normalized": True}, "holes", lambda x, t: focal(x, t, 255, normalized=True)),
        ("lovasz", {}, "targets", lambda x, t: lovasz(x, t)),
        ("lovasz", {}, "holes", lambda x, t: lovasz(x, t, 255)),
        ("lovasz", {"perImage": True}, "holes", lambda x, t: lovasz(x, t, 255, True)),
        ("bce", {}, "binary", lambda x, t: bce(x, t)),
        ("bce", {"posWeight": 3.0}, "binaryHoles",
         lambda x, t: bce(x, t, 255, pos_weight=torch.tensor(3.0).double())),
    ]
    named = {"targets": targets, "holes": holes, "binary": binary, "binaryHoles": binary_holes}
    out = []
    for name, options, which, fn in cases:
        x = logits.double()[:, :1] if which.startswith("binary") else logits.double()
        x = x.clone().requires_grad_(True)
        loss = fn(x, named[which])
        loss.backward()
        out.append({"loss": name, "options": options, "targets": which, "value": loss.item(), "grad": flat(x.grad)})
    write("losses", {
        "shape": shape, "logits": flat(logits), "weights": flat(weights),
        **{k: v.flatten().tolist() for k, v in named.items()}, "cases": out,
    })


# ---- Optimisers ----


def optimisers():
    g = torch.Generator().manual_seed(7)
    shapes = [(3, 4), (4,), (5,)]
    start = [torch.randn(s, generator=g) for s in shapes]
    grads = [[torch.randn(s, generator=g) for s in shapes] for _ in range(5)]
    cases = [
        ("SGD", {"lr": 0.1}, {}),
        ("SGD", {"lr": 0.05, "momentum": 0.9}, {}),
        ("SGD", {"lr": 0.05, "momentum": 0.9, "dampening": 0.3, "weightDecay": 0.01}, {}),
        ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weightDecay": 0.01}, {"lr": 0.01, "weightDecay": 0}),
        ("Adam", {}, {}),
        ("Adam", {"lr": 0.01, "weightDecay": 0.1, "betas": [0.8, 0.99], "eps": 1e-6}, {}),
        ("AdamW", {}, {}),
        ("AdamW", {"lr": 0.01, "weightDecay": 0.05}, {"lr": 0.002, "weightDecay": 0}),
    ]
    names = {"weightDecay": "weight_decay"}
    out = []
    for kind, options, second in cases:
        params = [torch.nn.Parameter(p.clone()) for p in start]
        py = lambda o: {names.get(k, k): tuple(v) if isinstance(v, list) else v for k, v in o.items()}
        opt = getattr(torch.optim, kind)(
            [{"params": params[:2]}, {"params": params[2:], **py(second)}], foreach=False, **py(options))
        steps = []
        for step in grads:
            for p, grad in zip(params, step):
                p.grad = grad.clone()
            opt.step()
            steps.append([flat(p) for p in params])
        out.append({"kind": kind, "options": options, "second": second, "steps": steps})

    clip = []
    for norm, limit in [(2.0, 1.0), (2.0, 100.0), (1.0, 2.0), ("inf", 0.5)]:
        params = [torch.nn.Parameter(p.clone()) for p in start]
        for p, grad in zip(params, grads[0]):
            p.grad = grad.clone()
        total = torch.nn.utils.clip_grad_norm_(params, limit, norm_type=float(norm))
        clip.append({"norm": norm, "limit": limit, "total": total.item(), "grads": [flat(p.grad) for p in params]})

    scaler = torch.amp.GradScaler("cpu", init_scale=16.0, growth_interval=2)
    p = torch.nn.Parameter(torch.ones(2))
    opt = torch.optim.SGD([p], lr=0.1)
    scales = []
    bad = [False, False, True, False, False, False, False, True, True]
    for is_bad in bad:
        opt.zero_grad()
        loss = scaler.scale((p * torch.tensor([1.0, 2.0])).sum())
        loss.backward()
        if is_bad:
            p.grad[0] = float("inf")
        scaler.step(opt)
        scaler.update()
        scales.append({"bad": is_bad, "scale": scaler.get_scale(), "p": flat(p)})
    write("optimisers", {
        "shapes": shapes, "start": [flat(p) for p in start],
        "grads": [[flat(v) for v in step] for step in grads], "cases": out, "clip": clip, "scaler": scales,
    })


# ---- Schedulers ----


def schedulers():
    S = torch.optim.lr_scheduler

    def optimiser():
        a, b = (torch.nn.Parameter(torch.zeros(1)) for _ in range(2))
        return torch.optim.SGD([{"params": [a]}, {"params": [b], "lr": 0.02}], lr=0.1, momentum=0.9)

    rng = np.random.default_rng(3)
    metrics = [float(f"{v:.6f}") for v in np.abs(np.linspace(1.2, 0.5, 60) + 0.08 * rng.standard_normal(60))]
    metrics[30:50] = [0.9] * 20
    out = []

    def run(kind, options, make, steps, metric=None):
        opt = optimiser()
        sched = make(opt)
        rates, momenta = [], []
        for i in range(steps):
            rates.append([g["lr"] for g in opt.param_groups])
            momenta.append(opt.param_groups[0]["momentum"])
            opt.step()
            if metric is None:
                sched.step()
            else:
                sched.step(metric[i])
        case = {"kind": kind, "options": options, "rates": rates}
        if len(set(momenta)) > 1:
            case["momenta"] = momenta
        out.append(case)

    plateau = [
        ({"factor": 0.5, "patience": 10, "cooldown": 4, "minLr": 1e-7}, {}),
        ({}, {}),
        ({"mode": "max", "patience": 2, "factor": 0.3}, {}),
        ({"thresholdMode": "abs", "threshold": 0.05, "patience": 3, "cooldown": 2}, {}),
        ({"mode": "max", "thresholdMode": "abs", "threshold": 0.01, "patience": 1, "minLr": [0.01, 0.001]}, {}),
    ]
    snake = {"minLr": "min_lr", "thresholdMode": "threshold_mode"}
    for options, _ in plateau:
        py = {snake.get(k, k): v for k, v in options.items()}
        run("ReduceLROnPlateau", options, lambda o: S.ReduceLROnPlateau(o, **py), 60, metrics)

    run("OneCycle", {"maxLr": 0.3, "total": 40}, lambda o: S.OneCycleLR(o, 0.3, total_steps=40), 40)
    run("OneCycle", {"maxLr": [0.3, 0.1], "total": 40, "pctStart": 0.4, "annealStrategy": "linear", "threePhase": True,
                     "divFactor": 10, "finalDivFactor": 100},
        lambda o: S.OneCycleLR(o, [0.3, 0.1], total_steps=40, pct_start=0.4, anneal_strategy="linear",
                               three_phase=True, div_factor=10, final_div_factor=100), 40)
    run("Poly", {"total": 20}, lambda o: S.PolynomialLR(o, 20), 25)
    run("Poly", {"total": 20, "power": 0.9}, lambda o: S.PolynomialLR(o, 20, power=0.9), 25)
    run("Poly", {"total": 20, "power": 0.9, "warmUp": 5, "warmUpFactor": 0.01},
        lambda o: S.SequentialLR(o, [S.LinearLR(o, 0.01, total_iters=5), S.PolynomialLR(o, 15, power=0.9)], [5]), 25)
    run("Cosine", {"total": 20}, lambda o: S.CosineAnnealingLR(o, 20), 20)
    run("Cosine", {"total": 20, "minLr": 0.001, "warmUp": 4, "warmUpFactor": 0.1},
        lambda o: S.SequentialLR(o, [S.LinearLR(o, 0.1, total_iters=4), S.CosineAnnealingLR(o, 16, 0.001)], [4]), 20)
    run("ConstantWarmUp", {}, lambda o: S.ConstantLR(o), 8)
    run("ConstantWarmUp", {"factor": 0.25, "total": 3}, lambda o: S.ConstantLR(o, 0.25, 3), 8)
    run("LinearWarmUp", {}, lambda o: S.LinearLR(o), 8)
    run("LinearWarmUp", {"startFactor": 0.01, "endFactor": 0.8, "total": 6}, lambda o: S.LinearLR(o, 0.01, 0.8, 6), 9)
    run("StepLR", {"stepSize": 3}, lambda o: S.StepLR(o, 3), 10)
    run("StepLR", {"stepSize": 4, "gamma": 0.5}, lambda o: S.StepLR(o, 4, 0.5), 10)
    write("schedulers", {"metrics": metrics, "cases": out})


# ---- Layers and initialisers ----


def layers():
    """What a layer holds right after `torch.manual_seed(11)` and what it answers to a fixed input."""
    nn = torch.nn
    g = torch.Generator().manual_seed(13)
    image = torch.randn((2, 4, 6, 5), generator=g)
    tokens = torch.randn((2, 7, 8), generator=g)

    class LayerNorm2d(nn.LayerNorm):
        def forward(self, x):
            return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)

    cases = [
        ("Conv2d", [4, 6, 3, {"stride": 2, "padding": 1, "groups": 2}], image,
         lambda: nn.Conv2d(4, 6, 3, stride=2, padding=1, groups=2)),
        ("Conv2d", [4, 3, [1, 3], {"padding": [0, 2], "dilation": [1, 2], "bias": False}], image,
         lambda: nn.Conv2d(4, 3, (1, 3), padding=(0, 2), dilation=(1, 2), bias=False)),
        ("ConvTranspose2d", [4, 3, 4, {"stride": 2, "padding": 1, "outputPadding": 1}], image,
         lambda: nn.ConvTranspose2d(4, 3, 4, stride=2, padding=1, output_padding=1)),
        ("BatchNorm2d", [4, {"eps": 1e-3, "momentum": 0.2}], image, lambda: nn.BatchNorm2d(4, 1e-3, 0.2)),
        ("LayerNorm", [8], tokens, lambda: nn.LayerNorm(8)),
        ("LayerNorm2d", [4], image, lambda: LayerNorm2d(4, eps=1e-6)),
        ("GroupNorm", [2, 4], image, lambda: nn.GroupNorm(2, 4)),
        ("Linear", [8, 3], tokens, lambda: nn.Linear(8, 3)),
        ("MultiheadAttention", [8, 2, {"batchFirst": True}], tokens,
         lambda: nn.MultiheadAttention(8, 2, batch_first=True)),
        ("ReLU6", [], image * 6, nn.ReLU6),
        ("LeakyReLU", [0.2], image, lambda: nn.LeakyReLU(0.2)),
        ("GELU", [], image, nn.GELU),
        ("GELU", [{"approximate": "tanh"}], image, lambda: nn.GELU(approximate="tanh")),
        ("SiLU", [], image, nn.SiLU),
        ("Sigmoid", [], image, nn.Sigmoid),
        ("Hardswish", [], image * 3, nn.Hardswish),
        ("Softmax", [1], image, lambda: nn.Softmax(1)),
        ("MaxPool2d", [3, {"stride": 2, "padding": 1}], image, lambda: nn.MaxPool2d(3, 2, 1)),
        ("AvgPool2d", [2, {"ceilMode": True}], image, lambda: nn.AvgPool2d(2, ceil_mode=True)),
        ("AdaptiveAvgPool2d", [[2, 3]], image, lambda: nn.AdaptiveAvgPool2d((2, 3))),
        ("Upsample", [{"scaleFactor": 2}], image, lambda: nn.Upsample(scale_factor=2)),
        ("Upsample", [{"size": [9, 11], "mode": "bilinear", "alignCorners": True}], image,
         lambda: nn.Upsample(size=(9, 11), mode="bilinear", align_corners=True)),
        ("PixelShuffle", [2], image, lambda: nn.PixelShuffle(2)),
        ("Flatten", [], image, nn.Flatten),
    ]
    out = []
    for name, args, x, make in cases:
        torch.manual_seed(11)
        layer = make()
        state = {k: {"shape": list(v.shape), "values": flat(v)} for k, v in layer.state_dict().items()}
        y = layer(x, x, x)[0] if name == "MultiheadAttention" else layer(x)
        source = tokens if x.ndim == 3 else image
        scale = (x.flatten()[0] / source.flatten()[0]).round().item()
        case = {"layer": name, "args": args, "state": state,
                "input": "tokens" if x.ndim == 3 else "image", "scale": scale,
                "output": {"shape": list(y.shape), "values": flat(y, 7)}}
        if name == "BatchNorm2d":
            case["after"] = {k: flat(v) for k, v in layer.state_dict().items()}
            layer.eval()
            case["evaluated"] = flat(layer(x), 7)
        out.append(case)

    torch.manual_seed(11)
    table = nn.Embedding(5, 3)
    init = nn.init
    drawn = []
    for name, args, fn in [
        ("kaimingNormal_", [{"mode": "fan_out", "nonlinearity": "relu"}],
         lambda t: init.kaiming_normal_(t, mode="fan_out", nonlinearity="relu")),
        ("kaimingUniform_", [{"mode": "fan_in", "nonlinearity": "relu"}],
         lambda t: init.kaiming_uniform_(t, mode="fan_in", nonlinearity="relu")),
        ("xavierUniform_", [], init.xavier_uniform_),
        ("xavierNormal_", [0.5], lambda t: init.xavier_normal_(t, 0.5)),
        ("normal_", [1, 0.02], lambda t: init.normal_(t, 1, 0.02)),
        ("uniform_", [-1, 3], lambda t: init.uniform_(t, -1, 3)),
        ("truncNormal_", [0, 0.02], lambda t: init.trunc_normal_(t, std=0.02)),
        ("truncNormal_", [0.5, 1, -1, 1.5], lambda t: init.trunc_normal_(t, 0.5, 1, -1, 1.5)),
        ("constant_", [0.25], lambda t: init.constant_(t, 0.25)),
    ]:
        torch.manual_seed(11)
        t = torch.empty(4, 3, 2, 2)
        fn(t)
        drawn.append({"init": name, "args": args, "values": flat(t)})
    inputs = {k: {"shape": list(v.shape), "values": flat(v)} for k, v in {"image": image, "tokens": tokens}.items()}
    write("layers", {"inputs": inputs, "cases": out, "embedding": flat(table.weight), "init": drawn})


if __name__ == "__main__":
    torch.set_num_threads(1)
    losses()
    optimisers()
    schedulers()
    layers()
