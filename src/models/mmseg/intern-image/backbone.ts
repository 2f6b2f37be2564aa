import { full, ops, scope, type Tensor } from '../../../engine/index.ts';
import {
  Conv2d,
  checkpoint,
  DropPath,
  GELU,
  init,
  LayerNorm,
  Linear,
  Module,
  ModuleList,
  type Parameter,
  parameter,
  type Sequential,
} from '../../../nn/index.ts';
import { dropPathRates } from '../../drop-path-rates.ts';
import { type EncoderStages, stageSteps } from '../../image-encoder.ts';
import type { InternImageConfig } from './config.ts';
import { DeformableConvolution } from './deformable-convolution.ts';
import { layoutNorm } from './norm.ts';

/** Two strided convolutions: `[N, bands, H, W]` → `[N, H/4, W/4, C]`. */
class Stem extends Module {
  readonly conv1: Conv2d;
  readonly norm1: Sequential;
  readonly act: GELU;
  readonly conv2: Conv2d;
  readonly norm2: Sequential;

  constructor({ inChannels, width }: InternImageConfig) {
    super();
    this.conv1 = new Conv2d(inChannels, width / 2, 3, { stride: 2, padding: 1 });
    this.norm1 = layoutNorm(width / 2, 'first', 'first');
    this.act = new GELU();
    this.conv2 = new Conv2d(width / 2, width, 3, { stride: 2, padding: 1 });
    this.norm2 = layoutNorm(width, 'first', 'last');
  }

  forward(images: Tensor): Tensor {
    return scope(() => {
      const half = this.act.forward(this.norm1.forward(this.conv1.forward(images)));
      return this.norm2.forward(this.conv2.forward(half));
    });
  }
}

/** A strided convolution to the next level, over maps `[N, H, W, C]`. */
class Downsample extends Module {
  readonly conv: Conv2d;
  readonly norm: Sequential;

  constructor(width: number) {
    super();
    this.conv = new Conv2d(width, 2 * width, 3, { stride: 2, padding: 1, bias: false });
    this.norm = layoutNorm(2 * width, 'first', 'last');
  }

  forward(map: Tensor): Tensor {
    return scope(() => this.norm.forward(this.conv.forward(ops.permute(map, [0, 3, 1, 2]))));
  }
}

class Perceptron extends Module {
  readonly fc1: Linear;
  readonly fc2: Linear;

  constructor(width: number, ratio: number) {
    super();
    this.fc1 = new Linear(width, Math.trunc(width * ratio));
    this.fc2 = new Linear(Math.trunc(width * ratio), width);
  }

  forward(map: Tensor): Tensor {
    return scope(() => this.fc2.forward(ops.gelu(this.fc1.forward(map))));
  }
}

/** A deformable convolution and a perceptron, each with its norms, scale and way around. */
class Block extends Module {
  declare gamma1?: Parameter;
  declare gamma2?: Parameter;
  readonly norm1: Sequential;
  readonly dcn: DeformableConvolution;
  readonly drop_path: DropPath;
  readonly norm2: Sequential;
  readonly mlp: Perceptron;
  declare res_post_norm1?: Sequential;
  declare res_post_norm2?: Sequential;
  readonly #postNorm: boolean;

  constructor(width: number, groups: number, dropPath: number, config: InternImageConfig) {
    super();
    const { layerScale, mlpRatio, postNorm, residualPostNorm } = config;
    this.#postNorm = postNorm;
    if (layerScale !== null) {
      this.gamma1 = parameter(full([width], layerScale));
      this.gamma2 = parameter(full([width], layerScale));
    }
    this.norm1 = layoutNorm(width);
    this.dcn = new DeformableConvolution(width, groups, config);
    this.drop_path = new DropPath(dropPath);
    this.norm2 = layoutNorm(width);
    this.mlp = new Perceptron(width, mlpRatio);
    if (residualPostNorm) {
      this.res_post_norm1 = layoutNorm(width);
      this.res_post_norm2 = layoutNorm(width);
    }
  }

  forward(map: Tensor): Tensor {
    return scope(() => {
      const first = this.#branch(map, this.dcn, this.norm1, this.res_post_norm1, this.gamma1);
      return this.#branch(first, this.mlp, this.norm2, this.res_post_norm2, this.gamma2);
    });
  }

