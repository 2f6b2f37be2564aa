import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import { loadRunConfig } from '../../src/config/index.ts';
import { Random } from '../../src/core/index.ts';
import { maskDecoder, readPatch, readPatchList } from '../../src/data/index.ts';
import { readVoteRule } from '../../src/ensemble/index.ts';
import { createGeoTiff, openRaster, pixelBlock } from '../../src/raster/index.ts';
import { arpent as call } from '../cli/call.ts';

let folder: string;
const at = (name: string) => join(folder, name);
const arpent = async (...args: string[]) => {
  const program = await buildProgram(args);
  await program.parseAsync([...args, '--quiet'], { from: 'user' });
};
const [SIDE, IMAGES] = [16, 12];

async function write(path: string, data: Uint8Array, bands = 1): Promise<void> {
  const writer = await createGeoTiff(path, {
    ...{ width: SIDE, height: SIDE, bands, crs: null, geoTransform: null },
    ...{ dataType: 'uint8', interleave: 'band', rgb: false, blockSize: 16 },
  });
  await writer.write(pixelBlock(data, bands, SIDE, SIDE), 0, 0);
  await writer.close();
}

/** Twelve images in four zones; three models whose probabilities for two classes are right about as often. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ensemble-'));
  for (const name of ['a', 'b', 'c', 'masks-a', 'masks-b']) await mkdir(at(name));
  const random = new Random(5);
  const lines: string[] = [];
  for (let i = 0; i < IMAGES; i++) {
    const zone = at(`D001_2020/Z${i % 4}_UU`);
    await mkdir(zone, { recursive: true });
    const truth = Uint8Array.from({ length: SIDE * SIDE }, () => random.below(2));
    await write(join(zone, `MSK_${i}.tif`), truth);
    await write(join(zone, `IMG_${i}.tif`), truth);
    lines.push(`${join(zone, `IMG_${i}.tif`)},${join(zone, `MSK_${i}.tif`)}`);
    for (const name of ['a', 'b', 'c']) {
      const ones = truth.map((value) => {
        const right = random.chance(0.75) ? value : 1 - value;
        return right === 1 ? 130 + random.below(125) : random.below(126);
      });
      await write(
        at(`${name}/PRED_IMG_${i}.tif`),
        Uint8Array.from([...ones.map((one) => 255 - one), ...ones]),
        2,
      );
      if (name !== 'c')
        await write(
          at(`masks-${name}/PRED_IMG_${i}.tif`),
          ones.map((one) => Number(one > 127)),
        );
    }
  }
  await writeFile(at('list.csv'), `${lines.join('\n')}\n`);
});
afterAll(() => rm(folder, { recursive: true }));

const CLASSES = ['--classes', 'generic-2', '--masks', 'zero-based'];

describe('ensemble', () => {
  it('searches a rule that ensemble combine runs, which beats each model', async () => {
    await writeFile(
      at('models.yaml'),
      'classes: 2\ninputs: { a: a, b: b, c: c }\nrule: { kind: mean, of: [a, b, c] }\n',
    );
    const options = ['--truth', at('list.csv'), ...CLASSES, '--folds', '4'];
    await arpent('ensemble', 'search', at('models.yaml'), ...options, '-o', at('found.yaml'));
    expect(await readFile(at('found.yaml'), 'utf8')).toContain('too good by design');
    await arpent('ensemble', 'combine', at('found.yaml'), '-o', at('blend'));
    expect((await readdir(at('blend'))).sort()).toHaveLength(IMAGES + 1);
    const compared = ['compare', at('masks-a'), at('masks-b'), at('blend'), '--truth', at('list.csv')];
    await arpent(...compared, ...CLASSES, '-o', at('compared'));
    const text = await readFile(at('compared/comparison.txt'), 'utf8');
    expect(text).toContain('oracle mean IoU');
    // Twelve patches, four zones: intervals of the mean by either, of the runs and of what they gain.
    expect(text).toMatch(/mean IoU \(%\) +value +by patch +by zone +gain +by patch +by zone/);
    expect(text).toMatch(/^masks-a +\d+\.\d+ +\[\d+\.\d+, \d+\.\d+\] +\[\d+\.\d+, \d+\.\d+\]/m);
    expect(text).toMatch(/^blend .*\] +\+\d+\.\d+ +\[\+\d+\.\d+, \+\d+\.\d+\] \*/m);
    expect(text).toContain('12 patches, or of 4 zones whole');
    expect(text).toMatch(/mean IoU .*\+\d+\.\d+ \[\+.*\*/);
    expect(await readdir(at('compared'))).toEqual(['comparison.svg', 'comparison.txt', 'gains.svg']);
    const gains = await readFile(at('compared/gains.svg'), 'utf8');
    expect(gains.match(/<circle/g)).toHaveLength(4);
  });

  it('turns the blend’s confident pixels into masks and a mixed list', async () => {
    const options = ['--probabilities', at('a'), '--count', '2', '--confidence', '0.8', '--share', '0.5'];
    const mixed = ['--train', at('list.csv'), '--weight', '0.5', '-o', at('pseudo')];
    await arpent('pseudo-label', at('list.csv'), ...options, ...mixed);
    const lines = (await readFile(at('pseudo/train.csv'), 'utf8')).trim().split('\n');
    expect(lines).toHaveLength(IMAGES + IMAGES / 2);
    await using mask = await openRaster(at('pseudo/masks/PSEUDO_IMG_0.tif'));
    const values = new Set((await mask.read()).data);
    expect([...values].sort()).toEqual([0, 1, 255]);
  });
});

