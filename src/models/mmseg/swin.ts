import { ops, scope, type Tensor, tensor } from '../../engine/index.ts';
import {
  Conv2d,
  DropPath,
  emptyParameter,
  init,
  LayerNorm,
  Linear,
  Module,
  ModuleList,
  type Parameter,
  Sequential,
} from '../../nn/index.ts';
import { mergeHeads, relativePositionIndex, WindowAttentionPlan } from '../attention/index.ts';
import { BlockSequence } from '../block-sequence.ts';
import { dropPathRates } from '../drop-path-rates.ts';
import { type EncoderStages, stageSteps } from '../image-encoder.ts';

/** Sizes of a Swin backbone, as mmsegmentation's configurations give them. */
export interface MmsegSwinConfig {
  readonly type: 'swin';
  readonly inChannels: number;
  readonly width: number;
  readonly depths: readonly number[];
  readonly heads: readonly number[];
  readonly window: number;
  readonly mlpRatio: number;
  readonly dropPath: number;
}

/** Sizes of Swin that mmsegmentation has. */
export type SwinSize = 'tiny' | 'small' | 'base' | 'large';

const COMMON = { type: 'swin', inChannels: 3, mlpRatio: 4, dropPath: 0.3, depths: [2, 2, 18, 2] } as const;

/** Swin tiny and small with windows of 7, base and large with windows of 12. */
export const mmsegSwinConfigs: Readonly<Record<SwinSize, MmsegSwinConfig>> = {
  tiny: { ...COMMON, width: 96, heads: [3, 6, 12, 24], window: 7, depths: [2, 2, 6, 2] },
  small: { ...COMMON, width: 96, heads: [3, 6, 12, 24], window: 7 },
  base: { ...COMMON, width: 128, heads: [4, 8, 16, 32], window: 12 },
  large: { ...COMMON, width: 192, heads: [6, 12, 24, 48], window: 12 },
};

const PATCH = 4;

class PatchEmbed extends Module {
  readonly projection: Conv2d;
  readonly norm: LayerNorm;

  constructor({ inChannels, width }: MmsegSwinConfig) {
    super();
    this.projection = new Conv2d(inChannels, width, PATCH, { stride: PATCH });
    this.norm = new LayerNorm(width);
  }

  /** `[N, bands, H, W]` → `[N, ⌈H/4⌉, ⌈W/4⌉, C]` */
  forward(images: Tensor): Tensor {
    return scope(() => {
      const right = (PATCH - (images.size(3) % PATCH)) % PATCH;
      const bottom = (PATCH - (images.size(2) % PATCH)) % PATCH;
      const padded = right > 0 || bottom > 0 ? ops.pad(images, [0, right, 0, bottom]) : images;
      return this.norm.forward(ops.permute(this.projection.forward(padded), [0, 2, 3, 1]));
    });
  }
}

/** Window attention with queries, keys and values from one linear layer. */
class WindowAttention extends Module {
  readonly relative_position_bias_table: Parameter;
  readonly relative_position_index: Tensor;
  readonly qkv: Linear;
  readonly proj: Linear;
  readonly #plan: WindowAttentionPlan;

  constructor(width: number, plan: WindowAttentionPlan) {
    super();
    this.#plan = plan;
    const area = plan.window * plan.window;
    this.relative_position_bias_table = emptyParameter([(2 * plan.window - 1) ** 2, plan.heads]);
    init.truncNormal_(this.relative_position_bias_table, 0, 0.02);
    const index = tensor(relativePositionIndex(plan.window), [area, area], { dtype: 'int64' });
    this.relative_position_index = this.registerBuffer('relative_position_index', index);
    this.qkv = new Linear(width, 3 * width);
    this.proj = new Linear(width, width);
  }

  forward(windows: Tensor, size: readonly [number, number]): Tensor {
    const [, area, width] = windows.shape as [number, number, number];
    const { heads } = this.#plan;
    const joined = ops.reshape(this.qkv.forward(windows), [-1, area, 3, heads, width / heads]);
    const [query, key, value] = ops.unbind(ops.permute(joined, [2, 0, 3, 1, 4]), 0);
    const parts = [query!, key!, value!] as const;
    return this.proj.forward(
      mergeHeads(this.#plan.attend(parts, this.relative_position_bias_table, size, 0)),
    );
  }
}

/** The level between a block and its attention in parameter names. */
class ShiftedWindowAttention extends Module {
  readonly w_msa: WindowAttention;
  readonly #plan: WindowAttentionPlan;

  constructor(width: number, heads: number, window: number, shift: number) {
    super();
    this.#plan = new WindowAttentionPlan(window, shift, heads);
    this.w_msa = new WindowAttention(width, this.#plan);
  }

  /** `[N, H, W, C]` to the same. */
  forward(map: Tensor): Tensor {
    const size = [map.size(1), map.size(2)] as const;
    return this.#plan.join(this.w_msa.forward(this.#plan.cut(map), size), size);
  }
}

class FeedForward extends Module {
  readonly layers: ModuleList;

  constructor(width: number, hidden: number) {
    super();
    this.layers = new ModuleList([new Sequential(new Linear(width, hidden)), new Linear(hidden, width)]);
  }

