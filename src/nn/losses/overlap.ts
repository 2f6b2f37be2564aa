import { ops, scope, type Tensor, tensor } from '../../engine/index.ts';
import { classPlanes, DEFAULT_IGNORE_INDEX, flattenPixels, inFullPrecision, Loss, labelled } from './loss.ts';

/** Options of {@link DiceLoss} and {@link JaccardLoss}; defaults are those of segmentation_models_pytorch. */
export interface OverlapOptions {
  /** Added to both sides of the fraction. */
  smooth?: number;
  /** Lower bound of the denominator. */
  eps?: number;
  /** −log(score) instead of 1 − score. */
  logLoss?: boolean;
  /** Only these classes enter the mean. */
  classes?: readonly number[];
  /** Targets with this value do not count; null: all count. */
  ignoreIndex?: number | null;
}

/** Common part of the losses made of a score of overlap per class, over batch and pixels together. */
abstract class OverlapLoss extends Loss {
  readonly smooth: number;
  readonly eps: number;
  readonly logLoss: boolean;
  readonly ignoreIndex: number | null;
  readonly classes: Tensor | null;

  constructor(options: OverlapOptions = {}) {
    super();
    const { smooth = 0, eps = 1e-7, logLoss = false, classes, ignoreIndex = DEFAULT_IGNORE_INDEX } = options;
    this.smooth = smooth;
    this.eps = eps;
    this.logLoss = logLoss;
    this.ignoreIndex = ignoreIndex;
    const indices = classes && tensor(BigInt64Array.from(classes, BigInt));
    this.classes = indices ? this.registerBuffer('classes', indices, false) : null;
  }

  /** Twice the intersection over the sum, or intersection over union, before smoothing. */
  protected abstract fraction(intersection: Tensor, sum: Tensor): { numerator: Tensor; denominator: Tensor };

  forward(logits: Tensor, targets: Tensor): Tensor {
    return scope(() => {
      const flat = flattenPixels(inFullPrecision(logits), targets);
      const mask = labelled(flat.targets, this.ignoreIndex, flat.logits);
      const softmax = ops.softmax(flat.logits, 1);
      const predicted = mask ? ops.mul(softmax, ops.unsqueeze(mask, 1)) : softmax;
      const truth = classPlanes(flat.targets, flat.logits.shape[1]!, mask, predicted);
      const truthSize = ops.sum(truth, { dim: [0, 2] });
      const intersection = ops.sum(ops.mul(predicted, truth), { dim: [0, 2] });
      const sum = ops.add(ops.sum(predicted, { dim: [0, 2] }), truthSize);
      const { numerator, denominator } = this.fraction(intersection, sum);
      const score = ops.div(
        ops.add(numerator, this.smooth),
        ops.clamp(ops.add(denominator, this.smooth), this.eps),
      );
      const loss = this.logLoss ? ops.neg(ops.log(ops.clamp(score, this.eps))) : ops.add(ops.neg(score), 1);
      // A class that the batch does not show has no overlap to improve.
      const shown = ops.mul(loss, ops.gt(truthSize, 0).to({ dtype: loss.dtype }));
      return ops.mean(this.classes ? ops.indexSelect(shown, 0, this.classes) : shown);
    });
  }
}

/** 1 − Dice per class (Milletari et al. 2016): 2·Σ p·y / Σ (p + y) over batch and pixels, mean over classes. */
export class DiceLoss extends OverlapLoss {
  protected fraction(intersection: Tensor, sum: Tensor): { numerator: Tensor; denominator: Tensor } {
    return { numerator: ops.mul(intersection, 2), denominator: sum };
  }
}

/** 1 − Jaccard per class: Σ p·y / Σ (p + y − p·y) over batch and pixels, mean over classes. */
export class JaccardLoss extends OverlapLoss {
  protected fraction(intersection: Tensor, sum: Tensor): { numerator: Tensor; denominator: Tensor } {
    return { numerator: intersection, denominator: ops.sub(sum, intersection) };
  }
}
