import type { NormalizationConfig } from '../config/index.ts';
import { keep, ops, scope, type Tensor, tensor } from '../engine/index.ts';
import { type RasterDataType, valueRange } from '../raster/index.ts';
import { NormalizationError } from './errors.ts';

/** The value that stands for full brightness: the largest of an integer type, 1 of a float. */
export function fullScale(dataType: RasterDataType): number {
  const [, highest] = valueRange(dataType);
  return Number.isFinite(highest) ? highest : 1;
}

/** Turns raw pixel values, float32 `[…, C, H, W]`, into what the network expects. */
export interface Normalizer {
  apply(x: Tensor, dataType: RasterDataType): Tensor;
  dispose(): void;
}

/** @throws NormalizationError when there are not as many numbers as channels, or a deviation is not positive */
function requireLengths(means: readonly number[], stds: readonly number[], channels: number): void {
  for (const [key, values] of [['means', means] as const, ['stds', stds] as const]) {
    if (values.length !== channels) {
      throw new NormalizationError(`there are ${values.length} ${key} for ${channels} channels`, {
        key,
        remedy: 'give one number a channel, in the order of the channels',
      });
    }
  }
  const flat = stds.findIndex((value) => !(value > 0));
  if (flat >= 0) {
    throw new NormalizationError(`the standard deviation of channel ${flat + 1} is ${stds[flat]}`, {
      key: 'stds',
      remedy: 'standard deviations are positive; `arpent data stats` computes them',
    });
  }
}

/**
 * The normalisation of a configuration.
 *
 * `custom` is (x − mean) / std in the pixels' own units; `scaling` divides integers by the largest value of their type
 * (signed 16-bit to [-1, 1]) and leaves floats alone; `without` changes nothing.
 *
 * @throws NormalizationError
 */
export function normalizer(config: NormalizationConfig, channels: number): Normalizer {
  if (config.kind === 'without') return { apply: (x) => x, dispose: () => {} };
  if (config.kind === 'scaling') {
    return {
      apply: (x, dataType) => {
        const scale = fullScale(dataType);
        return scale === 1 ? x : ops.div(x, scale);
      },
      dispose: () => {},
    };
  }
  requireLengths(config.means, config.stds, channels);
  const shape = [channels, 1, 1];
  const [mean, inverse] = scope(() => [
    keep(tensor([...config.means], shape, { device: 'cpu' })),
    keep(
      tensor(
        config.stds.map((std) => 1 / std),
        shape,
        { device: 'cpu' },
      ),
    ),
  ]) as [Tensor, Tensor];
  return {
    apply: (x) => ops.mul(ops.sub(x, mean), inverse),
    dispose: () => {
      mean.dispose();
      inverse.dispose();
    },
  };
}
