import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../../src/core/index.ts';
import { combineRasters, decodeRunLengths, encodeRunLengths } from '../../src/ensemble/index.ts';
import {
  blockWindows,
  createGeoTiff,
  openRaster,
  pixelBlock,
  type RasterWindow,
} from '../../src/raster/index.ts';
import { folder } from '../data.ts';
import { median } from '../pair.ts';
import type { Bench, Row } from '../row.ts';

const [CLASSES, MODELS, BLOCK] = [13, 5, 512];

/** Side of the squares in which probabilities are alike, as maps have them. */
const SQUARE = 16;

/** A raster of 8-bit probabilities, made once. */
async function probabilities(side: number, model: number): Promise<string> {
  const path = join(folder, `squares-${side}-${model}.tif`);
  if (existsSync(path)) return path;
  const writer = await createGeoTiff(path, {
    ...{ width: side, height: side, bands: CLASSES, crs: null, geoTransform: null },
    ...{ dataType: 'uint8', interleave: 'band', rgb: false, compression: 'none', blockSize: BLOCK },
  });
  const random = new Random(7, model);
  const squares = BLOCK / SQUARE;
  const values = Uint8Array.from({ length: CLASSES * squares * squares }, () => random.below(256));
  const cells = Uint8Array.from({ length: CLASSES * BLOCK * BLOCK }, (_, i) => {
    const [row, column] = [Math.floor(i / BLOCK / SQUARE), Math.floor((i % BLOCK) / SQUARE)];
    return values[row * squares + column]!;
  });
  const block = { width: BLOCK, height: BLOCK };
  for (const { x, y, width, height } of blockWindows({ width: side, height: side }, block)) {
    await writer.write(pixelBlock(cells.subarray(0, CLASSES * width * height), CLASSES, height, width), x, y);
  }
  await writer.close();
  return path;
}

/**
 * Seconds to read all rasters through, window by window and two windows at a time, always into the same cells.
 * @param order of the bands of a window: each raster's at once, or one of each raster in turn, as combining asks for them
 */
async function readThrough(paths: readonly string[], order: 'rasters' | 'bands'): Promise<number> {
  const start = performance.now();
  const rasters = await Promise.all(paths.map((path) => openRaster(path, { handles: 2 })));
  const sets = [0, 1].map(() => rasters.map(() => new Uint8Array(CLASSES * BLOCK * BLOCK)));
  const readWindow = (window: RasterWindow, set: readonly Uint8Array[]) => {
    const pixels = window.width * window.height;
    const part = (from: number, bands: number) =>
      rasters.map((raster, i) => {
        const into = set[i]!.subarray(from * pixels, (from + bands) * pixels);
        return raster.read({ ...window, bands: raster.bands.slice(from, from + bands), into });
      });
    if (order === 'rasters') return Promise.all(part(0, CLASSES));
    return Promise.all(rasters[0]!.bands.flatMap((_, band) => part(band, 1)));
  };
  let earlier: Promise<unknown> = Promise.resolve();
  for (const [place, window] of [...blockWindows(rasters[0]!, { width: BLOCK, height: BLOCK })].entries()) {
    const reading = readWindow(window, sets[place % 2]!);
    await earlier;
    earlier = reading;
  }
  await earlier;
  await Promise.all(rasters.map((raster) => raster.close()));
  return (performance.now() - start) / 1000;
}

/** Makes the system forget what it holds of files, so that they come from the disk. @returns whether it could be told to */
function forget(paths: readonly string[]): boolean {
  return paths.every((path) => spawnSync('dd', [`if=${path}`, 'iflag=nocache', 'count=0']).status === 0);
}

/** Combines the rasters by their mean into classes. @returns seconds, and resident memory (MB) above the start in each half */
async function combine(paths: readonly string[]): Promise<{ seconds: number; memory: [number, number] }> {
  const names = paths.map((_, model) => `model-${model}`);
  const before = process.memoryUsage().rss;
  const memory: [number, number] = [0, 0];
  const start = performance.now();
  await combineRasters(
    {
      classes: CLASSES,
      inputs: Object.fromEntries(paths.map((path, model) => [names[model]!, { path }])),
      rule: { kind: 'mean', of: names },
      output: 'classes',
    },
    join(folder, 'combined.tif'),
    {
      overwrite: true,
      onProgress: (done, total) => {
        const half = 2 * done <= total ? 0 : 1;
        memory[half] = Math.max(memory[half], (process.memoryUsage().rss - before) / 2 ** 20);
      },
    },
  );
  return { seconds: (performance.now() - start) / 1000, memory };
}

