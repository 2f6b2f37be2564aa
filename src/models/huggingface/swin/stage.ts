import { ops, scope, type Tensor } from '../../../engine/index.ts';
import { Dropout, DropPath, LayerNorm, Linear, Module } from '../../../nn/index.ts';
import { WindowAttentionPlan } from '../../attention/index.ts';
import { BlockSequence } from '../../block-sequence.ts';
import { Dense, SwinAttention } from './attention.ts';
import type { SwinConfig } from './config.ts';

/** One Swin block over a map `[N, H, W, C]`. */
class SwinLayer extends Module {
  readonly layernorm_before: LayerNorm;
  readonly attention: SwinAttention;
  readonly layernorm_after: LayerNorm;
  readonly intermediate: Dense;
  readonly output: Dense;
  readonly #plan: WindowAttentionPlan;
  readonly drop_path: DropPath;
  readonly dropout: Dropout;

  constructor(width: number, heads: number, shift: number, dropPath: number, config: SwinConfig) {
    super();
    this.#plan = new WindowAttentionPlan(config.window, shift, heads);
    this.drop_path = new DropPath(dropPath);
    this.dropout = new Dropout(config.hiddenDropout);
    const hidden = Math.trunc(config.mlpRatio * width);
    this.layernorm_before = new LayerNorm(width, { eps: config.layerNormEps });
    this.attention = new SwinAttention(width, this.#plan, config);
    this.layernorm_after = new LayerNorm(width, { eps: config.layerNormEps });
    this.intermediate = new Dense(width, hidden);
    this.output = new Dense(hidden, width);
  }

  forward(map: Tensor): Tensor {
    return scope(() => {
      const attended = scope(() => this.#attend(map));
      // The reference drops whole paths of the attention only, not of the feed-forward half.
      const first = ops.add(map, this.drop_path.forward(this.dropout.forward(attended)));
      const mixed = scope(() => {
        const hidden = this.intermediate.forward(this.layernorm_after.forward(first));
        return this.output.forward(ops.gelu(hidden));
      });
      return ops.add(this.dropout.forward(mixed), first);
    });
  }

  #attend(map: Tensor): Tensor {
    const [, height, width] = map.shape as [number, number, number, number];
    const windows = scope(() => this.#plan.cut(this.layernorm_before.forward(map)));
    return this.#plan.join(this.attention.forward(windows, [height, width]), [height, width]);
  }
}

/** Halves a map and doubles its channels: each 2×2 square becomes one place. */
export class PatchMerging extends Module {
  readonly reduction: Linear;
  readonly norm: LayerNorm;

  constructor(width: number) {
    super();
    this.reduction = new Linear(4 * width, 2 * width, { bias: false });
    this.norm = new LayerNorm(4 * width);
  }

  /** `[N, H, W, C]` → `[N, ⌈H/2⌉, ⌈W/2⌉, 2C]`; odd sizes are padded with zeros. */
  forward(map: Tensor): Tensor {
    return scope(() => {
      const [, height, width] = map.shape as [number, number, number, number];
      const odd = height % 2 === 1 || width % 2 === 1;
      const even = odd ? ops.pad(map, [0, 0, 0, width % 2, 0, height % 2]) : map;
      const corners = [0, 1].flatMap((column) =>
        [0, 1].map((row) => {
          const rows = ops.slice(even, 1, row, null, 2);
          return ops.slice(rows, 2, column, null, 2);
        }),
      );
      return this.reduction.forward(this.norm.forward(ops.cat(corners, -1)));
    });
  }
}

/** The blocks of one resolution, every second one shifted, and the way to the next resolution. */
export class SwinStage extends Module {
  readonly blocks: BlockSequence;
  declare readonly downsample?: PatchMerging;

  constructor(config: SwinConfig, stage: number, dropPaths: readonly number[]) {
    super();
    const width = config.width * 2 ** stage;
    this.blocks = new BlockSequence(
      ...dropPaths.map((dropPath, block) => {
        const shift = block % 2 === 0 ? 0 : Math.floor(config.window / 2);
        return new SwinLayer(width, config.heads[stage]!, shift, dropPath, config);
      }),
    );
    if (stage < config.depths.length - 1) this.downsample = new PatchMerging(width);
  }

  /** Runs the blocks, not the downsampling: `[N, H, W, C]` to the same. */
  forward(map: Tensor): Tensor {
    return this.blocks.forward(map);
  }
}
