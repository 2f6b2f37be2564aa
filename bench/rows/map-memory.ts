import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createGeoTiff, pixelBlock } from '../../src/raster/index.ts';
import { folder } from '../data.ts';
import { time } from '../pair.ts';
import { subject } from '../peers.ts';
import type { Bench } from '../row.ts';

/** Side of the squares that hold data, and how many squares there are for each that does. */
const SQUARE = 2048;
const EMPTY = 64;

/** A raster of three bands without data but for one square in sixty-four: huge, and little on the disk. */
async function sparseRaster(width: number, height: number): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `sparse-${width}x${height}-${EMPTY}.tif`);
  if (existsSync(path)) return path;
  const geoTransform = [900000, 0.2, 0, 6500000, 0, -0.2] as const;
  const size = { width, height, bands: 3, crs: null, geoTransform };
  const writer = await createGeoTiff(path, {
    ...{
      ...size,
      dataType: 'uint8',
      noData: 0,
      interleave: 'pixel',
      level: 1,
      sparse: true,
      bigTiff: 'always',
    },
  });
  const cells = Uint8Array.from({ length: 3 * SQUARE * SQUARE }, (_, i) => 1 + (((i * 37) >> 5) % 255));
  const across = Math.ceil(width / SQUARE);
  for (let i = 0; i < across * Math.ceil(height / SQUARE); i += EMPTY) {
    const [x, y] = [(i % across) * SQUARE, Math.floor(i / across) * SQUARE];
    await writer.write(pixelBlock(cells, 3, SQUARE, SQUARE), x, y);
  }
  await writer.close();
  return path;
}

/** Peak memory of blended maps of wide rasters against the budget, and against one ten times as tall. */
export const mapMemoryRows: Bench = async ({ quick }) => {
  const [width, height] = quick ? [10_000, 2_000] : [100_000, 20_000];
  const memory = quick ? '1GB' : '2GB';
  const budget = quick ? 1024 : 2048;
  const measure = async (rows: number, tile?: number) => {
    const input = await sparseRaster(width, rows);
    const output = join(folder, 'sparse-map.tif');
    const result = await time(
      subject('map-small.ts', [input, output, 'hann', memory, ...(tile === undefined ? [] : [tile])]),
    );
    return {
      tile: result.tile as number,
      peak: result.peakMB as number,
      planned: result.plannedMB as number,
      seconds: result.seconds[0]!,
    };
  };
  const flat = await measure(height);
  // The same plan: what a window costs is measured anew in each run, and may choose another.
  const tall = await measure(10 * height, flat.tile);
  const change = tall.peak / flat.peak - 1;
  return [
    {
      name: `peak memory of a blended map of ${width}×${height}, small network`,
      measured: `${flat.peak.toFixed(0)} MB`,
      target: `≤ ${budget} MB`,
      met: flat.peak <= budget,
      detail: `planned ${flat.planned.toFixed(0)} MB, tile ${flat.tile}; ${flat.seconds.toFixed(0)} s`,
    },
    {
      name: `the same of ${width}×${10 * height}`,
      measured: `${change >= 0 ? '+' : ''}${(100 * change).toFixed(1)} %`,
      target: '± 5 %',
      met: Math.abs(change) <= 0.05,
      detail: `${tall.peak.toFixed(0)} MB; ${tall.seconds.toFixed(0)} s`,
    },
  ];
};
