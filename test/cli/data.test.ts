import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { readMetadata, readPatchList } from '../../src/data/index.ts';
import { ConfusionMatrix, encodeConfusionMatrix } from '../../src/evaluation/index.ts';
import { createGeoTiff, openRaster, pixelBlock } from '../../src/raster/index.ts';
import { makeFlairDataset } from '../flair/dataset.ts';
import { temporaryFolder } from '../raster/fixtures.ts';
import { arpent } from './call.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const CLASSES = ['--classes', 'generic-4', '--masks', 'one-based'];

beforeAll(async () => {
  await makeFlairDataset(folder, { size: 32, counts: [4, 2, 2] });
});

test('data check finds nothing wrong with good lists and draws their class shares', async () => {
  const lists = ['train.csv', 'val.csv', 'test.csv'].map(at);
  const { code, stdout } = await arpent('data', 'check', ...lists, ...CLASSES, '-o', at('audit'));
  expect(code).toBe(0);
  expect(stdout).toContain('No problem found.');
  expect(stdout).toContain('EPSG:2154');
  expect(stdout).toContain('0.2 m');
  expect(existsSync(at('audit/class_shares.png'))).toBe(true);
});

test('data check names duplicates, leaking zones, unknown values and unusable patches', async () => {
  const [first, second] = readFileSync(at('train.csv'), 'utf8').split('\n') as [string, string];
  writeFileSync(at('leaky.csv'), `${first}\nnowhere.tif,nowhere.tif\n`);
  const fewer = ['--classes', 'generic-2', '--masks', 'one-based'];
  const checked = await arpent('data', 'check', at('train.csv'), at('leaky.csv'), ...fewer);
  const stdout = checked.stdout.replaceAll(`${folder}/`, '');
  expect(checked.code).toBe(1);
  expect(stdout).toContain(
    'leakage: zone D004_2021/Z1_UN stands in train (2, first train.csv:1) and leaky (1, first leaky.csv:1)',
  );
  expect(stdout).toMatch(
    /same pixels: .*IMG_000001\.tif \(train\.csv:1\) = .*IMG_000001\.tif \(leaky\.csv:1\)/,
  );
  expect(stdout).toMatch(
    /train: mask value [34] stands for no class \(\d+ pixels in \d masks\), first train\.csv:\d/,
  );
  expect(stdout).toContain('leaky.csv:2: nowhere.tif: no such raster file');
  expect(second).not.toBe('');
  const json = await arpent('data', 'check', at('leaky.csv'), ...CLASSES, '--json');
  const audit = JSON.parse(json.stdout.trim().split('\n').at(-1)!);
  expect(audit).toMatchObject({ event: 'audit', sets: [{ name: 'leaky', patches: 2 }] });
});

test('data check names patches of other kinds, and masks that lie elsewhere, by their lines', async () => {
  const lines = readFileSync(at('train.csv'), 'utf8').trim().split('\n');
  const mask = lines[3]!.split(',')[1];
  const grid = { width: 16, height: 16, crs: 'EPSG:2154', geoTransform: [0, 0.2, 0, 9, 0, -0.2] } as const;
  for (const [name, bands] of [
    ['odd.tif', 5],
    ['odd-mask.tif', 1],
  ] as const) {
    const writer = await createGeoTiff(at(name), { ...grid, bands, dataType: 'uint8' });
    await writer.write(pixelBlock(new Uint8Array(bands * 256).fill(1), bands, 16, 16), 0, 0);
    await writer.close();
  }
  lines[2] = `${lines[2]!.split(',')[0]},${mask}`;
  const gone = Array.from({ length: 15 }, (_, i) => `gone-${i}.tif,gone.tif`);
  writeFileSync(at('mixed.csv'), [...lines, 'odd.tif,odd-mask.tif', ...gone].join('\n'));
  const { stdout } = await arpent('data', 'check', at('mixed.csv'), ...CLASSES);
  expect(stdout).toContain(`different sizes: 32 × 32 (4), 16 × 16 (1, first ${at('mixed.csv')}:5)`);
  expect(stdout).toContain('mixed: masks that lie elsewhere than their images: 1, lines 3');
  expect(stdout).toContain(`${at('mixed.csv')}:6: ${at('gone-0.tif')}: no such raster file`);
  expect(stdout).toContain('mixed: 3 more patches cannot be used: lines 18–20');
});

