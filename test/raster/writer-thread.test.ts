import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Random } from '../../src/core/index.ts';
import {
  createGeoTiff,
  type GeoTiffOptions,
  openRaster,
  pixelBlock,
  type RasterWriter,
  WriterThread,
} from '../../src/raster/index.ts';
import { between, randomBlock, temporaryFolder } from './fixtures.ts';
import { writerContract } from './writer-contract.ts';

const folder = temporaryFolder();
const thread = new WriterThread();
afterAll(() => thread.close());

writerContract((path, options) => thread.createGeoTiff(path, options));

const options: GeoTiffOptions = {
  ...{ width: 300, height: 260, crs: 'EPSG:2154', geoTransform: [0, 1, 0, 0, 0, -1] },
  ...{ dataType: 'uint8', noData: 255, overviews: 'majority', blockSize: 64 },
  classes: [{ value: 1, name: 'one', color: '#ff0000' }],
};

async function fill(writer: RasterWriter): Promise<void> {
  const random = new Random(4);
  for (let i = 0; i < 40; i++) {
    const [x, y] = [between(random, -20, 280), between(random, -20, 240)];
    const [width, height] = [between(random, 1, 90), between(random, 1, 90)];
    await writer.write(randomBlock(i, 'uint8', 1, height, width), x, y);
  }
  await writer.close();
}

test('a thread writes the very bytes that are written without one, several rasters at a time', async () => {
  const paths = ['here', 'one', 'two', 'three'].map((name) => join(folder, `${name}.tif`));
  const [here = '', ...there] = paths;
  await fill(await createGeoTiff(here, options));
  await Promise.all(there.map(async (path) => fill(await thread.createGeoTiff(path, options))));
  for (const path of there) {
    expect(readFileSync(path).equals(readFileSync(here))).toBe(true);
    expect(readFileSync(`${path}.aux.xml`).equals(readFileSync(`${here}.aux.xml`))).toBe(true);
  }
});

test("the memory of a block is its owner's again once it is taken over", async () => {
  const path = join(folder, 'reused.tif');
  const shape = { width: 512, height: 512, crs: null, geoTransform: null } as const;
  const cells = new Uint8Array(512 * 64);
  const writer = await thread.createGeoTiff(path, { ...shape, dataType: 'uint8' });
  for (let y = 0; y < 512; y += 64) {
    cells.fill(1 + y / 64);
    await writer.write(pixelBlock(cells, 1, 64, 512), 0, y);
  }
  await writer.close();
  await using raster = await openRaster(path);
  const { data } = await raster.read({ x: 0, width: 1 });
  expect([...data]).toEqual(Array.from({ length: 512 }, (_, y) => 1 + Math.floor(y / 64)));
});

/** A program of its own, with at most so many blocks of 1024 bytes a file. */
function program(limit: number | 'unlimited', script: string): string {
  const module = JSON.stringify(new URL('../../src/raster/index.ts', import.meta.url).href);
  const source = `import * as raster from ${module};
    const path = ${JSON.stringify(join(folder, 'program.tif'))};
    const shape = { width: 4096, height: 6144, dataType: 'uint8', crs: null, geoTransform: null };
    const noise = (seed) => Uint8Array.from({ length: 4096 * 512 }, () => (seed = Math.imul(seed, 1664525) + 1013904223) >> 16);
    const block = (seed) => ({ data: noise(seed), bands: 1, width: 4096, height: 512 });
    const thread = new raster.WriterThread();
    ${script}`;
  const command = `ulimit -f ${limit}; exec "$0" --import tsx --input-type=module -e "$1"`;
  return spawnSync('bash', ['-c', command, process.execPath, source], { encoding: 'utf8' }).stdout.trim();
}
const left = () => readdirSync(folder).filter((name) => name.startsWith('program'));

test('a disk that is full stops it with the error that it is, and nothing stays', () => {
  const told = program(
    10240,
    `const writer = await thread.createGeoTiff(path, shape);
     try {
       for (let y = 0; y < 6144; y += 512) await writer.write(block(y + 1), 0, y);
       await writer.close();
     } catch (error) {
       console.log(error instanceof raster.DiskFullError, error.message.includes('full'), error.place.file === path);
       await writer.abort();
     }`,
  );
  expect(told).toBe('true true true');
  expect(left()).toEqual([]);
});

test('what is given up, or left without a word, keeps no program from ending', () => {
  const told = program(
    'unlimited',
    `const [given, left] = [await thread.createGeoTiff(path, shape), await thread.createGeoTiff(path, shape)];
     await given.abort();
     await left.write(block(1), 0, 0);
     console.log('at the end');`,
  );
  expect(told).toBe('at the end');
});
