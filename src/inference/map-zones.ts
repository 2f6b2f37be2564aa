import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { InvalidArgumentError } from '../core/index.ts';
import {
  createGeoTiff,
  groupIntoZones,
  openRaster,
  type RasterClass,
  readRasterInfo,
  windowGeoTransform,
  writeMosaic,
  type Zone,
} from '../raster/index.ts';
import { NoPatchesError } from './errors.ts';
import type { MapProgress, MapRasterOptions, MapResult } from './map/options.ts';
import { finishedTile } from './map/record.ts';
import { begunTile } from './map/resume.ts';
import { mapRaster } from './map.ts';
import { chooseTile } from './plan/choose-tile.ts';
import { largestTile } from './plan/largest-tile.ts';

/** How zones are mapped: as rasters, but for what each zone settles itself. */
export interface MapZonesOptions
  extends Omit<
    MapRasterOptions,
    'input' | 'output' | 'kind' | 'compat' | 'products' | 'onProgress' | 'tile'
  > {
  /** Paths of the georeferenced patches. */
  readonly patches: readonly string[];
  /** Receives a virtual raster and a map per zone, and the patches' predictions in `patches/`. */
  readonly folder: string;
  /** Added to every class in the patches' predictions: 1 where masks count from 1. Default 0. */
  readonly firstValue?: number;
  /** Side of the square the network sees, in pixels. Default: chosen for each zone ({@link chooseTile}). */
  readonly tile?: number | null;
  readonly onProgress?: (zone: string, progress: MapProgress) => void;
}

/** A zone and its map. */
export interface ZoneMap {
  readonly zone: Zone;
  /** Virtual raster of the zone's patches. */
  readonly mosaic: string;
  readonly map: MapResult;
  /** Predictions of the zone's patches, in their order. */
  readonly predictions: readonly string[];
}

const rasterExtensions = new Set(['.tif', '.tiff', '.jp2', '.png', '.jpg', '.jpeg', '.vrt']);

/** Raster files below a folder, in the order of their names; those named after masks (`MSK_…`) and labels are left out. */
async function rastersBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && rasterExtensions.has(extname(entry.name).toLowerCase()))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((path) => !/^(MSK|PRED)_/i.test(basename(path)) && !/[/\\](msk|labels?)[/\\]/i.test(path))
    .sort();
}

/**
 * Patches named by a folder (every raster below it) or a CSV file (its first column; paths are relative to the file).
 * @throws NoPatchesError
 */
export async function findPatches(source: string): Promise<string[]> {
  const isList = extname(source).toLowerCase() === '.csv';
  const patches = isList
    ? (await readFile(source, 'utf8'))
        .split(/\r?\n/)
        .map((line) => line.split(/[,;]/)[0]!.trim().replaceAll('"', ''))
        .filter((path) => rasterExtensions.has(extname(path).toLowerCase()))
        .map((path) => resolve(dirname(source), path))
    : await rastersBelow(source);
  if (patches.length === 0) throw new NoPatchesError(source);
  return patches;
}

/** `PRED_062871.tif` for `IMG_062871.tif`; other names get the prefix. */
export function zonePredictionName(path: string): string {
  return `PRED_${basename(path, extname(path)).replace(/^IMG_/i, '')}.tif`;
}

