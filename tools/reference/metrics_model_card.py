"""A 19 x 19 confusion matrix that gives the figures of IGN's model card FLAIR-INC_rgbie_12cl_resnet34-unet.

The card prints precision, recall and overall accuracy but no matrix. Class shares nearest to FLAIR's are sought for
which rows and columns balance and the overall accuracy is the printed one; errors are then spread by iterative
proportional fitting. Made with NumPy 2.4 and SciPy.

    python tools/reference/metrics_model_card.py > test/golden/metrics-model-card.json
"""

import json
import sys

import numpy as np
from scipy.optimize import least_squares, linprog, minimize

CARD = {  # IoU, F-score, precision, recall
    "building": (82.564, 90.449, 90.412, 90.486),
    "pervious_surface": (54.149, 70.255, 70.723, 69.794),
    "impervious_surface": (73.807, 84.930, 85.848, 84.032),
    "bare_soil": (59.013, 74.224, 78.795, 70.154),
    "water": (87.216, 93.172, 91.692, 94.699),
    "coniferous": (61.591, 76.231, 79.304, 73.387),
    "deciduous": (72.225, 83.873, 81.728, 86.133),
    "brushwood": (31.187, 47.546, 57.056, 40.754),
    "vineyard": (76.105, 86.432, 84.264, 88.714),
    "herbaceous": (51.340, 67.847, 70.134, 65.705),
    "agricultural_land": (57.558, 73.063, 67.249, 79.978),
    "plowed_land": (45.840, 62.863, 61.094, 64.737),
}
AVERAGES = {"miou": 62.716, "fscore": 75.907, "precision": 76.525, "recall": 75.714, "overall_accuracy": 76.509}
FLAIR_SHARES = np.array([8.6, 7.34, 14.98, 4.36, 5.98, 2.39, 13.91, 6.91, 3.87, 22.17, 6.95, 2.25])
PIXELS = 31_750 * 512 * 512

iou, fscore, precision, recall = (np.array(column) / 100 for column in zip(*CARD.values()))
wanted = FLAIR_SHARES / FLAIR_SHARES.sum()


def unrounded(row):
    """Precision and recall within the table's rounding that fit its four figures best."""
    i, f, p0, r0 = row
    residuals = lambda x: [1 / (1 / x[0] + 1 / x[1] - 1) - i, 2 * x[0] * x[1] / (x[0] + x[1]) - f, x[0] - p0, x[1] - r0]
    return least_squares(residuals, [p0, r0], xtol=1e-15, ftol=1e-15, gtol=1e-15).x


precision, recall = np.array([unrounded(row) for row in np.array([iou, fscore, precision, recall]).T]).T
# Predicted pixels of a class are truth * recall / precision.
balance = np.vstack([np.ones(12), recall, 1 - recall / precision])
targets = [1, AVERAGES["overall_accuracy"] / 100, 0]
feasible = linprog(np.zeros(12), A_eq=balance, b_eq=targets, bounds=[(0.005, 0.5)] * 12)
found = minimize(
    lambda shares: np.sum((shares - wanted) ** 2 / wanted),
    feasible.x,
    bounds=[(0.005, 0.5)] * 12,
    constraints={"type": "eq", "fun": lambda shares: balance @ shares - targets},
    options={"ftol": 1e-14, "maxiter": 1000},
)
shares = found.x
hits, truth, predicted = shares * recall, shares, shares * recall / precision
spread = np.outer(truth - hits, predicted - hits)
np.fill_diagonal(spread, 0)
for _ in range(5000):
    spread *= ((truth - hits) / spread.sum(1))[:, None]
    spread *= (predicted - hits) / spread.sum(0)
small = np.rint((spread + np.diag(hits)) * PIXELS).astype(np.int64)
matrix = np.zeros((19, 19), np.int64)
matrix[:12, :12] = small

json.dump(
    {
        "card": {name: dict(zip(("iou", "fscore", "precision", "recall"), row)) for name, row in CARD.items()},
        "averages": AVERAGES,
        "matrix": matrix.tolist(),
    },
    sys.stdout,
    indent=None,
)
print(file=sys.stdout)
error = 100 * np.abs(np.diag(small) / (small.sum(0) + small.sum(1) - np.diag(small)) - iou).max()
print(f"shares {np.round(100 * shares, 2)}, largest IoU error {error:.5f}", file=sys.stderr)
