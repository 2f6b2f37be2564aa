import { basename, extname, resolve } from 'node:path';
import { genericNomenclature } from '../core/nomenclature.ts';
import { FLAIR_13, FLAIR_19 } from '../core/nomenclature-flair.ts';
import type { DetectValues } from './detect-schema.ts';
import { resolveModel, resolveNormalization } from './flair-resolve.ts';
import type { MapConfig } from './map-config.ts';
import type { ClassConfig } from './model-config.ts';
import type { ConfigSource } from './run-config.ts';

/** Bytes of the megabytes people write in files. */
export const MEGABYTE = 1024 * 1024;

/** The mapping that a valid `flair-detect` file describes. */
export function resolveDetect(values: DetectValues, source: ConfigSource, baseFolder: string): MapConfig {
  const at = (path: string) => resolve(baseFolder, path);
  const stem = basename(values.input_img_path, extname(values.input_img_path));
  const name = values.output_name || `${stem}_${values.output_type}`;
  const ign = values.compat === 'ign';
  return {
    source,
    compat: values.compat,
    input: at(values.input_img_path),
    output: {
      folder: at(values.output_path),
      name: name.endsWith('.tif') ? name : `${name}.tif`,
      type: values.output_type,
      existing: 'number',
      writeTiles: values.write_dataframe,
      writeLog: true,
    },
    channels: values.channels,
    normalization: detectNormalization(values, ign),
    window: { size: values.img_pixels_detection, margin: values.margin },
    model: resolveModel(values.model_framework, values.channels.length, values.n_classes, null),
    weights: at(values.model_weights),
    classes: outputClasses(values.n_classes),
    batchSize: values.batch_size,
    workers: values.num_worker,
    hardware: {
      device: values.use_gpu ? 'auto' : 'cpu',
      devices: 1,
      nodes: 1,
      strategy: 'auto',
      threads: null,
      precision: values.precision,
      channelsLast: values.channels_last,
    },
    memory: values.memory === null ? null : values.memory * MEGABYTE,
  };
}

/** IGN falls back to scaling when the two lists differ in length. */
function detectNormalization(values: DetectValues, ign: boolean) {
  const norm = values.norma_task[0]!;
  const unequal = norm.norm_means?.length !== norm.norm_stds?.length;
  if (ign && norm.norm_type === 'custom' && unequal) return { kind: 'scaling' } as const;
  return resolveNormalization(norm, values.channels.length);
}

/** Names and colours for a number of outputs: FLAIR's where the number says so. */
export function outputClasses(count: number): ClassConfig[] {
  const known = [FLAIR_19, FLAIR_13].find(({ classes }) => classes.length === count);
  return (known ?? genericNomenclature(count)).classes.map(({ name, color, weight }) => ({
    name,
    color,
    weight,
  }));
}
