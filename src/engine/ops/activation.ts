import { operator } from '../dispatch.ts';
import type { DType } from '../dtype.ts';
import type { Tensor } from '../tensor.ts';

type Unary = (x: Tensor) => Tensor;

const geluOp = operator('aten::gelu');
const softmaxOp = operator('aten::softmax', 'int');
const logSoftmaxOp = operator('aten::log_softmax', 'int');
const leakyReluOp = operator('aten::leaky_relu');
const eluOp = operator('aten::elu');
const hardtanhOp = operator('aten::hardtanh');
const preluOp = operator('aten::prelu');
const softplusOp = operator('aten::softplus');
const dropoutOp = operator('aten::dropout');
const featureDropoutOp = operator('aten::feature_dropout');

/** max(x, 0). */
export const relu = operator('aten::relu') as Unary;
/** x held between 0 and 6. */
export const relu6: Unary = (x) => hardtanhOp(x, 0, 6) as Tensor;
/** x · sigmoid(x), also called swish. */
export const silu = operator('aten::silu') as Unary;
/** 1 / (1 + e⁻ˣ). */
export const sigmoid = operator('aten::sigmoid') as Unary;
/** ln sigmoid(x), without underflow. */
export const logSigmoid = operator('aten::log_sigmoid') as Unary;
/** The hyperbolic tangent. */
export const tanh = operator('aten::tanh') as Unary;
/** x · relu6(x + 3) / 6. */
export const hardswish = operator('aten::hardswish') as Unary;
/** relu6(x + 3) / 6. */
export const hardsigmoid = operator('aten::hardsigmoid') as Unary;

/** The Gaussian error linear unit, exact or by tanh. */
export function gelu(x: Tensor, approximate: 'none' | 'tanh' = 'none'): Tensor {
  return geluOp(x, approximate) as Tensor;
}

/** eˣ / Σ eˣ along a dimension. */
export function softmax(x: Tensor, dim: number, dtype?: DType): Tensor {
  return softmaxOp(x, dim, dtype) as Tensor;
}

/** The logarithm of {@link softmax}, without underflow. */
export function logSoftmax(x: Tensor, dim: number, dtype?: DType): Tensor {
  return logSoftmaxOp(x, dim, dtype) as Tensor;
}

/** x above zero, slope · x below. */
export function leakyRelu(x: Tensor, negativeSlope = 0.01): Tensor {
  return leakyReluOp(x, negativeSlope) as Tensor;
}

/** x above zero, alpha · (eˣ − 1) below. */
export function elu(x: Tensor, alpha = 1): Tensor {
  return eluOp(x, alpha) as Tensor;
}

/** x above zero, weight · x below, one weight a channel. */
export const prelu = preluOp as (x: Tensor, weight: Tensor) => Tensor;
/** ln(1 + eˣ). */
export const softplus: Unary = (x) => softplusOp(x) as Tensor;

/** Elements zeroed with probability p and the rest scaled by 1 / (1 − p), in training only. */
export function dropout(x: Tensor, p: number, training: boolean): Tensor {
  return dropoutOp(x, p, training) as Tensor;
}

/** Like {@link dropout}, for whole channels. */
export function dropout2d(x: Tensor, p: number, training: boolean): Tensor {
  return featureDropoutOp(x, p, training) as Tensor;
}
