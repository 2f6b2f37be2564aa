import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { between } from '../../../test/raster/fixtures.ts';
import { Random } from '../../core/index.ts';
import { BoundedTasks } from '../bounded-tasks.ts';
import { allocateCells, type PixelArray, type RasterDataType } from '../pixel-block.ts';
import { TileSpool } from '../tiff/spool.ts';
import { imageFormatOf } from '../writers/geotiff-options.ts';
import { TiledImage } from '../writers/tiled-image.ts';
import type { OverviewKind } from './kinds.ts';
import { fillOverviews, overviewSizes } from './pyramid.ts';
import { TileOverviews } from './tile-overviews.ts';

const folder = mkdtempSync(join(tmpdir(), 'arpent-overviews-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const VALUES = 6;

/** Patches of few values, with nodata among them. */
function patches(random: Random, dataType: RasterDataType, length: number, noData: number): PixelArray {
  const cells = allocateCells(dataType, length);
  for (let at = 0; at < length; ) {
    const value = random.uniform() < 0.2 ? noData : between(random, 0, VALUES - 1);
    const run = between(random, 1, 9);
    cells.fill(value, at, at + run);
    at += run;
  }
  return cells;
}

async function cellsOf(image: TiledImage): Promise<number[][]> {
  const strips: number[][] = [];
  for (let plane = 0; plane < image.layout.planes; plane++) {
    for await (const { cells } of image.strips(plane)) strips.push([...cells]);
  }
  return strips;
}

interface Case {
  readonly kind: OverviewKind;
  readonly dataType: RasterDataType;
  readonly bands: number;
  readonly interleave: 'pixel' | 'band';
}

const cases: Case[] = [
  { kind: 'majority', dataType: 'uint8', bands: 1, interleave: 'pixel' },
  { kind: 'majority', dataType: 'int16', bands: 2, interleave: 'band' },
  { kind: 'average', dataType: 'float32', bands: 3, interleave: 'pixel' },
  { kind: 'average', dataType: 'uint8', bands: 2, interleave: 'band' },
];

test.each(cases)(
  '$kind of $dataType, $bands by $interleave: tile by tile as from the finished image',
  async ({ kind, dataType, bands, interleave }) => {
    for (let seed = 0; seed < 12; seed++) {
      const random = new Random(seed);
      const size = { width: between(random, 33, 300), height: between(random, 33, 300) };
      const noData = 7;
      const format = imageFormatOf('image.tif', {
        ...size,
        ...{ dataType, bands, interleave, noData, blockSize: 32, crs: null, geoTransform: null },
      });
      const spool = new TileSpool(join(folder, `${kind}-${dataType}-${seed}`));
      const fresh = (
        of: { width: number; height: number },
        whole?: ConstructorParameters<typeof TiledImage>[5],
      ) => new TiledImage(of, format, { fill: noData, sparse: false }, spool, new BoundedTasks(4), whole);
      const levels = () => overviewSizes(size, { width: 32, height: 32 }).map((of) => fresh(of));
      const [grown, filled] = [levels(), levels()];
      expect(TileOverviews.suits(format, grown.length)).toBe(true);
      const overviews = new TileOverviews(format, grown, kind);
      const image = fresh(size, (cells, window, plane) => overviews.add(cells, window, plane, VALUES));

      // Windows anywhere: some cells are written twice, after their tile was whole, and some never.
      for (let i = 0; i < 60; i++) {
        const [x, y] = [between(random, 0, size.width - 1), between(random, 0, size.height - 1)];
        const width = Math.min(between(random, 1, 120), size.width - x);
        const height = Math.min(between(random, 1, 120), size.height - y);
        await image.write(patches(random, dataType, bands * width * height, noData), { x, y, width, height });
      }
      await image.finish();
      await overviews.finish();
      await fillOverviews(image, filled, kind, VALUES);
      for (const [level, each] of grown.entries()) {
        expect(await cellsOf(each), `seed ${seed}, level ${level}`).toEqual(await cellsOf(filled[level]!));
      }
      await spool.remove();
    }
  },
);

test('levels wait for no cells that stay unwritten', async () => {
  const size = { width: 256, height: 256 };
  const grid = { ...size, crs: null, geoTransform: null };
  const format = imageFormatOf('image.tif', { ...grid, dataType: 'uint8', noData: 255, blockSize: 32 });
  const spool = new TileSpool(join(folder, 'sparse'));
  const fresh = (of: { width: number; height: number }) =>
    new TiledImage(of, format, { fill: 255, sparse: false }, spool, new BoundedTasks(4));
  const levels = overviewSizes(size, { width: 32, height: 32 }).map(fresh);
  const overviews = new TileOverviews(format, levels, 'majority');
  const image = new TiledImage(
    size,
    format,
    { fill: 255, sparse: false },
    spool,
    new BoundedTasks(4),
    (...tile) => overviews.add(...tile, VALUES),
  );
  for (let y = 0; y < 256; y += 64) {
    for (let x = 0; x < 256; x += 64) {
      const window = { x, y, width: 64, height: 64 };
      if ((x + y) % 128 === 0) await image.write(new Uint8Array(64 * 64).fill(3), window);
      else await image.skip(window);
    }
  }
  expect([image, ...levels].map(({ waiting }) => waiting)).toEqual([0, 0, 0, 0]);
  await overviews.finish();
  expect((await cellsOf(levels[2]!))[0]!.filter((value) => value === 3)).toHaveLength(512);
  await spool.remove();
});

test('tiles that are no multiple of the smallest level cannot be reduced alone', () => {
  const grid = { width: 100, height: 100, crs: null, geoTransform: null };
  const format = imageFormatOf('image.tif', { ...grid, dataType: 'uint8', blockSize: 48 });
  expect([3, 4, 5].map((levels) => TileOverviews.suits(format, levels))).toEqual([true, true, false]);
});
