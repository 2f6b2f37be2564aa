import { operator } from '../dispatch.ts';
import type { Tensor } from '../tensor.ts';

/** What becomes of the losses of single elements. */
export type Reduction = 'none' | 'mean' | 'sum';

const REDUCTIONS: readonly Reduction[] = ['none', 'mean', 'sum'];

const crossEntropyOp = operator('aten::cross_entropy_loss');
const nllOp = operator('aten::nll_loss_nd');
const bceWithLogitsOp = operator('aten::binary_cross_entropy_with_logits');
const mseOp = operator('aten::mse_loss');
const l1Op = operator('aten::l1_loss');
const smoothL1Op = operator('aten::smooth_l1_loss');

/** Options of {@link crossEntropy}, with PyTorch's defaults. */
export interface CrossEntropyOptions {
  /** One weight a class. */
  weight?: Tensor | null;
  reduction?: Reduction;
  ignoreIndex?: number;
  labelSmoothing?: number;
}

/** Cross-entropy of logits `[N, K, …]` and int64 labels `[N, …]`. */
export function crossEntropy(
  logits: Tensor,
  targets: Tensor,
  { weight = null, reduction = 'mean', ignoreIndex = -100, labelSmoothing = 0 }: CrossEntropyOptions = {},
): Tensor {
  return crossEntropyOp(
    logits,
    targets,
    weight,
    REDUCTIONS.indexOf(reduction),
    ignoreIndex,
    labelSmoothing,
  ) as Tensor;
}

/** Negative log-likelihood of log-probabilities `[N, K, …]` and int64 labels `[N, …]`. */
export function nllLoss(
  logProbabilities: Tensor,
  targets: Tensor,
  { weight = null, reduction = 'mean', ignoreIndex = -100 }: Omit<CrossEntropyOptions, 'labelSmoothing'> = {},
): Tensor {
  return nllOp(logProbabilities, targets, weight, REDUCTIONS.indexOf(reduction), ignoreIndex) as Tensor;
}

/** Binary cross-entropy of logits and targets in [0, 1]. */
export function binaryCrossEntropyWithLogits(
  logits: Tensor,
  targets: Tensor,
  {
    weight = null,
    posWeight = null,
    reduction = 'mean',
  }: { weight?: Tensor | null; posWeight?: Tensor | null; reduction?: Reduction } = {},
): Tensor {
  return bceWithLogitsOp(logits, targets, weight, posWeight, REDUCTIONS.indexOf(reduction)) as Tensor;
}

/** The squared difference. */
export function mseLoss(x: Tensor, y: Tensor, reduction: Reduction = 'mean'): Tensor {
  return mseOp(x, y, REDUCTIONS.indexOf(reduction)) as Tensor;
}

/** The absolute difference. */
export function l1Loss(x: Tensor, y: Tensor, reduction: Reduction = 'mean'): Tensor {
  return l1Op(x, y, REDUCTIONS.indexOf(reduction)) as Tensor;
}

/** Squared below beta, absolute above. */
export function smoothL1Loss(x: Tensor, y: Tensor, beta = 1, reduction: Reduction = 'mean'): Tensor {
  return smoothL1Op(x, y, REDUCTIONS.indexOf(reduction), beta) as Tensor;
}
