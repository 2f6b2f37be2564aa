import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../core/index.ts';
import { createGeoTiff, openRaster, pixelBlock } from '../../raster/index.ts';
import { sieve } from '../post/sieve.ts';
import { combine } from './combine-folders.ts';
import { combineRasters } from './combine-rasters.ts';
import { asClasses } from './layers.ts';
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

describe('smoothing', () => {
  const inputs = { masks: { path: '' } };
  const cells = async (name: string, more: object, options: object = {}) => {
    const combination = { classes: CLASSES, inputs, rule: 'masks', output: 'classes', ...more } as const;
    await combineRasters(combination, at(name), options);
    return Uint8Array.from(await read(at(name)));
  };
  let truth: Uint8Array;
  let noisy: Uint8Array;

  beforeAll(async () => {
    // Two fields, one pixel of nine wrong, and an image that shows the fields.
    const random = new Random(12);
    truth = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) =>
      Number(i % WIDTH > 30 + 10 * Math.sin(i / 900)),
    );
    noisy = truth.map((index) => (random.chance(1 / 9) ? random.below(CLASSES) : index));
    noisy[100] = 255;
    const image = Uint8Array.from(
      { length: 3 * WIDTH * HEIGHT },
      (_, i) => 60 + 120 * truth[i % truth.length]! + random.below(20),
    );
    await write(at('noisy.tif'), noisy, 1);
    await write(at('image.tif'), image, 3);
    inputs.masks.path = at('noisy.tif');
  });
  const wrong = (map: Uint8Array) => map.filter((index, i) => index !== truth[i]).length;

  it('removes small regions of the whole map, in one step or several', async () => {
    const size = { width: WIDTH, height: HEIGHT };
    expect(await cells('sieved.tif', { sieve: { least: 12 } }, { cells: 1 })).toEqual(
      sieve(noisy, { ...size, least: 12 }),
    );
    const steps = [
      { least: 20, only: 1 },
      { least: 9, only: 0, corners: true },
    ];
    const [objects, holes] = [
      { ...size, ...steps[0]! },
      { ...size, ...steps[1]! },
    ];
    expect(await cells('steps.tif', { sieve: steps }, { cells: 1 })).toEqual(
      sieve(sieve(noisy, objects), holes),
    );
    expect(wrong(await read(at('sieved.tif')).then((map) => Uint8Array.from(map)))).toBeLessThan(
      wrong(noisy) / 3,
    );
  });

  it('follows the image with a CRF, whose record runs again', async () => {
    const crf = { image: at('image.tif'), bilateral: { weight: 5, sigma: 10, color: 20 }, certainty: 0.7 };
    const smooth = await cells('smooth.tif', { crf });
    expect(wrong(smooth)).toBeLessThan(wrong(noisy) / 5);
    expect(smooth[100]).toBe(255);
    const both = await cells('both.tif', { crf, sieve: { least: 30 } });
    expect(wrong(both)).toBeLessThanOrEqual(wrong(smooth));
    await writeFile(
      at('crf.yaml'),
      `classes: 3
inputs: { a: a.tif, b: b.tif }
rule: { kind: mean, of: [a, b] }
crf: { image: image.tif, iterations: 2, gaussian: null, bilateral: { weight: 1, sigma: 4, color: 30 } }
sieve: { least: 4 }
`,
    );
    const combination = await readCombination(at('crf.yaml'));
    const { record } = await combine(combination, at('crf-out.tif'));
    expect(await readCombination(record)).toEqual(combination);
  });

  it('finds the image of each raster of a folder', async () => {
    for (const name of ['noisy-folder', 'pictures', 'pictures/zone']) await mkdir(at(name));
    await writeFile(at('noisy-folder/PRED_7.tif'), await readFile(at('noisy.tif')));
    await writeFile(at('pictures/zone/7.tif'), await readFile(at('image.tif')));
    const crf = { image: at('pictures'), bilateral: { weight: 5, sigma: 10, color: 20 }, certainty: 0.7 };
    const folders = { classes: CLASSES, rule: 'masks', output: 'classes', crf } as const;
    const given = { ...folders, inputs: { masks: { path: at('noisy-folder') } } };
    await combine(given, at('smooth-folder'));
    expect(await read(at('smooth-folder/PRED_7.tif'))).toEqual(await read(at('smooth.tif')));
    await writeFile(at('noisy-folder/PRED_8.tif'), await readFile(at('noisy.tif')));
    await expect(combine(given, at('smooth-folder'), { overwrite: true })).rejects.toThrow(
      'no image of PRED_8.tif',
    );
  });

  it('may write smoothed probabilities, also of classes', async () => {
    const crf = { bilateral: null, gaussian: { weight: 2, sigma: 1 } };
    const combination = { classes: CLASSES, inputs, rule: 'masks', output: 'probabilities', crf } as const;
    await combineRasters(combination, at('probable.tif'), { probabilities: 'float32' });
    const data = Float32Array.from(await read(at('probable.tif')));
    expect([...asClasses({ kind: 'probabilities', data, one: 1 }, CLASSES)]).toEqual([
      ...(await cells('plain.tif', { crf })),
    ]);
  });

  it('wants the image, of the same size', async () => {
    await expect(cells('never.tif', { crf: {} })).rejects.toThrow('no image to follow');
    const small = await createGeoTiff(at('small.tif'), {
      ...{ width: 20, height: 20, bands: 3, crs: null, geoTransform: null, dataType: 'uint8' },
    });
    await small.write(pixelBlock(new Uint8Array(1200), 3, 20, 20), 0, 0);
    await small.close();
    await expect(cells('never.tif', { crf: { image: at('small.tif') } })).rejects.toThrow('20 × 20');
    await expect(cells('never.tif', { sieve: { least: 2 }, output: 'probabilities' })).rejects.toThrow(
      'not from probabilities',
    );
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

  it('wants the same images in every folder', async () => {
    await mkdir(at('three'));
    for (const name of ['1', '2']) await writeFile(at(`three/PRED_${name}.tif`), await readFile(at('a.tif')));
    for (const [a, b] of [
      ['one', 'three'],
      ['three', 'one'],
    ] as const) {
      const inputs = { a: { path: at(a) }, b: { path: at(b) } };
      const run = combine({ classes: CLASSES, inputs, rule, output: 'classes' }, at('never'));
      await expect(run).rejects.toThrow(/one\/PRED_2\.tif: the prediction is missing \(.*three has it\)/);
    }
  });

  it('wants rasters of one place', async () => {
    const placed = async (name: string, x: number) => {
      const writer = await createGeoTiff(at(name), {
        ...{ width: WIDTH, height: HEIGHT, bands: 1, crs: null, dataType: 'uint8' },
        geoTransform: [x, 0.2, 0, 100, 0, -0.2],
      });
      await writer.write(pixelBlock(new Uint8Array(WIDTH * HEIGHT), 1, HEIGHT, WIDTH), 0, 0);
      await writer.close();
      return { path: at(name) };
    };
    const inputs = { a: await placed('here.tif', 50), b: await placed('there.tif', 50.2) };
    const vote = { kind: 'vote', of: ['a', 'b'] } as const;
    const joined = (b: { path: string }) =>
      combineRasters(
        { classes: 3, inputs: { ...inputs, b }, rule: vote, output: 'classes' },
        at('placed.tif'),
        {
          overwrite: true,
        },
      );
    await expect(joined(inputs.b)).rejects.toThrow(/there\.tif: this raster lies elsewhere than .*here\.tif/);
    // A hundredth of a pixel is how a text of the same place was rounded; no place at all is taken as the same.
    await joined(await placed('near.tif', 50.002));
    await joined({ path: at('masks.tif') });
  });

  it('names what is wrong with a rule', async () => {
    await writeFile(at('wrong.yaml'), 'classes: 3\ninputs: { a: one }\nrule: { kind: median, of: [a] }\n');
    await expect(readCombination(at('wrong.yaml'))).rejects.toThrow(/wrong\.yaml/);
  });
});