describe('pseudo-label', () => {
  it('writes masks that a configuration reads as its own, by value or by colour', async () => {
    const configured = async (name: string, masks: string) => {
      await writeFile(
        at(`${name}.yaml`),
        `name: ${name}\ntasks: { predict: false, metrics: false }\ndata: { train: list.csv, validation: list.csv, channels: [1], masks: ${masks} }
classes:\n  - { name: field, color: "#10A020", value: 7 }\n  - { name: road, color: "#FFEE00", value: 9 }
model: { name: unet, encoder: resnet18, encoder_weights: none }\n`,
      );
      const options = ['--probabilities', at('a'), '--config', at(`${name}.yaml`), '--confidence', '0.8'];
      await arpent('pseudo-label', at('list.csv'), ...options, '-o', at(`pseudo-${name}`));
      const { config } = await loadRunConfig(at(`${name}.yaml`));
      const patches = await readPatchList(at(`pseudo-${name}/train.csv`));
      const decoded = await readPatch(patches[0]!, {
        channels: [1],
        decodeMask: maskDecoder(config.data.masks, 2),
        maskColors: config.data.masks.encoding.kind === 'colors',
      });
      return decoded.mask!;
    };
    const plain = await configured('values', '{ encoding: values, ignore: [200] }');
    expect(new Set(plain)).toEqual(new Set([0, 1, 255]));
    await using mask = await openRaster(at('pseudo-values/masks/PSEUDO_IMG_0.tif'));
    expect(new Set((await mask.read()).data)).toEqual(new Set([7, 9, 200]));
    expect(await configured('colours', '{ encoding: colors, ignore: ["#9B9B9B"] }')).toEqual(plain);
    expect(await configured('zero', '{ encoding: zero-based, unknown: ignore }')).toEqual(plain);
    await expect(configured('strict', '{ encoding: zero-based }')).rejects.toThrow('data.masks.ignore');
  });

  it('wants to know the classes', async () => {
    const bare = ['pseudo-label', at('list.csv'), '--probabilities', at('a'), '-o', at('bare')];
    await expect(arpent(...bare)).rejects.toThrow('nothing says which classes');
  });
});

describe('words that are not among the choices', () => {
  it.each([
    [['compare', 'x', '--truth', 'y', '--by', 'street'], '"street" is not patch or zone'],
    [['submit', 'check', 'x.csv', '--order', 'diagonal'], '"diagonal" is not row or column'],
    [['data', 'split', 'x.csv', '-o', 'y', '--by', 'street'], '"street" is not patch, zone, domain or block'],
    [
      ['ensemble', 'search', 'x', '--truth', 'y', '-o', 'z', '--steps', 'subset,luck'],
      '"luck" is not subset',
    ],
    [['ensemble', 'search', 'x', '--truth', 'y', '-o', 'z', '--masks', 'bits'], '"bits" is not one-based'],
    [['ensemble', 'combine', 'x', '-o', 'y', '--probabilities', 'int8'], '"int8" is not uint8 or float32'],
    [
      ['pseudo-label', 'x', '--probabilities', 'y', '-o', 'z', '--share', '80'],
      '"80" is not a number above 0',
    ],
    [['data', 'split', 'x', '-o', 'y', '--shares', '70,10,10,10'], '4 shares'],
    [['data', 'split', 'x', '-o', 'y', '--folds', '3', '--shares', '80,20'], 'leave out --folds'],
  ])('are named: %s', async (args, said) => {
    const { code, stderr } = await call(...args);
    expect(code).not.toBe(0);
    expect(stderr).toContain(said);
  });
});

