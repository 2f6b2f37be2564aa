import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { writeWhole } from '../../raster/disk.ts';
import { type Raster, type RasterWindow, windowBounds } from '../../raster/index.ts';
import { MissingSealError } from '../errors.ts';
import type { MapLayout } from './layout.ts';
import type { MapRasterOptions } from './options.ts';
import type { ProductName } from './products.ts';
import type { BadBlock } from './tile-record.ts';

/** Everything the bytes of a map depend on, by name; what they do not depend on (batch size, threads) is left out. */
export type MapSettings = Readonly<Record<string, unknown>>;

/** Path, size and time of change of a file; the path alone of what is no local file. */
async function identity(path: string): Promise<string> {
  try {
    const { size, mtimeMs } = await stat(path);
    return `${resolve(path)} ${size} ${mtimeMs}`;
  } catch {
    return path;
  }
}

/** The settings of a map. */
export async function mapSettings(
  options: MapRasterOptions,
  raster: Raster,
  layout: MapLayout,
  wanted: ReadonlySet<ProductName>,
): Promise<MapSettings> {
  const { predictor, areas, products = {}, tags = {} } = options;
  const { columns, rows, tile, window } = layout;
  return {
    input: await identity(options.input),
    raster: [raster.width, raster.height, raster.dataType, raster.crs, raster.geoTransform],
    channels: options.channels,
    network: [predictor.engine, predictor.fingerprint ?? null],
    windows: [tile, columns.length, rows.length, columns[0], rows[0], columns.at(-1), rows.at(-1), window],
    blend: [options.blendOf ?? 'probabilities', options.shifts ?? 1, options.agreement ?? 'majority'],
    products: [...wanted],
    classes: options.classes,
    areas: areas ? [await identity(areas.path), areas.layer, areas.where, areas.allTouched] : null,
    input_handling: [options.stretch ?? null, options.groundResolution ?? null, options.skipBad ?? false],
    compat: options.compat ?? 'none',
    file: [options.overviews ?? null, tags, products.vectors ?? null],
  };
}

/** Side of the windows that settings name. */
export function tileOfSettings(settings: MapSettings): number | null {
  const side = (settings.windows as readonly unknown[] | undefined)?.[0];
  return typeof side === 'number' ? side : null;
}

/** Names of the settings in which two maps differ. */
export function differingSettings(a: MapSettings, b: MapSettings): string[] {
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return keys.filter((key) => JSON.stringify(a[key]) !== JSON.stringify(b[key]));
}

/** CRC-32 of the map in each finished window. */
export class TileSums {
  private readonly sums: Uint32Array;

  constructor(count: number) {
    this.sums = new Uint32Array(count);
  }

  add(index: number, sum: number): void {
    this.sums[index] = sum;
  }

  toText(): string {
    return Buffer.from(this.sums.buffer).toString('base64');
  }

  static fromText(text: string): Uint32Array {
    const bytes = Buffer.from(text, 'base64');
    return new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  }
}

/** What is kept beside a finished map to check it by. It says nothing of when or how fast the map was made. */
export interface MapSeal {
  readonly format: 'arpent-map-seal-1';
  readonly settings: MapSettings;
  readonly main: ProductName;
  readonly tile: number;
  /** Starts of the windows' own pixels along each axis, and the end of the last. */
  readonly columns: readonly number[];
  readonly rows: readonly number[];
  /** CRC-32 of each window's own pixels of the map, base64 of little-endian 32-bit numbers. */
  readonly tiles: string;
  /** Paths from the map's folder. */
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[];
  readonly bad: readonly (BadBlock & { readonly bounds: unknown })[];
}

/** SHA-256 of a file, as hexadecimal digits. */
export async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

const edges = (spans: MapLayout['columns'], end: number): number[] => [...spans.map(({ from }) => from), end];

/** Where the record of a map lies. */
export const sealPath = (output: string): string => `${output}.seal.json`;

/** Writes the record of a finished map beside it. */
export async function writeSeal(map: {
  readonly output: string;
  readonly settings: MapSettings;
  readonly main: ProductName;
  readonly layout: MapLayout;
  readonly sums: TileSums;
  readonly files: readonly string[];
  readonly bad: readonly BadBlock[];
  readonly raster: Raster;
}): Promise<void> {
  const { layout, raster } = map;
  const files: MapSeal['files'][number][] = [];
  for (const path of map.files) {
    files.push({
      name: relative(dirname(map.output), path),
      bytes: (await stat(path)).size,
      sha256: await sha256(path),
    });
  }
  const boundsOf = (window: RasterWindow) =>
    raster.geoTransform === null ? null : windowBounds(raster.geoTransform, window);
  const seal: MapSeal = {
    format: 'arpent-map-seal-1',
    settings: map.settings,
    main: map.main,
    tile: layout.tile,
    columns: edges(layout.columns, layout.size.width),
    rows: edges(layout.rows, layout.size.height),
    tiles: map.sums.toText(),
    files,
    bad: map.bad.map((block) => ({ ...block, bounds: boundsOf(block.window) })),
  };
  const text = `${JSON.stringify(seal, null, 1)}\n`;
  await writeWhole(sealPath(map.output), true, (partial) => writeFile(partial, text));
}

/** @throws MissingSealError */
export async function readSeal(output: string): Promise<MapSeal> {
  try {
    const seal = JSON.parse(await readFile(sealPath(output), 'utf8')) as MapSeal;
    if (seal.format !== 'arpent-map-seal-1') throw new TypeError(`format ${String(seal.format)}`);
    return seal;
  } catch (cause) {
    throw new MissingSealError(output, cause);
  }
}

/** Side of the windows of a finished map; null where there is none. */
export async function finishedTile(output: string): Promise<number | null> {
  const seal = await readSeal(output).catch(() => null);
  return seal === null ? null : tileOfSettings(seal.settings);
}

/** The record of a finished map that was made with these settings and is there; null where there is none. */
export async function finishedBefore(output: string, settings: MapSettings): Promise<MapSeal | null> {
  try {
    const seal = await readSeal(output);
    await stat(output);
    return differingSettings(seal.settings, settings).length === 0 ? seal : null;
  } catch {
    return null;
  }
}
