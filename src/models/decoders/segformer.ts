import { ops, scope, type Tensor } from '../../engine/index.ts';
import { Linear, Module, ModuleList } from '../../nn/index.ts';
import type { FeatureMap } from '../encoders/encoder.ts';
import { resizeTo } from '../resize.ts';
import { Conv2dReLU } from './blocks.ts';
import { Decoder, requireDepth } from './decoder.ts';

/** A linear layer over the channels of a map. */
class MapLinear extends Module {
  linear: Linear;

  constructor(inChannels: number, outChannels: number) {
    super();
    this.linear = new Linear(inChannels, outChannels);
  }

  forward(x: Tensor): Tensor {
    const [batch, , height, width] = x.shape as [number, number, number, number];
    return scope(() => {
      const tokens = this.linear.forward(ops.transpose(ops.flatten(x, 2), 1, 2));
      return ops.reshape(ops.transpose(tokens, 1, 2), [batch, -1, height, width]);
    });
  }
}

/**
 * SegFormer's decoder: each scale through one linear layer, all joined at a quarter of the size.
 *
 * Source: Xie et al., 2021; layout of `segmentation_models_pytorch`.
 */
export class SegformerDecoder extends Decoder {
  mlp_stage: ModuleList;
  fuse_stage: Conv2dReLU;
  readonly outChannels: number;

  constructor(encoderChannels: readonly number[], outChannels: number) {
    super();
    requireDepth('Segformer', encoderChannels.length - 1);
    const channels = encoderChannels.slice(1).filter((width) => width > 0);
    this.mlp_stage = new ModuleList(channels.reverse().map((width) => new MapLinear(width, outChannels)));
    this.fuse_stage = new Conv2dReLU(channels.length * outChannels, outChannels, 1);
    this.outChannels = outChannels;
  }

  override forward(features: readonly FeatureMap[]): Tensor {
    const [height, width] = features[0]!.shape.slice(2).map((side) => Math.floor(side / 4)) as [
      number,
      number,
    ];
    const maps = features
      .slice(1)
      .filter((map) => map !== null)
      .reverse();
    return scope(() => {
      const scales = maps.map((map, i) =>
        resizeTo(this.mlp_stage[i]!.forward(map), height, width, { mode: 'bilinear' }),
      );
      return this.fuse_stage.forward(ops.cat(scales, 1));
    });
  }
}
