import { cpus } from 'node:os';
import type { RunConfig } from '../config/index.ts';
import {
  type LoaderOptions,
  maskDecoder,
  NO_AUGMENTATION,
  normalizer,
  type Patch,
  PatchLoader,
  readPatchList,
} from '../data/index.ts';

/** The lists of a run; empty where its tasks need none. */
export interface PatchLists {
  readonly train: readonly Patch[];
  readonly validation: readonly Patch[];
  readonly test: readonly Patch[];
}

/** Reads the lists that the tasks of a run need. @throws PatchListError */
export async function readLists({ data, tasks }: RunConfig): Promise<PatchLists> {
  const options = { root: data.root, relativeTo: data.relativeTo };
  const read = (file: string | null, wanted: boolean) =>
    file !== null && wanted ? readPatchList(file, options) : [];
  const [train, validation, test] = await Promise.all([
    read(data.train, tasks.train),
    read(data.validation, tasks.train),
    read(data.test, tasks.predict || tasks.metrics),
  ]);
  return { train, validation, test };
}

function commonOptions(
  { data, normalization, classes, training }: RunConfig,
  divisor: number,
): LoaderOptions {
  return {
    channels: data.channels,
    decodeMask: maskDecoder(data.masks, classes.length),
    maskColors: data.masks.encoding.kind === 'colors',
    normalizer: normalizer(normalization, data.channels.length),
    batchSize: training.batchSize,
    workers: data.workers || cpus().length,
    skipBad: data.skipBad,
    divisor,
  };
}

/** The loader of training patches: shuffled, augmented. */
export function trainingLoader(config: RunConfig, patches: readonly Patch[], divisor: number): PatchLoader {
  return new PatchLoader(patches, {
    ...commonOptions(config, divisor),
    augmentation: config.augmentation,
    crop: config.augmentation.crop,
    shuffle: true,
    seed: config.seed,
    dropLast: config.training.dropLast.train,
  });
}

/** The loader of validation patches: in order, unchanged; whole patches even where training crops. */
export function validationLoader(config: RunConfig, patches: readonly Patch[], divisor: number): PatchLoader {
  return new PatchLoader(patches, {
    ...commonOptions(config, divisor),
    augmentation: NO_AUGMENTATION,
    dropLast: config.training.dropLast.validation,
  });
}
