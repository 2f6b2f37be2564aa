import { ops, scope, type Tensor } from '../../../engine/index.ts';
import { Conv2d, Dropout, DropPath, LayerNorm, Linear, Module } from '../../../nn/index.ts';
import { type MapSize, mapToTokens, tokensToMap } from '../tokens.ts';
import { SegformerAttention } from './attention.ts';

/** The depthwise 3×3 convolution that gives the tokens a notion of place. */
class DepthwiseConvolution extends Module {
  readonly dwconv: Conv2d;

  constructor(width: number) {
    super();
    this.dwconv = new Conv2d(width, width, 3, { padding: 1, groups: width });
  }

  forward(tokens: Tensor, size: MapSize): Tensor {
    return mapToTokens(this.dwconv.forward(tokensToMap(tokens, size)));
  }
}

/** Mix-FFN: linear, depthwise convolution, GELU, linear. */
class MixFeedForward extends Module {
  readonly dense1: Linear;
  readonly dwconv: DepthwiseConvolution;
  readonly dense2: Linear;
  readonly dropout: Dropout;

  constructor(width: number, ratio: number, dropout: number) {
    super();
    const hidden = Math.trunc(width * ratio);
    this.dense1 = new Linear(width, hidden);
    this.dwconv = new DepthwiseConvolution(hidden);
    this.dense2 = new Linear(hidden, width);
    this.dropout = new Dropout(dropout);
  }

  forward(tokens: Tensor, size: MapSize): Tensor {
    const hidden = scope(() => {
      const expanded = this.dense1.forward(tokens);
      return ops.gelu(this.dwconv.forward(expanded, size));
    });
    return this.dropout.forward(this.dense2.forward(this.dropout.forward(hidden)));
  }
}

/** Sizes and rates of one {@link SegformerLayer}. */
export interface SegformerLayerOptions {
  readonly width: number;
  readonly heads: number;
  readonly reduction: number;
  readonly mlpRatio: number;
  readonly dropPath: number;
  readonly dropout: number;
  readonly attentionDropout: number;
}

/** A transformer block of the Mix Transformer encoder. */
export class SegformerLayer extends Module {
  readonly layer_norm_1: LayerNorm;
  readonly attention: SegformerAttention;
  readonly layer_norm_2: LayerNorm;
  readonly mlp: MixFeedForward;
  readonly drop_path: DropPath;

  constructor(options: SegformerLayerOptions) {
    super();
    const { width, heads, reduction, dropout, attentionDropout } = options;
    this.layer_norm_1 = new LayerNorm(width);
    this.attention = new SegformerAttention(width, heads, reduction, attentionDropout, dropout);
    this.layer_norm_2 = new LayerNorm(width);
    this.mlp = new MixFeedForward(width, options.mlpRatio, dropout);
    this.drop_path = new DropPath(options.dropPath);
  }

  forward(tokens: Tensor, size: MapSize): Tensor {
    return scope(() => {
      const attended = scope(() => this.attention.forward(this.layer_norm_1.forward(tokens), size));
      const first = ops.add(this.drop_path.forward(attended), tokens);
      const mixed = scope(() => this.mlp.forward(this.layer_norm_2.forward(first), size));
      return ops.add(this.drop_path.forward(mixed), first);
    });
  }
}
