import { ops, scope, type Tensor } from '../../engine/index.ts';
import { classPlanes, DEFAULT_IGNORE_INDEX, flattenPixels, inFullPrecision, Loss, labelled } from './loss.ts';

/** Options of {@link LovaszLoss}. */
export interface LovaszOptions {
  /** One loss per image instead of one for the batch. */
  perImage?: boolean;
  /** Targets with this value do not count; null: all count. */
  ignoreIndex?: number | null;
}

/**
 * Lovász-softmax (Berman et al. 2018): the convex extension of 1 − IoU, mean over the classes that the batch shows.
 */
export class LovaszLoss extends Loss {
  readonly perImage: boolean;
  readonly ignoreIndex: number | null;

  constructor({ perImage = false, ignoreIndex = DEFAULT_IGNORE_INDEX }: LovaszOptions = {}) {
    super();
    this.perImage = perImage;
    this.ignoreIndex = ignoreIndex;
  }

  forward(logits: Tensor, targets: Tensor): Tensor {
    return scope(() => {
      const flat = flattenPixels(inFullPrecision(logits), targets);
      const classes = flat.logits.shape[1]!;
      const mask = labelled(flat.targets, this.ignoreIndex, flat.logits);
      const truth = classPlanes(flat.targets, classes, mask, flat.logits);
      const difference = ops.abs(ops.sub(truth, ops.softmax(flat.logits, 1)));
      // Pixels without label have error 0: they sort last and add nothing.
      const errors = mask ? ops.mul(difference, ops.unsqueeze(mask, 1)) : difference;
      if (this.perImage) return ops.mean(presentMean(errors, truth));
      const together = (x: Tensor) => ops.reshape(ops.transpose(x, 0, 1), [1, classes, -1]);
      return ops.mean(presentMean(together(errors), together(truth)));
    });
  }
}

/** Per image of `[N, C, P]`: mean over the classes it shows of the sorted errors times the gradient of 1 − IoU. */
function presentMean(errors: Tensor, truth: Tensor): Tensor {
  const [sorted, order] = ops.sort(errors, 2, true);
  const gradient = jaccardGradient(ops.gather(truth, 2, order));
  const present = ops.gt(ops.sum(truth, { dim: 2 }), 0).to({ dtype: errors.dtype });
  const loss = ops.mul(ops.sum(ops.mul(sorted, gradient), { dim: 2 }), present);
  return ops.div(ops.sum(loss, { dim: 1 }), ops.clamp(ops.sum(present, { dim: 1 }), 1));
}

/** How 1 − IoU grows as each pixel, in order of falling error, is counted as wrong. */
function jaccardGradient(truth: Tensor): Tensor {
  const total = ops.sum(truth, { dim: 2, keepdim: true });
  const intersection = ops.sub(total, ops.cumsum(truth, 2));
  const union = ops.add(total, ops.cumsum(ops.add(ops.neg(truth), 1), 2));
  const jaccard = ops.add(ops.neg(ops.div(intersection, union)), 1);
  const pixels = truth.shape[2]!;
  const before = ops.narrow(jaccard, 2, 0, pixels - 1);
  return ops.sub(jaccard, ops.pad(before, [1, 0]));
}
