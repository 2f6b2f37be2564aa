import { join, relative } from 'node:path';
import type { RunConfig } from '../config/index.ts';

/** The same run, writing into another folder and replacing what an earlier one left there if asked. */
export function withOutputs(config: RunConfig, folder: string, overwrite: boolean): RunConfig {
  const { outputs } = config;
  const move = (path: string) => join(folder, relative(outputs.folder, path));
  return {
    ...config,
    outputs: {
      ...outputs,
      overwrite,
      folder,
      checkpoints: move(outputs.checkpoints),
      tensorboard: move(outputs.tensorboard),
      predictions: move(outputs.predictions),
      metrics: move(outputs.metrics),
      inputs: outputs.inputs === null ? null : move(outputs.inputs),
      log: move(outputs.log),
    },
  };
}
