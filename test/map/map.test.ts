import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MAP_NODATA, type MapRasterOptions, mapRaster } from '../../src/inference/index.ts';
import { openRaster } from '../../src/raster/index.ts';
import {
  classes,
  common,
  FakePredictor,
  geoTransform,
  imageCells,
  readAll,
  sha256,
  temporaryFolder,
  writeImage,
} from './support.ts';

const folder = temporaryFolder();
const [width, height] = [203, 149];
const input = await writeImage(join(folder, 'image.tif'), width, height);
let sequence = 0;

async function map(options: Partial<MapRasterOptions> = {}) {
  const output = join(folder, `map-${sequence++}.tif`);
  const predictor = new FakePredictor();
  const result = await mapRaster({ ...common, input, output, predictor, ...options });
  return { output, result, predictor };
}

/** The map of a raster in one window, far from whose borders nothing differs. */
async function whole(options: Partial<MapRasterOptions>) {
  return readAll((await map({ ...options, tile: 224, margin: 8 })).output);
}

describe.each(['crop', 'hann', 'linear', 'gaussian'] as const)('%s', (blend) => {
  test.each(['probabilities', 'logits'] as const)('tiled is whole, %s', async (blendOf) => {
    const options = { blend, blendOf, kind: 'probabilities' } as const;
    const [tiled, once] = [
      await readAll((await map(options)).output),
      await whole({ kind: 'probabilities' }),
    ];
    // Bytes: rounding may fall to either side of a half.
    const worst = tiled.reduce((most, value, i) => Math.max(most, Math.abs(value - once[i]!)), 0);
    expect(worst).toBeLessThanOrEqual(1);
    expect(tiled.filter((value, i) => value !== once[i]).length / tiled.length).toBeLessThan(1e-3);
  });

  test('every batch size gives the same file, and so does blending in a thread', async () => {
    const one = await map({ blend });
    const three = await map({ blend, batchSize: 3 });
    const beside = await map({ blend, inThreads: true });
    expect(sha256(three.output)).toBe(sha256(one.output));
    expect(sha256(beside.output)).toBe(sha256(one.output));
  });
});

test('shifted windows: sixteen votes a pixel, by majority or mean', async () => {
  const once = await whole({});
  for (const agreement of ['majority', 'mean'] as const) {
    const { output, result } = await map({ shifts: 4, agreement, tile: 64 });
    const voted = await readAll(output);
    expect(result.totalTiles).toBe(10 * 7);
    const inside = (i: number) => {
      const [x, y] = [i % width, Math.floor(i / width)];
      return x >= 48 && y >= 48 && x < width - 48 && y < height - 48;
    };
    const wrong = voted.filter((value, i) => inside(i) && value !== once[i]).length;
    // Windows know less at their borders, so a few pixels between two classes fall to the other side.
    expect(wrong / voted.length).toBeLessThan(0.02);
  }
});

test('all products come from one pass and agree', async () => {
  const products = {
    probabilities: join(folder, 'p.tif'),
    confidence: join(folder, 'c.tif'),
    entropy: join(folder, 'e.tif'),
    statistics: join(folder, 's.json'),
    style: true,
  };
  const { output, predictor, result } = await map({ blend: 'hann', products });
  expect(predictor.tiles).toBe(result.totalTiles);
  const [best, probabilities, confidence, entropy] = await Promise.all(
    [output, products.probabilities, products.confidence, products.entropy].map(readAll),
  );
  const plane = width * height;
  for (let i = 0; i < plane; i += 97) {
    const p = [0, 1, 2, 3, 4].map((k) => probabilities![k * plane + i]! / 255);
    expect(p[best![i]!]).toBeCloseTo(Math.max(...p), 2);
    expect(confidence![i]! / 100).toBeCloseTo(Math.max(...p), 1);
    const h = p.reduce((sum, each) => sum - (each > 0 ? each * Math.log(each) : 0), 0) / Math.log(5);
    expect(Math.abs(entropy![i]! / 100 - h)).toBeLessThan(0.02);
  }
  const [statistics] = result.statistics!;
  for (const { value, pixels, squareMetres } of statistics!.classes) {
    expect(pixels).toBe(best!.filter((each) => each === value).length);
    expect(squareMetres).toBeCloseTo(pixels * 0.04, 6);
  }
  expect(JSON.parse(readFileSync(products.statistics, 'utf8'))).toEqual(result.statistics);
  expect(readFileSync(output.replace('.tif', '.qml'), 'utf8')).toContain('class 4');
  expect(result.files).toHaveLength(6);
  await using raster = await openRaster(output);
  expect(raster.noData).toBe(MAP_NODATA);
  expect(raster.overviewCount).toBe(0);
});

