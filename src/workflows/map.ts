import { mkdir } from 'node:fs/promises';
import type { MapConfig } from '../config/index.ts';
import {
  type MapPlan,
  type MapProgress,
  type MapRasterOptions,
  type MapResult,
  mapRaster,
} from '../inference/index.ts';
import { planMapOf, windowsOf } from './map-plan.ts';
import { type MapPredictorOptions, mapChannels, mapPredictor } from './map-predictor.ts';
import { mapOutputPath } from './output-name.ts';
import { rasterClasses } from './predict.ts';
import { writeSlicingJob } from './slicing-job.ts';

/** What a map tells while it is made, and how it can be stopped. */
export interface MapRunOptions extends MapPredictorOptions {
  readonly onProgress?: (progress: MapProgress) => void;
  /** The output's final name, once it is settled, and what predicts. */
  readonly onStart?: (start: { readonly output: string; readonly engine: string }) => void;
  readonly signal?: AbortSignal;
  /** Let GDAL read `http(s)://` addresses. */
  readonly allowRemote?: boolean;
  /** Blending, products, areas and the like: what a configuration does not say. */
  readonly stream?: Partial<MapRasterOptions>;
}

/** A finished map. */
export interface MapRunResult extends MapResult {
  /** GeoPackage of the tiles, where it was asked for. */
  readonly slicing: string | null;
  /** What predicted: `libtorch 2.13.0, cpu, fp32`. */
  readonly engine: string;
}

/** How a map would be made, within a budget of memory where there is one, without making it. */
export async function planOfMap(config: MapConfig, options: MapRunOptions = {}): Promise<MapPlan> {
  const predictor = mapPredictor(config, options);
  try {
    const { stream = {}, allowRemote = false } = options;
    return await planMapOf(config, predictor, { memory: config.memory, stream, allowRemote });
  } finally {
    predictor.dispose();
  }
}

/**
 * Maps one raster as a configuration says.
 * @throws OutputExistsError before any work, unless the output may be replaced or numbered; see {@link mapRaster}
 */
export async function runMap(config: MapConfig, options: MapRunOptions = {}): Promise<MapRunResult> {
  const { output, compat, classes, input } = config;
  const path = mapOutputPath(output);
  await mkdir(output.folder, { recursive: true });
  const predictor = mapPredictor(config, options);
  const { allowRemote = false, stream = {} } = options;
  const window = await windowsOf(config, predictor, { memory: config.memory, stream, allowRemote });
  const overwrite = output.existing === 'overwrite';
  try {
    options.onStart?.({ output: path, engine: predictor.engine });
    const result = await mapRaster({
      ...{ input, output: path, predictor, compat, overwrite },
      channels: mapChannels(config, options.members),
      classes: rasterClasses(classes),
      kind: output.type === 'class_prob' ? 'probabilities' : 'classes',
      batchSize: config.batchSize,
      allowRemote,
      ...stream,
      ...{ tile: window.tile, margin: window.margin },
      ...(window.overlap === undefined ? {} : { overlap: window.overlap }),
      ...(options.onProgress ? { onProgress: options.onProgress } : {}),
      signal: options.signal,
    });
    const { grid } = result;
    const slicing = output.writeTiles
      ? await writeSlicingJob({ input, output: path, grid, compat, overwrite })
      : null;
    return { ...result, slicing, engine: predictor.engine };
  } finally {
    predictor.dispose();
  }
}