  #branch(
    map: Tensor,
    body: DeformableConvolution | Perceptron,
    norm: Sequential,
    after: Sequential | undefined,
    gamma: Parameter | undefined,
  ): Tensor {
    return scope(() => {
      const plain = this.#postNorm
        ? norm.forward(scope(() => body.forward(map)))
        : scope(() => body.forward(norm.forward(map)));
      const normed = after ? after.forward(plain) : plain;
      const scaled = gamma ? ops.mul(gamma, normed) : normed;
      return ops.add(map, this.drop_path.forward(scaled));
    });
  }
}

/** The blocks of one resolution and the way to the next. */
class Level extends Module {
  readonly blocks: ModuleList<Block>;
  declare norm?: Sequential;
  declare post_norms?: ModuleList<Sequential>;
  declare downsample?: Downsample;
  readonly #normAfter: readonly number[];

  constructor(config: InternImageConfig, level: number, rates: readonly number[]) {
    super();
    const width = config.width * 2 ** level;
    this.#normAfter = level === 2 ? config.normAfterBlocks : [];
    this.blocks = new ModuleList(rates.map((rate) => new Block(width, config.groups[level]!, rate, config)));
    if (!config.postNorm || config.centreFeatureScale) this.norm = layoutNorm(width);
    if (this.#normAfter.length > 0) {
      this.post_norms = new ModuleList(this.#normAfter.map(() => layoutNorm(width)));
    }
    if (level < config.depths.length - 1) this.downsample = new Downsample(width);
  }

  /** Runs the blocks, not the downsampling: `[N, H, W, C]` to the same. */
  forward(map: Tensor): Tensor {
    return scope(() => {
      let current = map;
      for (const [index, block] of Array.from(this.blocks).entries()) {
        const before = current;
        current = checkpoint((x) => block.forward(x), before);
        const norm = this.#normAfter.indexOf(index);
        if (norm >= 0) current = this.post_norms![norm]!.forward(current);
        if (before !== map) before.dispose();
      }
      return this.norm ? this.norm.forward(current) : current;
    });
  }
}

/**
 * InternImage, with the parameter names of its authors' checkpoints (`levels.0.blocks.0.dcn.…`).
 *
 * @see Wang et al., "InternImage: exploring large-scale vision foundation models with deformable convolutions", 2022
 */
export class InternImage extends Module {
  readonly patch_embed: Stem;
  readonly levels: ModuleList<Level>;
  readonly channels: readonly number[];

  constructor(config: InternImageConfig) {
    super();
    this.channels = config.depths.map((_, level) => config.width * 2 ** level);
    this.patch_embed = new Stem(config);
    const rates = dropPathRates(config.dropPath, config.depths);
    this.levels = new ModuleList(rates.map((levelRates, level) => new Level(config, level, levelRates)));
    this.resetParameters();
  }

  /** Weights as the authors start. */
  resetParameters(): void {
    this.apply((layer) => {
      if (layer instanceof LayerNorm) layer.resetParameters();
      if (layer instanceof DeformableConvolution) layer.resetParameters();
      if (!(layer instanceof Linear)) return;
      init.truncNormal_(layer.weight, 0, 0.02);
      init.zeros_(layer.bias!);
    });
  }

  get encoderStages(): EncoderStages {
    return this.channels.map((_, stage) => {
      const after = [`levels.${stage}.downsample`, `levels.${stage}.norm`, `levels.${stage}.post_norms`];
      const stem = stage === 0 ? { stem: ['patch_embed'] } : {};
      return stageSteps(this, `levels.${stage}.blocks`, { ...stem, after });
    });
  }

  /**
   * @param images `[N, bands, H, W]`
   * @returns maps of all levels `[N, Cᵢ, H/2^(i+2), W/2^(i+2)]`, channels-last in memory, finest first
   */
  forward(images: Tensor): Tensor[] {
    return scope(() => {
      const maps: Tensor[] = [];
      let current = this.patch_embed.forward(images);
      for (const level of this.levels) {
        const map = level.forward(current);
        current.dispose();
        maps.push(ops.permute(map, [0, 3, 1, 2]));
        if (level.downsample) current = level.downsample.forward(map);
      }
      return maps;
    });
  }
}