test('cells without data stay without, and windows of nothing else are skipped', async () => {
  const cells = imageCells(width, height);
  for (let i = 0; i < cells.length; i++) if (i % width < 120) cells[i] = 0;
  const holed = await writeImage(join(folder, 'holed.tif'), width, height, { noData: 0 }, cells);
  for (const blend of ['crop', 'hann'] as const) {
    const { output, predictor, result } = await map({ input: holed, blend });
    expect(predictor.tiles).toBeLessThan(result.totalTiles);
    const mapped = await readAll(output);
    for (let i = 0; i < mapped.length; i += 31) {
      expect(mapped[i] === MAP_NODATA).toBe(i % width < 120);
    }
  }
});

test('areas of interest: only they are mapped and counted, and the rest is skipped', async () => {
  const square = (x: number, y: number, side: number) => {
    const [left, top] = [geoTransform[0] + 0.2 * x, geoTransform[3] - 0.2 * y];
    const far = 0.2 * side;
    const ring = [
      [left, top],
      [left + far, top],
      [left + far, top - far],
      [left, top - far],
      [left, top],
    ];
    return { type: 'Polygon', coordinates: [ring] };
  };
  const path = join(folder, 'areas.geojson');
  const feature = (name: string, x: number, y: number, side: number) => ({
    type: 'Feature',
    properties: { name },
    geometry: square(x, y, side),
  });
  const crs = { type: 'name', properties: { name: 'urn:ogc:def:crs:EPSG::2154' } };
  const features = [feature('north', 10, 10, 30), feature('south, far', 150, 100, 20)];
  writeFileSync(path, JSON.stringify({ type: 'FeatureCollection', crs, features }));
  const everything = await readAll((await map({ blend: 'hann' })).output);
  const statistics = join(folder, 'areas.csv');
  const { output, predictor, result } = await map({
    blend: 'hann',
    areas: { path },
    products: { statistics },
  });
  expect(predictor.tiles).toBeLessThan(result.totalTiles / 2);
  const mapped = await readAll(output);
  const off: number[][] = [];
  for (let i = 0; i < mapped.length; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    const inside = (x >= 10 && x < 40 && y >= 10 && y < 40) || (x >= 150 && x < 170 && y >= 100 && y < 120);
    if (mapped[i] !== (inside ? everything[i] : MAP_NODATA)) off.push([x, y]);
  }
  expect(off).toEqual([]);
  expect(
    result.statistics!.map(({ classes: each }) => each.reduce((sum, { pixels }) => sum + pixels, 0)),
  ).toEqual([900, 400]);
  const rows = readFileSync(statistics, 'utf8').trim().split('\n');
  expect(rows).toHaveLength(1 + 2 * classes.length);
  expect(rows[0]).toBe('area,name,value,class,pixels,square_metres,share');
  expect(rows.at(-1)).toContain('"south, far"');
});

test('16-bit cells are stretched as stated', async () => {
  const cells = Uint16Array.from(imageCells(width, height), (value) => 1000 + 40 * value);
  const deep = join(folder, 'deep.tif');
  await writeImage(deep, width, height, { dataType: 'uint16' }, cells as unknown as Uint8Array);
  const stretched = await map({ input: deep, stretch: { low: 1000, high: 1000 + 40 * 255 } });
  expect(sha256(stretched.output)).toBe(sha256((await map()).output));
});

test('a finished map leaves the map, its class names and its record', async () => {
  const { output } = await map();
  const name = output.slice(folder.length + 1);
  expect(readdirSync(folder).filter((file) => file.startsWith(name))).toEqual([
    name,
    `${name}.aux.xml`,
    `${name}.seal.json`,
  ]);
  expect(existsSync(`${output}.journal`)).toBe(false);
});
