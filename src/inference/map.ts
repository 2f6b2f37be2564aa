import { readAhead } from '../data/index.ts';
import {
  createGeoTiff,
  type GeoTiffOptions,
  type OverviewKind,
  openRaster,
  pixelBlock,
  type Raster,
  type RasterClass,
} from '../raster/index.ts';
import { ModelMismatchError } from './errors.ts';
import { ignTileGrid } from './ign-slices.ts';
import type { Core, Predictor, Tile } from './predictor.ts';
import { StageClock, type StageShares } from './stage-clock.ts';
import { type GridTile, type TileGrid, tileGrid } from './tile-grid.ts';

/** Value of pixels that are not mapped: beyond the classes, and the output's nodata. */
export const MAP_NODATA = 255;

/** What a map shows. */
export type MapOutput =
  /** One band of class indices. */
  | 'classes'
  /** One band a class: its probability from 0 to 255. */
  | 'probabilities';

/** How a raster is mapped. */
export interface MapRasterOptions {
  readonly input: string;
  readonly output: string;
  readonly predictor: Predictor;
  /** 1-based bands, in the order the network sees them. */
  readonly channels: readonly number[];
  readonly classes: readonly RasterClass[];
  /** Side of the square the network sees, in pixels. */
  readonly tile: number;
  /** Border of each square that is seen but not written, in pixels. */
  readonly margin: number;
  readonly kind?: MapOutput;
  /** Tiles predicted at once. Default 1. */
  readonly batchSize?: number;
  /** Reduced copies for viewers. Default `majority` for classes. */
  readonly overviews?: OverviewKind | 'none';
  /**
   * `ign` gives the pixels and the file of IGN's `flair-detect`: its windows, zeros beyond the raster, cells without data
   * mapped like any other, probabilities cut off instead of rounded, LZW without colours. Default `none`.
   */
  readonly compat?: 'none' | 'ign';
  /** Metadata items of the file. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly overwrite?: boolean;
  /** Let GDAL read `http(s)://` addresses. */
  readonly allowRemote?: boolean;
  readonly onProgress?: (progress: MapProgress) => void;
  readonly signal?: AbortSignal | undefined;
}

/** How far a map is. */
export interface MapProgress {
  readonly tiles: number;
  readonly totalTiles: number;
  /** Raster pixels that are done, and all of them. */
  readonly pixels: number;
  readonly totalPixels: number;
  readonly seconds: number;
  /** Share of the wall time in each stage. */
  readonly stages: StageShares;
}

/** What came of a map. */
export interface MapResult extends MapProgress {
  readonly output: string;
  readonly grid: TileGrid;
}

/** A tile's pixels, and which of its core's pixels hold data (null: all). */
interface ReadTile {
  readonly place: GridTile;
  readonly tile: Tile;
  readonly valid: Uint8Array | null;
}

/** Side of the square the network sees, in pixels, when nobody says: larger squares waste less on margins. */
export const DEFAULT_TILE = 1088;
/** Border of each square that is seen but not written, in pixels, when nobody says. */
export const DEFAULT_MARGIN = 128;

/** Tiles read ahead of the network. */
const TILES_AHEAD = 6;

function hasMask(raster: Raster): boolean {
  return raster.bands.some((band) => raster.band(band).mask !== 'all-valid');
}

async function readTile(raster: Raster, place: GridTile, compat: 'none' | 'ign'): Promise<ReadTile> {
  const masked = compat === 'none' && hasMask(raster);
  const [block, validity] = await Promise.all([
    raster.read({ ...place.window, padding: compat === 'ign' ? 'zero' : 'reflect' }),
    masked ? raster.readValidity(place.core) : null,
  ]);
  const tile = { pixels: block.data, dataType: raster.dataType, width: block.width, height: block.height };
  return { place, tile, valid: validity && (validity.data as Uint8Array) };
}

const coreInTile = ({ core, window }: GridTile): Core => ({
  x: core.x - window.x,
  y: core.y - window.y,
  width: core.width,
  height: core.height,
});

function blank(classes: Uint8Array, valid: Uint8Array | null): Uint8Array {
  if (valid) for (let i = 0; i < classes.length; i++) if (valid[i] === 0) classes[i] = MAP_NODATA;
  return classes;
}

/** IGN's bytes: 255 times the probability in single precision, cut off. */
function cutToBytes(probabilities: Float32Array): Uint8Array {
  return Uint8Array.from(probabilities, (probability) => Math.fround(255 * probability));
}

