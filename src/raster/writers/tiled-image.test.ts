import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Random } from '../../core/index.ts';
import { BoundedTasks } from '../bounded-tasks.ts';
import { TileSpool } from '../tiff/spool.ts';
import type { RasterWindow } from '../window.ts';
import { imageFormatOf } from './geotiff-options.ts';
import { TiledImage } from './tiled-image.ts';

const folder = mkdtempSync(join(tmpdir(), 'arpent-tiled-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const size = { width: 500, height: 430 };
const options = { ...size, bands: 2, dataType: 'uint8', noData: 9, crs: null, geoTransform: null } as const;
let sequence = 0;

/** An image in tiles of 64, one plane a band. */
function fresh() {
  const format = imageFormatOf('image.tif', { ...options, interleave: 'band', blockSize: 64 });
  const spool = new TileSpool(join(folder, `image-${sequence++}`));
  const image = new TiledImage(size, format, { fill: 9, sparse: false }, spool, new BoundedTasks(4));
  return { image, spool };
}

/** Windows of 100 × 90 cells, which meet no tile's border; every third of them holds something. */
const windows: RasterWindow[] = [];
for (let y = 0; y < size.height; y += 90)
  for (let x = 0; x < size.width; x += 100)
    windows.push({ x, y, width: Math.min(100, size.width - x), height: Math.min(90, size.height - y) });
const isFilled = (window: RasterWindow) => windows.indexOf(window) % 3 === 0;

async function fill(image: TiledImage, order: readonly RasterWindow[], skips: boolean): Promise<number> {
  for (const window of order) {
    const cells = new Uint8Array(2 * window.width * window.height).fill(1 + (windows.indexOf(window) % 5));
    if (isFilled(window)) await image.write(cells, window);
    else if (skips) await image.skip(window);
  }
  return image.waiting;
}

async function cellsOf(image: TiledImage): Promise<number[][]> {
  await image.finish();
  const strips: number[][] = [];
  for (const plane of [0, 1])
    for await (const { cells } of image.strips(plane)) strips.push(Array.from(cells as Uint8Array));
  return strips;
}

test('tiles wait for no cells that stay unwritten, in whatever order that is known', async () => {
  const plain = fresh();
  expect(await fill(plain.image, windows, false)).toBeGreaterThan(20);
  const expected = await cellsOf(plain.image);
  const orders = [windows, windows.toReversed(), new Random(1).shuffle([...windows])];
  for (const order of orders) {
    const { image, spool } = fresh();
    expect(await fill(image, order, true)).toBe(0);
    expect(await cellsOf(image)).toEqual(expected);
    await spool.remove();
  }
  await plain.spool.remove();
});

test('what was said to stay unwritten can be written all the same', async () => {
  const { image, spool } = fresh();
  const window = { x: 30, y: 30, width: 100, height: 100 };
  await image.skip({ x: 0, y: 0, ...size });
  expect(image.waiting).toBe(0);
  await image.write(new Uint8Array(2 * 100 * 100).fill(4), window);
  await image.skip(window);
  const cells = (await cellsOf(image)).flat();
  expect(cells.filter((value) => value === 4)).toHaveLength(20_000);
  expect(cells.filter((value) => value === 9)).toHaveLength(2 * (size.width * size.height - 10_000));
  await spool.remove();
});
