import { basename } from 'node:path';
import type { ModelConfig, NormalizationConfig } from '../config/index.ts';
import type { FileFacts } from './facts.ts';

/** Key of our own block among a file's metadata. */
export const OWN_KEY = 'arpent';

/** Paths of this machine say nothing elsewhere: names stay. */
function withoutPaths(normalization: NormalizationConfig): NormalizationConfig {
  return normalization.kind === 'sentinel'
    ? { ...normalization, file: basename(normalization.file) }
    : normalization;
}

function portable(architecture: ModelConfig['architecture']): ModelConfig['architecture'] {
  return architecture.kind === 'encoder-decoder' ? { ...architecture, encoderWeights: null } : architecture;
}

/** Means and deviations of pixels after division by 255, as Deepness applies them; null where the graph does it. */
function standardization({ normalizes, description }: FileFacts): [number[], number[]] | null {
  const { normalization, channels } = description;
  if (normalizes || normalization.kind === 'scaling') return null;
  const each = (value: number) => channels.map(() => value);
  // Dividing by 255 and then by 1/255 leaves pixels as they are.
  if (normalization.kind === 'without') return [each(0), each(1 / 255)];
  const { means, stds } = normalization;
  return [means.map((mean) => mean / 255), stds.map((deviation) => deviation / 255)];
}

/**
 * What hosts read, each value as JSON text: the keys of QGIS's Deepness (whose code says `tile_size` and whose documentation
 * says `tiles_size`), which GeoDeep shares.
 */
export function hostMetadata(facts: FileFacts): Record<string, unknown> {
  const { description, side, resolution, overlap, threshold, smallSegment } = facts;
  const found = standardization(facts);
  return {
    model_type: 'Segmentor',
    class_names: Object.fromEntries(description.classes.map(({ name }, i) => [String(i), name])),
    ...(resolution === null ? {} : { resolution }),
    ...(side === null ? {} : { tile_size: side, tiles_size: side }),
    tiles_overlap: overlap,
    ...(found === null ? {} : { standardization_mean: found[0], standardization_std: found[1] }),
    seg_thresh: threshold,
    seg_small_segment: smallSegment,
  };
}

/** All metadata of a file. */
export function fileMetadata(facts: FileFacts): Record<string, string> {
  const { description, output, normalizes, pixelRange, divisor, precision, resolution, training } = facts;
  const { model, channels, normalization, classes } = description;
  const own = {
    format: 1,
    name: facts.name,
    description: {
      model: { ...model, architecture: portable(model.architecture) },
      ...{ channels, normalization: withoutPaths(normalization), classes },
    },
    ...{ output, normalizes, pixelRange, divisor, precision, resolution, training },
  };
  const entries = Object.entries({ ...hostMetadata(facts), [OWN_KEY]: own });
  return Object.fromEntries(entries.map(([key, value]) => [key, JSON.stringify(value)]));
}
