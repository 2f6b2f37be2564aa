import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../core/index.ts';
import { createGeoTiff, openRaster, pixelBlock } from '../../raster/index.ts';
import { combine } from './combine-folders.ts';
import { combineRasters } from './combine-rasters.ts';
import { readCombination } from './read-combination.ts';

let folder: string;
const at = (name: string) => join(folder, name);
const [WIDTH, HEIGHT, CLASSES] = [70, 45, 3];

async function write(path: string, data: Uint8Array | Float32Array, bands: number): Promise<void> {
  const writer = await createGeoTiff(path, {
    ...{ width: WIDTH, height: HEIGHT, bands, blockSize: 16, crs: null, geoTransform: null },
    dataType: data instanceof Uint8Array ? 'uint8' : 'float32',
    interleave: 'band',
    rgb: false,
  });
  await writer.write(pixelBlock(data, bands, HEIGHT, WIDTH), 0, 0);
  await writer.close();
}

async function read(path: string): Promise<number[]> {
  await using raster = await openRaster(path);
  return [...(await raster.read()).data];
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'combine-'));
  const random = new Random(1);
  for (const name of ['a', 'b']) {
    const data = Float32Array.from({ length: CLASSES * WIDTH * HEIGHT }, () => random.uniform());
    await write(at(`${name}.tif`), data, CLASSES);
    await write(
      at(`${name}8.tif`),
      Uint8Array.from(data, (value) => Math.round(255 * value)),
      CLASSES,
    );
  }
  const values = Uint8Array.from({ length: WIDTH * HEIGHT }, () => random.below(CLASSES + 1));
  await write(at('masks.tif'), values, 1);
});
afterAll(() => rm(folder, { recursive: true }));

const rule = { kind: 'mean', of: ['a', 'b'] } as const;

describe('combineRasters', () => {
  it('gives the same map in windows of any size', async () => {
    const inputs = { a: { path: at('a.tif') }, b: { path: at('b.tif') } };
    const combination = { classes: CLASSES, inputs, rule, output: 'classes' } as const;
    await combineRasters(combination, at('whole.tif'));
    await combineRasters(combination, at('parts.tif'), { cells: 1 });
    const whole = await read(at('whole.tif'));
    expect(await read(at('parts.tif'))).toEqual(whole);
    const [a, b] = [await read(at('a.tif')), await read(at('b.tif'))];
    const expected = whole.map((_, pixel) => {
      const sums = [0, 1, 2].map(
        (index) => a[index * whole.length + pixel]! + b[index * whole.length + pixel]!,
      );
      return sums.indexOf(Math.max(...sums));
    });
    const different = expected.filter((value, pixel) => value !== whole[pixel]).length;
    expect(different).toBe(0);
  });

  it('writes probabilities in bytes', async () => {
    const inputs = { a: { path: at('a8.tif') }, b: { path: at('b8.tif') } };
    await combineRasters({ classes: CLASSES, inputs, rule, output: 'probabilities' }, at('bytes.tif'));
    const result = await read(at('bytes.tif'));
    const pixels = WIDTH * HEIGHT;
    for (let pixel = 0; pixel < pixels; pixel += 97) {
      const sum = result[pixel]! + result[pixel + pixels]! + result[pixel + 2 * pixels]!;
      expect(Math.abs(sum - 255)).toBeLessThanOrEqual(1);
    }
  });

  it('reads masks that count from 1, lower values having no class', async () => {
    const inputs = { masks: { path: at('masks.tif'), first: 1 } };
    const same = { classes: CLASSES, inputs, rule: 'masks', output: 'classes' } as const;
    await combineRasters(same, at('shifted.tif'));
    const expected = (await read(at('masks.tif'))).map((value) => (value === 0 ? 255 : value - 1));
    expect(await read(at('shifted.tif'))).toEqual(expected);
  });

  it('refuses inputs that do not fit', async () => {
    const run = (inputs: Record<string, { path: string }>, classes = CLASSES) =>
      combineRasters({ classes, inputs, rule, output: 'classes' }, at('never.tif'));
    await expect(run({ a: { path: at('a.tif') }, b: { path: at('none.tif') } })).rejects.toThrow('none.tif');
    await expect(run({ a: { path: at('a.tif') }, b: { path: at('b.tif') } }, 4)).rejects.toThrow('3 bands');
  });
});

describe('combine', () => {
  it('reads its rule from YAML, pairs folders by name and records the rule', async () => {
    for (const [name, source] of [
      ['one', 'a'],
      ['two', 'b'],
    ] as const) {
      await mkdir(at(name));
      await writeFile(at(`${name}/PRED_1.tif`), await readFile(at(`${source}.tif`)));
    }
    await writeFile(
      at('rule.yaml'),
      'classes: 3\ninputs: { a: one, b: { path: two } }\nrule: { kind: mean, of: [a, { take: b, weight: 2 }] }\n',
    );
    const combination = await readCombination(at('rule.yaml'));
    const { rasters, record } = await combine(combination, at('out'));
    expect(rasters).toBe(1);
    expect(await read(at('out/PRED_1.tif'))).toHaveLength(WIDTH * HEIGHT);
    // The record is a rule that can run again.
    expect(await readCombination(record)).toEqual(combination);
  });

  it('names what is wrong with a rule', async () => {
    await writeFile(at('wrong.yaml'), 'classes: 3\ninputs: { a: one }\nrule: { kind: median, of: [a] }\n');
    await expect(readCombination(at('wrong.yaml'))).rejects.toThrow(/wrong\.yaml/);
  });
});
