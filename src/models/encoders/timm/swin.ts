import { ops, scope, type Tensor } from '../../../engine/index.ts';
import { Conv2d, DropPath, Identity, LayerNorm, Linear, Module } from '../../../nn/index.ts';
import { BlockSequence } from '../../block-sequence.ts';
import { chain } from '../../chain.ts';
import { dropPathRates } from '../../drop-path-rates.ts';
import { type EncoderStages, stageSteps } from '../../image-encoder.ts';
import type { EncoderSettings } from '../encoder.ts';
import { truncatedNormal } from '../initialization.ts';
import { TimmEncoder } from './encoder.ts';
import { TokenMlp } from './mlp.ts';
import { ShiftedWindowAttention } from './window-attention.ts';

/** A Swin transformer by its numbers. */
export interface SwinVariant {
  readonly width: number;
  readonly depths: readonly [number, number, number, number];
  readonly heads: readonly [number, number, number, number];
  readonly window: number;
  readonly imageSize: number;
}

const base = { width: 128, depths: [2, 2, 18, 2], heads: [4, 8, 16, 32] } as const;
const large = { width: 192, depths: [2, 2, 18, 2], heads: [6, 12, 24, 48] } as const;
const tiny = { width: 96, heads: [3, 6, 12, 24], window: 7, imageSize: 224 } as const;

/** Swin transformers by timm's names. */
export const swinVariants: Readonly<Record<string, SwinVariant>> = {
  swin_tiny_patch4_window7_224: { ...tiny, depths: [2, 2, 6, 2] },
  swin_small_patch4_window7_224: { ...tiny, depths: [2, 2, 18, 2] },
  swin_base_patch4_window7_224: { ...base, window: 7, imageSize: 224 },
  swin_base_patch4_window12_384: { ...base, window: 12, imageSize: 384 },
  swin_large_patch4_window7_224: { ...large, window: 7, imageSize: 224 },
  swin_large_patch4_window12_384: { ...large, window: 12, imageSize: 384 },
};

class SwinBlock extends Module {
  norm1: LayerNorm;
  attn: ShiftedWindowAttention;
  norm2: LayerNorm;
  mlp: TokenMlp;
  drop_path: DropPath;

  constructor(width: number, attention: ShiftedWindowAttention, dropPath: number) {
    super();
    this.norm1 = new LayerNorm(width);
    this.attn = attention;
    this.norm2 = new LayerNorm(width);
    this.mlp = new TokenMlp(width);
    this.drop_path = new DropPath(dropPath);
  }

  /** @param x `[N, H, W, C]` */
  forward(x: Tensor): Tensor {
    return scope(() => {
      const attended = ops.add(x, this.drop_path.forward(chain(x, this.norm1, this.attn)));
      return ops.add(attended, this.drop_path.forward(chain(attended, this.norm2, this.mlp)));
    });
  }
}

/** Halves a map `[N, H, W, C]` by joining the channels of 2×2 cells. */
class PatchMerging extends Module {
  norm: LayerNorm;
  reduction: Linear;

  constructor(width: number) {
    super();
    this.norm = new LayerNorm(width * 4);
    this.reduction = new Linear(width * 4, width * 2, { bias: false });
  }

  forward(x: Tensor): Tensor {
    const [batch, height, width, channels] = x.shape as [number, number, number, number];
    const [rows, columns] = [Math.ceil(height / 2), Math.ceil(width / 2)];
    return scope(() => {
      const even = height % 2 || width % 2 ? ops.pad(x, [0, 0, 0, width % 2, 0, height % 2]) : x;
      const cells = ops.permute(
        ops.reshape(even, [batch, rows, 2, columns, 2, channels]),
        [0, 1, 3, 4, 2, 5],
      );
      return chain(ops.flatten(cells, 3), this.norm, this.reduction);
    });
  }
}

class SwinStage extends Module {
  downsample: PatchMerging | Identity;
  blocks: BlockSequence;

  constructor(downsample: PatchMerging | Identity, blocks: readonly SwinBlock[]) {
    super();
    this.downsample = downsample;
    this.blocks = new BlockSequence(...blocks);
  }

  forward(x: Tensor): Tensor {
    return chain(x, this.downsample, this.blocks);
  }
}

/** The image in patches of 4×4, one vector each: `[N, C, H, W]` → `[N, H/4, W/4, width]`. */
class PatchEmbed extends Module {
  proj: Conv2d;
  norm: LayerNorm;

  constructor(inChannels: number, width: number) {
    super();
    this.proj = new Conv2d(inChannels, width, 4, { stride: 4 });
    this.norm = new LayerNorm(width);
  }

  forward(images: Tensor): Tensor {
    return scope(() => this.norm.forward(ops.permute(this.proj.forward(images), [0, 2, 3, 1])));
  }
}

/** timm's `features_only` Swin transformer: stages under flattened names. */
class SwinFeatures extends Module {
  patch_embed: PatchEmbed;
  readonly channels: readonly number[];

  constructor(
    { width, depths, heads, window, imageSize }: SwinVariant,
    settings: EncoderSettings,
    scales: number,
  ) {
    super();
    this.channels = depths.map((_, i) => width * 2 ** i).slice(0, scales);
    this.patch_embed = new PatchEmbed(settings.inChannels, width);
    const dropPaths = dropPathRates(settings.dropPathRate ?? 0.1, depths);
    for (const [i, channels] of this.channels.entries()) {
      // A stage whose map, at the design size, is no larger than one window has nothing to shift.
      const side = Math.floor((settings.imageSize ?? imageSize) / 4 / 2 ** i);
      const size = Math.min(window, side);
      const made = dropPaths[i]!.map((dropPath, block) => {
        const shift = block % 2 === 1 && side > window ? Math.floor(window / 2) : 0;
        return new SwinBlock(
          channels,
          new ShiftedWindowAttention(channels, heads[i]!, size, shift),
          dropPath,
        );
      });
      const downsample = i === 0 ? new Identity() : new PatchMerging(channels / 2);
      this.addModule(`layers_${i}`, new SwinStage(downsample, made));
    }
    truncatedNormal(this, { convolutions: false });
  }

  get encoderStages(): EncoderStages {
    return this.channels.map((_, i) => {
      const entrance = i === 0 ? { stem: ['patch_embed'] } : { before: [`layers_${i}.downsample`] };
      return stageSteps(this, `layers_${i}.blocks`, entrance);
    });
  }

  forward(images: Tensor): Tensor[] {
    return scope(() => {
      let x = this.patch_embed.forward(images);
      return this.channels.map((_, i) => {
        x = (this.getModule(`layers_${i}`) as SwinStage).forward(x);
        return ops.contiguous(ops.permute(x, [0, 3, 1, 2]));
      });
    });
  }
}

/**
 * Swin transformer with timm's parameter names. Images of any size that is a multiple of four go through, not only the design
 * size that timm insists on; the design size decides which stages shift their windows.
 *
 * Source: Liu et al., "Swin transformer: hierarchical vision transformer using shifted windows", 2021;
 * `pytorch-image-models`.
 */
export function makeSwinEncoder(variant: SwinVariant, settings: EncoderSettings): TimmEncoder {
  return new TimmEncoder(settings, { startsAtQuarter: true }, (scales) => {
    return new SwinFeatures(variant, settings, scales);
  });
}
