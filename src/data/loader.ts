import { type AugmentationConfig, NO_AUGMENTATION } from '../config/index.ts';
import { type ArpentError, Random } from '../core/index.ts';
import { type Batch, makeBatch } from './batch.ts';
import { CellPool } from './cell-pool.ts';
import { BadPatchError, PatchListError } from './errors.ts';
import type { MetadataTable } from './metadata.ts';
import type { Normalizer } from './normalization.ts';
import type { Patch } from './patch-list.ts';
import { readAhead } from './read-ahead.ts';
import { type ReadPatchOptions, readPatch, releaseSample, type Sample } from './read-patch.ts';

/** A patch that was left out, and why. */
export interface BadPatch {
  readonly patch: Patch;
  readonly error: ArpentError;
}

/** What a loader reads and how. */
export interface LoaderOptions extends ReadPatchOptions {
  readonly normalizer: Normalizer;
  readonly batchSize: number;
  /** Changes of training patches; none by default. */
  readonly augmentation?: AugmentationConfig;
  /** A new order every epoch. */
  readonly shuffle?: boolean;
  /** Leaves out the last, smaller batch. */
  readonly dropLast?: boolean;
  /** Seed of the order and of every random change. */
  readonly seed?: number;
  /** Patches read at once. */
  readonly workers?: number;
  /** Height and width of a batch are multiples of this. */
  readonly divisor?: number;
  /** Bad patches are left out and collected in {@link PatchLoader.bad} instead of ending the run. */
  readonly skipBad?: boolean;
  /** Acquisition metadata of the patches. */
  readonly metadata?: MetadataTable | null;
  /** The part of the work that falls to one of several processes; everything by default. */
  readonly share?: LoaderShare;
}

/**
 * How processes share the patches of an epoch, all knowing the same order.
 *
 * By `patch`, as PyTorch's `DistributedSampler` does: process `rank` takes every `size`-th patch, and the order begins
 * anew at its end until all have the same number; so step `i` of all processes together reads what a step of one process
 * with `size` times the batch would. By `batch`: whole batches in turn, each exactly once, for scores.
 */
export interface LoaderShare {
  readonly rank: number;
  readonly size: number;
  readonly by: 'patch' | 'batch';
}

/** Batches kept ready beyond the one in use. */
const BATCHES_AHEAD = 4;

/**
 * Reads patches ahead of the network and hands out batches.
 *
 * Decoding runs on the I/O threads while the network computes. Order and augmentation depend on the seed, the epoch
 * and the patch's place in the list alone: any number of workers gives the same batches.
 */
export class PatchLoader {
  readonly patches: readonly Patch[];
  /** Patches left out so far (`skipBad`), each once. */
  readonly bad: BadPatch[] = [];
  private readonly options: LoaderOptions;
  private readonly pool = new CellPool();

  /** @throws PatchListError when there are fewer patches than one batch needs */
  constructor(patches: readonly Patch[], options: LoaderOptions) {
    this.patches = patches;
    this.options = options;
    const { share } = options;
    if ((share?.by === 'batch' ? this.allBatches(patches.length) : this.batchCount()) === 0) {
      const each = share ? ` on each of ${share.size} devices` : '';
      throw new PatchListError(
        `${patches.length} patches do not fill one batch of ${options.batchSize}${each}`,
        {
          file: patches[0]?.list ?? undefined,
          remedy: 'list more patches, lower the batch size, or keep incomplete batches (drop_last: false)',
        },
      );
    }
  }

  private allBatches(patches: number): number {
    const { batchSize, dropLast = false } = this.options;
    return dropLast ? Math.floor(patches / batchSize) : Math.ceil(patches / batchSize);
  }

  /** Batches in an epoch of this process, when no patch is bad. */
  batchCount(): number {
    const { share } = this.options;
    const { length } = this.patches;
    if (share === undefined) return this.allBatches(length);
    return share.by === 'patch'
      ? this.allBatches(Math.ceil(length / share.size))
      : Math.ceil((this.allBatches(length) - share.rank) / share.size);
  }

  /** The part of an epoch's order that falls to this process. */
  private shareOf(order: readonly number[]): readonly number[] {
    const { share, batchSize } = this.options;
    if (share === undefined) return order;
    const { rank, size, by } = share;
    if (by === 'batch') return order.filter((_, i) => Math.floor(i / batchSize) % size === rank);
    const length = Math.ceil(order.length / size);
    return Array.from({ length }, (_, i) => order[(i * size + rank) % order.length]!);
  }

  /** The places of the patches in the list, in the order of an epoch. */
  private order(epoch: number): number[] {
    const places = this.patches.map((_, place) => place);
    const { shuffle = false, seed = 0 } = this.options;
    return shuffle ? new Random(seed, 1).fork(epoch).shuffle(places) : places;
  }

  /** Places in the list of the patches left out so far. */
  get badPlaces(): number[] {
    return this.bad.map(({ patch }) => this.patches.indexOf(patch));
  }

  /** Tries patches that an earlier run left out, so that a resumed epoch leaves out the same ones. */
  async retry(places: readonly number[]): Promise<void> {
    for (const place of places) if (place in this.patches) await this.read(place, null);
  }

  private async read(place: number, random: Random | null): Promise<Sample | null> {
    const patch = this.patches[place]!;
    try {
      return await readPatch(patch, { ...this.options, pool: this.pool }, random);
    } catch (error) {
      if (!this.options.skipBad || !(error instanceof BadPatchError)) throw error;
      if (!this.bad.some((known) => known.patch === patch)) this.bad.push({ patch, error });
      return null;
    }
  }

  /**
   * The batches of an epoch; the taker disposes of each ({@link disposeBatch}).
   * @param skip batches at the beginning to leave out unread, when an epoch is resumed
   * @throws BadPatchError naming the line of the list, unless `skipBad`
   */
  async *batches(epoch = 0, skip = 0): AsyncGenerator<Batch> {
    const { batchSize, dropLast = false, workers = 4, seed = 0, divisor = 1 } = this.options;
    const { augmentation = NO_AUGMENTATION, normalizer, metadata } = this.options;
    const draws = augmentation !== NO_AUGMENTATION;
    const streams = new Random(seed, 2);
    const known = new Set(this.bad.map(({ patch }) => patch));
    const order = this.shareOf(this.order(epoch))
      .filter((place) => !known.has(this.patches[place]!))
      .slice(skip * batchSize);
    const read = async (place: number) => {
      const random = draws ? streams.fork(epoch, place) : null;
      return { sample: await this.read(place, random), random };
    };
    const ahead = Math.max(workers, BATCHES_AHEAD * batchSize);
    let samples: Sample[] = [];
    let randoms: Random[] = [];
    const finish = () => {
      const batch = makeBatch(
        samples,
        { normalizer, augmentation, divisor, metadata },
        draws ? randoms : null,
      );
      for (const sample of samples) releaseSample(sample, this.pool);
      samples = [];
      randoms = [];
      return batch;
    };
    for await (const { sample, random } of readAhead(order, read, ahead)) {
      if (sample === null) continue;
      samples.push(sample);
      if (random) randoms.push(random);
      if (samples.length === batchSize) yield finish();
    }
    if (samples.length > 0 && !dropLast) yield finish();
  }
}
