import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { InvalidArgumentError, OutputExistsError } from '../../src/core/index.ts';
import {
  containsWindow,
  coordinateTransform,
  crsToWkt,
  type Grid,
  MissingGeoreferenceError,
  openAreas,
  RasterNotFoundError,
  rectangleRings,
  VectorFileError,
  windowBounds,
  writePolygons,
} from '../../src/raster/index.ts';
import { temporaryFolder } from './fixtures.ts';
import { hasGdalPrograms, told } from './gdal-programs.ts';

const folder = temporaryFolder();
const grid: Grid = {
  width: 100,
  height: 80,
  crs: crsToWkt('EPSG:2154'),
  geoTransform: [700000, 0.5, 0, 6600000, 0, -0.5],
};
const layer = {
  name: 'areas',
  crs: grid.crs,
  fields: { id: 'integer', kind: 'text', share: 'real' },
} as const;

/** Cells 10–19 × 5–14, cells 30–39 × 20–59 with a hole of 4 × 4. */
const square = windowBounds(grid.geoTransform!, { x: 10, y: 5, width: 10, height: 10 });
const holed = [
  ...rectangleRings(windowBounds(grid.geoTransform!, { x: 30, y: 20, width: 10, height: 40 })),
  ...rectangleRings(windowBounds(grid.geoTransform!, { x: 32, y: 30, width: 4, height: 4 })),
];
const features = [
  { rings: rectangleRings(square), properties: { id: 7, kind: 'urban', share: 0.5 } },
  { rings: holed, properties: { id: 8, kind: "l'étang", share: 1 } },
];

const count = (cells: Uint8Array | Uint32Array, value: number) =>
  cells.filter((cell) => cell === value).length;

describe.each(['gpkg', 'fgb', 'geojson'])('areas in .%s', (extension) => {
  const path = join(folder, `areas.${extension}`);

  test('come back with attributes, holes and their place on the raster', async () => {
    await writePolygons(path, layer, features);
    const areas = await openAreas(path, grid);
    const byId = [...areas.areas].sort((a, b) => Number(a.properties.id) - Number(b.properties.id));
    expect(byId.map(({ properties }) => properties)).toEqual(features.map(({ properties }) => properties));
    // Degrees are rounded to a tenth of a millimetre, which may reach into the next cell.
    const { window } = byId[0]!;
    expect(containsWindow(window, { x: 10, y: 5, width: 10, height: 10 })).toBe(true);
    expect(containsWindow({ x: 9, y: 4, width: 12, height: 12 }, window)).toBe(true);
    const mask = await areas.mask({ x: 0, y: 0, width: 100, height: 80 });
    expect(count(mask, 1)).toBe(100 + 400 - 16);
    expect([mask[5 * 100 + 10], mask[4 * 100 + 10], mask[31 * 100 + 33]]).toEqual([1, 0, 0]);
    await areas.close();
  });

  test('are burnt in windows as they are in the whole', async () => {
    const areas = await openAreas(path, grid);
    const whole = await areas.numbers({ x: -10, y: -10, width: 120, height: 100 });
    const windows = [0, 37, 74].flatMap((x) =>
      [0, 31, 62].map((y) => ({ x: x - 10, y: y - 10, width: 46, height: 38 })),
    );
    const parts = await Promise.all(windows.map((window) => areas.numbers(window)));
    for (const [index, { x, y, width }] of windows.entries()) {
      const expected = parts[index]!.map(
        (_, at) => whole[(y + 10 + Math.floor(at / width)) * 120 + x + 10 + (at % width)]!,
      );
      expect(parts[index]).toEqual(expected);
    }
    await areas.close();
  });

  test('are never written over by accident', async () => {
    await expect(writePolygons(path, layer, features)).rejects.toThrow(OutputExistsError);
    await writePolygons(path, layer, [], { overwrite: true });
    await expect(openAreas(path, grid)).rejects.toThrow(VectorFileError);
  });
});

