import { ops, scope, type Tensor } from '../../engine/index.ts';
import { Conv2d, DropPath, LayerNorm, Linear, Module } from '../../nn/index.ts';
import { BlockSequence } from '../block-sequence.ts';
import { chain } from '../chain.ts';
import { dropPathRates } from '../drop-path-rates.ts';
import { type EncoderStages, stageSteps } from '../image-encoder.ts';
import { dilated, dilationRate, Encoder, type EncoderSettings, type FeatureMap } from './encoder.ts';
import { groupedFanOutNormal, truncatedNormal } from './initialization.ts';

/** A Mix Transformer by its numbers. */
export interface MixTransformerVariant {
  readonly width: readonly [number, number, number, number];
  readonly depths: readonly [number, number, number, number];
}

const wide = [64, 128, 320, 512] as const;

/** Mix Transformers by the names of `segmentation_models_pytorch`. */
export const mixTransformerVariants: Readonly<Record<string, MixTransformerVariant>> = {
  mit_b0: { width: [32, 64, 160, 256], depths: [2, 2, 2, 2] },
  mit_b1: { width: wide, depths: [2, 2, 2, 2] },
  mit_b2: { width: wide, depths: [3, 4, 6, 3] },
  mit_b3: { width: wide, depths: [3, 4, 18, 3] },
  mit_b4: { width: wide, depths: [3, 8, 27, 3] },
  mit_b5: { width: wide, depths: [3, 6, 40, 3] },
};

/** `[N, C, H, W]` → `[N, H·W, C]`. */
function toTokens(map: Tensor): Tensor {
  return scope(() => ops.transpose(ops.flatten(map, 2), 1, 2));
}

/** `[N, H·W, C]` → `[N, C, H, W]`, with the height and width of a map. */
function toMap(tokens: Tensor, like: Tensor): Tensor {
  const [batch, , channels] = tokens.shape;
  return scope(() =>
    ops.reshape(ops.transpose(tokens, 1, 2), [batch!, channels!, like.shape[2]!, like.shape[3]!]),
  );
}

/** Layer norm over the channels of a map `[N, C, H, W]`. */
class MapNorm extends LayerNorm {
  override forward(x: Tensor): Tensor {
    return scope(() => ops.permute(super.forward(ops.permute(x, [0, 2, 3, 1])), [0, 3, 1, 2]));
  }
}

/** Attention whose keys and values are drawn from a map made `ratio` times smaller. */
class ReducedAttention extends Module {
  q: Linear;
  kv: Linear;
  proj: Linear;
  sr: Conv2d | undefined;
  norm: LayerNorm | undefined;
  readonly #heads: number;

  constructor(width: number, heads: number, ratio: number, rate: number) {
    super();
    this.#heads = heads;
    this.q = new Linear(width, width);
    this.kv = new Linear(width, width * 2);
    this.proj = new Linear(width, width);
    if (ratio > 1) {
      this.sr = new Conv2d(width, width, ratio, dilated(rate, ratio, { stride: ratio }));
      this.norm = new LayerNorm(width);
    }
  }

