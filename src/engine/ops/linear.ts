import { hasOperator, operator } from '../dispatch.ts';
import type { Tensor } from '../tensor.ts';
import { softmax } from './activation.ts';
import { add, logicalNot, maskedFill, mul } from './arithmetic.ts';
import { transpose } from './shape.ts';

const matmulOp = operator('aten::matmul');
const linearOp = operator('aten::linear');
const bmmOp = operator('aten::bmm');
const einsumOp = operator('aten::einsum');
const attentionOp = operator('aten::scaled_dot_product_attention');

/** Matrix product with broadcasting of leading dimensions. */
export const matmul = matmulOp as (x: Tensor, y: Tensor) => Tensor;
/** Batched matrix product of `[B, n, m]` and `[B, m, p]`. */
export const bmm = bmmOp as (x: Tensor, y: Tensor) => Tensor;

/** x · weightᵀ + bias, over the last dimension. */
export function linear(x: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  return linearOp(x, weight, bias) as Tensor;
}

/** Sums of products by Einstein's notation (`bqc,bchw->bqhw`). */
export function einsum(equation: string, ...tensors: Tensor[]): Tensor {
  return einsumOp(equation, tensors) as Tensor;
}

/** What may be added to attention scores, and how they are scaled. */
export interface AttentionOptions {
  /** Added to the scores, or boolean: true where a key may be seen; broadcasts to `[N, heads, queries, keys]`. */
  mask?: Tensor | null;
  /** Probability of dropping an attention weight. */
  dropout?: number;
  /** Factor of the scores; 1 / √(head size) by default. */
  scale?: number;
}

/**
 * softmax(q · kᵀ · scale + mask) · v for `[N, heads, length, size]`, by libtorch's fused kernel where it has one (2.1
 * and newer), else composed.
 */
export function scaledDotProductAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: AttentionOptions = {},
): Tensor {
  if (!hasOperator('aten::scaled_dot_product_attention')) return composedAttention(q, k, v, options);
  const { mask = null, dropout = 0, scale } = options;
  return attentionOp(q, k, v, mask, dropout, false, scale) as Tensor;
}

/** {@link scaledDotProductAttention} from elementary operators, for libtorch 1.13. */
export function composedAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { mask = null, dropout = 0, scale }: AttentionOptions = {},
): Tensor {
  const factor = scale ?? 1 / Math.sqrt(q.size(-1));
  const scores = matmul(mul(q, factor), transpose(k, -2, -1));
  const weights = softmax(masked(scores, mask), -1);
  return matmul(dropout > 0 ? (dropoutOp(weights, dropout, true) as Tensor) : weights, v);
}

function masked(scores: Tensor, mask: Tensor | null): Tensor {
  if (mask === null) return scores;
  return mask.dtype === 'bool'
    ? maskedFill(scores, logicalNot(mask), Number.NEGATIVE_INFINITY)
    : add(scores, mask);
}

const dropoutOp = operator('aten::dropout');
