import { ops, scope, type Tensor } from '../../engine/index.ts';
import { Module } from '../../nn/index.ts';
import { chain } from '../chain.ts';
import type { FeatureMap } from '../encoders/encoder.ts';
import { resizeTo } from '../resize.ts';
import type { DecoderNorm, Interpolation } from '../smp/options.ts';
import { Attention, Conv2dReLU } from './blocks.ts';

/** Options that all blocks of a U-Net share. */
export interface UnetBlockOptions {
  readonly norm: DecoderNorm;
  readonly attention: 'scse' | null;
  readonly interpolation: Interpolation;
}

/** Enlarges a map, joins it with the encoder's map of that size, and convolves twice. */
export class UnetBlock extends Module {
  conv1: Conv2dReLU;
  attention1: Attention;
  conv2: Conv2dReLU;
  attention2: Attention;
  readonly #interpolation: Interpolation;

  constructor(inChannels: number, skipChannels: number, outChannels: number, options: UnetBlockOptions) {
    super();
    const { norm, attention, interpolation } = options;
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
      let map = resizeTo(x, height, width, { mode: this.#interpolation });
      if (skips.length > 0) {
        const joined = ops.cat([map, ...skips], 1);
        if (map !== x) map.dispose();
        map = this.attention1.forward(joined);
      }
      // What enters is the widest map of the block: it goes before the second convolution.
      const first = this.conv1.forward(map);
      if (map !== x) map.dispose();
      return chain(first, this.conv2, this.attention2);
    });
  }
}

/** Height and width of feature `level`; where there is no map, the image's halved as often. */
export function featureSize(features: readonly FeatureMap[], level: number): [height: number, width: number] {
  const map = features[level] ?? null;
  const [, , height, width] = (map ?? features[0]!).shape as [number, number, number, number];
  return map !== null ? [height, width] : [Math.floor(height / 2 ** level), Math.floor(width / 2 ** level)];
}
