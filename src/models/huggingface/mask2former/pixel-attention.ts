import { ops, scope, type Tensor, tensor } from '../../../engine/index.ts';
import { Dropout, init, LayerNorm, Linear, Module } from '../../../nn/index.ts';
import {
  cellCentres,
  type LevelSize,
  multiScaleDeformableAttention,
  type TensorCache,
} from '../../attention/index.ts';
import type { Mask2FormerConfig } from './config.ts';

/** Levels of the pyramid that attention runs over: strides 32, 16 and 8. */
export const PYRAMID_LEVELS = 3;
const POINTS = 4;

/** What all layers of the pixel decoder need to know of one pyramid. */
export interface Pyramid {
  readonly sizes: readonly LevelSize[];
  /** Position and level encodings `[S, C]` or `[1, S, C]`. */
  readonly positions: Tensor;
  /** Constants that depend on the sizes only. */
  readonly cache: TensorCache;
}

/** Each place of a pyramid reads four points of every level, at offsets it predicts. */
class DeformableSelfAttention extends Module {
  readonly sampling_offsets: Linear;
  readonly attention_weights: Linear;
  readonly value_proj: Linear;
  readonly output_proj: Linear;
  readonly #heads: number;

  constructor(width: number, heads: number) {
    super();
    this.#heads = heads;
    const samples = heads * PYRAMID_LEVELS * POINTS;
    this.sampling_offsets = new Linear(width, samples * 2);
    this.attention_weights = new Linear(width, samples);
    this.value_proj = new Linear(width, width);
    this.output_proj = new Linear(width, width);
  }

  /** Weights as the reference starts: points in a star around each place, all equally heavy. */
  resetParameters(): void {
    const star: number[] = [];
    for (let head = 0; head < this.#heads; head++) {
      const angle = (head * 2 * Math.PI) / this.#heads;
      const longest = Math.max(Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle)));
      for (let level = 0; level < PYRAMID_LEVELS; level++) {
        for (let point = 1; point <= POINTS; point++) {
          star.push((Math.cos(angle) / longest) * point, (Math.sin(angle) / longest) * point);
        }
      }
    }
    init.zeros_(this.sampling_offsets.weight);
    scope(() => init.copy_(this.sampling_offsets.bias!, tensor(star)));
    init.zeros_(this.attention_weights.weight);
    init.zeros_(this.attention_weights.bias!);
    for (const projection of [this.value_proj, this.output_proj]) {
      init.xavierUniform_(projection.weight);
      init.zeros_(projection.bias!);
    }
  }

  forward(tokens: Tensor, { sizes, positions, cache }: Pyramid): Tensor {
    const [, length, width] = tokens.shape as [number, number, number];
    const heads = this.#heads;
    const query = ops.add(tokens, positions);
    const value = ops.reshape(this.value_proj.forward(tokens), [-1, length, heads, width / heads]);
    const scores = ops.reshape(this.attention_weights.forward(query), [
      -1,
      length,
      heads,
      PYRAMID_LEVELS * POINTS,
    ]);
    const offsets = ops.reshape(this.sampling_offsets.forward(query), [
      -1,
      length,
      heads,
      PYRAMID_LEVELS,
      POINTS,
      2,
    ]);
    const key = sizes.join(' ');
    const steps = cache.get(`steps ${key}`, tokens, () => gridSteps(sizes));
    const centres = cache.get(`centres ${key}`, tokens, () => placeCentres(sizes));
    const places = ops.add(ops.mul(offsets, steps), centres);
    const grids = sizes.map((_, level) => ops.select(places, 3, level));
    const mixed = multiScaleDeformableAttention(value, sizes, grids, ops.softmax(scores, -1));
    return this.output_proj.forward(mixed);
  }
}

/** Width of a cell of each level in grid-sampling coordinates: `[levels, 1, 2]`. */
function gridSteps(sizes: readonly LevelSize[]): Tensor {
  return tensor(
    sizes.flatMap(([height, width]) => [2 / width, 2 / height]),
    [sizes.length, 1, 2],
  );
}

/** Every place's own centre: `[S, 1, 1, 1, 2]`. */
function placeCentres(sizes: readonly LevelSize[]): Tensor {
  return scope(() => ops.reshape(ops.cat(sizes.map(cellCentres), 0), [-1, 1, 1, 1, 2]));
}

/** A layer of the pixel decoder's encoder: deformable attention, then a feed-forward half. */
export class PixelEncoderLayer extends Module {
  readonly self_attn: DeformableSelfAttention;
  readonly self_attn_layer_norm: LayerNorm;
  readonly fc1: Linear;
  readonly fc2: Linear;
  readonly final_layer_norm: LayerNorm;
  readonly dropout: Dropout;

  constructor({ width, heads, pixelFeedForward, dropout }: Mask2FormerConfig) {
    super();
    this.self_attn = new DeformableSelfAttention(width, heads);
    this.self_attn_layer_norm = new LayerNorm(width);
    this.fc1 = new Linear(width, pixelFeedForward);
    this.fc2 = new Linear(pixelFeedForward, width);
    this.final_layer_norm = new LayerNorm(width);
    this.dropout = new Dropout(dropout);
  }

  /** `[N, S, C]` to the same. */
  forward(tokens: Tensor, pyramid: Pyramid): Tensor {
    return scope(() => {
      const attended = scope(() => this.self_attn.forward(tokens, pyramid));
      const first = this.self_attn_layer_norm.forward(ops.add(tokens, this.dropout.forward(attended)));
      const mixed = scope(() => {
        const hidden = this.dropout.forward(ops.relu(this.fc1.forward(first)));
        return this.dropout.forward(this.fc2.forward(hidden));
      });
      return this.final_layer_norm.forward(ops.add(first, mixed));
    });
  }
}