/** Reading and combining in turns, so that both find the same machine: from the disk, and where the system holds the files in memory. */
async function combineRows(side: number, repeats: number): Promise<Row[]> {
  const paths: string[] = [];
  for (let model = 0; model < MODELS; model++) paths.push(await probabilities(side, model));
  const gigabytes = ((MODELS * CLASSES * side * side) / 1e9).toFixed(1);
  const rows: Row[] = [];
  let memory: [number, number] = [0, 0];
  for (const place of ['disk', 'memory'] as const) {
    if (place === 'disk' && !forget(paths)) throw new Error('dd (coreutils) could not empty the file cache');
    if (place === 'memory') await readThrough(paths, 'bands');
    const [shares, reading, own, combined]: number[][] = [[], [], [], []];
    for (let turn = 0; turn < repeats; turn++) {
      const timed = async (work: () => Promise<number>) => {
        if (place === 'disk') forget(paths);
        return work();
      };
      reading!.push(await timed(() => readThrough(paths, 'rasters')));
      own!.push(await timed(() => readThrough(paths, 'bands')));
      combined!.push(
        await timed(async () => {
          const result = await combine(paths);
          memory = result.memory;
          return result.seconds;
        }),
      );
      shares!.push(reading!.at(-1)! / combined!.at(-1)!);
    }
    const seconds = (values: readonly number[]) => `${median(values).toFixed(2)} s`;
    rows.push({
      name: `mean of ${MODELS} probability rasters of ${side}², ${CLASSES} classes, from ${place}`,
      measured: `${(100 * median(shares!)).toFixed(0)} % of reading speed`,
      target: '≥ 80 %',
      met: median(shares!) >= 0.8,
      detail:
        `combined in ${seconds(combined!)}; read alone in ${seconds(reading!)}, band after band of all in turn in ` +
        `${seconds(own!)}; ${gigabytes} GB of uint8, tiled ${BLOCK}², not compressed`,
    });
  }
  const growth = memory[1] - memory[0];
  rows.push({
    name: 'memory of the second half above the first',
    measured: `${growth >= 0 ? '+' : ''}${growth.toFixed(0)} MB`,
    target: '≤ 64 MB',
    met: growth <= 64,
    detail: `${memory[0].toFixed(0)} MB above the start in the first half, ${memory[1].toFixed(0)} MB in the second`,
  });
  return rows;
}

/** Run lengths of a mask of blocks, after one call that the compiler warms up with. */
function runLengthRow(side: number, order: 'row' | 'column'): Row {
  const mask = Uint8Array.from(
    { length: side * side },
    (_, i) => (((i % side) >> 5) ^ ((i / side) >> 5)) & 1,
  );
  const shape = { width: side, height: side, order };
  decodeRunLengths(encodeRunLengths(mask, shape), shape);
  const start = performance.now();
  const text = encodeRunLengths(mask, shape);
  const between = performance.now();
  decodeRunLengths(text, shape);
  const speed = (milliseconds: number) => (side * side) / milliseconds / 1000;
  const [written, read] = [speed(between - start), speed(performance.now() - between)];
  const slower = Math.min(written, read);
  return {
    name: `run lengths by ${order}s, ${side}²`,
    measured: `${slower.toFixed(0)} Mpx/s`,
    target: '≥ 50 Mpx/s',
    met: slower >= 50,
    detail: `written at ${written.toFixed(0)}, read at ${read.toFixed(0)} Mpx/s; runs of 32`,
  };
}

/** Combining five probability rasters against reading them, and run lengths both ways. */
export const ensembleRows: Bench = async ({ quick, repeats }) => {
  const side = quick ? 2048 : 8192;
  return [
    ...(await combineRows(quick ? 2048 : 10_000, repeats)),
    runLengthRow(side, 'row'),
    runLengthRow(side, 'column'),
  ];
};