  /** @param tokens `[N, H·W, C]` of the map `like` */
  forward(tokens: Tensor, like: Tensor): Tensor {
    const [batch, count, width] = tokens.shape as [number, number, number];
    const perHead = width / this.#heads;
    return scope(() => {
      const queries = ops.permute(
        ops.reshape(this.q.forward(tokens), [batch, count, this.#heads, perHead]),
        [0, 2, 1, 3],
      );
      const source =
        this.sr && this.norm ? this.norm.forward(toTokens(this.sr.forward(toMap(tokens, like)))) : tokens;
      const both = ops.permute(
        ops.reshape(this.kv.forward(source), [batch, -1, 2, this.#heads, perHead]),
        [2, 0, 3, 1, 4],
      );
      const [keys, values] = ops.unbind(both, 0);
      const mixed = ops.scaledDotProductAttention(queries, keys!, values!);
      return this.proj.forward(ops.reshape(ops.transpose(mixed, 1, 2), [batch, count, width]));
    });
  }
}

class DepthwiseConv extends Module {
  dwconv: Conv2d;

  constructor(width: number, rate: number) {
    super();
    this.dwconv = new Conv2d(width, width, 3, { ...dilated(rate, 3, { padding: 1 }), groups: width });
  }

  forward(tokens: Tensor, like: Tensor): Tensor {
    return scope(() => toTokens(this.dwconv.forward(toMap(tokens, like))));
  }
}

/** Two linear layers with a depthwise convolution between, which tells tokens where they are. */
class MixMlp extends Module {
  fc1: Linear;
  dwconv: DepthwiseConv;
  fc2: Linear;

  constructor(width: number, rate: number) {
    super();
    this.fc1 = new Linear(width, width * 4);
    this.dwconv = new DepthwiseConv(width * 4, rate);
    this.fc2 = new Linear(width * 4, width);
  }

  forward(tokens: Tensor, like: Tensor): Tensor {
    return scope(() => {
      const hidden = this.fc1.forward(tokens);
      const mixed = this.dwconv.forward(hidden, like);
      hidden.dispose();
      const active = ops.gelu(mixed);
      mixed.dispose();
      return this.fc2.forward(active);
    });
  }
}

class Block extends Module {
  norm1: LayerNorm;
  attn: ReducedAttention;
  drop_path: DropPath;
  norm2: LayerNorm;
  mlp: MixMlp;

  constructor(width: number, heads: number, ratio: number, rate: number, dropPath: number) {
    super();
    this.norm1 = new LayerNorm(width, { eps: 1e-6 });
    this.attn = new ReducedAttention(width, heads, ratio, rate);
    this.drop_path = new DropPath(dropPath);
    this.norm2 = new LayerNorm(width, { eps: 1e-6 });
    this.mlp = new MixMlp(width, rate);
  }

  forward(x: Tensor): Tensor {
    return scope(() => {
      const tokens = toTokens(x);
      const attended = ops.add(
        tokens,
        this.drop_path.forward(this.attn.forward(this.norm1.forward(tokens), x)),
      );
      const branch = this.drop_path.forward(this.mlp.forward(this.norm2.forward(attended), x));
      return toMap(ops.add(attended, branch), x);
    });
  }
}

class OverlapPatchEmbed extends Module {
  proj: Conv2d;
  norm: MapNorm;

  constructor(inChannels: number, width: number, kernel: number, stride: number, rate: number) {
    super();
    const geometry = dilated(rate, kernel, { stride, padding: Math.floor(kernel / 2) });
    this.proj = new Conv2d(inChannels, width, kernel, geometry);
    this.norm = new MapNorm(width);
  }

  forward(x: Tensor): Tensor {
    return chain(x, this.proj, this.norm);
  }
}

/**
 * Mix Transformer B0 to B5 with the parameter names of the SegFormer authors' release.
 *
 * There is no map of half size: feature 1 is null. Source: Xie et al., "SegFormer", 2021.
 */
export class MixTransformerEncoder extends Encoder {
  patch_embed1: OverlapPatchEmbed;
  patch_embed2: OverlapPatchEmbed;
  patch_embed3: OverlapPatchEmbed;
  patch_embed4: OverlapPatchEmbed;
  block1: BlockSequence;
  norm1: MapNorm;
  block2: BlockSequence;
  norm2: MapNorm;
  block3: BlockSequence;
  norm3: MapNorm;
  block4: BlockSequence;
  norm4: MapNorm;

  constructor({ width, depths }: MixTransformerVariant, settings: EncoderSettings) {
    super(settings, [3, 0, ...width]);
    const rates = [1, 1, dilationRate(16, settings.outputStride), dilationRate(32, settings.outputStride)];
    const dropPaths = dropPathRates(settings.dropPathRate ?? 0.1, depths);
    const embed = (stage: number, kernel: number, stride: number) =>
      new OverlapPatchEmbed(
        width[stage - 1] ?? settings.inChannels,
        width[stage]!,
        kernel,
        stride,
        rates[stage]!,
      );
    const stage = (index: number, heads: number, ratio: number) => {
      return new BlockSequence(
        ...dropPaths[index]!.map((drop) => new Block(width[index]!, heads, ratio, rates[index]!, drop)),
      );
    };
    const norm = (index: number) => new MapNorm(width[index]!, { eps: 1e-6 });
    this.patch_embed1 = embed(0, 7, 4);
    this.patch_embed2 = embed(1, 3, 2);
    this.patch_embed3 = embed(2, 3, 2);
    this.patch_embed4 = embed(3, 3, 2);
    this.block1 = stage(0, 1, 8);
    this.norm1 = norm(0);
    this.block2 = stage(1, 2, 4);
    this.norm2 = norm(1);
    this.block3 = stage(2, 5, 2);
    this.norm3 = norm(2);
    this.block4 = stage(3, 8, 1);
    this.norm4 = norm(3);
    this.idleModules = [1, 2, 3, 4]
      .slice(Math.max(0, settings.depth - 1))
      .flatMap((i) => [`patch_embed${i}`, `block${i}`, `norm${i}`]);
    truncatedNormal(this, { convolutions: false });
    groupedFanOutNormal(this);
    if (settings.inChannels !== 3) this.patch_embed1.proj.resetParameters();
  }

  get encoderStages(): EncoderStages {
    return [1, 2, 3, 4]
      .map((stage) => {
        const entrance = stage === 1 ? 'stem' : 'before';
        return stageSteps(this, `block${stage}`, {
          [entrance]: [`patch_embed${stage}`],
          after: [`norm${stage}`],
        });
      })
      .slice(0, Math.max(1, this.depth - 1));
  }

  override forward(images: Tensor): FeatureMap[] {
    return scope(() => {
      const features: FeatureMap[] = [images, null];
      const stages = [
        [this.patch_embed1, this.block1, this.norm1],
        [this.patch_embed2, this.block2, this.norm2],
        [this.patch_embed3, this.block3, this.norm3],
        [this.patch_embed4, this.block4, this.norm4],
      ] as const;
      let x = images;
      for (const modules of stages.slice(0, this.depth - 1)) {
        x = ops.contiguous(chain(x, ...modules));
        features.push(x);
      }
      return features;
    });
  }
}
