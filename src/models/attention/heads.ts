import { ops, type Tensor } from '../../engine/index.ts';

/** `[N, L, heads·d]` → `[N, heads, L, d]`, without a copy. */
export function splitHeads(tokens: Tensor, heads: number): Tensor {
  const [, length, width] = tokens.shape as [number, number, number];
  return ops.transpose(ops.reshape(tokens, [-1, length, heads, width / heads]), 1, 2);
}

/** `[N, heads, L, d]` → `[N, L, heads·d]`. */
export function mergeHeads(heads: Tensor): Tensor {
  const [, count, length, width] = heads.shape as [number, number, number, number];
  return ops.reshape(ops.transpose(heads, 1, 2), [-1, length, count * width]);
}
