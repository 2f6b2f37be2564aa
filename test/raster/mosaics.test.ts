import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { Random } from '../../src/core/index.ts';
import {
  flairZone,
  type GeoTransform,
  type GridPart,
  groupIntoZones,
  MissingGeoreferenceError,
  MosaicMismatchError,
  mosaicFromGrid,
  mosaicVrt,
  openRaster,
  type Patch,
  readRasterInfo,
  rowMajorPlace,
  writeMosaic,
} from '../../src/raster/index.ts';
import { composeWindow, type GdalFile, makeWithGdal, randomBlock, temporaryFolder } from './fixtures.ts';

const folder = temporaryFolder();

/** A patch of 32×32 cells of 0.2 m at a place in cells from the origin, with its cells told apart by its seed. */
async function makePatch(
  name: string,
  column: number,
  row: number,
  file: Partial<GdalFile> = {},
): Promise<Patch> {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  // Coordinates as IGN's files have them: with the noise of decimal fractions.
  const geoTransform: GeoTransform = [700000 + column * 0.2 + 1e-7, 0.2, 0, 6600000 - row * 0.2, 0, -0.2];
  const block = randomBlock(column * 1000 + row, 'uint8', 2, 32, 32);
  makeWithGdal(path, block, { driver: 'GTiff', dataType: 'uint8', crs: 'EPSG:2154', geoTransform, ...file });
  return { path, info: await readRasterInfo(path) };
}

test('patches that touch form a zone; CRS, cells, grids and gaps part them', async () => {
  const patches = [
    await makePatch('a.tif', 0, 0),
    await makePatch('far.tif', 200, 0),
    await makePatch('b.tif', 32, 0),
    // Touches the first two by a corner only.
    await makePatch('c.tif', 64, 32),
    await makePatch('utm.tif', 32, 32, { crs: 'EPSG:32631' }),
    await makePatch('coarse.tif', 0, 32, { geoTransform: [700000, 0.5, 0, 6600000 - 6.4, 0, -0.5] }),
    await makePatch('off.tif', 0, 32, { geoTransform: [700000.1, 0.2, 0, 6600000 - 6.4, 0, -0.2] }),
  ];
  const zones = groupIntoZones(patches);
  const names = zones.map(({ sources }) => sources.map(({ path }) => path.slice(folder.length + 1)));
  expect(names).toEqual([['a.tif', 'b.tif', 'c.tif'], ['far.tif'], ['utm.tif'], ['coarse.tif'], ['off.tif']]);
  expect(zones.map(({ name }) => name)).toEqual(['zone-1', 'zone-2', 'zone-3', 'zone-4', 'zone-5']);
  const [first] = zones;
  expect([first!.width, first!.height]).toEqual([96, 64]);
  expect(first!.sources.map(({ window }) => [window.x, window.y])).toEqual([
    [0, 0],
    [32, 0],
    [64, 32],
  ]);
});

test('a zone reads as one raster, its holes invalid, and gives its patches back cell by cell', async () => {
  const places = [
    [5, 7],
    [37, 7],
    [5, 39],
    [69, 71],
  ] as const;
  const patches = [];
  for (const [column, row] of places) {
    patches.push(await makePatch(`D012_2019/Z2_UF/img/IMG_${column}${row}.tif`, column, row));
  }
  expect(flairZone(patches[0]!.path)).toBe('D012_2019/Z2_UF');
  const [zone, ...others] = groupIntoZones(patches);
  expect(others).toEqual([]);
  expect(zone!.name).toBe('D012_2019/Z2_UF');
  const path = join(folder, 'zone.vrt');
  await writeMosaic(path, zone!);
  await using raster = await openRaster(path, { handles: 2 });
  expect([raster.width, raster.height, raster.bandCount]).toEqual([96, 96, 2]);
  expect(raster.geoTransform![0]).toBeCloseTo(700001, 5);
  for (const [index, { path: patchPath, window }] of zone!.sources.entries()) {
    await using patch = await openRaster(patchPath);
    const original = await patch.read();
    expect((await raster.read(window)).data).toEqual(original.data);
    expect(window).toEqual({ x: places[index]![0] - 5, y: places[index]![1] - 7, width: 32, height: 32 });
    // A window over two patches is put together from both.
    const over = await raster.read({ x: 20, y: 0, width: 24, height: 32, bands: [2] });
    expect(over.data.length).toBe(24 * 32);
  }
  const { data: valid } = await raster.readValidity();
  expect(Array.from(valid).reduce((sum, value) => sum + value, 0)).toBe(4 * 32 * 32);
  expect([valid[0], valid[95]]).toEqual([1, 0]);
});

