import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { manualSeed } from '../../src/engine/index.ts';
import { Journal } from '../../src/inference/map/journal.ts';
import { createModel } from '../../src/models/index.ts';
import { createGeoTiff, openRaster, pixelBlock } from '../../src/raster/index.ts';
import { writeSafetensors } from '../../src/weights/index.ts';
import { imageCells, readAll, temporaryFolder, writeImage } from '../map/support.ts';
import { hasGdalPrograms, told } from '../raster/gdal-programs.ts';
import { arpent } from './call.ts';

vi.setConfig({ testTimeout: 180_000 });
const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const [width, height] = [200, 136];
const image = await writeImage(at('image.tif'), width, height, {}, imageCells(width, height));

function writeNetwork(name: string, seed: number): string {
  manualSeed(seed);
  const network = createModel({ name: 'resnet18_unet', inChannels: 2, classes: 5 });
  writeSafetensors(at(name), network.stateDict(), {});
  network.dispose();
  return at(name);
}

const model = writeNetwork('one.safetensors', 1);
const other = writeNetwork('two.safetensors', 2);
const network = ['--model', model, '--arch', 'resnet18_unet', '--channels', '1,2', '--classes', 'generic-5'];
const norm = ['--means', '110,110', '--stds', '25,25'];
let sequence = 0;

/** Maps the image with these flags; fails when the command does. */
async function map(...flags: string[]) {
  const output = at(`map-${sequence++}.tif`);
  const windows = ['--tile', '96', '--margin', '16'];
  const args = ['map', image, ...network, ...norm, ...windows, '-o', output, ...flags];
  const result = await arpent(...args);
  expect(result.stderr).not.toContain('error');
  expect(result.code, result.stderr).toBe(0);
  return { output, ...result };
}

const same = (a: Uint8Array, b: Uint8Array) => a.filter((value, i) => value === b[i]).length / a.length;

/** The map that no flag changes. */
const plain = await map().then(({ output }) => readAll(output));

test('hann is the default, and every blend agrees with it where windows are alone', async () => {
  expect(await readAll((await map('--blend', 'hann')).output)).toEqual(plain);
  // The first window counts 80 pixels, the next begins at 64.
  const alone = (cells: Uint8Array) => cells.filter((_, i) => i % width < 64 && i < 64 * width);
  for (const blend of ['linear', 'gaussian'] as const) {
    const found = await readAll((await map('--blend', blend)).output);
    expect(found).not.toEqual(plain);
    expect(alone(found)).toEqual(alone(plain));
  }
  const cropped = await readAll((await map('--blend', 'crop')).output);
  expect(cropped.every((value) => value < 5)).toBe(true);
  expect(await readAll((await map('--overlap', '32', '--blend-of', 'logits')).output)).toHaveLength(
    plain.length,
  );
});

test('shifts, views and further networks change the map and write one that GDAL reads', async () => {
  for (const flags of [
    ['--shifts', '3'],
    ['--shifts', '3', '--agreement', 'mean'],
    ['--tta', 'identity,hflip,rot90'],
    ['--also', other, '--weights', '1,2'],
    ['--also', other, '--weights', '1,1,1,1,0.5;2,1,1,1,1'],
  ]) {
    const { output } = await map(...flags);
    const found = await readAll(output);
    expect(
      found.every((value) => value < 5),
      flags.join(' '),
    ).toBe(true);
    expect(same(found, plain), flags.join(' ')).toBeLessThan(1);
  }
  const weightless = await map('--also', other, '--weights', '1,0');
  expect(await readAll(weightless.output)).toEqual(plain);
});

