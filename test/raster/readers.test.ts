import { statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Random } from '../../src/core/index.ts';
import { gdal } from '../../src/raster/gdal.ts';
import {
  CorruptRasterError,
  crsName,
  type GeoTransform,
  MissingBandError,
  openRaster,
  type PixelBlock,
  RasterClosedError,
  type RasterDataType,
  type RasterWindow,
  reflectIndex,
  WindowOutsideRasterError,
} from '../../src/raster/index.ts';
import {
  between,
  composeWindow,
  type GdalFile,
  makeWithGdal,
  randomBlock,
  temporaryFolder,
} from './fixtures.ts';

// The contract of every format that is read; a new one adds a case.
const folder = temporaryFolder();
const grid = { crs: 'EPSG:2154', geoTransform: [700000, 0.2, 0, 6600000, 0, -0.2] as GeoTransform };

interface Case extends GdalFile {
  readonly name: string;
  readonly bands: number;
  readonly extension: string;
  /** Formats that lose a little: largest difference allowed. */
  readonly loss?: number;
}

const tiled = ['TILED=YES', 'BLOCKXSIZE=32', 'BLOCKYSIZE=32'];
const deflate = [...tiled, 'COMPRESS=DEFLATE'];
const types: RasterDataType[] = ['uint8', 'uint16', 'int16', 'uint32', 'int32', 'float32', 'float64'];
const cases: Case[] = [
  ...types.map((dataType) => ({
    name: `GeoTIFF ${dataType}`,
    driver: 'GTiff',
    extension: 'tif',
    dataType,
    bands: 3,
    options: deflate,
    ...grid,
  })),
  {
    name: 'GeoTIFF signed bytes',
    driver: 'GTiff',
    extension: 'tif',
    dataType: 'int8',
    bands: 1,
    options: ['PIXELTYPE=SIGNEDBYTE'],
    ...grid,
  },
  {
    name: 'GeoTIFF strips LZW',
    driver: 'GTiff',
    extension: 'tif',
    dataType: 'uint8',
    bands: 5,
    options: ['COMPRESS=LZW'],
    ...grid,
  },
  {
    name: 'BigTIFF planes',
    driver: 'GTiff',
    extension: 'tif',
    dataType: 'uint16',
    bands: 4,
    options: [...deflate, 'BIGTIFF=YES', 'INTERLEAVE=BAND'],
    ...grid,
  },
  { name: 'COG', driver: 'COG', extension: 'tif', dataType: 'uint8', bands: 3, ...grid },
  {
    name: 'JPEG 2000',
    driver: 'JP2OpenJPEG',
    extension: 'jp2',
    dataType: 'uint8',
    bands: 3,
    options: ['QUALITY=100', 'REVERSIBLE=YES', 'YCBCR420=NO'],
    ...grid,
  },
  { name: 'VRT', driver: 'VRT', extension: 'vrt', dataType: 'uint8', bands: 3, ...grid },
  { name: 'PNG', driver: 'PNG', extension: 'png', dataType: 'uint8', bands: 3 },
  { name: 'PNG of 16 bits', driver: 'PNG', extension: 'png', dataType: 'uint16', bands: 1 },
  {
    name: 'JPEG',
    driver: 'JPEG',
    extension: 'jpg',
    dataType: 'uint8',
    bands: 1,
    options: ['QUALITY=100'],
    loss: 6,
  },
];

function build(item: Case, block: PixelBlock): string {
  const path = join(folder, `${item.name.replaceAll(' ', '-')}.${item.extension}`);
  if (item.driver !== 'VRT') {
    makeWithGdal(path, block, item);
    return path;
  }
  // A VRT needs a file to show.
  makeWithGdal(`${path}.tif`, block, { ...item, driver: 'GTiff' });
  makeVrt(`${path}.tif`, path);
  return path;
}

function makeVrt(source: string, path: string): void {
  const dataset = gdal.open(source);
  gdal.translate(path, dataset, ['-of', 'VRT']).close();
  dataset.close();
}

function expectCells(actual: PixelBlock, expected: number[], loss = 0): void {
  expect(actual.data.length).toBe(expected.length);
  let worst = 0;
  for (const [index, value] of expected.entries())
    worst = Math.max(worst, Math.abs(actual.data[index]! - value));
  expect(worst).toBeLessThanOrEqual(loss);
}

function randomWindow(random: Random, size: { width: number; height: number }, reach: number): RasterWindow {
  const x = between(random, -reach, size.width - 1);
  const y = between(random, -reach, size.height - 1);
  return {
    x,
    y,
    width: between(random, 1, size.width - x + reach),
    height: between(random, 1, size.height - y + reach),
  };
}

