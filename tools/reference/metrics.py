"""Golden numbers for src/evaluation: torchmetrics 1.9.0 and NumPy 2.4 on constructed labels.

    python tools/reference/metrics.py > test/golden/metrics.json
"""

import json
import sys

import numpy as np
import torch
import torchmetrics
from torchmetrics.functional.classification import (
    multiclass_accuracy,
    multiclass_cohen_kappa,
    multiclass_confusion_matrix,
    multiclass_f1_score,
    multiclass_jaccard_index,
    multiclass_precision,
    multiclass_recall,
)

CLASSES, PIXELS, IGNORED = 7, 1500, 255
random = np.random.default_rng(2022)
truth = random.choice([0, 1, 2, 3, 4, 6, IGNORED], PIXELS, p=[0.3, 0.2, 0.2, 0.1, 0.1, 0.05, 0.05])
guess = random.choice([0, 1, 2, 3, 4], PIXELS)  # class 6 is never predicted, class 5 is absent everywhere
prediction = np.where((random.random(PIXELS) < 0.7) & (truth < 5), truth, guess)

t, p = torch.tensor(truth), torch.tensor(prediction)
how = {"num_classes": CLASSES, "ignore_index": IGNORED}


def percent(value):
    return (100 * value.double()).tolist()


def ign(matrix, weights):
    """IGN's formulas: cut zero-weight classes, undefined ratios are 0, plain means."""
    kept = np.flatnonzero(weights)
    cut = matrix[np.ix_(kept, kept)].astype(np.float64)
    d, row, column = np.diag(cut), cut.sum(1), cut.sum(0)
    with np.errstate(all="ignore"):
        iou = np.nan_to_num(100 * d / (row + column - d))
        precision = np.nan_to_num(100 * d / column)
        recall = np.nan_to_num(100 * d / row)
        fscore = np.nan_to_num(2 * precision * recall / (precision + recall))
    averages = [iou.mean(), 100 * d.sum() / cut.sum(), fscore.mean(), precision.mean(), recall.mean()]
    lists = {"iou": iou, "fscore": fscore, "precision": precision, "recall": recall}
    return {"averages": averages, **{name: values.tolist() for name, values in lists.items()}}


matrix = multiclass_confusion_matrix(p, t, **how).numpy()
rows, columns, diagonal = matrix.sum(1), matrix.sum(0), np.diag(matrix)
union = rows + columns - diagonal
frequency_weighted = 100 * np.sum(rows / rows.sum() * np.where(union > 0, diagonal / np.maximum(union, 1), 0))
weights = [1, 1, 0, 1, 1, 1, 1]

json.dump(
    {
        "made_with": f"torchmetrics {torchmetrics.__version__}, torch {torch.__version__}, numpy {np.__version__}",
        "classes": CLASSES,
        "truth": truth.tolist(),
        "prediction": prediction.tolist(),
        "matrix": matrix.tolist(),
        "torchmetrics": {
            "iou": percent(multiclass_jaccard_index(p, t, average="none", **how)),
            "precision": percent(multiclass_precision(p, t, average="none", **how)),
            "recall": percent(multiclass_recall(p, t, average="none", **how)),
            "fscore": percent(multiclass_f1_score(p, t, average="none", **how)),
            "miou": percent(multiclass_jaccard_index(p, t, average="macro", **how)),
            "mean_precision": percent(multiclass_precision(p, t, average="macro", **how)),
            "mean_recall": percent(multiclass_recall(p, t, average="macro", **how)),
            "mean_fscore": percent(multiclass_f1_score(p, t, average="macro", **how)),
            "overall_accuracy": percent(multiclass_accuracy(p, t, average="micro", **how)),
            "kappa": multiclass_cohen_kappa(p, t, **how).item(),
        },
        "frequency_weighted_iou": frequency_weighted,
        "weights": weights,
        "ign": ign(matrix, weights),
    },
    sys.stdout,
)
