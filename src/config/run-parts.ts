import { resolve } from 'node:path';
import type { AugmentationConfig } from './augmentation-config.ts';
import type { OutputConfig, TuningConfig } from './run-config.ts';

const OFF = { probability: 0, limit: 0 };

/** Every weight learns, at one rate, and is saved as it is. */
export const PLAIN_TUNING: TuningConfig = {
  gradientCheckpointing: false,
  freezeEncoder: null,
  layerDecay: null,
  weightAverage: null,
};

/** No random change at all: what validation and prediction use, and training that asks for none. */
export const NO_AUGMENTATION: AugmentationConfig = {
  verticalFlip: 0,
  horizontalFlip: 0,
  rot90: 0,
  rotation: { probability: 0, degrees: 0 },
  scale: { probability: 0, min: 1, max: 1 },
  crop: null,
  brightness: OFF,
  contrast: OFF,
  saturation: OFF,
  hue: OFF,
};

/** IGN's three augmentations. */
export const RANDOM_FLIPS: AugmentationConfig = {
  ...NO_AUGMENTATION,
  verticalFlip: 0.5,
  horizontalFlip: 0.5,
  rot90: 0.5,
};

type OutputPlaces = Pick<
  OutputConfig,
  'folder' | 'checkpoints' | 'tensorboard' | 'predictions' | 'metrics' | 'log'
>;

/** Folder and file names of IGN's `flair`. */
export function ignOutputs(folder: string, name: string): OutputPlaces {
  return {
    folder,
    checkpoints: resolve(folder, 'checkpoints'),
    tensorboard: resolve(folder, `tensorboard_logs_${name}`),
    predictions: resolve(folder, `predictions_${name}`),
    metrics: resolve(folder, 'metrics'),
    log: resolve(folder, 'flair-compute.log'),
  };
}

/** Folder and file names of our own runs. */
export function plainOutputs(folder: string): OutputPlaces {
  return {
    folder,
    checkpoints: resolve(folder, 'checkpoints'),
    tensorboard: resolve(folder, 'tensorboard'),
    predictions: resolve(folder, 'predictions'),
    metrics: resolve(folder, 'metrics'),
    log: resolve(folder, 'run.log'),
  };
}