describe.each(cases)('reading $name', (item) => {
  const [height, width] = [75, 101];
  const original = randomBlock(item.name.length, item.dataType, item.bands, height, width);
  const path = build(item, original);
  // A lossy format is compared with what GDAL decodes as a whole, so that windows are still exact.
  const decoded = async () => {
    await using raster = await openRaster(path);
    return raster.read();
  };

  test('tells size, type, bands and place', async () => {
    await using raster = await openRaster(path);
    expect([raster.width, raster.height, raster.bandCount]).toEqual([width, height, item.bands]);
    expect(raster.dataType).toBe(item.dataType);
    expect(raster.bands).toEqual(Array.from({ length: item.bands }, (_, index) => index + 1));
    expect(raster.crs === null ? undefined : crsName(raster.crs)).toBe(item.crs);
    expect(raster.geoTransform ?? undefined).toEqual(item.geoTransform);
  });

  test('gives the whole raster', async () => {
    expectCells(await decoded(), [...original.data], item.loss);
  });

  test('gives random windows of random bands, padded or not, as composed by hand', async () => {
    const whole = await decoded();
    const random = new Random(7);
    await using raster = await openRaster(path, { handles: 3 });
    const tasks = Array.from({ length: 40 }, async (_, turn) => {
      const padding = (['none', 'zero', 'reflect'] as const)[turn % 3]!;
      const window = randomWindow(random, raster, padding === 'none' ? 0 : turn % 2 === 0 ? 20 : 250);
      const bands = Array.from({ length: between(random, 1, 3) }, () => between(random, 1, item.bands));
      const outside = (index: number, length: number) =>
        padding === 'reflect' ? reflectIndex(index, length) : null;
      expectCells(
        await raster.read({ ...window, bands, padding }),
        composeWindow(whole, bands, window, outside),
      );
    });
    await Promise.all(tasks);
  });

  test('reads in another size', async () => {
    const whole = await decoded();
    await using raster = await openRaster(path, { bands: [1] });
    const window = { x: 10, y: 20, width: 40, height: 40 };
    const nearest = await raster.read({ ...window, outWidth: 80, outHeight: 80 });
    const doubled = composeWindow(whole, [1], window, () => null);
    expectCells(
      nearest,
      Array.from({ length: 6400 }, (_, at) => doubled[((at / 160) | 0) * 40 + ((at % 80) >> 1)]!),
    );
    if (item.dataType === 'float64' || item.dataType === 'int8') return;
    const average = await raster.read({
      ...window,
      outWidth: 1,
      outHeight: 1,
      resampling: 'average',
      dataType: 'float64',
    });
    const mean = doubled.reduce((sum, value) => sum + value, 0) / doubled.length;
    expect(Math.abs(average.data[0]! - mean)).toBeLessThanOrEqual(Math.abs(mean) * 1e-5 + 1);
  });

  test('fills cells it is given, in shared memory too', async () => {
    const whole = await decoded();
    await using raster = await openRaster(path, { bands: [item.bands] });
    const into = new Float32Array(new SharedArrayBuffer(4 * 36));
    const block = await raster.read({ x: -2, y: 3, width: 6, height: 6, padding: 'zero', into });
    expect(block.data).toBe(into);
    const cells = composeWindow(whole, [item.bands], { x: -2, y: 3, width: 6, height: 6 }, () => null);
    expect([...into]).toEqual(cells.map(Math.fround));
  });

  test('names a band that is not there, a window outside, a read after closing', async () => {
    const raster = await openRaster(path);
    await expect(raster.read({ bands: [item.bands + 1] })).rejects.toThrow(MissingBandError);
    await expect(openRaster(path, { bands: [0] })).rejects.toThrow(MissingBandError);
    await expect(raster.read({ x: -1, y: 0, width: 4, height: 4 })).rejects.toThrow(WindowOutsideRasterError);
    await raster.close();
    await raster.close();
    await expect(raster.read()).rejects.toThrow(RasterClosedError);
  });
});

