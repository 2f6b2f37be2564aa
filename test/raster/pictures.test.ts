import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { InvalidArgumentError, OutputExistsError } from '../../src/core/index.ts';
import {
  colorTableOf,
  openRaster,
  paintClasses,
  quicklook,
  writePreview,
  writeQgisStyle,
} from '../../src/raster/index.ts';
import { makeWithGdal, randomBlock, temporaryFolder } from './fixtures.ts';

const folder = temporaryFolder();
const classes = [
  { value: 0, name: 'water', color: '#0000ff' },
  { value: 2, name: 'trees & "bushes"', color: '#00ff00' },
];

test('pictures are written as PNG without loss and as JPEG nearly', async () => {
  const picture = {
    data: new Uint8Array(3 * 40 * 30).map((_, at) => at % 200),
    bands: 3,
    width: 40,
    height: 30,
  };
  await writePreview(join(folder, 'a.png'), picture);
  await writePreview(join(folder, 'a.jpg'), { ...picture, data: picture.data.fill(99) });
  await using jpeg = await openRaster(join(folder, 'a.jpg'));
  const { data } = await jpeg.read();
  expect(data.every((value) => Math.abs(value - 99) <= 2)).toBe(true);
  await expect(writePreview(join(folder, 'a.png'), picture)).rejects.toThrow(OutputExistsError);
  await expect(writePreview(join(folder, 'a.gif'), picture)).rejects.toThrow(InvalidArgumentError);
  await writePreview(join(folder, 'a.png'), randomBlock(1, 'uint8', 4, 5, 6), { overwrite: true });
  await using png = await openRaster(join(folder, 'a.png'));
  expect((await png.read()).data).toEqual(randomBlock(1, 'uint8', 4, 5, 6).data);
});

test('class maps are painted in their colours', () => {
  const painted = paintClasses([0, 2, 1, 9], colorTableOf(classes));
  expect([...painted]).toEqual([0, 0, 0, 0, 0, 255, 0, 0, 255, 0, 0, 0]);
});

test('a quicklook stretches values, skips cells without data and keeps the shape', async () => {
  const path = join(folder, 'measured.tif');
  const block = {
    data: Uint16Array.from({ length: 200 * 100 }, (_, at) => 1000 + (at % 200) * 10),
    bands: 1,
    width: 200,
    height: 100,
  };
  block.data[0] = 65535;
  makeWithGdal(path, block, { driver: 'GTiff', dataType: 'uint16', noData: 65535 });
  await using raster = await openRaster(path);
  const { data, width, height, bands } = await quicklook(raster, { maxSize: 50, percentiles: [0, 100] });
  expect([width, height, bands]).toEqual([50, 25, 3]);
  expect([data[50], data[99]]).toEqual([0, 255]);
  expect(data.subarray(0, 1250)).toEqual(data.subarray(2500, 3750));
  const whole = await quicklook(raster, { percentiles: [0, 100] });
  expect([whole.width, whole.data[0], whole.data[199]]).toEqual([200, 0, 255]);
});

test('a quicklook of bytes shows them as they are, of a palette its colours', async () => {
  const block = randomBlock(2, 'uint8', 3, 20, 20);
  makeWithGdal(join(folder, 'rgb.tif'), block, { driver: 'GTiff', dataType: 'uint8' });
  await using raster = await openRaster(join(folder, 'rgb.tif'));
  expect((await quicklook(raster)).data).toEqual(block.data);
  const values = { data: new Uint8Array(16).fill(1), bands: 1, width: 4, height: 4 };
  const colors = [
    [1, 2, 3],
    [4, 5, 6],
  ] as const;
  makeWithGdal(join(folder, 'palette.png'), values, { driver: 'PNG', dataType: 'uint8', colors });
  await using palette = await openRaster(join(folder, 'palette.png'));
  const { data } = await quicklook(palette);
  expect([data[0], data[16], data[32]]).toEqual([4, 5, 6]);
});

test('a QGIS style lies beside its map', async () => {
  const path = await writeQgisStyle(join(folder, 'map.v2.tif'), classes);
  expect(path).toBe(join(folder, 'map.v2.qml'));
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(
    '<paletteEntry value="2" color="#00ff00" label="trees &amp; &quot;bushes&quot;" alpha="255"/>',
  );
});
