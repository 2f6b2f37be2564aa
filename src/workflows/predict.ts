import type { ClassConfig, RunConfig } from '../config/index.ts';
import {
  loadPredictor,
  type OnnxProvider,
  type PatchPredictions,
  predictPatches,
} from '../inference/index.ts';
import type { RasterClass } from '../raster/index.ts';
import { predictorCompute } from './compute.ts';
import { type PatchLists, readRunMetadata } from './loaders.ts';
import { describeNetwork } from './train.ts';

/** Classes as the raster room writes them: index, name, colour. */
export function rasterClasses(classes: readonly ClassConfig[]): RasterClass[] {
  return classes.map(({ name, color }, value) => ({ value, name, color }));
}

/** What a run needs to follow a long task. */
export interface TaskOptions {
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal | undefined;
  /** What ONNX Runtime computes with, for `.onnx` files. */
  readonly provider?: OnnxProvider | undefined;
}

/** Predicts the test list of a run with a checkpoint: the `predict` task. */
export async function predictRun(
  config: RunConfig,
  { test }: PatchLists,
  checkpoint: string,
  { onProgress, signal, provider }: TaskOptions = {},
): Promise<PatchPredictions> {
  const { hardware, outputs, data } = config;
  const predictor = loadPredictor(
    describeNetwork(config),
    checkpoint,
    predictorCompute(checkpoint, hardware, provider),
  );
  try {
    return await predictPatches(predictor, test, {
      channels: data.channels,
      folder: outputs.predictions,
      classes: rasterClasses(config.classes),
      compat: config.compat,
      georeferenced: outputs.georeferenced,
      overwrite: outputs.overwrite,
      skipBad: data.skipBad,
      workers: data.workers,
      metadata: await readRunMetadata(config, test),
      ...(onProgress ? { onProgress } : {}),
      ...(signal ? { signal } : {}),
    });
  } finally {
    predictor.dispose();
  }
}
