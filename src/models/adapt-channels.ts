import { float32Values, type RawTensor, rawArray } from '../weights/index.ts';

/**
 * How the first convolution of a published network takes another number of bands than it was trained on.
 *
 * - `cycle`: bands take the kernels of the published ones in turn, scaled so that the sum of responses stays (the rule of
 *   `segmentation_models_pytorch`; a single band takes the sum of all).
 * - `zero`: published bands keep their kernels, further ones start at zero.
 * - `copy`: published bands keep their kernels, further ones copy them in turn, unscaled.
 */
export type ChannelRule = 'cycle' | 'zero' | 'copy';

/**
 * Adapts a kernel to another number of input channels.
 *
 * @param kernel `[out, channels, h, w]`, any floating-point type
 * @returns `[out, inChannels, h, w]`, float32
 */
export function adaptChannels(kernel: RawTensor, inChannels: number, rule: ChannelRule): RawTensor {
  const [out, channels, ...field] = kernel.shape as [number, number, ...number[]];
  const area = field.reduce((product, size) => product * size, 1);
  const values = float32Values(kernel);
  const adapted = new Float32Array(out * inChannels * area);
  const at = (filter: number, channel: number) => (filter * channels + channel) * area;
  for (let filter = 0; filter < out; filter++) {
    for (let channel = 0; channel < inChannels; channel++) {
      const target = (filter * inChannels + channel) * area;
      for (let cell = 0; cell < area; cell++) {
        adapted[target + cell] =
          rule === 'cycle' && inChannels === 1
            ? sum(channels, (source) => values[at(filter, source) + cell]!)
            : values[at(filter, channel % channels) + cell]! * factor(rule, channel, channels, inChannels);
      }
    }
  }
  return rawArray('float32', [out, inChannels, ...field], adapted);
}

function factor(rule: ChannelRule, channel: number, channels: number, inChannels: number): number {
  if (rule === 'cycle') return channels / inChannels;
  return rule === 'zero' && channel >= channels ? 0 : 1;
}

function sum(count: number, term: (index: number) => number): number {
  let total = 0;
  for (let index = 0; index < count; index++) total += term(index);
  return total;
}
