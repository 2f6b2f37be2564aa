import { ops, scope, type Tensor } from '../../engine/index.ts';
import { xavierUniform_, zeros_ } from '../init.ts';
import { Module } from '../module.ts';
import type { Parameter } from '../parameter.ts';
import { emptyParameter, zerosParameter } from './create.ts';
import { Linear } from './linear.ts';

/** Options of {@link MultiheadAttention}. */
export interface MultiheadAttentionOptions {
  dropout?: number;
  bias?: boolean;
  /** Inputs are `[N, L, E]` instead of `[L, N, E]`. */
  batchFirst?: boolean;
}

/** Attention of queries to keys and values in several heads (Vaswani et al. 2017), with `torch.nn`'s names. */
export class MultiheadAttention extends Module {
  readonly in_proj_weight: Parameter;
  readonly in_proj_bias: Parameter | null;
  readonly out_proj: Linear;
  readonly embedDim: number;
  readonly numHeads: number;
  readonly dropout: number;
  readonly batchFirst: boolean;

  constructor(embedDim: number, numHeads: number, options: MultiheadAttentionOptions = {}) {
    super();
    const { dropout = 0, bias = true, batchFirst = false } = options;
    this.embedDim = embedDim;
    this.numHeads = numHeads;
    this.dropout = dropout;
    this.batchFirst = batchFirst;
    this.in_proj_weight = emptyParameter([3 * embedDim, embedDim]);
    this.in_proj_bias = bias ? zerosParameter([3 * embedDim]) : null;
    this.out_proj = new Linear(embedDim, embedDim, { bias });
    this.resetParameters();
  }

  resetParameters(): void {
    xavierUniform_(this.in_proj_weight);
    if (this.in_proj_bias) zeros_(this.in_proj_bias);
    if (this.out_proj.bias) zeros_(this.out_proj.bias);
  }

  /**
   * @param mask added to the attention scores, or boolean with true where attention is **allowed** (the convention of
   *   scaled_dot_product_attention; `torch.nn.MultiheadAttention` takes the opposite); broadcast over `[N, heads, L, S]`.
   * @returns `[L, N, E]`, or `[N, L, E]` when `batchFirst`.
   */
  forward(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | null = null): Tensor {
    return scope(() => {
      const weights = ops.chunk(this.in_proj_weight, 3, 0);
      const biases = this.in_proj_bias ? ops.chunk(this.in_proj_bias, 3, 0) : [null, null, null];
      const heads = [query, key, value].map((x, i) => this.split(ops.linear(x, weights[i]!, biases[i]!)));
      const dropout = this.training ? this.dropout : 0;
      const mixed = ops.scaledDotProductAttention(heads[0]!, heads[1]!, heads[2]!, { mask, dropout });
      const order = this.batchFirst ? [0, 2, 1, 3] : [2, 0, 1, 3];
      return this.out_proj.forward(ops.flatten(ops.permute(mixed, order), 2, 3));
    });
  }

  // To [N, heads, L, E / heads].
  private split(x: Tensor): Tensor {
    const [a, b] = x.shape as [number, number, number];
    const perHead = ops.reshape(x, [a, b, this.numHeads, this.embedDim / this.numHeads]);
    return ops.permute(perHead, this.batchFirst ? [0, 2, 1, 3] : [1, 2, 0, 3]);
  }
}
