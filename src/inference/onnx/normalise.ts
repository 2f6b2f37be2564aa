import type { NormalizationConfig } from '../../config/index.ts';
import { fullScale } from '../../data/index.ts';
import { ModelMismatchError } from '../errors.ts';
import type { Tile } from '../predictor.ts';

/** `value · factor + shift` of each channel. */
function factors(normalization: NormalizationConfig, tile: Tile, channel: number): [number, number] {
  switch (normalization.kind) {
    case 'custom': {
      const deviation = normalization.stds[channel]!;
      return [1 / deviation, -normalization.means[channel]! / deviation];
    }
    case 'scaling':
      return [1 / fullScale(tile.dataType), 0];
    case 'without':
      return [1, 0];
    default:
      throw new ModelMismatchError(`${normalization.kind} normalisation needs the numbers of each image`, {
        key: 'normalization',
        remedy: 'predict with the checkpoint instead of the ONNX file, or export with custom means',
      });
  }
}

/** Normalised pixels of a tile, written to `target` from `offset` on, in the order the graph wants. */
export function normaliseTile(
  tile: Tile,
  channels: number,
  normalization: NormalizationConfig,
  target: Float32Array,
  offset: number,
  channelsLast: boolean,
): void {
  const { pixels } = tile;
  const area = tile.width * tile.height;
  const [step, jump] = channelsLast ? [channels, 1] : [1, area];
  for (let channel = 0; channel < channels; channel++) {
    const [factor, shift] = factors(normalization, tile, channel);
    let to = offset + channel * jump;
    for (let i = channel * area; i < (channel + 1) * area; i++, to += step)
      target[to] = Number(pixels[i]) * factor + shift;
  }
}
