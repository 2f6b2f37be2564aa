import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { NormalizationConfig } from '../../config/index.ts';
import { fullScale } from '../../data/index.ts';
import { readStatisticsTable } from '../../data/sentinel/index.ts';
import { ModelMismatchError } from '../errors.ts';
import type { Tile } from '../predictor.ts';
import type { OnnxCard } from './model-card.ts';

/** `value · factor + shift` of a channel of a tile. */
type Affine = readonly [factor: number, shift: number];

/** How the pixels of a tile become what a graph takes, channel by channel. */
export type PixelScaling = (tile: Tile, channel: number) => Affine;

const centred = (mean: number, deviation: number): Affine => [1 / deviation, -mean / deviation];

/** Statistics by image: the file of the description, or one of its name beside the model. */
function sentinelScaling(
  { file, means, stds }: Extract<NormalizationConfig, { kind: 'sentinel' }>,
  model: string,
): PixelScaling {
  const found = [file, join(dirname(model), basename(file))].find((path) => existsSync(path));
  if (found === undefined) {
    throw new ModelMismatchError('the statistics by image that this network is fed with are not there', {
      ...{ file, key: 'normalization' },
      remedy: `put ${basename(file)} of \`arpent sentinel\` beside the model, or pass --norm custom with --means and --stds`,
    });
  }
  const table = readStatisticsTable(found, means.length);
  return ({ image, dataType }, channel) => {
    const own = image === undefined ? null : table(image);
    const full = fullScale(dataType);
    const usable = own !== null && Number.isFinite(own.means[channel]) && own.stds[channel]! > 0;
    return usable
      ? centred(full * own.means[channel]!, full * own.stds[channel]!)
      : centred(means[channel]!, stds[channel]!);
  };
}

/**
 * The normalisation in front of a graph, or none where the graph has its own.
 * @param model path of the file, beside which statistics by image are looked for
 * @throws ModelMismatchError
 */
export function pixelScaling(
  normalization: NormalizationConfig,
  { normalizes, pixelRange }: Pick<OnnxCard, 'normalizes' | 'pixelRange'>,
  model: string,
): PixelScaling {
  if (normalizes) return ({ dataType }) => [1 / (pixelRange ?? fullScale(dataType)), 0];
  switch (normalization.kind) {
    case 'custom':
      return (_, channel) => centred(normalization.means[channel]!, normalization.stds[channel]!);
    case 'sentinel':
      return sentinelScaling(normalization, model);
    case 'scaling':
      return ({ dataType }) => [1 / fullScale(dataType), 0];
    default:
      return () => [1, 0];
  }
}

/** Normalised pixels of a tile, written to `target` from `offset` on, in the order the graph wants. */
export function normaliseTile(
  tile: Tile,
  channels: number,
  scaling: PixelScaling,
  target: Float32Array | Uint8Array,
  offset: number,
  channelsLast: boolean,
): void {
  const { pixels } = tile;
  const area = tile.width * tile.height;
  const [step, jump] = channelsLast ? [channels, 1] : [1, area];
  for (let channel = 0; channel < channels; channel++) {
    const [factor, shift] = scaling(tile, channel);
    let to = offset + channel * jump;
    for (let i = channel * area; i < (channel + 1) * area; i++, to += step)
      target[to] = (pixels[i] as number) * factor + shift;
  }
}
