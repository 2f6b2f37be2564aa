import { ops, type Tensor } from '../../../engine/index.ts';
import { Conv2d, Dropout, LayerNorm, Linear, Module } from '../../../nn/index.ts';
import { mergeHeads, splitHeads } from '../../attention/index.ts';
import { type MapSize, mapToTokens, tokensToMap } from '../tokens.ts';

/** Queries, keys and values; keys and values see the map shrunk by a strided convolution. */
class EfficientSelfAttention extends Module {
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  declare readonly sr?: Conv2d;
  declare readonly layer_norm?: LayerNorm;
  readonly #heads: number;
  readonly #dropout: number;

  constructor(width: number, heads: number, reduction: number, dropout: number) {
    super();
    this.#heads = heads;
    this.#dropout = dropout;
    this.query = new Linear(width, width);
    this.key = new Linear(width, width);
    this.value = new Linear(width, width);
    if (reduction > 1) {
      this.sr = new Conv2d(width, width, reduction, { stride: reduction });
      this.layer_norm = new LayerNorm(width);
    }
  }

  forward(tokens: Tensor, size: MapSize): Tensor {
    const query = splitHeads(this.query.forward(tokens), this.#heads);
    const source = this.#reduce(tokens, size);
    const key = splitHeads(this.key.forward(source), this.#heads);
    const value = splitHeads(this.value.forward(source), this.#heads);
    const dropout = this.training ? this.#dropout : 0;
    return mergeHeads(ops.scaledDotProductAttention(query, key, value, { dropout }));
  }

  #reduce(tokens: Tensor, size: MapSize): Tensor {
    if (!this.sr || !this.layer_norm) return tokens;
    return this.layer_norm.forward(mapToTokens(this.sr.forward(tokensToMap(tokens, size))));
  }
}

/** The projection after the attention. */
class AttentionOutput extends Module {
  readonly dense: Linear;
  readonly dropout: Dropout;

  constructor(width: number, dropout: number) {
    super();
    this.dense = new Linear(width, width);
    this.dropout = new Dropout(dropout);
  }

  forward(tokens: Tensor): Tensor {
    return this.dropout.forward(this.dense.forward(tokens));
  }
}

/**
 * Self-attention with reduced keys and values.
 *
 * @see Xie et al., "SegFormer", 2021, section 3.1
 */
export class SegformerAttention extends Module {
  readonly self: EfficientSelfAttention;
  readonly output: AttentionOutput;

  constructor(width: number, heads: number, reduction: number, attentionDropout: number, dropout: number) {
    super();
    this.self = new EfficientSelfAttention(width, heads, reduction, attentionDropout);
    this.output = new AttentionOutput(width, dropout);
  }

  forward(tokens: Tensor, size: MapSize): Tensor {
    return this.output.forward(this.self.forward(tokens, size));
  }
}
