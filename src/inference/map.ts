import { dirname, join } from 'node:path';
import { readAhead } from '../data/read-ahead.ts';
import { type AreasOfInterest, bytesPerCell, openAreas, openRaster, type Raster } from '../raster/index.ts';
import { ModelMismatchError } from './errors.ts';
import { ignTileGrid } from './ign-slices.ts';
import { CommitQueue } from './map/commit-queue.ts';
import type { FoldedTile, FoldPlan } from './map/fold-windows.ts';
import { type Folding, FoldingHere, FoldingThread } from './map/folding.ts';
import {
  gridOfLayout,
  layoutOfGrid,
  type MapLayout,
  mapLayout,
  placeCount,
  placeOf,
  resumeFrom,
} from './map/layout.ts';
import { MapLock, removeLeftovers } from './map/lock.ts';
import type { MapProgress, MapRasterOptions, MapResult } from './map/options.ts';
import { MapOutputs, outputPaths, productPaths } from './map/outputs.ts';
import { type PredictPlan, WindowPredictor } from './map/predict-windows.ts';
import type { ProductName } from './map/products.ts';
import { distinctBad, type ReadWindow, WindowReader } from './map/read-window.ts';
import { finishedBefore, type MapSeal, mapSettings, TileSums, writeSeal } from './map/record.ts';
import { type BegunMap, beginMap } from './map/resume.ts';
import { type BadBlock, type FinishedTile, sumOf } from './map/tile-record.ts';
import { boundBlockCache } from './plan/block-cache.ts';
import { StageClock } from './stage-clock.ts';

export { MAP_NODATA } from './map/products.ts';

/** Pixels seen by the network from which a map is blended and written in threads of their own. */
const THREAD_PIXELS = 4 * 2 ** 20;

/** Tiles read ahead of the network. */
const TILES_AHEAD = 6;

function checkModel(predictor: MapRasterOptions['predictor'], { channels, classes }: MapRasterOptions): void {
  if (predictor.channels !== channels.length) {
    throw new ModelMismatchError(
      `the network takes ${predictor.channels} channels, ${channels.length} are chosen`,
      {
        key: 'channels',
        remedy: `choose ${predictor.channels} bands of the raster, in the order the network was trained with`,
      },
    );
  }
  if (predictor.classes !== classes.length) {
    throw new ModelMismatchError(
      `the network has ${predictor.classes} classes, ${classes.length} are named`,
      {
        key: 'classes',
        remedy: `name ${predictor.classes} classes`,
      },
    );
  }
}

function layoutFor(raster: Raster, options: MapRasterOptions): MapLayout {
  const { tile, margin, predictor, compat } = options;
  if (compat === 'ign') return layoutOfGrid(ignTileGrid(raster, tile, margin, predictor.divisor));
  return mapLayout(raster, options, predictor.divisor);
}

/** Products that files or statistics need. */
function wantedProducts(options: MapRasterOptions, areas: AreasOfInterest | null): ReadonlySet<ProductName> {
  const counted = areas !== null || options.products?.statistics !== undefined;
  return new Set([...productPaths(options).keys(), ...(counted ? (['classes'] as const) : [])]);
}

/** One pass over a raster. */
class MapPass {
  private readonly options: MapRasterOptions;
  private readonly raster: Raster;
  private readonly areas: AreasOfInterest | null;
  private readonly layout: MapLayout;
  private readonly wanted: ReadonlySet<ProductName>;
  private readonly sums: TileSums;
  private readonly clock = new StageClock();
  private readonly bad: BadBlock[] = [];
  private done = 0;
  private pixels = 0;
  private resumed = 0;

  constructor(options: MapRasterOptions, raster: Raster, areas: AreasOfInterest | null) {
    this.options = options;
    this.raster = raster;
    this.areas = areas;
    this.layout = layoutFor(raster, options);
    this.wanted = wantedProducts(options, areas);
    this.sums = new TileSums(placeCount(this.layout));
  }

