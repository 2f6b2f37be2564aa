"""Golden numbers for Mask2Former's training objective and post-processing, made with transformers 5.18.0, torch 2.13.0
and SciPy 1.17.1.

Run: python tools/reference/mask2former_loss.py
Writes test/golden/mask2former-loss.json. Predictions and targets come from the recipe (recipe.py); the random points are
the recipe's numbers under the names `points.0`, `points.1`, … in the order in which the reference draws them.
"""
import json
import math
import pathlib

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from transformers import Mask2FormerConfig
from transformers.models.mask2former import modeling_mask2former as reference

import recipe

OUT = pathlib.Path(__file__).resolve().parents[2] / "test" / "golden" / "mask2former-loss.json"
BATCH, QUERIES, CLASSES, LAYERS, POINTS, SIDE, IMAGE = 2, 9, 4, 3, 40, 8, 32
IGNORED = 255


class Points:
    """Stands in for torch.rand: counts the calls, answers from the recipe."""

    def __init__(self):
        self.calls = 0

    def __call__(self, *shape, device=None):
        shape = list(shape)
        numbers = recipe.unit(f"points.{self.calls}", math.prod(shape)) + 0.5
        self.calls += 1
        return torch.from_numpy(numbers.astype(np.float32).reshape(shape))


def predictions():
    for layer in range(LAYERS):
        classes = torch.from_numpy(recipe.image(f"classes.{layer}", [BATCH, QUERIES, CLASSES + 1]))
        masks = torch.from_numpy(recipe.image(f"masks.{layer}", [BATCH, QUERIES, SIDE, SIDE]))
        yield classes.requires_grad_(), masks.requires_grad_()


def targets():
    """Blocks of 4 x 4 pixels; in the second image class 2 does not occur and some pixels are ignored."""
    labels = recipe.labels("targets", [BATCH, IMAGE // 4, IMAGE // 4], CLASSES)
    labels[1][labels[1] == 2] = IGNORED
    return torch.from_numpy(labels.repeat(4, 1).repeat(4, 2))


def objective():
    config = Mask2FormerConfig(num_labels=CLASSES, train_num_points=POINTS)
    criterion = reference.Mask2FormerLoss(config, weight_dict={})
    layers = list(predictions())
    labels = targets()
    present = [[c for c in range(CLASSES) if (image == c).any()] for image in labels]
    mask_labels = [torch.stack([(image == c).float() for c in found]) for image, found in zip(labels, present)]
    class_labels = [torch.tensor(found) for found in present]
    original, torch.rand = torch.rand, Points()
    losses = criterion(
        layers[-1][1], layers[-1][0], mask_labels, class_labels,
        [{"class_queries_logits": c, "masks_queries_logits": m} for c, m in layers[:-1]],
    )
    draws, torch.rand = torch.rand.calls, original
    weights = {"loss_cross_entropy": 2.0, "loss_mask": 5.0, "loss_dice": 5.0}
    total = sum(value * weights[key.rsplit("_", 1)[0] if key[-1].isdigit() else key] for key, value in losses.items())
    total.backward()
    return {
        "losses": {key: value.item() for key, value in losses.items()},
        "total": total.item(),
        "draws": draws,
        "class_gradients": [c.grad.norm().item() for c, _ in layers],
        "mask_gradients": [m.grad.norm().item() for _, m in layers],
    }


def semantic():
    """post_process_semantic_segmentation before its argmax, for 384 x 384 masks and for masks of the output's size."""
    classes, masks = next(predictions())
    results = {}
    for name, size in (("at_384", (384, 384)), ("at_output", (20, 28))):
        enlarged = torch.nn.functional.interpolate(masks, size=size, mode="bilinear", align_corners=False)
        scores = torch.einsum("bqc,bqhw->bchw", classes.softmax(-1)[..., :-1], enlarged.sigmoid())
        scores = torch.nn.functional.interpolate(scores, size=(20, 28), mode="bilinear", align_corners=False)
        results[name] = [float(f"{v:.7g}") for v in scores.detach().flatten()[::37].tolist()]
    return results


def assignments():
    generator = np.random.default_rng(0)
    for rows, columns in ((1, 1), (6, 3), (20, 20), (100, 19), (4, 7)):
        costs = np.round(generator.normal(size=(rows, columns)), 3)
        chosen = linear_sum_assignment(costs)
        pairs = sorted(zip(chosen[1].tolist(), chosen[0].tolist()))
        yield {
            "rows": rows, "columns": columns, "costs": costs.flatten().tolist(),
            "total": float(costs[chosen].sum()), "pairs": pairs,
        }


if __name__ == "__main__":
    sizes = {"batch": BATCH, "queries": QUERIES, "classes": CLASSES, "layers": LAYERS, "points": POINTS,
             "side": SIDE, "image": IMAGE, "ignored": IGNORED}
    golden = {"sizes": sizes, **objective(), "semantic": semantic(), "assignments": list(assignments())}
    OUT.write_text(json.dumps(golden) + "\n")