test('what cannot be weighted or blended is refused by name', async () => {
  const refuse = async (...flags: string[]) => {
    const args = ['map', image, ...network, ...norm, '-o', at('refused.tif'), ...flags];
    const { code, stderr } = await arpent(...args);
    expect(code).not.toBe(0);
    expect(existsSync(at('refused.tif'))).toBe(false);
    return stderr;
  };
  expect(await refuse('--also', other, '--weights', '1,2,3')).toMatch(/3 weights are given for 2 networks/);
  expect(await refuse('--blend', 'crop', '--overlap', '8')).toMatch(/overlap/);
  expect(await refuse('--tta', 'rot45')).toMatch(/rot45/);
  expect(await refuse('--memory', '10MB')).toMatch(/at least/);
  expect(await refuse('--statistics', at('s.xlsx'))).toMatch(/csv/);
});

test('products, statistics, style and polygons of one pass', async () => {
  const files = ['p.tif', 'c.tif', 'e.tif', 's.csv', 'v.gpkg'].map(at) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const [probabilities, confidence, entropy, statistics, vectors] = files;
  const { output } = await map(
    ...['--probabilities', probabilities, '--confidence', confidence, '--entropy', entropy],
    ...['--statistics', statistics, '--vectors', vectors, '--min-pixels', '4', '--simplify', '1', '--style'],
  );
  expect(await readAll(output)).toEqual(plain);
  for (const file of [...files, output.replace('.tif', '.qml')]) expect(existsSync(file), file).toBe(true);
  await using bands = await openRaster(probabilities);
  expect(bands.bandCount).toBe(5);
  expect(Math.max(...(await readAll(confidence)))).toBeLessThanOrEqual(100);
  expect(Math.max(...(await readAll(entropy)))).toBeLessThanOrEqual(100);
  const counted = readFileSync(statistics, 'utf8').trim().split('\n').slice(1);
  const pixels = counted.map((row) => Number(row.split(',')[3]));
  expect(pixels.reduce((sum, count) => sum + count, 0)).toBe(width * height);
});

test.runIf(hasGdalPrograms)('GDAL’s own programs read the map and its polygons', async () => {
  const vectors = at('told.gpkg');
  const { output } = await map('--vectors', vectors);
  expect(told('gdalinfo', output)).toMatch(/NoData Value=255/);
  expect(told('ogrinfo', '-so', vectors, 'classes')).toMatch(/Geometry: Polygon/);
});

test('areas of interest: overlapping areas both count what they share', async () => {
  const ring = (x: number, y: number, side: number) => {
    const [left, top] = [900000 + 0.2 * x, 6500000 - 0.2 * y];
    const far = 0.2 * side;
    const corners = [
      [left, top],
      [left + far, top],
      [left + far, top - far],
      [left, top - far],
      [left, top],
    ];
    return { type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: [corners] } };
  };
  const crs = { type: 'name', properties: { name: 'urn:ogc:def:crs:EPSG::2154' } };
  const features = [ring(10, 10, 40), ring(30, 30, 40), ring(150, 100, 20)];
  writeFileSync(at('areas.geojson'), JSON.stringify({ type: 'FeatureCollection', crs, features }));
  const { output } = await map('--aoi', at('areas.geojson'), '--statistics', at('areas.json'));
  const mapped = await readAll(output);
  const areas = JSON.parse(readFileSync(at('areas.json'), 'utf8')) as { classes: { pixels: number }[] }[];
  const totals = areas.map(({ classes }) => classes.reduce((sum, { pixels }) => sum + pixels, 0));
  expect(totals).toEqual([1600, 1600, 400]);
  expect(mapped.filter((value) => value !== 255)).toHaveLength(1600 + 1600 - 400 + 400);
  expect(mapped.filter((value, i) => value !== 255 && value !== plain[i])).toHaveLength(0);
});

