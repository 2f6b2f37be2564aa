import { full, ops, scope, type Tensor } from '../../../engine/index.ts';
import {
  Conv2d,
  DropPath,
  Identity,
  LayerNorm,
  LayerNorm2d,
  Module,
  type Parameter,
  parameter,
  Sequential,
} from '../../../nn/index.ts';
import { BlockSequence } from '../../block-sequence.ts';
import { chain } from '../../chain.ts';
import { dropPathRates } from '../../drop-path-rates.ts';
import { type EncoderStages, stageSteps } from '../../image-encoder.ts';
import type { EncoderSettings } from '../encoder.ts';
import { truncatedNormal } from '../initialization.ts';
import { SamePaddingConv2d } from '../same-padding.ts';
import { TimmEncoder } from './encoder.ts';
import { TokenMlp } from './mlp.ts';

/** A ConvNeXt by its numbers. */
export interface ConvNeXtVariant {
  readonly depths: readonly [number, number, number, number];
  readonly width: readonly [number, number, number, number];
}

/** ConvNeXts by timm's names. */
export const convNeXtVariants: Readonly<Record<string, ConvNeXtVariant>> = {
  convnext_tiny: { depths: [3, 3, 9, 3], width: [96, 192, 384, 768] },
  convnext_small: { depths: [3, 3, 27, 3], width: [96, 192, 384, 768] },
  convnext_base: { depths: [3, 3, 27, 3], width: [128, 256, 512, 1024] },
  convnext_large: { depths: [3, 3, 27, 3], width: [192, 384, 768, 1536] },
};

/** Depthwise 7×7 convolution, norm and two linear layers on a residual branch with a learnt scale. */
class ConvNeXtBlock extends Module {
  gamma: Parameter;
  conv_dw: Conv2d;
  norm: LayerNorm;
  mlp: TokenMlp;
  drop_path: DropPath;

  constructor(width: number, dilation: number, dropPath: number) {
    super();
    this.gamma = parameter(full([width], 1e-6));
    this.conv_dw = new Conv2d(width, width, 7, { padding: 3 * dilation, dilation, groups: width });
    this.norm = new LayerNorm(width, { eps: 1e-6 });
    this.mlp = new TokenMlp(width);
    this.drop_path = new DropPath(dropPath);
  }

  forward(x: Tensor): Tensor {
    return scope(() => {
      const spread = ops.permute(this.conv_dw.forward(x), [0, 2, 3, 1]);
      const mixed = chain(spread, this.norm, this.mlp);
      const scaled = ops.mul(ops.permute(mixed, [0, 3, 1, 2]), ops.reshape(this.gamma, [1, -1, 1, 1]));
      return ops.add(this.drop_path.forward(scaled), x);
    });
  }
}

interface StageSettings {
  readonly inChannels: number;
  readonly width: number;
  readonly stride: number;
  /** Dilation of the downsampling convolution and of the blocks. */
  readonly dilation: readonly [number, number];
  readonly dropPaths: readonly number[];
}

class ConvNeXtStage extends Module {
  downsample: Sequential | Identity;
  blocks: BlockSequence;

  constructor({ inChannels, width, stride, dilation: [first, rest], dropPaths }: StageSettings) {
    super();
    if (inChannels === width && stride === 1 && first === rest) this.downsample = new Identity();
    else {
      const kernel = stride > 1 || first !== rest ? 2 : 1;
      const Convolution = rest > 1 ? SamePaddingConv2d : Conv2d;
      this.downsample = new Sequential(
        new LayerNorm2d(inChannels),
        new Convolution(inChannels, width, kernel, { stride, dilation: first }),
      );
    }
    this.blocks = new BlockSequence(...dropPaths.map((dropPath) => new ConvNeXtBlock(width, rest, dropPath)));
  }

  forward(x: Tensor): Tensor {
    return chain(x, this.downsample, this.blocks);
  }
}

/** timm's `features_only` ConvNeXt: stages under flattened names. */
class ConvNeXtFeatures extends Module {
  stem_0: Conv2d;
  stem_1: LayerNorm2d;
  readonly channels: readonly number[];

  constructor({ depths, width }: ConvNeXtVariant, settings: EncoderSettings, scales: number) {
    super();
    this.channels = width.slice(0, scales);
    this.stem_0 = new Conv2d(settings.inChannels, width[0], 4, { stride: 4 });
    this.stem_1 = new LayerNorm2d(width[0]);
    const dropPaths = dropPathRates(settings.dropPathRate ?? 0, depths);
    let [totalStride, dilation] = [4, 1];
    for (let i = 0; i < scales; i++) {
      let stride = i === 0 ? 1 : 2;
      if (stride > 1 && totalStride >= settings.outputStride) {
        dilation *= stride;
        stride = 1;
      }
      totalStride *= stride;
      const stage = new ConvNeXtStage({
        inChannels: width[Math.max(0, i - 1)]!,
        width: width[i]!,
        stride,
        dilation: [dilation > 2 ? 2 : 1, dilation],
        dropPaths: dropPaths[i]!,
      });
      this.addModule(`stages_${i}`, stage);
    }
    truncatedNormal(this, { convolutions: true });
  }

  get encoderStages(): EncoderStages {
    return this.channels.map((_, i) => {
      const entrance = i === 0 ? { stem: ['stem_0', 'stem_1'] } : { before: [`stages_${i}.downsample`] };
      return stageSteps(this, `stages_${i}.blocks`, entrance);
    });
  }

  forward(images: Tensor): Tensor[] {
    return scope(() => {
      let x = chain(images, this.stem_0, this.stem_1);
      const maps: Tensor[] = [];
      for (let i = 0; i < this.channels.length; i++) {
        x = (this.getModule(`stages_${i}`) as ConvNeXtStage).forward(x);
        maps.push(x);
      }
      return maps;
    });
  }
}

/**
 * ConvNeXt with timm's parameter names.
 *
 * Source: Liu et al., "A ConvNet for the 2020s", 2022; `pytorch-image-models`.
 */
export function makeConvNeXtEncoder(variant: ConvNeXtVariant, settings: EncoderSettings): TimmEncoder {
  return new TimmEncoder(settings, { startsAtQuarter: true }, (scales) => {
    return new ConvNeXtFeatures(variant, settings, scales);
  });
}