  private progress(): MapProgress {
    const { width, height } = this.raster;
    return {
      ...{ tiles: this.done, totalTiles: placeCount(this.layout) },
      ...{ pixels: this.pixels, totalPixels: width * height },
      ...{ seconds: this.clock.seconds, stages: this.clock.shares() },
    };
  }

  private count(tile: FinishedTile, sum: number): void {
    this.done++;
    this.pixels += tile.window.width * tile.window.height;
    this.bad.push(...tile.bad);
    this.sums.add(tile.index, sum);
  }

  async run(): Promise<MapResult> {
    const { options, raster, areas, layout } = this;
    const { output, overwrite = false } = options;
    const settings = await mapSettings(options, raster, layout, this.wanted);
    for (const path of outputPaths(options)) await removeLeftovers(path);
    if (options.keepFinished === true && !overwrite) {
      const before = await finishedBefore(output, settings);
      if (before !== null) return this.kept(before);
    }
    const begun = await beginMap({
      ...{ output, settings, overwrite },
      journal: options.journal ?? true,
      restart: options.restart ?? false,
      open: (replace) => {
        const inThread = this.inThreads(placeCount(layout));
        return MapOutputs.open(raster, { ...options, overwrite: replace }, areas, inThread);
      },
      onFinished: (tile) =>
        this.count(tile, sumOf(tile, options.kind ?? 'classes', options.predictor.classes)),
    });
    this.resumed = begun.finished;
    const { outputs, journal } = begun;
    try {
      await this.stream(begun);
      const { files, statistics } = await this.clock.measure('write', () => outputs.close());
      const bad = distinctBad(this.bad, raster);
      const main = options.kind ?? 'classes';
      if (journal !== null) {
        await writeSeal({ output, settings, main, layout, sums: this.sums, files, bad, raster });
        await journal.remove();
      }
      const grid = gridOfLayout(layout, options.margin);
      return { ...this.progress(), output, grid, files, resumedTiles: this.resumed, bad, statistics };
    } catch (error) {
      await outputs.abort();
      // What was finished stays for the next run; where nothing was, nothing stays.
      await (this.done > 0 ? journal?.close() : journal?.remove());
      throw error;
    }
  }

  /** The result of a map that an earlier run finished. */
  private kept({ files, bad }: MapSeal): MapResult {
    const { options, raster, layout } = this;
    const total = placeCount(layout);
    const pixels = raster.width * raster.height;
    return {
      ...this.progress(),
      ...{ tiles: total, pixels, resumedTiles: total, bad, statistics: null, output: options.output },
      grid: gridOfLayout(layout, options.margin),
      files: files.map(({ name }) => join(dirname(options.output), name)),
    };
  }

  private async stream({ outputs, journal, finished }: BegunMap): Promise<void> {
    const { layout, options, clock } = this;
    const total = placeCount(layout);
    const first = resumeFrom(layout, finished);
    if (first >= total) return;
    const batchSize = Math.max(1, options.batchSize ?? 1);
    const queue = new CommitQueue(outputs, journal);
    const reader = new WindowReader(this.raster, {
      padding: options.compat === 'ign' ? 'zero' : 'reflect',
      masked: options.compat !== 'ign',
      skipBad: options.skipBad ?? false,
      stretch: options.stretch ?? null,
      areas: this.areas,
    });
    const folding = this.folding(finished, total - first, journal !== null);
    const predictor = new WindowPredictor(this.predictPlan());
    const indices = Array.from({ length: total - first }, (_, i) => first + i);
    let earliest: Promise<unknown> = Promise.resolve();
    const read = (index: number) => {
      const window = earliest.then(() => reader.read(placeOf(layout, index)));
      // The network waits for the first one: no other takes it its time.
      if (index === first) earliest = window;
      return window;
    };
    const windows = readAhead(indices, read, TILES_AHEAD + batchSize);
    let batch: ReadWindow[] = [];
    try {
      for await (const window of clock.waits('read', windows)) {
        batch.push(window);
        if (batch.length < batchSize && window.place.index + 1 < total) continue;
        const answers = await clock.measure('network', () => predictor.predict(batch));
        for (const [i, answer] of answers.entries()) {
          const { place, valid, bad } = batch[i]!;
          const task = { index: place.index, answer, valid, bad };
          await this.commit(await clock.measure('blend', () => folding.push(task)), queue);
          // Reads and writes under way report in the event loop, which the network blocks.
          await new Promise((resolve) => setImmediate(resolve));
        }
        batch = [];
        options.signal?.throwIfAborted();
      }
    } finally {
      // What is under way is finished, so that an interrupted map loses nothing.
      try {
        await this.commit(await clock.measure('blend', () => folding.drain()), queue);
      } finally {
        const closing = folding.close();
        try {
          await clock.measure('write', () => queue.drain());
        } finally {
          await closing;
        }
      }
    }
  }

