import { readAhead } from '../data/read-ahead.ts';
import { type AreasOfInterest, openAreas, openRaster, type Raster } from '../raster/index.ts';
import { ModelMismatchError } from './errors.ts';
import { ignTileGrid } from './ign-slices.ts';
import { CommitQueue } from './map/commit-queue.ts';
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
import { MapOutputs, productPaths } from './map/outputs.ts';
import { type PredictPlan, WindowPredictor } from './map/predict-windows.ts';
import {
  blankInvalid,
  emptyProducts,
  type ProductName,
  type ProductPlan,
  productsOf,
} from './map/products.ts';
import { distinctBad, type ReadWindow, WindowReader } from './map/read-window.ts';
import { mapSettings, TileSums, writeSeal } from './map/record.ts';
import { type BegunMap, beginMap } from './map/resume.ts';
import type { BadBlock, FinishedTile } from './map/tile-record.ts';
import { StageClock } from './stage-clock.ts';

export { MAP_NODATA } from './map/products.ts';
export { DEFAULT_MARGIN } from './plan/plan-map.ts';

/** Side of the square the network sees, in pixels, when nobody says: larger squares waste less on margins. */
export const DEFAULT_TILE = 1088;

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

  private count(tile: FinishedTile): void {
    this.done++;
    this.pixels += tile.window.width * tile.window.height;
    this.bad.push(...tile.bad);
    this.sums.add(tile, this.options.kind ?? 'classes');
  }

  async run(): Promise<MapResult> {
    const { options, raster, areas, layout } = this;
    const { output, overwrite = false } = options;
    const settings = await mapSettings(options, raster, layout, this.wanted);
    for (const path of productPaths(options).values()) await removeLeftovers(path);
    const begun = await beginMap({
      ...{ output, settings, overwrite },
      journal: options.journal ?? true,
      restart: options.restart ?? false,
      open: (replace) => MapOutputs.open(raster, { ...options, overwrite: replace }, areas),
      onFinished: (tile) => this.count(tile),
    });
    this.resumed = begun.finished;
    const { outputs, journal } = begun;
    try {
      await this.stream(begun);
      const { files, statistics } = await this.clock.measure('write', () => outputs.close());
      const bad = distinctBad(this.bad, raster);
      const main = options.kind ?? 'classes';
      if (journal !== null) {
        await writeSeal(output, { settings, main, layout, sums: this.sums, files, bad, raster });
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

  private async stream({ outputs, journal, finished }: BegunMap): Promise<void> {
    const { layout, options, clock } = this;
    const total = placeCount(layout);
    const first = resumeFrom(layout, finished);
    const batchSize = Math.max(1, options.batchSize ?? 1);
    const queue = new CommitQueue(outputs, journal);
    const reader = new WindowReader(this.raster, {
      padding: options.compat === 'ign' ? 'zero' : 'reflect',
      masked: options.compat !== 'ign',
      skipBad: options.skipBad ?? false,
      stretch: options.stretch ?? null,
      areas: this.areas,
    });
    const predictor = new WindowPredictor(this.predictPlan(), clock);
    const indices = Array.from({ length: total - first }, (_, i) => first + i);
    const windows = readAhead(
      indices,
      (index) => reader.read(placeOf(layout, index)),
      TILES_AHEAD + batchSize,
    );
    let batch: ReadWindow[] = [];
    try {
      for await (const window of clock.waits('read', windows)) {
        batch.push(window);
        if (batch.length < batchSize && window.place.index + 1 < total) continue;
        await this.finish(batch, predictor, queue, finished);
        batch = [];
        options.signal?.throwIfAborted();
      }
    } finally {
      await clock.measure('write', () => queue.drain());
    }
  }

  private predictPlan(): PredictPlan {
    const { options, layout, wanted } = this;
    const { predictor, blendOf = 'probabilities', shifts = 1, agreement = 'majority' } = options;
    const classesOnly = [...wanted].every((name) => name === 'classes');
    const votes = shifts > 1 && agreement === 'majority';
    return { predictor, layout, classesOnly, blendOf, votes };
  }

  private async finish(
    batch: readonly ReadWindow[],
    predictor: WindowPredictor,
    queue: CommitQueue,
    finished: number,
  ): Promise<void> {
    const { clock, options } = this;
    const plan: ProductPlan = {
      wanted: this.wanted,
      classes: options.predictor.classes,
      cutProbabilities: options.compat === 'ign',
    };
    let next = 0;
    for await (const prediction of predictor.predict(batch)) {
      const { place, tile: seen, valid, bad } = batch[next++]!;
      // Windows before the first unfinished one are computed again for what they share with it.
      if (place.index < finished) continue;
      const { index, own, kept } = place;
      const tile = clock.run('blend', (): FinishedTile => {
        const pixels = own.width * own.height;
        const products = seen === null ? emptyProducts(pixels, plan) : productsOf(prediction, plan);
        blankInvalid(products, valid && cropMask(valid, kept.width, own.width, own.height));
        return { index, window: own, products, bad };
      });
      this.count(tile);
      await clock.measure('write', () => queue.push(tile));
      if (place.column === this.layout.columns.length - 1) queue.checkpoint();
      options.onProgress?.(this.progress());
      // Reads and writes under way report in the event loop, which the network blocks.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** The upper left part of a mask. */
function cropMask(mask: Uint8Array, stride: number, width: number, height: number): Uint8Array {
  if (width === stride && mask.length === width * height) return mask;
  const part = new Uint8Array(width * height);
  for (let row = 0; row < height; row++)
    part.set(mask.subarray(row * stride, row * stride + width), row * width);
  return part;
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
