import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../../src/core/index.ts';
import { combineRasters, decodeRunLengths, encodeRunLengths } from '../../src/ensemble/index.ts';
import { blockWindows, createGeoTiff, openRaster, pixelBlock } from '../../src/raster/index.ts';
import { folder } from '../data.ts';
import type { Bench, Row } from '../row.ts';

const [CLASSES, MODELS, BLOCK] = [13, 5, 512];

/** A raster of 8-bit probabilities, made once. */
async function probabilities(side: number, model: number): Promise<string> {
  const path = join(folder, `probabilities-${side}-${model}.tif`);
  if (existsSync(path)) return path;
  const writer = await createGeoTiff(path, {
    ...{ width: side, height: side, bands: CLASSES, crs: null, geoTransform: null },
    ...{ dataType: 'uint8', interleave: 'band', rgb: false, compression: 'none', blockSize: BLOCK },
  });
  const random = new Random(7, model);
  const cells = Uint8Array.from({ length: CLASSES * BLOCK * BLOCK }, () => random.below(256));
  const block = { width: BLOCK, height: BLOCK };
  for (const { x, y, width, height } of blockWindows({ width: side, height: side }, block)) {
    await writer.write(pixelBlock(cells.subarray(0, CLASSES * width * height), CLASSES, height, width), x, y);
  }
  await writer.close();
  return path;
}

/** Seconds to read all rasters through, as the combination reads them. */
async function readThrough(paths: readonly string[]): Promise<number> {
  const start = performance.now();
  const rasters = await Promise.all(paths.map((path) => openRaster(path, { handles: 2 })));
  for (const window of blockWindows(rasters[0]!, { width: BLOCK, height: BLOCK })) {
    await Promise.all(rasters.map((raster) => raster.read(window)));
  }
  await Promise.all(rasters.map((raster) => raster.close()));
  return (performance.now() - start) / 1000;
}

/** Combining five probability rasters against reading them, and run lengths both ways. */
export const ensembleRows: Bench = async ({ quick }) => {
  const side = quick ? 1024 : 10_000;
  const paths: string[] = [];
  for (let model = 0; model < MODELS; model++) paths.push(await probabilities(side, model));
  await readThrough(paths);
  const reading = await readThrough(paths);
  const before = process.memoryUsage().rss;
  let peak = before;
  const start = performance.now();
  const names = paths.map((_, model) => `model-${model}`);
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
      onProgress: () => {
        peak = Math.max(peak, process.memoryUsage().rss);
      },
    },
  );
  const combining = (performance.now() - start) / 1000;
  const share = reading / combining;
  const combined: Row = {
    name: `mean of ${MODELS} probability rasters of ${side}², ${CLASSES} classes`,
    measured: `${(100 * share).toFixed(0)} % of reading speed`,
    target: '≥ 80 %',
    met: share >= 0.8,
    detail: `${combining.toFixed(2)} s, reading alone ${reading.toFixed(2)} s; memory +${((peak - before) / 2 ** 20).toFixed(0)} MB`,
  };
  const length = quick ? 2048 : 8192;
  const mask = Uint8Array.from(
    { length: length * length },
    (_, i) => (((i % length) >> 5) ^ ((i / length) >> 5)) & 1,
  );
  const rows: Row[] = [combined];
  for (const order of ['row', 'column'] as const) {
    const shape = { width: length, height: length, order };
    const clock = performance.now();
    const text = encodeRunLengths(mask, shape);
    const between = performance.now();
    decodeRunLengths(text, shape);
    const speed = (milliseconds: number) => (length * length) / milliseconds / 1000;
    const [encode, decode] = [speed(between - clock), speed(performance.now() - between)];
    const slower = Math.min(encode, decode);
    rows.push({
      name: `run lengths by ${order}s, ${length}²`,
      measured: `${slower.toFixed(0)} Mpx/s`,
      target: '≥ 50 Mpx/s',
      met: slower >= 50,
      detail: `written at ${encode.toFixed(0)}, read at ${decode.toFixed(0)} Mpx/s`,
    });
  }
  return rows;
};