test('16-bit cells are stretched, and another ground size is resampled to', async () => {
  const cells = Uint16Array.from(imageCells(width, height), (value) => 500 + 20 * value);
  const grid = { width, height, crs: 'EPSG:2154', geoTransform: [900000, 0.2, 0, 6500000, 0, -0.2] as const };
  const writer = await createGeoTiff(at('deep.tif'), { ...grid, bands: 2, dataType: 'uint16' });
  await writer.write(pixelBlock(cells, 2, height, width), 0, 0);
  await writer.close();
  const deep = at('deep-map.tif');
  const windows = ['--tile', '96', '--margin', '16', '--stretch', `500,${500 + 20 * 255}`];
  const args = ['map', at('deep.tif'), ...network, ...norm, ...windows, '-o', deep];
  expect((await arpent(...args)).code).toBe(0);
  expect(await readAll(deep)).toEqual(plain);
  const { output } = await map('--gsd', '0.4');
  await using coarse = await openRaster(output);
  expect([coarse.width, coarse.height]).toEqual([width / 2, height / 2]);
});

test('a dry run tells the plan that the map follows, with and without a budget', async () => {
  const output = at('dry.tif');
  const args = ['map', image, ...network, ...norm, '-o', output];
  const fixed = await arpent(...args, '--tile', '96', '--margin', '16', '--dry-run');
  expect(fixed.stdout).toMatch(/6 of 96 × 96 pixels \(3 × 2\), hann, margin 8, overlap 16/);
  expect(existsSync(output)).toBe(false);
  const budget = await arpent(...args, '--memory', '8GB', '--dry-run');
  expect(budget.stdout).toMatch(/of 8\.0 GB: resident/);
  const planned = /(\d+) of \d+ × \d+ pixels/.exec(budget.stdout)?.[1];
  const made = await arpent(...args, '--memory', '8GB');
  expect(made.stderr + made.stdout).toContain(`${planned} tiles`);
});

test('a map that was begun goes on with its windows, whatever would be chosen now', async () => {
  const remove = vi.spyOn(Journal.prototype, 'remove').mockImplementation(function (this: Journal) {
    return this.close();
  });
  const { output } = await map();
  remove.mockRestore();
  rmSync(output);
  const again = ['map', image, ...network, ...norm, '--margin', '16', '-o', output, '--memory', '8GB'];
  const plan = await arpent(...again, '--dry-run');
  expect(plan.stdout).toContain('6 of 96 × 96 pixels');
  const resumed = await arpent(...again);
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(await readAll(output)).toEqual(plain);
  expect((await arpent(...again, '--restart', '--dry-run')).stdout).not.toContain('96 × 96');
});

test('a finished map is verified, kept unless it may be replaced, and damage is told', async () => {
  const { output } = await map();
  expect((await arpent('map', '--verify', output)).stdout).toMatch(/is as it was written/);
  const again = ['map', image, ...network, ...norm, '--tile', '96', '--margin', '16', '-o', output];
  const refused = await arpent(...again);
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain('--overwrite');
  expect((await arpent(...again, '--overwrite')).code).toBe(0);
  expect(await readAll(output)).toEqual(plain);
  const bytes = readFileSync(output);
  bytes[bytes.length - 40]! ^= 0xff;
  writeFileSync(output, bytes);
  const damaged = await arpent('map', '--verify', output);
  expect(damaged.code).toBe(1);
  expect(damaged.stdout).toMatch(/is changed/);
});

test('a damaged block of the image is named, and left without data on request', async () => {
  const damaged = await writeImage(at('damaged.tif'), width, height, {}, imageCells(width, height));
  const bytes = readFileSync(damaged);
  bytes.fill(0xa5, bytes.length - 1500, bytes.length - 40);
  writeFileSync(damaged, bytes);
  const args = ['map', damaged, ...network, ...norm, '--tile', '96', '--margin', '16'];
  const refused = await arpent(...args, '-o', at('refused-damage.tif'));
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain('damaged.tif');
  const skipped = await arpent(...args, '-o', at('skipped.tif'), '--skip-bad');
  expect(skipped.code).toBe(0);
  expect(skipped.stderr + skipped.stdout).toMatch(/left without data/);
  expect(await readAll(at('skipped.tif'))).toContain(255);
});
