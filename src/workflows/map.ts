import { mkdir } from 'node:fs/promises';
import type { MapConfig } from '../config/index.ts';
import { loadPredictor, type MapProgress, type MapResult, mapRaster } from '../inference/index.ts';
import { prepareCompute } from './compute.ts';
import { mapOutputPath } from './output-name.ts';
import { rasterClasses } from './predict.ts';
import { writeSlicingJob } from './slicing-job.ts';

/** What a map tells while it is made, and how it can be stopped. */
export interface MapRunOptions {
  readonly onProgress?: (progress: MapProgress) => void;
  /** The output's final name, once it is settled, and what predicts. */
  readonly onStart?: (start: { readonly output: string; readonly engine: string }) => void;
  readonly signal?: AbortSignal;
  /** Let GDAL read `http(s)://` addresses. */
  readonly allowRemote?: boolean;
}

/** A finished map. */
export interface MapRunResult extends MapResult {
  /** GeoPackage of the tiles, where it was asked for. */
  readonly slicing: string | null;
  /** What predicted: `libtorch 2.13.0, cpu, fp32`. */
  readonly engine: string;
}

/**
 * Maps one raster as a configuration says.
 * @throws OutputExistsError before any work, unless the output may be replaced or numbered; see {@link mapRaster}
 */
export async function runMap(config: MapConfig, options: MapRunOptions = {}): Promise<MapRunResult> {
  const { output, compat, window, classes, input } = config;
  const path = mapOutputPath(output);
  const compute = prepareCompute(config.hardware);
  await mkdir(output.folder, { recursive: true });
  const predictor = loadPredictor(config, config.weights, {
    device: compute.device,
    precision: compute.precision,
    fold: compat !== 'ign',
  });
  const overwrite = output.existing === 'overwrite';
  try {
    options.onStart?.({ output: path, engine: predictor.engine });
    const result = await mapRaster({
      ...{ input, output: path, predictor, compat, overwrite },
      channels: config.channels,
      classes: rasterClasses(classes),
      tile: window.size,
      margin: window.margin,
      kind: output.type === 'class_prob' ? 'probabilities' : 'classes',
      batchSize: config.batchSize,
      allowRemote: options.allowRemote ?? false,
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