describe('palette images', () => {
  const colors = [
    [60, 16, 152],
    [132, 41, 246],
    [110, 193, 228],
  ] as const;
  const block = randomBlock(3, 'uint8', 1, 20, 30);
  for (const [index, value] of block.data.entries()) block.data[index] = value % 3;
  const path = join(folder, 'palette.png');
  makeWithGdal(path, block, { driver: 'PNG', dataType: 'uint8', colors });

  test('read as cell values, with their colours beside', async () => {
    await using raster = await openRaster(path);
    expect(raster.bandCount).toBe(1);
    expect(raster.colorTable?.slice(0, 3)).toEqual(colors.map((color) => [...color, 255]));
    expectCells(await raster.read(), [...block.data]);
  });

  test('read as colours when asked', async () => {
    await using raster = await openRaster(path, { palette: 'rgb', handles: 2 });
    expect(raster.bandCount).toBe(3);
    const expected = [0, 1, 2].flatMap((channel) =>
      Array.from(block.data, (value) => colors[value]![channel]!),
    );
    expectCells(await raster.read(), expected);
  });
});

describe('validity', () => {
  const block = randomBlock(5, 'uint8', 3, 10, 10);
  block.data.fill(7);
  // Cell 0 lacks data in every band, cell 1 in one band only.
  for (const band of [0, 1, 2]) block.data[band * 100] = 0;
  block.data[1] = 0;

  test('takes a cell for empty where all bands have the nodata value', async () => {
    const path = join(folder, 'nodata.tif');
    makeWithGdal(path, block, { driver: 'GTiff', dataType: 'uint8', noData: 0, ...grid });
    await using raster = await openRaster(path);
    expect(raster.noData).toBe(0);
    const { data } = await raster.readValidity();
    expect([...data.slice(0, 3)]).toEqual([0, 1, 1]);
    expect((await raster.readValidity({ bands: [1] })).data[1]).toBe(0);
  });

  test('follows the alpha band, and is 0 beyond the edge', async () => {
    const path = join(folder, 'alpha.tif');
    const colored = {
      ...block,
      bands: 4,
      data: Uint8Array.from([...block.data, ...new Array(100).fill(255)]),
    };
    colored.data[302] = 0;
    makeWithGdal(path, colored, {
      driver: 'GTiff',
      dataType: 'uint8',
      options: ['ALPHA=YES', 'PHOTOMETRIC=RGB'],
    });
    await using raster = await openRaster(path, { bands: [1, 2, 3] });
    const { data } = await raster.readValidity({ x: -1, y: 0, width: 5, height: 1 });
    expect([...data]).toEqual([0, 1, 1, 0, 1]);
  });

  test('is everything where nothing says otherwise', async () => {
    const path = join(folder, 'plain.tif');
    makeWithGdal(path, block, { driver: 'GTiff', dataType: 'uint8' });
    await using raster = await openRaster(path);
    expect((await raster.readValidity()).data.every((value) => value === 1)).toBe(true);
  });
});

test('a raster can be seen in cells of another size on the ground', async () => {
  const path = join(folder, 'fine.tif');
  const block = randomBlock(11, 'uint8', 1, 40, 60);
  makeWithGdal(path, block, { driver: 'GTiff', dataType: 'uint8', ...grid });
  await using coarse = await openRaster(path, { groundResolution: 0.4 });
  expect([coarse.width, coarse.height]).toEqual([30, 20]);
  expect(coarse.geoTransform).toEqual([700000, 0.4, 0, 6600000, 0, -0.4]);
  const mean = [0, 1, 60, 61].reduce((sum, at) => sum + block.data[at]!, 0) / 4;
  expect(
    Math.abs((await coarse.read({ x: 0, y: 0, width: 1, height: 1 })).data[0]! - mean),
  ).toBeLessThanOrEqual(0.5);
  await using same = await openRaster(path, { groundResolution: 0.2 });
  expect(same.width).toBe(60);
});

test('a failing block is named with its file, band and window', async () => {
  const path = join(folder, 'cut.tif');
  makeWithGdal(path, randomBlock(1, 'uint16', 2, 200, 200), {
    driver: 'GTiff',
    dataType: 'uint16',
    options: [...deflate, 'INTERLEAVE=BAND'],
  });
  truncateSync(path, Math.floor(statSync(path).size / 2));
  await using raster = await openRaster(path);
  const error = await raster
    .read({ x: 150, y: 160, width: 40, height: 30 })
    .catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(CorruptRasterError);
  const { message, window, place } = error as CorruptRasterError;
  expect(message).toContain(path);
  expect(message).toContain('150,160 40×30');
  expect(place.band).toBe(2);
  expect(window).toEqual({ x: 150, y: 160, width: 40, height: 30 });
  // The rest of the file stays readable.
  await expect(raster.read({ x: 0, y: 0, width: 10, height: 10, bands: [1] })).resolves.toBeDefined();
});