describe('submit', () => {
  it('writes, checks, scores and votes', async () => {
    const size = ['--size', '16x16'];
    for (const name of ['a', 'b']) {
      await arpent(
        'submit',
        'write',
        at('list.csv'),
        '--predictions',
        at(`masks-${name}`),
        '-o',
        at(`${name}.csv`),
      );
      await arpent('submit', 'check', at(`${name}.csv`), '--sample', at('a.csv'), ...size);
    }
    await arpent('submit', 'score', at('b.csv'), '--truth', at('a.csv'), ...size);
    await writeFile(at('vote.yaml'), 'threshold: 2\nmembers: [a.csv, a.csv, b.csv]\n');
    await arpent('ensemble', 'vote', at('vote.yaml'), ...size, '-o', at('voted.csv'));
    expect(await readFile(at('voted.csv'), 'utf8')).toBe(await readFile(at('a.csv'), 'utf8'));
    // The record is a rule that can run again.
    expect(await readVoteRule(at('voted.csv.rule.yaml'))).toEqual(await readVoteRule(at('vote.yaml')));
    await writeFile(at('bad.csv'), 'img_id,mask_rle\nIMG_0,1 2 3\n');
    await expect(arpent('submit', 'check', at('bad.csv'), ...size)).rejects.toThrow('1 faults in 1 images');
  });
});

describe('submit', () => {
  it('takes a folder for a list, and tiles of images that share a name', async () => {
    await mkdir(at('twins/one'), { recursive: true });
    await mkdir(at('twins/two'));
    for (const twin of ['one', 'two'])
      await writeFile(
        at(`twins/${twin}/IMG.tif`),
        await readFile(at(`masks-${twin === 'one' ? 'a' : 'b'}/PRED_IMG_0.tif`)),
      );
    const tiles = ['--tile', '10', '--stride', '6'];
    await arpent('submit', 'cut', at('twins'), ...tiles, '-o', at('twin-tiles'));
    const names = await readdir(at('twin-tiles/images'));
    expect(names).toHaveLength(8);
    await mkdir(at('twin-tiles/predictions'));
    for (const name of names)
      await writeFile(
        at(`twin-tiles/predictions/PRED_${name}`),
        await readFile(at(`twin-tiles/images/${name}`)),
      );
    const predicted = ['--predictions', at('twin-tiles/predictions')];
    await arpent('submit', 'join', at('twins'), ...tiles, ...predicted, '-o', at('twin-masks'));
    const joined = await Promise.all(
      (await readdir(at('twin-masks'))).map(async (name) => {
        await using mask = await openRaster(at(`twin-masks/${name}`));
        return [...(await mask.read()).data].join('');
      }),
    );
    const cut = ['one', 'two'].map(async (twin) => {
      await using mask = await openRaster(at(`twins/${twin}/IMG.tif`));
      return [...(await mask.read()).data].join('');
    });
    expect(joined.sort()).toEqual((await Promise.all(cut)).sort());
    const csv = ['submit', 'write', at('twins'), '--predictions', at('twin-masks'), '-o', at('twins.csv')];
    await expect(arpent(...csv)).rejects.toThrow('two images are called IMG');
  });
});

describe('submit cut and join', () => {
  it('put masks back as they were cut', async () => {
    const tiles = ['--tile', '7', '--stride', '5'];
    await arpent('submit', 'cut', at('list.csv'), ...tiles, '-o', at('cut'));
    const lines = (await readFile(at('cut/tiles.csv'), 'utf8')).trim().split('\n');
    expect(lines).toHaveLength(IMAGES * 9);
    await mkdir(at('cut/predictions'));
    for (const line of lines) {
      const mask = line.split(',')[1]!;
      await writeFile(at(`cut/predictions/PRED_${mask.split('/').at(-1)}`), await readFile(mask));
    }
    await arpent(
      'submit',
      'join',
      at('list.csv'),
      ...tiles,
      '--predictions',
      at('cut/predictions'),
      '-o',
      at('back'),
    );
    await using truth = await openRaster(at('D001_2020/Z3_UU/MSK_3.tif'));
    await using back = await openRaster(at('back/PRED_IMG_3.tif'));
    expect((await back.read()).data).toEqual((await truth.read()).data);
    const flair = ['submit', 'flair', at('list.csv'), '--side', '16', '--predictions'];
    await arpent(...flair, at('back'));
    await expect(arpent(...flair, at('back'), '--count', '1')).rejects.toThrow('12 faults');
  });
});

describe('data split', () => {
  it('writes lists of folds with whole zones and evenly spread classes', async () => {
    await arpent('data', 'split', at('list.csv'), '--folds', '4', ...CLASSES, '-o', at('split'));
    const heldOut: string[] = [];
    for (const fold of [1, 2, 3, 4]) {
      const text = await readFile(at(`split/fold-${fold}/validation.csv`), 'utf8');
      expect(new Set(text.match(/Z\d_UU/g)).size).toBe(1);
      heldOut.push(...text.trim().split('\n'));
    }
    expect(heldOut.sort()).toEqual((await readFile(at('list.csv'), 'utf8')).trim().split('\n').sort());
    const report = JSON.parse(await readFile(at('split/split.json'), 'utf8'));
    for (const { shares } of report.parts) expect(Object.values(shares)[0]).toBeCloseTo(50, -1);
  });
});
