import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { autocast, ops, scope, type Tensor, tensor } from '../../../engine/index.ts';
import { recipeInput, recipeLabels, recipeWeight } from '../../parity/recipe.ts';
import { ConfigReader } from '../config-reader.ts';
import { assignColumns } from './assignment.ts';
import { readMask2FormerConfig } from './config.ts';
import { Mask2FormerCriterion } from './criterion.ts';
import type { PointSource } from './points.ts';
import { semanticLogits, semanticScores } from './semantic.ts';

interface Golden {
  sizes: Record<'batch' | 'queries' | 'classes' | 'layers' | 'points' | 'side' | 'image' | 'ignored', number>;
  losses: Record<string, number>;
  total: number;
  draws: number;
  class_gradients: number[];
  mask_gradients: number[];
  semantic: { at_384: number[]; at_output: number[] };
  assignments: { rows: number; columns: number; costs: number[]; total: number; pairs: [number, number][] }[];
}
// Made by tools/reference/mask2former_loss.py.
const golden = JSON.parse(
  readFileSync(new URL('../../../../test/golden/mask2former-loss.json', import.meta.url), 'utf8'),
) as Golden;
const { batch, queries, classes, layers, points, side, image, ignored } = golden.sizes;

function predictions(count = layers) {
  return Array.from({ length: count }, (_, layer) => ({
    classes: tensor(recipeInput(`classes.${layer}`, [batch, queries, classes + 1]), [
      batch,
      queries,
      classes + 1,
    ]),
    masks: tensor(recipeInput(`masks.${layer}`, [batch, queries, side, side]), [batch, queries, side, side]),
  }));
}

function targets(): Tensor {
  const coarse = Array.from(recipeLabels('targets', [batch, image / 4, image / 4], classes), Number);
  const labels = new BigInt64Array(batch * image * image);
  for (let index = 0; index < labels.length; index++) {
    const [n, row, column] = [
      Math.floor(index / image ** 2),
      Math.floor(index / image) % image,
      index % image,
    ];
    const label = coarse[(n * (image / 4) + Math.floor(row / 4)) * (image / 4) + Math.floor(column / 4)]!;
    labels[index] = BigInt(n === 1 && label === 2 ? ignored : label);
  }
  return tensor(labels, [batch, image, image]);
}

/** The recipe's numbers instead of random ones: 0.2·u is what `recipeWeight` gives a name like these. */
function recordedPoints(): { source: PointSource; calls: () => number } {
  let calls = 0;
  const source: PointSource = (shape) => {
    const count = shape.reduce((product, length) => product * length, 1);
    const drawn = recipeInput(`points.${calls++}`, [count]);
    return tensor(
      drawn.map((value) => value / Math.sqrt(12) + 0.5),
      shape,
    );
  };
  return { source, calls: () => calls };
}

function criterion(): Mask2FormerCriterion {
  const config = readMask2FormerConfig(new ConfigReader({ num_labels: classes, train_num_points: points }));
  return new Mask2FormerCriterion(classes, config.loss);
}

describe('the training objective on recorded points', () => {
  it('has the losses and gradients of the reference', () => {
    const made = predictions();
    for (const layer of made) for (const logits of Object.values(layer)) logits.setRequiresGrad(true);
    const objective = criterion();
    const { source, calls } = recordedPoints();
    objective.source = source;
    const parts = objective.layerLosses(made, targets());
    const suffixes = ['', ...Array.from({ length: layers - 1 }, (_, layer) => `_${layer}`)];
    for (const [index, { crossEntropy, mask, dice }] of parts.entries()) {
      expect(crossEntropy.item()).toBeCloseTo(golden.losses[`loss_cross_entropy${suffixes[index]}`]!, 5);
      expect(mask.item()).toBeCloseTo(golden.losses[`loss_mask${suffixes[index]}`]!, 5);
      expect(dice.item()).toBeCloseTo(golden.losses[`loss_dice${suffixes[index]}`]!, 5);
    }
    expect(calls()).toBe(golden.draws);
    objective.source = recordedPoints().source;
    const total = objective.forward(made, targets());
    expect(Math.abs(total.item() / golden.total - 1)).toBeLessThan(1e-6);
    total.backward();
    for (const [layer, { classes: scores, masks }] of made.entries()) {
      expect(ops.norm(scores.grad!).item()).toBeCloseTo(golden.class_gradients[layer]!, 5);
      expect(ops.norm(masks.grad!).item()).toBeCloseTo(golden.mask_gradients[layer]!, 5);
    }
  });

  it('takes predictions of half precision, as autocast gives them', () => {
    scope(() => {
      const made = predictions(1);
      const half = made.map((logits) => ({
        classes: logits.classes.to({ dtype: 'bfloat16' }),
        masks: logits.masks.to({ dtype: 'bfloat16' }),
      }));
      const run = (layers: typeof made) => {
        const objective = criterion();
        objective.source = recordedPoints().source;
        return autocast({ device: 'cpu', dtype: 'bfloat16' }, () =>
          objective.forward(layers, targets()).item(),
        );
      };
      expect(Math.abs(run(half) / run(made) - 1)).toBeLessThan(0.02);
    });
  });

  it('is finite when nothing is labelled, and teaches "nothing"', () => {
    scope(() => {
      const [layer] = predictions(1);
      for (const logits of Object.values(layer!)) logits.setRequiresGrad(true);
      const empty = tensor(new BigInt64Array(batch * 8 * 8).fill(BigInt(ignored)), [batch, 8, 8]);
      const loss = criterion().forward([layer!], empty);
      loss.backward();
      expect(Number.isFinite(loss.item())).toBe(true);
      expect(ops.norm(layer!.classes.grad!).item()).toBeGreaterThan(0);
      expect(ops.norm(layer!.masks.grad!).item()).toBe(0);
    });
  });
});