/** Cuts a zone's map back into its patches. */
async function cutBack(
  zone: Zone,
  map: string,
  folder: string,
  options: { classes: readonly RasterClass[]; firstValue: number; overwrite: boolean; keep: boolean },
): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const { firstValue, overwrite } = options;
  const classes = options.classes.map((each) => ({ ...each, value: each.value + firstValue }));
  const names = zone.sources.map(({ path }) => zonePredictionName(path));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new InvalidArgumentError(`two patches of ${zone.name} would both be predicted as ${twice}`, {
      file: zone.sources[names.indexOf(twice)]!.path,
      remedy: 'give the patches of a zone names of their own',
    });
  }
  const predictions: string[] = [];
  await using raster = await openRaster(map);
  for (const [i, { window }] of zone.sources.entries()) {
    const path = join(folder, names[i]!);
    predictions.push(path);
    if (options.keep && existsSync(path)) continue;
    const block = await raster.read(window);
    const data = (block.data as Uint8Array).map((value) => (value === 255 ? value : value + firstValue));
    const geoTransform = zone.geoTransform && windowGeoTransform(zone.geoTransform, window);
    const writer = await createGeoTiff(path, {
      ...{ width: window.width, height: window.height, crs: zone.crs, geoTransform, overwrite },
      ...{ dataType: 'uint8', noData: 255, classes },
    });
    try {
      await writer.write({ ...block, data }, 0, 0);
      await writer.close();
    } finally {
      await writer.abort();
    }
  }
  return predictions;
}

/**
 * Maps georeferenced patches by zones: patches that touch become one virtual raster, which is mapped as a whole, so that
 * each patch is seen with its surroundings; the map is then cut back into the patches, pixel for pixel. Holes between
 * patches are nodata.
 *
 * Zones that an earlier call finished with the same settings are kept, so that a call cut short goes on where it stopped.
 *
 * @throws MissingGeoreferenceError, NoPatchesError, InvalidArgumentError when two patches of a zone have one name; see
 * {@link mapRaster}
 */
export async function mapZones(options: MapZonesOptions): Promise<ZoneMap[]> {
  const { patches, folder, overwrite = false, firstValue = 0, tile, ...rest } = options;
  const { onProgress, ...map } = rest;
  if (patches.length === 0) throw new NoPatchesError(folder);
  const access = { allowRemote: options.allowRemote ?? false };
  const described: { path: string; info: Awaited<ReturnType<typeof readRasterInfo>> }[] = [];
  for (const path of patches) described.push({ path, info: await readRasterInfo(path, access) });
  await mkdir(folder, { recursive: true });
  const maps: ZoneMap[] = [];
  for (const zone of groupIntoZones(described)) {
    const name = zone.name.replace(/[/\\]/g, '_');
    const mosaic = join(folder, `${name}.vrt`);
    const output = join(folder, `${name}.tif`);
    // The virtual raster follows from the patches; keeping one that has not changed lets a map cut short go on.
    await writeUnchanged(mosaic, zone);
    const result = await mapRaster({
      ...map,
      ...{ input: mosaic, output, overwrite, keepFinished: true },
      tile: tile ?? (await tileOf(zone, output, { ...map, overwrite })),
      ...(onProgress ? { onProgress: (progress: MapProgress) => onProgress(zone.name, progress) } : {}),
    });
    const keep = result.resumedTiles > 0 && !overwrite;
    const cut = { classes: options.classes, firstValue, overwrite, keep };
    const predictions = await cutBack(zone, output, join(folder, 'patches', name), cut);
    maps.push({ zone, mosaic, map: result, predictions });
  }
  return maps;
}

/** Side of a zone's windows: that of an earlier run's, which is gone on with or kept, else the one with the least work. */
async function tileOf(
  zone: Zone,
  output: string,
  map: Pick<MapZonesOptions, 'margin' | 'overlap' | 'blend' | 'shifts' | 'predictor' | 'overwrite'>,
): Promise<number> {
  const earlier = (await begunTile(output)) ?? (map.overwrite ? null : await finishedTile(output));
  if (earlier !== null) return earlier;
  return chooseTile(zone, map, map.predictor.divisor, await largestTile(map.predictor, zone));
}

async function writeUnchanged(path: string, zone: Zone): Promise<void> {
  const before = await readFile(path, 'utf8').catch(() => null);
  const fresh = `${path}.new`;
  await writeMosaic(fresh, zone, { overwrite: true });
  if (before !== null && before === (await readFile(fresh, 'utf8'))) await rm(fresh);
  else await rename(fresh, path);
}
