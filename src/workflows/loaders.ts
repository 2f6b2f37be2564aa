import { cpus } from 'node:os';
import { type FolderConfig, NO_AUGMENTATION, type RunConfig } from '../config/index.ts';
import {
  type LoaderOptions,
  type LoaderShare,
  type MetadataTable,
  maskDecoder,
  normalizer,
  type Patch,
  PatchLoader,
  readMetadata,
  readPatchFolders,
  readPatchList,
  splitDomains,
} from '../data/index.ts';

/** The lists of a run; empty where its tasks need none. */
export interface PatchLists {
  readonly train: readonly Patch[];
  readonly validation: readonly Patch[];
  readonly test: readonly Patch[];
}

/** The patches of IGN's older folder layout, its domains split for training and validation. */
async function readFolders(folders: FolderConfig, { tasks, seed }: RunConfig): Promise<PatchLists> {
  const { trainImages, trainMasks, testImages, testMasks, validationShare } = folders;
  const learned = tasks.train ? await readPatchFolders(trainImages, trainMasks) : new Map<string, Patch[]>();
  const tested =
    tasks.predict || tasks.metrics
      ? await readPatchFolders(testImages, tasks.metrics ? testMasks : null)
      : new Map<string, Patch[]>();
  return { ...splitDomains(learned, validationShare, seed), test: [...tested.values()].flat() };
}

/** Reads the lists that the tasks of a run need. @throws PatchListError */
export async function readLists(config: RunConfig): Promise<PatchLists> {
  const { data, tasks } = config;
  if (data.folders !== null) return readFolders(data.folders, config);
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

/**
 * The metadata of a run's patches, or null when it uses none. Every patch is looked up once, so that a missing entry is
 * found before hours of work.
 * @throws MetadataError
 */
export async function readRunMetadata(
  { metadata }: RunConfig,
  patches: readonly Patch[],
): Promise<MetadataTable | null> {
  if (metadata === null) return null;
  const table = await readMetadata(metadata);
  for (const patch of patches) table([patch]);
  return table;
}

/** What a loader needs besides the configuration. */
export interface LoaderSurroundings {
  /** Sides of a batch are multiples of this. */
  readonly divisor: number;
  readonly metadata: MetadataTable | null;
}

function commonOptions(
  { data, normalization, classes, training }: RunConfig,
  { divisor, metadata }: LoaderSurroundings,
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
    metadata,
  };
}

/** One of several processes that train together. */
type Member = Pick<LoaderShare, 'rank' | 'size'>;

function shareOf({ rank, size }: Member, by: LoaderShare['by']): { share?: LoaderShare } {
  return size > 1 ? { share: { rank, size, by } } : {};
}

/** The loader of training patches: shuffled, augmented. @param member whose share is loaded; default everything */
export function trainingLoader(
  config: RunConfig,
  patches: readonly Patch[],
  surroundings: LoaderSurroundings,
  member: Member = { rank: 0, size: 1 },
): PatchLoader {
  const drawn = Array.from({ length: config.training.repeat }, () => patches).flat();
  return new PatchLoader(drawn, {
    ...commonOptions(config, surroundings),
    augmentation: config.augmentation,
    crop: config.augmentation.crop,
    shuffle: true,
    seed: config.seed,
    dropLast: config.training.dropLast.train,
    ...shareOf(member, 'patch'),
  });
}

/** The loader of validation patches: in order, unchanged; whole patches even where training crops. */
export function validationLoader(
  config: RunConfig,
  patches: readonly Patch[],
  surroundings: LoaderSurroundings,
  member: Member = { rank: 0, size: 1 },
): PatchLoader {
  return new PatchLoader(patches, {
    ...commonOptions(config, surroundings),
    augmentation: NO_AUGMENTATION,
    dropLast: config.training.dropLast.validation,
    ...shareOf(member, 'batch'),
  });
}
