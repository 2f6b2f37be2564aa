import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseFold } from '../../src/cli/parse-fold.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { decodeNpy, encodeNpy } from '../../src/data/sentinel/index.ts';
import { createGeoTiff, openRaster, pixelBlock } from '../../src/raster/index.ts';

let folder: string;
const at = (name: string) => join(folder, name);

/** Two aerial patches of 102.4 m in a zone whose super-patch has two clear dates and a cloudy one. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sentinel-command-'));
  const [images, sen] = [at('aerial/D001_2020/Z1_UU/img'), at('sen/D001_2020/Z1_UU/sen')];
  await mkdir(images, { recursive: true });
  await mkdir(sen, { recursive: true });
  for (const name of ['IMG_000001', 'IMG_000002']) {
    const writer = await createGeoTiff(join(images, `${name}.tif`), {
      ...{ width: 16, height: 16, bands: 3, dataType: 'uint8', blockSize: 16, crs: 'EPSG:2154' },
      geoTransform: [700_000, 6.4, 0, 6_600_000, 0, -6.4],
    });
    await writer.write(pixelBlock(new Uint8Array(768), 3, 16, 16), 0, 0);
    await writer.close();
  }
  const plane = 20 * 20;
  // Reflectance 1000 at the first date, 2000 at the second, 9000 under the clouds of the third.
  const data = Uint16Array.from(
    { length: 3 * 10 * plane },
    (_, i) => [1000, 2000, 9000][Math.floor(i / 10 / plane)]!,
  );
  const masks = Uint8Array.from({ length: 3 * 2 * plane }, (_, i) => (i >= 5 * plane ? 100 : 0));
  const start = join(sen, 'SEN2_sp_D001_2020-Z1_UU_');
  await writeFile(`${start}data.npy`, encodeNpy({ shape: [3, 10, 20, 20], data }));
  await writeFile(`${start}masks.npy`, encodeNpy({ shape: [3, 2, 20, 20], data: masks }));
  const days = ['20200115', '20200715', '20200820'];
  await writeFile(`${start}products.txt`, days.map((day) => `S2A_MSIL2A_${day}T105021_N0\n`).join(''));
  await writeFile(at('centroids.json'), '{"IMG_000001.tif": [10, 10]}');
  await writeFile(
    at('list.csv'),
    ['IMG_000001', 'IMG_000002'].map((name) => `${images}/${name}.tif,\n`).join(''),
  );
});
afterAll(() => rm(folder, { recursive: true }));

it('arpent sentinel writes patches, GeoTIFFs and statistics, and lists what it could not make', async () => {
  const places = ['--series', at('sen'), '--centroids', at('centroids.json'), '--geotiff', '-o', at('out')];
  const args = ['sentinel', at('list.csv'), ...places, '--quiet'];
  await (await buildProgram(args)).parseAsync(args, { from: 'user' });
  const { shape, data } = decodeNpy(await readFile(at('out/SEN_000001.npy')));
  expect(shape).toEqual([1, 3, 10, 10]);
  // The mean of 1000 and 2000, over 2000.
  expect(new Set(data)).toEqual(new Set([0.75]));
  const { images, left, flat, typical } = JSON.parse(await readFile(at('out/statistics.json'), 'utf8'));
  expect(images.IMG_000001).toMatchObject({
    means: [0.75, 0.75, 0.75],
    stds: [0, 0, 0],
    kept: 2,
    dates: 3,
    outside: 0,
  });
  expect(left).toEqual({ 'no centre': ['IMG_000002'] });
  expect(flat).toEqual(['IMG_000001']);
  expect(typical.means).toEqual([0.75, 0.75, 0.75]);
  await using raster = await openRaster(at('out/SEN_000001.tif'));
  // The centre of the patch is (700 051.2, 6 599 948.8); the window is 100 m wide.
  expect(raster.geoTransform?.[0]).toBeCloseTo(700_001.2, 6);
  expect(raster.geoTransform?.[3]).toBeCloseTo(6_599_998.8, 6);
  expect(raster.bandCount).toBe(3);
});

it('folds count from 1', () => {
  expect(parseFold('2/5')).toEqual({ fold: 2, of: 5 });
  for (const text of ['0/5', '6/5', '1/1', '2']) expect(() => parseFold(text)).toThrow('not a fold');
});