  forward(map: Tensor): Tensor {
    return this.layers[1]!.forward(ops.gelu(this.layers[0]!.forward(map)));
  }
}

class Block extends Module {
  readonly norm1: LayerNorm;
  readonly attn: ShiftedWindowAttention;
  readonly norm2: LayerNorm;
  readonly ffn: FeedForward;
  readonly drop: DropPath;

  constructor(width: number, heads: number, shift: number, dropPath: number, config: MmsegSwinConfig) {
    super();
    this.norm1 = new LayerNorm(width);
    this.attn = new ShiftedWindowAttention(width, heads, config.window, shift);
    this.norm2 = new LayerNorm(width);
    this.ffn = new FeedForward(width, Math.trunc(config.mlpRatio * width));
    this.drop = new DropPath(dropPath);
  }

  forward(map: Tensor): Tensor {
    return scope(() => {
      const attended = scope(() => this.attn.forward(this.norm1.forward(map)));
      const first = ops.add(map, this.drop.forward(attended));
      const mixed = scope(() => this.ffn.forward(this.norm2.forward(first)));
      return ops.add(first, this.drop.forward(mixed));
    });
  }
}

/** Each 2×2 square becomes one place; the four values of a channel lie side by side, unlike in other libraries. */
class PatchMerging extends Module {
  readonly norm: LayerNorm;
  readonly reduction: Linear;

  constructor(width: number) {
    super();
    this.norm = new LayerNorm(4 * width);
    this.reduction = new Linear(4 * width, 2 * width, { bias: false });
  }

  /** `[N, H, W, C]` → `[N, ⌈H/2⌉, ⌈W/2⌉, 2C]`; odd sizes are padded with zeros. */
  forward(map: Tensor): Tensor {
    return scope(() => {
      const [, height, width, channels] = map.shape as [number, number, number, number];
      const odd = height % 2 === 1 || width % 2 === 1;
      const even = odd ? ops.pad(map, [0, 0, 0, width % 2, 0, height % 2]) : map;
      const [rows, columns] = [Math.ceil(height / 2), Math.ceil(width / 2)];
      const squares = ops.permute(ops.reshape(even, [-1, rows, 2, columns, 2, channels]), [0, 1, 3, 5, 2, 4]);
      const joined = ops.reshape(squares, [-1, rows, columns, 4 * channels]);
      return this.reduction.forward(this.norm.forward(joined));
    });
  }
}

class Stage extends Module {
  readonly blocks: BlockSequence;
  declare downsample?: PatchMerging;

  constructor(config: MmsegSwinConfig, stage: number, rates: readonly number[]) {
    super();
    const width = config.width * 2 ** stage;
    this.blocks = new BlockSequence(
      ...rates.map((rate, block) => {
        const shift = block % 2 === 0 ? 0 : Math.floor(config.window / 2);
        return new Block(width, config.heads[stage]!, shift, rate, config);
      }),
    );
    if (stage < config.depths.length - 1) this.downsample = new PatchMerging(width);
  }

  /** Runs the blocks, not the downsampling. */
  forward(map: Tensor): Tensor {
    return this.blocks.forward(map);
  }
}

/**
 * Swin Transformer (v1) with mmsegmentation's parameter names (`stages.0.blocks.0.attn.w_msa.qkv.…`).
 *
 * @see Liu et al., "Swin Transformer: hierarchical vision transformer using shifted windows", 2021
 */
export class MmsegSwin extends Module {
  readonly patch_embed: PatchEmbed;
  readonly stages: ModuleList<Stage>;
  readonly norm0: LayerNorm;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  readonly norm3: LayerNorm;
  readonly channels: readonly number[];

  constructor(config: MmsegSwinConfig) {
    super();
    this.channels = config.depths.map((_, stage) => config.width * 2 ** stage);
    this.patch_embed = new PatchEmbed(config);
    const rates = dropPathRates(config.dropPath, config.depths);
    this.stages = new ModuleList(rates.map((stageRates, stage) => new Stage(config, stage, stageRates)));
    const [norm0, norm1, norm2, norm3] = this.channels.map((width) => new LayerNorm(width));
    this.norm0 = norm0!;
    this.norm1 = norm1!;
    this.norm2 = norm2!;
    this.norm3 = norm3!;
  }

  get encoderStages(): EncoderStages {
    return this.channels.map((_, stage) => {
      const after = [`stages.${stage}.downsample`, `norm${stage}`];
      const stem = stage === 0 ? { stem: ['patch_embed'] } : {};
      return stageSteps(this, `stages.${stage}.blocks`, { ...stem, after });
    });
  }

  /**
   * @param images `[N, bands, H, W]`
   * @returns normalised maps of all stages `[N, Cᵢ, H/2^(i+2), W/2^(i+2)]`, channels-last in memory, finest first
   */
  forward(images: Tensor): Tensor[] {
    return scope(() => {
      const norms = [this.norm0, this.norm1, this.norm2, this.norm3];
      let current = this.patch_embed.forward(images);
      return Array.from(this.stages, (stage, index) => {
        const map = stage.forward(current);
        if (stage.downsample) current = stage.downsample.forward(map);
        return ops.permute(norms[index]!.forward(map), [0, 3, 1, 2]);
      });
    });
  }
}