  private get votes(): boolean {
    const { shifts = 1, agreement = 'majority' } = this.options;
    return shifts > 1 && agreement === 'majority';
  }

  private predictPlan(): PredictPlan {
    const { options, layout, wanted, votes } = this;
    const { predictor, blendOf = 'probabilities' } = options;
    const classesOnly = [...wanted].every((name) => name === 'classes');
    return { predictor, layout, classesOnly, blendOf, votes };
  }

  /** Large maps are blended and written in threads of their own; for small ones starting them costs more than it saves. */
  private inThreads(windows: number): boolean {
    return this.options.inThreads ?? (windows > 1 && windows * this.layout.tile ** 2 > THREAD_PIXELS);
  }

  private folding(first: number, windows: number, recorded: boolean): Folding {
    const { options, layout, wanted, votes } = this;
    const { compat, blendOf = 'probabilities', predictor } = options;
    const plan: FoldPlan = {
      ...{ layout, wanted, votes, blendOf, first, recorded },
      classes: predictor.classes,
      main: options.kind ?? 'classes',
      cutProbabilities: compat === 'ign',
      skipsEmpty: compat !== 'ign',
    };
    return this.inThreads(windows) ? new FoldingThread(plan) : new FoldingHere(plan);
  }

  /** Sends finished windows to the disk. */
  private async commit(folded: readonly FoldedTile[], queue: CommitQueue): Promise<void> {
    const across = this.layout.columns.length;
    for (const each of folded) {
      this.count(each.tile, each.sum);
      await this.clock.measure('write', () => queue.push(each));
      if ((each.tile.index + 1) % across === 0) queue.checkpoint();
      this.options.onProgress?.(this.progress());
    }
  }
}

/**
 * Maps a raster of any size in one stream: windows are read ahead, predicted, blended and written while the next ones are
 * read. Memory depends on the raster's width, never on its height.
 *
 * A run that was cut short (killed, disk full, interrupted) leaves a journal, `OUTPUT.journal`; the same call goes on from
 * there and ends with the same bytes. A finished map has a record beside it, `OUTPUT.seal.json`, for {@link verifyMap}.
 *
 * @throws ModelMismatchError, TilePlanError, OutputExistsError, JournalMismatchError, MapInProgressError,
 * CorruptRasterError, DiskFullError
 */
export async function mapRaster(options: MapRasterOptions): Promise<MapResult> {
  checkModel(options.predictor, options);
  const { input, channels, groundResolution, areas: wanted } = options;
  const access = { allowRemote: options.allowRemote ?? false };
  await using raster = await openRaster(input, {
    ...access,
    ...{ bands: channels, handles: 2, palette: 'rgb' },
    ...(groundResolution === undefined ? {} : { groundResolution }),
  });
  boundBlockCache(raster, channels.length * bytesPerCell(raster.dataType));
  const areas = wanted ? await openAreas(wanted.path, raster, { ...wanted, ...access }) : null;
  try {
    const lock = await MapLock.take(options.output);
    try {
      return await new MapPass(options, raster, areas).run();
    } finally {
      await lock.release();
    }
  } finally {
    await areas?.close();
  }
}
