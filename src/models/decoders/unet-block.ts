import { ops, scope, type Tensor } from '../../engine/index.ts';
import { Conv2d, Identity, Module } from '../../nn/index.ts';
import { chain } from '../chain.ts';
import type { FeatureMap } from '../encoders/encoder.ts';
import type { HasInferenceForm } from '../inference-form.ts';
import { resizeTo } from '../resize.ts';
import type { DecoderNorm, Interpolation } from '../smp/options.ts';
import { Attention, Conv2dReLU } from './blocks.ts';
import { DoublingConv2d } from './doubling-conv.ts';

/** Options that all blocks of a U-Net share. */
export interface UnetBlockOptions {
  readonly norm: DecoderNorm;
  readonly attention: 'scse' | null;
  readonly interpolation: Interpolation;
}

/** Enlarges a map, joins it with the encoder's map of that size, and convolves twice. */
export class UnetBlock extends Module implements HasInferenceForm {
  conv1: Conv2dReLU;
  attention1: Attention;
  conv2: Conv2dReLU;
  attention2: Attention;
  /** What the first convolution is for inference. */
  joint: DoublingConv2d | undefined;
  readonly #interpolation: Interpolation;
  readonly #inChannels: number;

  constructor(inChannels: number, skipChannels: number, outChannels: number, options: UnetBlockOptions) {
    super();
    const { norm, attention, interpolation } = options;
    this.#inChannels = inChannels;
    this.conv1 = new Conv2dReLU(inChannels + skipChannels, outChannels, 3, { padding: 1, norm });
    this.attention1 = new Attention(attention, inChannels + skipChannels);
    this.conv2 = new Conv2dReLU(outChannels, outChannels, 3, { padding: 1, norm });
    this.attention2 = new Attention(attention, outChannels);
    this.#interpolation = interpolation;
  }

  /**
   * @param skips maps to join with, of the height and width aimed at
   * @param height of the result
   * @param width of the result
   */
  forward(x: Tensor, skips: readonly Tensor[], height: number, width: number): Tensor {
    return scope(() => {
      const first = this.joint?.fits(x, height, width)
        ? this.#behindConvolution(this.joint.forward(x, skips))
        : this.#enlargeAndConvolve(x, skips, height, width);
      return chain(first, this.conv2, this.attention2);
    });
  }

  #enlargeAndConvolve(x: Tensor, skips: readonly Tensor[], height: number, width: number): Tensor {
    let map = resizeTo(x, height, width, { mode: this.#interpolation });
    if (skips.length > 0) {
      const joined = ops.cat([map, ...skips], 1);
      if (map !== x) map.dispose();
      map = this.attention1.forward(joined);
    }
    // What enters is the widest map of the block: it goes before the second convolution.
    const first = this.conv1.forward(map);
    if (map !== x) map.dispose();
    return first;
  }

  /** Norm and activation of the first convolution, where it does not have the one and so has not done the other. */
  #behindConvolution(map: Tensor): Tensor {
    const [, norm, activation] = this.conv1;
    return this.joint!.relu ? map : chain(map, norm!, activation!);
  }

  /** Maps that are doubled by nearest neighbours and meet no gate before they are convolved need not be made. */
  toInferenceForm(): void {
    const conv = this.conv1[0];
    const gated = !(this.attention1.attention instanceof Identity);
    if (this.#interpolation !== 'nearest' || gated || !(conv instanceof Conv2d)) return;
    this.joint = new DoublingConv2d(conv, this.#inChannels, { relu: this.conv1.normless });
  }
}

/** Height and width of feature `level`; where there is no map, the image's halved as often. */
export function featureSize(features: readonly FeatureMap[], level: number): [height: number, width: number] {
  const map = features[level] ?? null;
  const [, , height, width] = (map ?? features[0]!).shape as [number, number, number, number];
  return map !== null ? [height, width] : [Math.floor(height / 2 ** level), Math.floor(width / 2 ** level)];
}
