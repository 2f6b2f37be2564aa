import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { createGeoTiff, openRaster } from '../../src/raster/index.ts';
import { temporaryFolder } from './fixtures.ts';

const folder = temporaryFolder();
setFlagsFromString('--expose_gc');
const collect = runInNewContext('gc') as () => void;

/** Write a raster of 1024 columns in strips that do not match its tiles; the most array memory held at any time, in MB. */
async function peakOfWriting(height: number): Promise<number> {
  const path = join(folder, `tall-${height}.tif`);
  const writer = await createGeoTiff(path, {
    width: 1024,
    height,
    crs: null,
    geoTransform: null,
    dataType: 'uint8',
    compression: 'none',
    overviews: 'majority',
    overwrite: true,
  });
  let peak = 0;
  const sample = () => {
    // The second collection waits for the first to have given back its arrays, which a thread of its own does.
    collect();
    collect();
    peak = Math.max(peak, process.memoryUsage().arrayBuffers / 2 ** 20);
  };
  for (let y = 0; y < height; y += 300) {
    const data = new Uint8Array(1024 * 300).fill(Math.floor(y / 300) % 5);
    await writer.write({ data, bands: 1, width: 1024, height: 300 }, 0, y);
    if ((y / 300) % 40 === 39) sample();
  }
  const closing = writer.close();
  const watch = setInterval(sample, 150);
  await closing.finally(() => clearInterval(watch));
  await using raster = await openRaster(path);
  const { data } = await raster.read({ x: 5, y: height - 1, width: 1, height: 1 });
  expect(data[0]).toBe(Math.floor((height - 1) / 300) % 5);
  return peak;
}

test('memory of a written raster does not grow with its height', async () => {
  await peakOfWriting(2000);
  // The tall raster is 24 MB larger. A busy machine collects garbage late, which only ever adds: the least of three counts.
  let growth = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 3 && growth >= 10; attempt++) {
    const short = await peakOfWriting(12_000);
    growth = Math.min(growth, (await peakOfWriting(36_000)) - short);
  }
  expect(growth).toBeLessThan(10);
}, 120_000);
