import type { NormalizationConfig } from '../config/index.ts';
import { empty, keep, ops, scope, type Tensor, tensor } from '../engine/index.ts';
import { type RasterDataType, valueRange } from '../raster/index.ts';
import { NormalizationError } from './errors.ts';
import type { ImageStatistics } from './sentinel/image-statistics.ts';
import { readStatisticsTable } from './sentinel/statistics-table.ts';

/** The value that stands for full brightness: the largest of an integer type, 1 of a float. */
export function fullScale(dataType: RasterDataType): number {
  const [, highest] = valueRange(dataType);
  return Number.isFinite(highest) ? highest : 1;
}

/** Turns raw pixel values into what the network expects. */
export interface Normalizer {
  /**
   * @param x raw values `[…, C, H, W]` of any type
   * @param out float32 of the same shape to write to; a new tensor (or `x` where nothing changes) when not given
   * @param image the path of the image, for normalisations that have numbers for each image
   * @throws NormalizationError where these have to do without it
   */
  apply(x: Tensor, dataType: RasterDataType, out?: Tensor, image?: string): Tensor;
  dispose(): void;
}

/** The values as float32 that may be changed in place. */
function floatCopy(x: Tensor, out?: Tensor): Tensor {
  return ops.copy_(out ?? empty(x.shape, { device: x.device }), x);
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

/** Statistics that are not numbers, or deviations that cannot divide, give way to those of the data set. */
function usable(found: ImageStatistics | null, channel: number): boolean {
  return found !== null && Number.isFinite(found.means[channel]) && found.stds[channel]! > 0;
}

/** (x − mean) / std with the numbers of each image; those of the data set for images and channels without any. */
function sentinelNormalizer(
  { file, means, stds }: Extract<NormalizationConfig, { kind: 'sentinel' }>,
  channels: number,
): Normalizer {
  const table = readStatisticsTable(file, channels);
  return {
    apply: (x, dataType, out, image) => {
      if (image === undefined) {
        throw new NormalizationError(
          'nothing says which image these pixels are of, and each has statistics of its own',
          {
            file,
            remedy:
              'predict patches (arpent predict, arpent ensemble predict), or name one normalisation for all: --norm custom with ' +
              '--means and --stds',
          },
        );
      }
      const found = table(image);
      const full = fullScale(dataType);
      const mean = means.map((value, i) => (usable(found, i) ? full * found!.means[i]! : value));
      const inverse = stds.map((value, i) => 1 / (usable(found, i) ? full * found!.stds[i]! : value));
      const y = out ?? empty(x.shape, { device: x.device });
      return scope(() => ops.standardise(x, tensor(mean), tensor(inverse), y));
    },
    dispose: () => {},
  };
}

/**
 * The normalisation of a configuration.
 *
 * `custom` is (x − mean) / std in the pixels' own units; `scaling` divides integers by the largest value of their type
 * (signed 16-bit to [-1, 1]) and leaves floats alone; `without` changes nothing; `sentinel` is `custom` with the mean and std
 * of the Sentinel-2 patch of each image (parts of full brightness), as FLAIR #2's second place normalised.
 *
 * @throws NormalizationError
 */
export function normalizer(config: NormalizationConfig, channels: number): Normalizer {
  if (config.kind === 'without') {
    const asIs = (x: Tensor, out?: Tensor) => out === undefined && x.dtype === 'float32';
    return { apply: (x, _, out) => (asIs(x, out) ? x : floatCopy(x, out)), dispose: () => {} };
  }
  if (config.kind === 'scaling') {
    return {
      apply: (x, dataType, out) => {
        const scale = fullScale(dataType);
        const y = floatCopy(x, out);
        return scale === 1 ? y : ops.div_(y, scale);
      },
      dispose: () => {},
    };
  }
  requireLengths(config.means, config.stds, channels);
  if (config.kind === 'sentinel') return sentinelNormalizer(config, channels);
  const inverses = config.stds.map((std) => 1 / std);
  const [mean, inverse] = scope(() =>
    [config.means, inverses].map((values) => keep(tensor([...values], undefined, { device: 'cpu' }))),
  ) as [Tensor, Tensor];
  return {
    apply: (x, _, out) => ops.standardise(x, mean, inverse, out ?? empty(x.shape, { device: x.device })),
    dispose: () => {
      mean.dispose();
      inverse.dispose();
    },
  };
}
