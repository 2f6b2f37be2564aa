import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MAP_NODATA, type MapRasterOptions, mapRaster } from '../../src/inference/index.ts';
import { coordinateTransform } from '../../src/raster/crs.ts';
import { openRaster, pixelBlock } from '../../src/raster/index.ts';
import { makeWithGdal } from '../raster/fixtures.ts';
import { serveFolder } from './http-files.ts';
import {
  common,
  FakePredictor,
  geoTransform,
  imageCells,
  readAll,
  temporaryFolder,
  writeImage,
} from './support.ts';

const folder = temporaryFolder();
const [width, height] = [203, 149];
const cells = imageCells(width, height);
const input = await writeImage(join(folder, 'image.tif'), width, height);
let sequence = 0;

async function map(options: Partial<MapRasterOptions> = {}) {
  const output = join(folder, `map-${sequence++}.tif`);
  const predictor = new FakePredictor();
  const result = await mapRaster({ ...common, input, output, predictor, ...options });
  return { output, result, predictor };
}

const plain = await readAll((await map()).output);
const gdalFile = { dataType: 'uint8', crs: 'EPSG:2154', geoTransform } as const;

test.each([
  ['a JPEG 2000', 'JP2OpenJPEG', 'jp2', ['QUALITY=100', 'REVERSIBLE=YES']],
  ['a COG', 'COG', 'tif', ['BLOCKSIZE=128']],
  ['a striped GeoTIFF', 'GTiff', 'tif', ['COMPRESS=LZW']],
] as const)(
  '%s gives the map that the same pixels give elsewhere',
  async (_what, driver, extension, options) => {
    const path = join(folder, `${driver}-input.${extension}`);
    makeWithGdal(path, pixelBlock(cells, 2, height, width), { ...gdalFile, driver, options });
    expect(await readAll((await map({ input: path })).output)).toEqual(plain);
  },
);

test('a remote COG is mapped from its address', async () => {
  makeWithGdal(join(folder, 'remote.tif'), pixelBlock(cells, 2, height, width), {
    ...gdalFile,
    driver: 'COG',
    options: ['BLOCKSIZE=128'],
  });
  const { address, server } = await serveFolder(folder);
  try {
    const remote = `${address}/remote.tif`;
    expect(await readAll((await map({ input: remote, allowRemote: true })).output)).toEqual(plain);
    await expect(map({ input: remote })).rejects.toThrow(/allow/i);
  } finally {
    server.kill();
  }
});

test('transparent cells stay without class', async () => {
  const plane = width * height;
  const colors = new Uint8Array(4 * plane);
  colors.set(cells);
  for (let i = 0; i < plane; i++) colors[3 * plane + i] = i % width < 90 ? 0 : 255;
  const path = join(folder, 'alpha.tif');
  makeWithGdal(path, pixelBlock(colors, 4, height, width), {
    ...{ ...gdalFile, driver: 'GTiff' },
    options: ['ALPHA=YES', 'PHOTOMETRIC=RGB'],
  });
  const { output, predictor, result } = await map({ input: path });
  expect(predictor.tiles).toBeLessThan(result.totalTiles);
  const mapped = await readAll(output);
  expect(mapped.every((value, i) => (value === MAP_NODATA) === i % width < 90)).toBe(true);
});

test('areas in another CRS select the same pixels', async () => {
  const corners = [
    [20, 15],
    [110, 25],
    [90, 100],
    [20, 15],
  ].map(([x, y]) => [geoTransform[0] + 0.2 * x!, geoTransform[3] - 0.2 * y!] as const);
  const toDegrees = coordinateTransform('EPSG:2154', 'EPSG:4326');
  const areas = [corners, corners.map(([x, y]) => toDegrees(x, y))].map((ring, i) => {
    const path = join(folder, `areas-${i}.geojson`);
    const crs = { type: 'name', properties: { name: `urn:ogc:def:crs:EPSG::${i === 0 ? 2154 : 4326}` } };
    const feature = { type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: [ring] } };
    // GeoJSON of today is in degrees and says nothing of its CRS.
    const collection = { type: 'FeatureCollection', features: [feature], ...(i === 0 ? { crs } : {}) };
    writeFileSync(path, JSON.stringify(collection));
    return path;
  });
  const [metres, degrees] = await Promise.all(
    areas.map(async (path) => readAll((await map({ areas: { path } })).output)),
  );
  const mapped = metres!.filter((value) => value !== MAP_NODATA).length;
  expect(mapped).toBeGreaterThan(2000);
  expect(mapped).toBeLessThan(plain.length / 2);
  // A border through the very middle of a pixel may fall to either side.
  expect(metres!.filter((value, i) => value !== degrees![i]).length).toBeLessThanOrEqual(3);
});

test('a large map has overviews by majority, colours, names and an attribute table', async () => {
  const path = await writeImage(join(folder, 'large.tif'), 560, 200);
  const { output } = await map({ input: path, tile: 160, margin: 8 });
  await using raster = await openRaster(output);
  expect(raster.overviewCount).toBe(1);
  expect(raster.classNames?.slice(0, 5)).toEqual(common.classes.map(({ name }) => name));
  expect(raster.colorTable?.[1]?.slice(0, 3)).toEqual([0x2c, 0xa0, 0x2c]);
  const full = (await raster.read()).data;
  const half = (await raster.read({ outWidth: 280, outHeight: 100 })).data;
  const values = new Set(full);
  expect([...new Set(half)].every((value) => values.has(value))).toBe(true);
  // Where four cells agree, the overview is that class.
  for (let i = 0; i < half.length; i += 7) {
    const at = 2 * Math.floor(i / 280) * 560 + 2 * (i % 280);
    const four = [full[at], full[at + 1], full[at + 560], full[at + 561]];
    if (new Set(four).size === 1) expect(half[i]).toBe(four[0]);
  }
});
