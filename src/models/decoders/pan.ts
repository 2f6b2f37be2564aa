import { ops, scope, type Tensor } from '../../engine/index.ts';
import {
  AdaptiveAvgPool2d,
  BatchNorm2d,
  Conv2d,
  Identity,
  MaxPool2d,
  Module,
  Sequential,
  Sigmoid,
  type TensorModule,
} from '../../nn/index.ts';
import { ReLUInPlace } from '../activation.ts';
import { chain } from '../chain.ts';
import type { FeatureMap } from '../encoders/encoder.ts';
import { resizeTo } from '../resize.ts';
import type { Interpolation } from '../smp/options.ts';
import { Decoder, requireDepth } from './decoder.ts';

/** Convolution with bias, batch norm and, unless told otherwise, ReLU. */
class ConvBnRelu extends Module {
  conv: Conv2d;
  bn: BatchNorm2d;
  activation: TensorModule;

  constructor(inChannels: number, outChannels: number, kernel: number, { active = true } = {}) {
    super();
    this.conv = new Conv2d(inChannels, outChannels, kernel, { padding: (kernel - 1) / 2 });
    this.bn = new BatchNorm2d(outChannels);
    this.activation = active ? new ReLUInPlace() : new Identity();
  }

  forward(x: Tensor): Tensor {
    return chain(x, this.conv, this.bn, this.activation);
  }
}

function resized(x: Tensor, height: number, width: number): Tensor {
  return resizeTo(x, height, width, { mode: 'bilinear', alignCorners: true });
}

/** Feature pyramid attention: weights each place of the deepest map by what three coarser scales see there. */
class FeaturePyramidAttention extends Module {
  branch1: Sequential;
  mid: Sequential;
  down1: Sequential;
  down2: Sequential;
  down3: Sequential;
  conv2: ConvBnRelu;
  conv1: ConvBnRelu;

  constructor(inChannels: number, outChannels: number) {
    super();
    const halve = () => new MaxPool2d(2);
    this.branch1 = new Sequential(new AdaptiveAvgPool2d(1), new ConvBnRelu(inChannels, outChannels, 1));
    this.mid = new Sequential(new ConvBnRelu(inChannels, outChannels, 1));
    this.down1 = new Sequential(halve(), new ConvBnRelu(inChannels, 1, 7));
    this.down2 = new Sequential(halve(), new ConvBnRelu(1, 1, 5));
    this.down3 = new Sequential(halve(), new ConvBnRelu(1, 1, 3), new ConvBnRelu(1, 1, 3));
    this.conv2 = new ConvBnRelu(1, 1, 5);
    this.conv1 = new ConvBnRelu(1, 1, 7);
  }

  forward(x: Tensor): Tensor {
    const [, , height, width] = x.shape as [number, number, number, number];
    return scope(() => {
      const global = this.branch1.forward(x);
      const half = this.down1.forward(x);
      const quarter = this.down2.forward(half);
      const eighth = this.down3.forward(quarter);
      const part = (divisor: number) => [Math.floor(height / divisor), Math.floor(width / divisor)] as const;
      const coarse = ops.add(this.conv2.forward(quarter), resized(eighth, ...part(4)));
      const middle = ops.add(resized(coarse, ...part(2)), this.conv1.forward(half));
      const weighted = ops.mul(resized(middle, height, width), this.mid.forward(x));
      // One cell enlarged is the same number everywhere.
      return ops.add(weighted, global);
    });
  }
}

/** Global attention upsample: the coarse map tells which channels of the fine one matter. */
class GlobalAttentionUpsample extends Module {
  conv1: Sequential;
  conv2: ConvBnRelu;
  readonly #interpolation: Interpolation;

  constructor(inChannels: number, outChannels: number, interpolation: Interpolation) {
    super();
    const gate = new ConvBnRelu(outChannels, outChannels, 1, { active: false });
    this.conv1 = new Sequential(new AdaptiveAvgPool2d(1), gate, new Sigmoid());
    this.conv2 = new ConvBnRelu(inChannels, outChannels, 3);
    this.#interpolation = interpolation;
  }

  forward(fine: Tensor, coarse: Tensor): Tensor {
    const [, , height, width] = fine.shape as [number, number, number, number];
    const options = { mode: this.#interpolation, alignCorners: this.#interpolation === 'bilinear' };
    return scope(() => {
      const gated = ops.mul(this.conv2.forward(fine), this.conv1.forward(coarse));
      return ops.add(resizeTo(coarse, height, width, options), gated);
    });
  }
}

/**
 * Pyramid attention network.
 *
 * Source: Li et al., 2018; layout of `segmentation_models_pytorch`.
 */
export class PANDecoder extends Decoder {
  fpa: FeaturePyramidAttention;
  gau3: GlobalAttentionUpsample | undefined;
  gau2: GlobalAttentionUpsample | undefined;
  gau1: GlobalAttentionUpsample;
  readonly outChannels: number;

  constructor(encoderChannels: readonly number[], outChannels: number, interpolation: Interpolation) {
    super();
    const depth = encoderChannels.length - 1;
    requireDepth('PAN', depth);
    const [quarter, eighth, sixteenth] = encoderChannels.slice(2) as [number, number, number];
    const step = (channels: number) => new GlobalAttentionUpsample(channels, outChannels, interpolation);
    this.fpa = new FeaturePyramidAttention(encoderChannels.at(-1)!, outChannels);
    if (depth === 5) this.gau3 = step(sixteenth);
    if (depth >= 4) this.gau2 = step(eighth);
    this.gau1 = step(quarter);
    this.outChannels = outChannels;
  }

  override forward(features: readonly FeatureMap[]): Tensor {
    const [quarter, eighth, sixteenth] = features.slice(2) as [Tensor, Tensor, Tensor];
    return scope(() => {
      let x = this.fpa.forward(features.at(-1)!);
      if (this.gau3) x = this.gau3.forward(sixteenth, x);
      if (this.gau2) x = this.gau2.forward(eighth, x);
      return this.gau1.forward(quarter, x);
    });
  }
}