test('areas of another CRS are laid where they belong', async () => {
  const toDegrees = coordinateTransform('EPSG:2154', 'EPSG:4326');
  const rings = rectangleRings(square).map((ring) => ring.map(([x, y]) => toDegrees(x, y)));
  const path = join(folder, 'degrees.gpkg');
  await writePolygons(path, { ...layer, crs: 'EPSG:4326' }, [
    { rings, properties: { id: 1, kind: '', share: 0 } },
  ]);
  const areas = await openAreas(path, grid);
  const mask = await areas.mask({ x: 0, y: 0, width: 100, height: 80 });
  expect(count(mask, 1)).toBe(100);
  expect(mask[14 * 100 + 19]).toBe(1);
  await areas.close();
});

test('areas can be chosen by layer and attribute, and grown to every touched cell', async () => {
  const path = join(folder, 'choice.gpkg');
  const shifted = rectangleRings({ left: 700005.3, right: 700009.7, bottom: 6599993.1, top: 6599997.4 });
  await writePolygons(path, layer, [
    ...features,
    { rings: shifted, properties: { id: 9, kind: 'x', share: 0 } },
  ]);
  const chosen = await openAreas(path, grid, { where: 'id = 9', layer: 'areas' });
  expect(chosen.areas.length).toBe(1);
  expect(count(await chosen.mask({ x: 0, y: 0, width: 100, height: 80 }), 1)).toBe(72);
  await chosen.close();
  const touched = await openAreas(path, grid, { where: 'id = 9', allTouched: true });
  expect(count(await touched.mask({ x: 0, y: 0, width: 100, height: 80 }), 1)).toBe(90);
  await touched.close();
  await expect(openAreas(path, grid, { layer: 'none' })).rejects.toThrow(/no layer "none".*areas/);
});

test('what is no vector file, or a raster without place, is told', async () => {
  writeFileSync(join(folder, 'text.gpkg'), 'nothing');
  await expect(openAreas(join(folder, 'text.gpkg'), grid)).rejects.toThrow(VectorFileError);
  await expect(openAreas(join(folder, 'gone.gpkg'), grid)).rejects.toThrow(RasterNotFoundError);
  const nowhere = { ...grid, geoTransform: null };
  await expect(openAreas(join(folder, 'gone.gpkg'), nowhere)).rejects.toThrow(MissingGeoreferenceError);
  await expect(writePolygons(join(folder, 'a.txt'), layer, features)).rejects.toThrow(InvalidArgumentError);
});

test.runIf(hasGdalPrograms)('a GeoPackage of many tiles is whole for other programs', async () => {
  const path = join(folder, 'zone_slicing_job.gpkg');
  const tiles = function* () {
    for (let id = 0; id < 3000; id++) {
      const bounds = windowBounds(grid.geoTransform!, {
        x: (id % 60) * 256,
        y: Math.floor(id / 60) * 256,
        width: 512,
        height: 512,
      });
      yield {
        rings: rectangleRings(bounds),
        properties: { id: `1-${id}-1`, job_done: 0, left: bounds.left },
      };
    }
  };
  const fields = { id: 'text', job_done: 'integer', left: 'real' } as const;
  await writePolygons(path, { name: 'zone_slicing_job', crs: grid.crs, fields }, tiles());
  const report = told('ogrinfo', '-al', '-so', path);
  expect(report).toContain('Layer name: zone_slicing_job');
  expect(report).toContain('Feature Count: 3000');
  expect(report).toContain('ID["EPSG",2154]');
  expect(existsSync(`${path}-journal`)).toBe(false);
});

test('GeoJSON is in longitude and latitude', async () => {
  const path = join(folder, 'place.geojson');
  await writePolygons(path, layer, features);
  const { features: written } = JSON.parse(readFileSync(path, 'utf8'));
  const [longitude, latitude] = written[0].geometry.coordinates[0][0];
  expect(longitude).toBeCloseTo(3, 3);
  expect(latitude).toBeCloseTo(46.5, 3);
});