test('a patch without georeference is named', async () => {
  const path = join(folder, 'nowhere.png');
  makeWithGdal(path, randomBlock(1, 'uint8', 3, 8, 8), { driver: 'PNG', dataType: 'uint8' });
  const info = await readRasterInfo(path);
  expect(() => groupIntoZones([{ path, info }])).toThrow(MissingGeoreferenceError);
});

test('many patches are grouped quickly', async () => {
  const { info } = await makePatch('model.tif', 0, 0);
  const patches = Array.from({ length: 20000 }, (_, index): Patch => {
    const [column, row] = [index % 200, Math.floor(index / 200)];
    const geoTransform: GeoTransform = [700000 + column * 6.4, 0.2, 0, 6600000 - row * 6.4, 0, -0.2];
    return { path: `p${index}.tif`, info: { ...info, geoTransform } };
  });
  const started = performance.now();
  const zones = groupIntoZones(new Random(1).shuffle(patches));
  expect(performance.now() - started).toBeLessThan(5000);
  expect(zones.length).toBe(1);
  expect([zones[0]!.width, zones[0]!.height]).toEqual([6400, 3200]);
});

test('parts of a scene without georeference are put together row by row, palettes and colours mixed', async () => {
  const colors = [
    [10, 20, 30],
    [40, 50, 60],
  ] as const;
  const parts: GridPart[] = [];
  for (const part of [1, 2, 3, 4, 6]) {
    const { row, column } = rowMajorPlace(part, 3);
    const path = join(folder, `part ${part}.png`);
    const palette = part === 2;
    const block = randomBlock(part, 'uint8', palette ? 1 : 3, 10 + (part === 1 ? 1 : 0), 20);
    if (palette) for (const [index, value] of block.data.entries()) block.data[index] = value % 2;
    makeWithGdal(path, block, { driver: 'PNG', dataType: 'uint8', ...(palette ? { colors } : {}) });
    parts.push({ path, info: await readRasterInfo(path), row, column });
  }
  expect(() => mosaicFromGrid(parts)).toThrow(MosaicMismatchError);
  const mosaic = mosaicFromGrid(parts, { palette: 'rgb' });
  expect([mosaic.width, mosaic.height, mosaic.bandCount]).toEqual([60, 21, 3]);
  const path = join(folder, 'scene.vrt');
  await writeMosaic(path, mosaic);
  await using raster = await openRaster(path);
  for (const { path: partPath, window } of mosaic.sources) {
    await using part = await openRaster(partPath, { palette: 'rgb' });
    expect((await raster.read(window)).data).toEqual((await part.read()).data);
  }
  const { data: valid } = await raster.readValidity({ x: 0, y: 9, width: 60, height: 3 });
  // Row 10 belongs to the one part that is a cell taller; part 5, in the middle of row 11, is missing.
  expect(
    composeWindow(
      { data: valid, bands: 1, width: 60, height: 3 },
      [1],
      { x: 19, y: 0, width: 2, height: 3 },
      () => null,
    ),
  ).toEqual([1, 1, 1, 0, 1, 0]);
  expect(mosaicVrt(mosaic)).toContain('part 1.png');
});
