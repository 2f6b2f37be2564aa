import { ops, scope, type Tensor } from '../../engine/index.ts';
import { AdaptiveAvgPool2d, LayerNorm2d, Module, ModuleList, Sequential } from '../../nn/index.ts';
import type { FeatureMap } from '../encoders/encoder.ts';
import { resizeTo } from '../resize.ts';
import type { DecoderNorm } from '../smp/options.ts';
import { Conv2dReLU } from './blocks.ts';
import { Decoder, requireDepth } from './decoder.ts';

const poolSizes = [1, 2, 3, 6] as const;

class PyramidPooling extends Module {
  blocks: ModuleList;
  out_conv: Conv2dReLU;

  constructor(inChannels: number, outChannels: number, norm: DecoderNorm) {
    super();
    this.blocks = new ModuleList(
      poolSizes.map(
        (size) =>
          new Sequential(new AdaptiveAvgPool2d(size), new Conv2dReLU(inChannels, outChannels, 1, { norm })),
      ),
    );
    const joined = inChannels + poolSizes.length * outChannels;
    this.out_conv = new Conv2dReLU(joined, outChannels, 3, { padding: 1 });
  }

  forward(x: Tensor): Tensor {
    const [, , height, width] = x.shape as [number, number, number, number];
    return scope(() => {
      const pooled = Array.from(this.blocks, (block) =>
        ops.interpolate(block.forward(x), { size: [height, width], mode: 'bilinear' }),
      );
      return this.out_conv.forward(ops.cat([x, ...pooled], 1));
    });
  }
}

/** A step of the pyramid towards a finer scale. */
class LateralBlock extends Module {
  conv_norm_relu: Conv2dReLU;

  constructor(inChannels: number, outChannels: number, norm: DecoderNorm) {
    super();
    this.conv_norm_relu = new Conv2dReLU(inChannels, outChannels, 1, { norm });
  }

  forward(state: Tensor, lateral: Tensor): Tensor {
    return scope(() => {
      const map = this.conv_norm_relu.forward(lateral);
      const [, , height, width] = map.shape as [number, number, number, number];
      return ops.add(resizeTo(state, height, width, { mode: 'bilinear' }), map);
    });
  }
}

/**
 * UPerNet: pyramid pooling of the deepest map, a feature pyramid, and all scales joined at a quarter of the size.
 *
 * Source: Xiao et al., "Unified perceptual parsing for scene understanding", 2018; layout of
 * `segmentation_models_pytorch`.
 */
export class UPerNetDecoder extends Decoder {
  feature_norms: ModuleList;
  psp: PyramidPooling;
  fpn_lateral_blocks: ModuleList<LateralBlock>;
  fpn_conv_blocks: ModuleList;
  fusion_block: Conv2dReLU;
  readonly outChannels: number;

  constructor(encoderChannels: readonly number[], outChannels: number, norm: DecoderNorm) {
    super();
    requireDepth('UPerNet', encoderChannels.length - 1);
    const channels = encoderChannels.slice(2);
    const laterals = channels.slice(0, -1).reverse();
    this.feature_norms = new ModuleList(channels.map((width) => new LayerNorm2d(width, { eps: 1e-6 })));
    this.psp = new PyramidPooling(channels.at(-1)!, outChannels, norm);
    this.fpn_lateral_blocks = new ModuleList(
      laterals.map((width) => new LateralBlock(width, outChannels, norm)),
    );
    this.fpn_conv_blocks = new ModuleList(
      laterals.map(() => new Conv2dReLU(outChannels, outChannels, 3, { padding: 1, norm })),
    );
    this.fusion_block = new Conv2dReLU((laterals.length + 1) * outChannels, outChannels, 3, {
      padding: 1,
      norm,
    });
    this.outChannels = outChannels;
  }

  override forward(features: readonly FeatureMap[]): Tensor {
    return scope(() => {
      const maps = Array.from(this.feature_norms, (norm, i) => norm.forward(features[i + 2]!));
      const [, , height, width] = maps[0]!.shape as [number, number, number, number];
      const [deepest, ...laterals] = maps.reverse() as [Tensor, ...Tensor[]];
      const pyramid = [this.psp.forward(deepest)];
      for (const [i, lateral] of laterals.entries())
        pyramid.push(this.fpn_lateral_blocks[i]!.forward(pyramid[i]!, lateral));
      const scales = pyramid.map((map, i) => (i === 0 ? map : this.fpn_conv_blocks[i - 1]!.forward(map)));
      const resized = scales.map((map) => resizeTo(map, height, width, { mode: 'bilinear' }));
      return this.fusion_block.forward(ops.cat(resized.reverse(), 1));
    });
  }
}