/** Probabilities as bytes, rounded; bands `[K, h, w]`. Pixels without data are zero in every band. */
function toBytes(probabilities: Float32Array, valid: Uint8Array | null): Uint8Array {
  const bytes = new Uint8Array(probabilities.length);
  const plane = valid?.length ?? 0;
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = valid && valid[i % plane] === 0 ? 0 : Math.round(255 * probabilities[i]!);
  }
  return bytes;
}

function checkModel(predictor: Predictor, { channels, classes }: MapRasterOptions): void {
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

async function predictCores(
  predictor: Predictor,
  batch: readonly ReadTile[],
  kind: MapOutput,
  compat: 'none' | 'ign',
): Promise<Uint8Array[]> {
  const tiles = batch.map(({ tile }) => tile);
  const cores = batch.map(({ place }) => coreInTile(place));
  if (kind === 'classes') {
    const found = await predictor.predict(tiles, 'classes', cores);
    return found.map((classes, i) => blank(classes, batch[i]!.valid));
  }
  const found = await predictor.predict(tiles, 'probabilities', cores);
  if (compat === 'ign') return found.map(cutToBytes);
  return found.map((probabilities, i) => toBytes(probabilities, batch[i]!.valid));
}

/** What the file of a map looks like. */
function fileOptions(raster: Raster, options: MapRasterOptions): GeoTiffOptions {
  const { predictor, kind = 'classes', compat = 'none', classes, tile } = options;
  const { width, height, crs, geoTransform, noData } = raster;
  const single = kind === 'classes';
  const common = {
    ...{ width, height, crs, geoTransform },
    dataType: 'uint8',
    bands: single ? 1 : predictor.classes,
    tags: options.tags ?? {},
    overwrite: options.overwrite ?? false,
  } as const;
  if (compat === 'ign') {
    const fits = noData !== null && Number.isInteger(noData) && noData >= 0 && noData <= 255;
    return {
      ...common,
      compression: 'lzw',
      differences: false,
      bigTiff: 'always',
      blockSize: tile % 16 === 0 ? tile : 512,
      noData: fits ? noData : null,
    };
  }
  return {
    ...common,
    ...(single ? { noData: MAP_NODATA, classes } : { bandNames: classes.map(({ name }) => name) }),
    overviews: options.overviews ?? (single ? 'majority' : 'none'),
  };
}

/**
 * Maps a raster of any size in one stream: windows are read ahead, predicted and written while the next ones are read.
 * Memory depends on the raster's width, never on its height.
 *
 * @throws ModelMismatchError, TilePlanError, OutputExistsError, CorruptRasterError, DiskFullError
 */
export async function mapRaster(options: MapRasterOptions): Promise<MapResult> {
  const { input, output, predictor, channels, kind = 'classes', batchSize = 1, signal } = options;
  checkModel(predictor, options);
  const access = { allowRemote: options.allowRemote ?? false };
  await using raster = await openRaster(input, { ...access, bands: channels, handles: 2, palette: 'rgb' });
  const { compat = 'none' } = options;
  const plan = compat === 'ign' ? ignTileGrid : tileGrid;
  const grid = plan(raster, options.tile, options.margin, predictor.divisor);
  const writer = await createGeoTiff(output, fileOptions(raster, options));
  const clock = new StageClock();
  const totalPixels = raster.width * raster.height;
  let [done, pixels] = [0, 0];
  const report = (): MapProgress => ({
    ...{ tiles: done, totalTiles: grid.columns * grid.rows, pixels, totalPixels },
    ...{ seconds: clock.seconds, stages: clock.shares() },
  });
  const places = Array.from({ length: grid.rows }, (_, row) => grid.rowTiles(row)).flat();
  let batch: ReadTile[] = [];
  const flush = async () => {
    const cores = await clock.measure('network', () => predictCores(predictor, batch, kind, compat));
    for (const [i, { place }] of batch.entries()) {
      const { x, y, width: w, height: h } = place.core;
      await clock.measure('write', () => writer.write(pixelBlock(cores[i]!, writer.bands, h, w), x, y));
      pixels += w * h;
      done++;
    }
    batch = [];
    options.onProgress?.(report());
    // Reads and writes under way report in the event loop, which the network blocks.
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
  };
  try {
    const tiles = readAhead(places, (place) => readTile(raster, place, compat), TILES_AHEAD + batchSize);
    for await (const tile of clock.waits('read', tiles)) {
      batch.push(tile);
      if (batch.length === batchSize) await flush();
    }
    if (batch.length > 0) await flush();
    await clock.measure('write', () => writer.close());
  } catch (error) {
    await writer.abort();
    throw error;
  }
  return { ...report(), output, grid };
}