test('data stats are the statistics of all pixels, whatever the number of readers', async () => {
  const run = (workers: string) =>
    arpent('data', 'stats', at('train.csv'), '--channels', '1,5', '--workers', workers, ...CLASSES);
  const [one, four] = [await run('1'), await run('4')];
  expect(one.stdout).toBe(four.stdout);
  const values: number[] = [];
  for (const { image } of await readPatchList(at('train.csv'))) {
    await using raster = await openRaster(image, { bands: [5] });
    values.push(...(await raster.read()).data);
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const std = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  expect(one.stdout).toMatch(new RegExp(`means: \\[[\\d.]+, ${Number(mean.toPrecision(6))}\\]`));
  expect(one.stdout).toMatch(new RegExp(`stds: \\[[\\d.]+, ${Number(std.toPrecision(6))}\\]`));
});

test('data stats of several lists also say what all together have, to the last digit', async () => {
  writeFileSync(at('both.csv'), readFileSync(at('train.csv'), 'utf8') + readFileSync(at('test.csv'), 'utf8'));
  const apart = await arpent('data', 'stats', at('train.csv'), at('test.csv'), ...CLASSES);
  const { stdout: one } = await arpent('data', 'stats', at('both.csv'), ...CLASSES);
  expect(apart.stdout.split('# all lists\n')[1]!.trim()).toBe(one.trim());
});

test('root replaces the beginning of IGN’s paths', async () => {
  const moved = readFileSync(at('test.csv'), 'utf8').replaceAll(
    'flair_1_aerial_test',
    '../data/x/flair_1_aerial_test',
  );
  writeFileSync(at('moved.csv'), moved);
  const [patch] = await readPatchList(at('moved.csv'), { root: folder });
  expect(existsSync(patch!.image)).toBe(true);
  const { stdout } = await arpent('data', 'check', at('moved.csv'), '--root', folder, ...CLASSES);
  expect(stdout).toContain('No problem found.');
});

test('the metadata of every patch of the lists can be encoded', async () => {
  const patches = await readPatchList(at('train.csv'));
  for (const encoding of ['ign', 'fixed'] as const) {
    const table = await readMetadata({ file: at('flair_aerial_metadata.json'), encoding });
    expect(table(patches)).toHaveLength(45 * patches.length);
  }
});

test('evaluate scores pairs both ways, and card describes a confusion matrix', async () => {
  const grid = { width: 4, height: 2, crs: null, geoTransform: null };
  const write = async (name: string, values: readonly number[]) => {
    const writer = await createGeoTiff(at(name), { ...grid, dataType: 'uint8' });
    await writer.write(pixelBlock(Uint8Array.from(values), 1, 2, 4), 0, 0);
    await writer.close();
  };
  await write('truth.tif', [1, 1, 1, 1, 2, 2, 3, 3]);
  await write('prediction.tif', [0, 0, 0, 1, 1, 1, 2, 0]);
  writeFileSync(at('pairs.csv'), 'truth.tif,prediction.tif\n');
  const pairs = ['--truth', at('pairs.csv'), '--classes', 'generic-3', '--masks', 'one-based'];
  const { code, stdout, stderr } = await arpent('evaluate', ...pairs, '-o', at('scores'));
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/mIoU +58\.89 +58\.89/);
  expect(stdout).toContain('IGN’s way');
  for (const file of ['metrics.json', 'confmat.npy', 'confmat_norm-recall.png']) {
    expect(existsSync(at(`scores/${file}`)), file).toBe(true);
  }
  expect((await arpent('evaluate', ...pairs, '-o', at('scores'))).stderr).toContain('already exists');
  const card = ['card', '--metrics', at('scores/confmat.npy'), '--classes', 'generic-3', '-o', at('card.md')];
  expect((await arpent(...card, '--license', 'etalab-2.0')).code).toBe(0);
  expect(readFileSync(at('card.md'), 'utf8')).toMatch(/^---\nlicense: etalab-2\.0/);
  expect(encodeConfusionMatrix(new ConfusionMatrix(3)).length).toBeGreaterThan(0);
});

test('config explain names the value and the line of every key; schema is JSON', async () => {
  writeFileSync(at('arpent.yaml'), 'name: x\nclasses: flair-19\ntasks: { train: no, predict: no }\n');
  const explained = await arpent('config', 'explain', at('arpent.yaml'));
  expect(explained.stdout).toMatch(/^name +x +line 1 +Name of the run/m);
  const schema = await arpent('config', 'schema', 'flair');
  expect(JSON.parse(schema.stdout).properties.channels).toBeDefined();
  expect((await arpent('config', 'schema', 'yolo')).code).toBe(1);
});

test('models show counts parameters without any memory', async () => {
  const { stdout } = await arpent('models', 'show', 'resnet34_unet', '--channels', '3', '--classes', '19');
  expect(stdout).toMatch(/^resnet34_unet: 24,4\d\d,\d{3} parameters/);
  const list = await arpent('models', 'list', 'resnet34_unet');
  expect(list.stdout).toContain('resnet34_unet');
});
