import { operator } from '../dispatch.ts';
import { isTorchAtLeast } from '../runtime.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';

const batchNormOp = operator('aten::batch_norm');
const layerNormOp = operator('aten::layer_norm');
const groupNormOp = operator('aten::group_norm');
const instanceNormOp = operator('aten::instance_norm');
const standardiseOp = operator('arpent::standardise');

/** State and switches of {@link batchNorm}. */
export interface BatchNormOptions {
  weight: Tensor | null;
  bias: Tensor | null;
  runningMean: Tensor | null;
  runningVar: Tensor | null;
  /** Use the batch's own statistics and update the running ones. */
  training: boolean;
  momentum?: number;
  eps?: number;
}

/** Normalises each channel of `[N, C, …]` over the batch. */
export function batchNorm(
  x: Tensor,
  { weight, bias, runningMean, runningVar, training, momentum = 0.1, eps = 1e-5 }: BatchNormOptions,
): Tensor {
  return batchNormOp(x, weight, bias, runningMean, runningVar, training, momentum, eps, true) as Tensor;
}

/**
 * Runs a norm, under autocast of images of 16 bits with weights of 32: kernels for processors take both since libtorch 2, before that
 * the norm is computed in the type of its weights.
 */
function withWeightsOf32(x: Tensor, weight: Tensor | null, norm: (x: Tensor) => Tensor): Tensor {
  const alike = weight === null || weight.dtype === x.dtype || x.device !== 'cpu';
  if (alike || isTorchAtLeast(2)) return norm(x);
  return scope(() => norm(x.to({ dtype: weight.dtype })).to({ dtype: x.dtype }));
}

/** Normalises over the last dimensions, whose sizes are given. */
export function layerNorm(
  x: Tensor,
  shape: readonly number[],
  weight: Tensor | null = null,
  bias: Tensor | null = null,
  eps = 1e-5,
): Tensor {
  return withWeightsOf32(x, weight, (input) => layerNormOp(input, shape, weight, bias, eps) as Tensor);
}

/** Normalises groups of channels of each sample. */
export function groupNorm(
  x: Tensor,
  groups: number,
  weight: Tensor | null = null,
  bias: Tensor | null = null,
  eps = 1e-5,
): Tensor {
  return withWeightsOf32(x, weight, (input) => groupNormOp(input, groups, weight, bias, eps) as Tensor);
}

/** Normalises each channel of each sample. */
export function instanceNorm(
  x: Tensor,
  weight: Tensor | null = null,
  bias: Tensor | null = null,
  eps = 1e-5,
): Tensor {
  return instanceNormOp(x, weight, bias, null, null, true, 0.1, eps, true) as Tensor;
}

/**
 * (x − mean) · inverse, channel by channel, on a processor: one pass over numbers of any type (`native/standardise.cc`).
 *
 * @param x `[…, C, H, W]`
 * @param mean float32 `[C]`, as is `inverse`
 * @param out float32 of the shape of `x`, in any order; it is written to and returned
 */
export function standardise(x: Tensor, mean: Tensor, inverse: Tensor, out: Tensor): Tensor {
  return standardiseOp(x, mean, inverse, out) as Tensor;
}
