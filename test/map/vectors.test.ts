import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mapRaster } from '../../src/inference/index.ts';
import { openAreas, openRaster } from '../../src/raster/index.ts';
import { common, FakePredictor, readAll, temporaryFolder, writeImage } from './support.ts';

const folder = temporaryFolder();
const input = await writeImage(join(folder, 'image.tif'), 131, 90);

test.each(['gpkg', 'fgb', 'geojson'])('polygons of a map as %s lie on its pixels', async (extension) => {
  const output = join(folder, `map-${extension}.tif`);
  const path = join(folder, `classes.${extension}`);
  const { files } = await mapRaster({
    ...common,
    ...{ input, output, predictor: new FakePredictor() },
    products: { vectors: { path } },
  });
  expect(files).toContain(path);
  const map = await readAll(output);
  await using raster = await openRaster(output);
  const areas = await openAreas(path, raster);
  const numbers = await areas.numbers({ x: 0, y: 0, width: 131, height: 90 });
  const burnt = numbers.map((number) => Number(areas.areas[number - 1]!.properties.value));
  expect([...burnt].filter((value, i) => value !== map[i])).toHaveLength(0);
  const pixels = areas.areas.map(({ properties }) => Number(properties.pixels));
  expect(pixels.reduce((sum, count) => sum + count, 0)).toBe(131 * 90);
  await areas.close();
});

test('small patches are merged and borders simplified', async () => {
  const output = join(folder, 'map.tif');
  const path = join(folder, 'simple.geojson');
  await mapRaster({
    ...common,
    ...{ input, output, predictor: new FakePredictor() },
    products: { vectors: { path, minimumPixels: 30, tolerance: 1.5 } },
  });
  const { features } = JSON.parse(readFileSync(path, 'utf8')) as {
    features: { properties: { pixels: number; class: string } }[];
  };
  expect(features.length).toBeGreaterThan(3);
  for (const { properties } of features) {
    expect(properties.pixels).toBeGreaterThanOrEqual(30);
    expect(properties.class).toMatch(/^class \d$/);
  }
});
