import { ops, scope, type Tensor } from '../../engine/index.ts';
import { DEFAULT_IGNORE_INDEX, inFullPrecision, Loss, labelled, weightTensor } from './loss.ts';

/** Options of {@link BinaryCrossEntropyLoss}. */
export interface BinaryCrossEntropyOptions {
  /** Weight of the positive pixels. */
  posWeight?: number;
  /** Targets with this value do not count; null: all count. */
  ignoreIndex?: number | null;
}

/** Mean binary cross-entropy of logits `[N, 1, H, W]` (or of any shape) against targets 0 and 1 of as many elements. */
export class BinaryCrossEntropyLoss extends Loss {
  readonly posWeight: Tensor | null;
  readonly ignoreIndex: number | null;

  constructor({ posWeight, ignoreIndex = DEFAULT_IGNORE_INDEX }: BinaryCrossEntropyOptions = {}) {
    super();
    this.posWeight =
      posWeight === undefined ? null : this.registerBuffer('posWeight', weightTensor([posWeight]), false);
    this.ignoreIndex = ignoreIndex;
  }

  forward(logits: Tensor, targets: Tensor): Tensor {
    return scope(() => {
      const x = ops.flatten(inFullPrecision(logits), 0, -1);
      const labels = ops.flatten(targets, 0, -1);
      const mask = labelled(labels, this.ignoreIndex, x);
      const truth = labels.to({ dtype: x.dtype });
      const { posWeight } = this;
      if (!mask) return ops.binaryCrossEntropyWithLogits(x, truth, { posWeight, reduction: 'mean' });
      const loss = ops.binaryCrossEntropyWithLogits(x, ops.mul(truth, mask), {
        posWeight,
        reduction: 'none',
      });
      return ops.div(ops.sum(ops.mul(loss, mask)), ops.clamp(ops.sum(mask), 1));
    });
  }
}
