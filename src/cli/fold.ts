import { join, relative, resolve } from 'node:path';
import type { OutputConfig, RunConfig } from '../config/index.ts';
import { maskDecoder } from '../data/index.ts';
import { foldLists, splitPatches } from '../data/splits.ts';
import { readSplitPatches } from '../data/splits-read.ts';
import { writeOutput } from '../evaluation/index.ts';
import { flairZone } from '../raster/index.ts';
import { readLists } from '../workflows/index.ts';
import { FlagError } from './class-options.ts';
import type { Fold } from './parse-fold.ts';

function outputsIn(outputs: OutputConfig, folder: string): OutputConfig {
  const moved = (path: string) => resolve(folder, relative(outputs.folder, path));
  return {
    ...outputs,
    folder,
    checkpoints: moved(outputs.checkpoints),
    tensorboard: moved(outputs.tensorboard),
    predictions: moved(outputs.predictions),
    metrics: moved(outputs.metrics),
    inputs: outputs.inputs === null ? null : moved(outputs.inputs),
    log: moved(outputs.log),
  };
}

/**
 * The run of one fold: the training and validation patches together are split (by zone where FLAIR's layout has zones, else
 * by patch; classes spread evenly; by the run's seed), one part is held out and validates, the others train. Its folder is
 * `fold-<k>` in the run's. What is predicted is the held-out part, so that the predictions of all folds cover every patch.
 * @throws FlagError for a fold of too few patches
 */
export async function runOfFold(config: RunConfig, { fold, of }: Fold): Promise<RunConfig> {
  const { data, seed, classes } = config;
  const { train, validation } = await readLists({
    ...config,
    tasks: { ...config.tasks, train: true, predict: false, metrics: false },
  });
  const patches = await readSplitPatches([...train, ...validation], {
    decodeMask: maskDecoder({ ...data.masks, unknown: 'ignore' }, classes.length),
    maskColors: data.masks.encoding.kind === 'colors',
    classes: classes.length,
  });
  const zones = new Set(patches.map(({ patch }) => flairZone(patch.image)));
  const by = zones.has(null) || zones.size < of ? 'patch' : 'zone';
  if (patches.length < of) {
    throw new FlagError(`${patches.length} patches for ${of} folds`, {
      key: '--fold',
      remedy: 'ask for fewer folds',
    });
  }
  const chosen = foldLists(splitPatches(patches, { by, seed, parts: of, blockSize: 1 }))[fold - 1]!;
  const folder = join(config.outputs.folder, `fold-${fold}-of-${of}`);
  const write = async (name: string, of: typeof patches) => {
    const path = join(folder, 'lists', `${name}.csv`);
    const lines = of.map(({ patch }) => `${resolve(patch.image)},${patch.mask ? resolve(patch.mask) : ''}`);
    // The same seed gives the same lists, so they may be written again.
    await writeOutput(path, `${lines.join('\n')}\n`, { overwrite: true });
    return path;
  };
  const heldOut = await write('held-out', [...chosen.heldOut]);
  return {
    ...config,
    data: {
      ...data,
      ...{ train: await write('train', [...chosen.train]), validation: heldOut, test: heldOut },
      ...{ folders: null, root: null, relativeTo: null },
    },
    outputs: outputsIn(config.outputs, folder),
  };
}
