import { ops, scope, type Tensor } from '../../engine/index.ts';
import { BatchNorm2d, Conv2d, Sequential } from '../../nn/index.ts';
import { ReLUInPlace } from '../activation.ts';
import { chain } from '../chain.ts';
import type { FeatureMap } from '../encoders/encoder.ts';
import { enlarge } from '../resize.ts';
import { ASPP, type ASPPOptions, normed, SeparableConv2d } from './aspp.ts';
import { Decoder, requireDepth } from './decoder.ts';

/**
 * DeepLabV3: spatial pyramid pooling of the deepest map of a dilated encoder.
 *
 * Source: Chen et al., 2017; layout of `segmentation_models_pytorch`.
 */
export class DeepLabV3Decoder extends Decoder {
  aspp: ASPP;
  conv: Conv2d;
  bn: BatchNorm2d;
  relu = new ReLUInPlace();
  readonly outChannels: number;

  constructor(encoderChannels: readonly number[], outChannels: number, options: ASPPOptions) {
    super();
    this.aspp = new ASPP(encoderChannels.at(-1)!, outChannels, options);
    this.conv = new Conv2d(outChannels, outChannels, 3, { padding: 1, bias: false });
    this.bn = new BatchNorm2d(outChannels);
    this.outChannels = outChannels;
  }

  override forward(features: readonly FeatureMap[]): Tensor {
    return scope(() => chain(features.at(-1)!, this.aspp, this.conv, this.bn, this.relu));
  }
}

// As the authors have it.
const highResolutionChannels = 48;

/**
 * DeepLabV3+: the pooled map is enlarged and refined with the encoder's map of a quarter of the size.
 *
 * Source: Chen et al., 2018; layout of `segmentation_models_pytorch`.
 */
export class DeepLabV3PlusDecoder extends Decoder {
  aspp: Sequential;
  block1: Sequential;
  block2: Sequential;
  readonly outChannels: number;
  readonly #factor: number;

  constructor(
    encoderChannels: readonly number[],
    outChannels: number,
    options: ASPPOptions & { readonly outputStride: number },
  ) {
    super();
    const depth = encoderChannels.length - 1;
    requireDepth('DeepLabV3+', depth);
    this.aspp = new Sequential(
      new ASPP(encoderChannels.at(-1)!, outChannels, options),
      ...normed(new SeparableConv2d(outChannels, outChannels), outChannels),
    );
    this.#factor = options.outputStride === 16 && depth > 3 ? 4 : 2;
    this.block1 = normed(
      new Conv2d(encoderChannels[2]!, highResolutionChannels, 1, { bias: false }),
      highResolutionChannels,
    );
    this.block2 = normed(new SeparableConv2d(highResolutionChannels + outChannels, outChannels), outChannels);
    this.outChannels = outChannels;
  }

  override forward(features: readonly FeatureMap[]): Tensor {
    return scope(() => {
      const pooled = this.aspp.forward(features.at(-1)!);
      const enlarged = enlarge(pooled, this.#factor, { mode: 'bilinear', alignCorners: true });
      return this.block2.forward(ops.cat([enlarged, this.block1.forward(features[2]!)], 1));
    });
  }
}