describe('semantic scores', () => {
  const [only] = predictions(1);

  it('equal the post-processing of the reference', () => {
    scope(() => {
      const every37 = (map: Tensor) => map.toNumbers().filter((_, index) => index % 37 === 0);
      const scores = every37(semanticScores(only!, [20, 28]));
      for (const [index, score] of golden.semantic.at_output.entries())
        expect(scores[index]).toBeCloseTo(score, 5);
      const through = every37(semanticScores(only!, [20, 28], { maskSize: [384, 384] }));
      for (const [index, score] of golden.semantic.at_384.entries())
        expect(through[index]).toBeCloseTo(score, 5);
    });
  });

  it('as logits share their order, and a softmax gives shares that add up to one', () => {
    scope(() => {
      const scores = semanticScores(only!, [20, 28]);
      const logits = semanticLogits(only!, [20, 28]);
      expect(ops.argmax(logits, 1).toNumbers()).toEqual(ops.argmax(scores, 1).toNumbers());
      const shares = ops.div(scores, ops.sum(scores, { dim: 1, keepdim: true })).toNumbers();
      for (const [index, share] of ops.softmax(logits, 1).toNumbers().entries()) {
        expect(share).toBeCloseTo(shares[index]!, 5);
      }
    });
  });
});

describe('the assignment', () => {
  it.each(golden.assignments)(
    "of $rows × $columns costs is SciPy's",
    ({ rows, columns, costs, total, pairs }) => {
      const rowOf = assignColumns(costs, rows, columns);
      const found = [...rowOf].flatMap((row, column) => (row < 0 ? [] : [[column, row]]));
      const sum = found.reduce((cost, [column, row]) => cost + costs[row! * columns + column!]!, 0);
      expect(sum).toBeCloseTo(total, 9);
      expect(found).toEqual(pairs);
    },
  );

  it('is the cheapest of all permutations', () => {
    const best = (costs: Float32Array, rows: number, columns: number, column = 0, taken = 0): number => {
      if (column === columns) return 0;
      let least = Number.POSITIVE_INFINITY;
      for (let row = 0; row < rows; row++) {
        if (taken & (1 << row)) continue;
        const rest = best(costs, rows, columns, column + 1, taken | (1 << row));
        least = Math.min(least, costs[row * columns + column]! + rest);
      }
      return least;
    };
    for (let trial = 0; trial < 40; trial++) {
      const [rows, columns] = [5 + (trial % 2), 1 + (trial % 5)];
      const costs = recipeWeight(`costs.${trial}`, [rows, columns]);
      const total = assignColumns(costs, rows, columns).reduce(
        (sum, row, column) => sum + costs[row * columns + column]!,
        0,
      );
      expect(total).toBeCloseTo(best(costs, rows, columns), 6);
    }
  });

  it('takes costs that are no number only when nothing else is left', () => {
    expect([...assignColumns([Number.NaN, 1, 2, Number.POSITIVE_INFINITY], 2, 2)]).toEqual([1, 0]);
    expect(new Set(assignColumns([Number.NaN, Number.NaN, 2, 1], 2, 2)).size).toBe(2);
  });
});
