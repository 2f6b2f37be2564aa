import { callOp, ops, scope, type Tensor } from '../../engine/index.ts';
import { DEFAULT_IGNORE_INDEX, inFullPrecision, Loss, weightTensor } from './loss.ts';

/** Options of {@link CrossEntropyLoss}. */
export interface CrossEntropyOptions {
  /** Weight of each class in the mean. */
  weight?: readonly number[];
  /** Share of the target that is spread evenly over all classes. */
  labelSmoothing?: number;
  /** Targets with this value do not count; 255 by default (PyTorch: −100). */
  ignoreIndex?: number;
  /**
   * What a batch without a single counted pixel gives: 0 (the default), or NaN as PyTorch and IGN's programs have it.
   */
  emptyBatch?: 'zero' | 'nan';
}

const SUM = 2;

/** Mean over pixels of −log softmax at the target, weighted by class: Σ w·l / Σ w, as PyTorch's `CrossEntropyLoss`. */
export class CrossEntropyLoss extends Loss {
  readonly weight: Tensor | null;
  readonly labelSmoothing: number;
  readonly ignoreIndex: number;
  readonly emptyBatch: 'zero' | 'nan';

  constructor(options: CrossEntropyOptions = {}) {
    super();
    const { weight, labelSmoothing = 0, ignoreIndex = DEFAULT_IGNORE_INDEX, emptyBatch = 'zero' } = options;
    this.weight = weight ? this.registerBuffer('weight', weightTensor(weight), false) : null;
    this.labelSmoothing = labelSmoothing;
    this.ignoreIndex = ignoreIndex;
    this.emptyBatch = emptyBatch;
  }

  /** @param logits `[N, C, …]` @param targets int64 `[N, …]` */
  forward(logits: Tensor, targets: Tensor): Tensor {
    return scope(() => {
      const logProbabilities = ops.logSoftmax(inFullPrecision(logits), 1);
      const [sum, counted] = this.negativeLogLikelihood(logProbabilities, targets);
      // Nothing counted: both are zero, and the quotient must be zero rather than undefined.
      const total = this.emptyBatch === 'zero' ? ops.clamp(counted, 1e-12) : counted;
      if (this.labelSmoothing === 0) return ops.div(sum, total);
      const spread = ops.div(this.meanOverClasses(logProbabilities, targets), total);
      const exact = ops.mul(ops.div(sum, total), 1 - this.labelSmoothing);
      return ops.add(exact, ops.mul(spread, this.labelSmoothing));
    });
  }

  // The sum over pixels, and the sum of their weights, in one pass.
  private negativeLogLikelihood(logProbabilities: Tensor, targets: Tensor): [Tensor, Tensor] {
    const flat = logProbabilities.ndim === 2;
    const four = flat || logProbabilities.ndim === 4;
    const scores = four ? logProbabilities : ops.unsqueeze(ops.flatten(logProbabilities, 2, -1), 2);
    const labels = four ? targets : ops.unsqueeze(ops.flatten(targets, 1, -1), 1);
    const name = flat ? 'aten::nll_loss_forward' : 'aten::nll_loss2d_forward';
    return callOp(name, '', [scores, labels, this.weight, SUM, this.ignoreIndex]) as [Tensor, Tensor];
  }

  private meanOverClasses(logProbabilities: Tensor, targets: Tensor): Tensor {
    const classes = logProbabilities.shape[1]!;
    const shape = [1, classes, ...logProbabilities.shape.slice(2).map(() => 1)];
    const weighted = this.weight
      ? ops.mul(logProbabilities, ops.reshape(this.weight, shape))
      : logProbabilities;
    const counted = ops.ne(targets, this.ignoreIndex).to({ dtype: weighted.dtype });
    return ops.mul(ops.sum(ops.mul(ops.sum(weighted, { dim: 1 }), counted)), -1 / classes);
  }
}
