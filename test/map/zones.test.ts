import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { findPatches, MAP_NODATA, mapRaster, mapZones } from '../../src/inference/index.ts';
import { openRaster } from '../../src/raster/index.ts';
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
const side = 64;

/** The part of a scene that a patch shows. */
function part(scene: Uint8Array, width: number, height: number, x0: number, y0: number): Uint8Array {
  const cells = new Uint8Array(2 * side * side);
  for (let i = 0; i < cells.length; i++) {
    const [band, y, x] = [Math.floor(i / side / side), Math.floor(i / side) % side, i % side];
    cells[i] = scene[(band * height + y0 + y) * width + x0 + x]!;
  }
  return cells;
}

test('patches in the layout of FLAIR are mapped by zone and cut back, pixel for pixel', async () => {
  const [width, height] = [4 * side, 2 * side];
  const scene = imageCells(width, height);
  const whole = await writeImage(join(folder, 'scene.tif'), width, height, {}, scene);
  const root = join(folder, 'flair');
  const zone = join(root, 'D012_2019', 'Z2_UF', 'img');
  mkdirSync(zone, { recursive: true });
  let number = 100;
  for (let row = 0; row < 2; row++) {
    for (let column = 0; column < 4; column++) {
      // A hole in the lower right corner.
      if (row === 1 && column === 3) continue;
      const [x, y] = [column * side, row * side];
      const origin = [geoTransform[0] + 0.2 * x, 0.2, 0, geoTransform[3] - 0.2 * y, 0, -0.2] as const;
      const cells = part(scene, width, height, x, y);
      const path = join(zone, `IMG_${String(number++).padStart(6, '0')}.tif`);
      await writeImage(path, side, side, { geoTransform: origin }, cells);
    }
  }
  const patches = await findPatches(root);
  expect(patches).toHaveLength(7);
  const output = join(folder, 'zones');
  const [result, ...others] = await mapZones({
    ...common,
    ...{ patches, folder: output, predictor: new FakePredictor(), blend: 'hann', firstValue: 1 },
  });
  expect(others).toEqual([]);
  expect(result!.zone.name).toBe('D012_2019/Z2_UF');
  expect(result!.predictions.map((path) => basename(path))[0]).toBe('PRED_000100.tif');
  const reference = join(folder, 'scene-map.tif');
  await mapRaster({
    ...common,
    ...{ input: whole, output: reference, predictor: new FakePredictor(), blend: 'hann' },
  });
  const map = await readAll(reference);
  const first = await readAll(result!.predictions[0]!);
  const expected = Uint8Array.from({ length: side * side }, (_, i) => {
    return 1 + map[Math.floor(i / side) * width + (i % side)]!;
  });
  expect(first).toEqual(expected);
  const [patch, prediction] = await Promise.all([
    openRaster(patches[5]!),
    openRaster(result!.predictions[5]!),
  ]);
  expect(prediction.geoTransform).toEqual(patch.geoTransform);
  await Promise.all([patch.close(), prediction.close()]);
  const zoneMap = await readAll(join(output, 'D012_2019_Z2_UF.tif'));
  expect(zoneMap[(height - 1) * width + width - 1]).toBe(MAP_NODATA);
});

test('a CSV file names patches in its first column, relative to itself', async () => {
  const list = join(folder, 'list.csv');
  writeFileSync(list, 'image,mask\nflair/a.tif,flair/b.tif\n"flair/c.tif",\n');
  expect(await findPatches(list)).toEqual([join(folder, 'flair', 'a.tif'), join(folder, 'flair', 'c.tif')]);
  writeFileSync(list, 'nothing\n');
  await expect(findPatches(list)).rejects.toThrow(/no patches/);
});
