import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import type { RunConfig } from '../config/index.ts';
import { type Patch, readPatchList } from '../data/index.ts';
import { CheckpointMissingError, findBestCheckpoint } from '../workflows/index.ts';
import { FlagError } from './class-options.ts';

const IMAGES = new Set(['.tif', '.tiff', '.jp2', '.png', '.jpg', '.jpeg', '.vrt', '.webp']);

async function imagesAt(path: string): Promise<Patch[]> {
  if (!existsSync(path)) {
    throw new FlagError('there is no such image, folder or list', { file: path, remedy: 'check the path' });
  }
  const patch = (image: string): Patch => ({ image, mask: null, list: null, line: null });
  if (statSync(path).isDirectory()) {
    const names = await readdir(path, { recursive: true });
    return names
      .filter((name) => IMAGES.has(extname(name).toLowerCase()))
      .sort()
      .map((name) => patch(join(path, name)));
  }
  return extname(path).toLowerCase() === '.csv' ? readPatchList(path) : [patch(path)];
}

/** The images that paths stand for: files, folders (walked) and CSV lists. @throws FlagError when there are none */
export async function listImages(paths: readonly string[]): Promise<Patch[]> {
  const patches = (await Promise.all(paths.map((path) => imagesAt(resolve(path))))).flat();
  if (patches.length > 0) return patches;
  throw new FlagError('there is no image to predict', {
    key: '--images',
    remedy: 'pass --images with images, folders of images or CSV lists',
  });
}

/** The run with prediction as its only task, by a given checkpoint or the best one that the run left. */
export function predictionTasks(config: RunConfig, model: string | undefined): RunConfig {
  const folder = config.outputs.checkpoints;
  const checkpoint = model ?? config.tasks.predictCheckpoint ?? findBestCheckpoint(folder);
  if (checkpoint === null) {
    throw new CheckpointMissingError('there is no checkpoint to predict with', {
      file: folder,
      remedy: 'train the run first (`arpent train`), or pass --model with a checkpoint',
    });
  }
  const tasks = {
    ...config.tasks,
    ...{ train: false, predict: true, metrics: false, deletePredictions: false },
    predictCheckpoint: resolve(checkpoint),
  };
  return { ...config, tasks };
}
