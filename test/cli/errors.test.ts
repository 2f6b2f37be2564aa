import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { createGeoTiff, pixelBlock } from '../../src/raster/index.ts';
import { makeFlairDataset } from '../flair/dataset.ts';
import { temporaryFolder } from '../raster/fixtures.ts';
import { arpent } from './call.ts';

vi.setConfig({ testTimeout: 180_000 });
const folder = temporaryFolder();
const at = (name: string) => join(folder, name);

/** A run of four bands and four classes with some keys replaced. */
function writeConfig(changes: readonly (readonly [string, string])[] = []): string {
  const text = `
name: small
output: runs
data: { train: train.csv, validation: val.csv, test: test.csv, channels: [1, 2, 3, 4, 5], workers: 2 }
classes: [{ name: a }, { name: b }, { name: c }, { name: d }]
normalization: { type: scaling }
model: { name: unet, encoder: mobilenet_v2, encoder_weights: none }
training: { epochs: 1, batch_size: 2 }
`;
  const file = at('arpent.yaml');
  writeFileSync(
    file,
    changes.reduce((changed, [from, to]) => changed.replace(from, to), text),
  );
  return file;
}

/** The list of training patches with its second line replaced. */
function listWith(image: string, mask: string): void {
  const lines = readFileSync(at('train-good.csv'), 'utf8').trim().split('\n');
  lines[1] = `${image},${mask}`;
  writeFileSync(at('train.csv'), `${lines.join('\n')}\n`);
}

async function failing(...args: string[]): Promise<string> {
  const { code, stderr } = await arpent(...args);
  expect(code, stderr).toBe(1);
  expect(stderr).not.toContain('defect');
  return stderr.replaceAll(folder, '<data>');
}

async function writeRaster(path: string, size: number, value: number): Promise<string> {
  const grid = { width: size, height: size, crs: null, geoTransform: null };
  const writer = await createGeoTiff(path, { ...grid, dataType: 'uint8', overwrite: true });
  await writer.write(pixelBlock(new Uint8Array(size * size).fill(value), 1, size, size), 0, 0);
  await writer.close();
  return path;
}

let image = '';
let mask = '';

beforeAll(async () => {
  await makeFlairDataset(folder, { size: 32, counts: [4, 2, 2] });
  copyFileSync(at('train.csv'), at('train-good.csv'));
  [image, mask] = readFileSync(at('train.csv'), 'utf8').split('\n')[1]!.split(',') as [string, string];
});

test('a missing image is named with its line in the list', async () => {
  listWith('nowhere.tif', mask);
  expect(await failing('train', writeConfig(), '-q')).toMatchInlineSnapshot(`
    "error: <data>/train.csv:2: <data>/nowhere.tif: no such raster file
      → check the path; relative paths start at the current directory; where the data lie elsewhere, root replaces the beginning of the paths; or pass --skip-bad to leave such patches out and have them listed
    "
  `);
});

test('a damaged image is named with its line', async () => {
  copyFileSync(at(image), at('cut.tif'));
  truncateSync(at('cut.tif'), 900);
  listWith('cut.tif', mask);
  expect(await failing('train', writeConfig(), '-q', '--overwrite')).toMatch(
    /^error: <data>\/train\.csv:2: <data>\/cut\.tif/,
  );
});

test('a mask of another size is named with both sizes', async () => {
  await writeRaster(at('small-mask.tif'), 16, 1);
  listWith(image, 'small-mask.tif');
  expect(await failing('train', writeConfig(), '-q', '--overwrite')).toMatchInlineSnapshot(`
    "error: <data>/train.csv:2: <data>/small-mask.tif: the mask is 16 × 16 pixels, its image 32 × 32
      → make both cover the same pixels; or pass --skip-bad to leave such patches out and have them listed
    "
  `);
});

test('mask values outside the classes are named with their pixels', async () => {
  await writeRaster(at('odd-mask.tif'), 32, 77);
  listWith(image, 'odd-mask.tif');
  expect(await failing('train', writeConfig(), '-q', '--overwrite')).toMatchInlineSnapshot(`
    "error: <data>/train.csv:2: <data>/odd-mask.tif: the mask holds the value 77 (1024 pixels), which stands for none of the 4 classes
      → check the mask encoding (one-based, zero-based, values or colors) and the classes, or list values to leave out as ignored; or pass --skip-bad to leave such patches out and have them listed
    "
  `);
});

test('a channel that does not exist is named', async () => {
  copyFileSync(at('train-good.csv'), at('train.csv'));
  const config = writeConfig([['[1, 2, 3, 4, 5]', '[1, 2, 7]']]);
  expect(await failing('train', config, '-q', '--overwrite')).toMatchInlineSnapshot(`
    "error: <data>/train.csv:2: <data>/flair_aerial_train/D004_2021/Z2_UN/img/IMG_000002.tif, band 7: there is no band 7: the raster has bands 1 to 5
      → choose channels among 1 to 5 (the first band is 1); or pass --skip-bad to leave such patches out and have them listed
    "
  `);
});

test('means of the wrong length are found in the configuration', async () => {
  const config = writeConfig([['type: scaling', 'type: custom, means: [1, 2], stds: [1, 1, 1, 1, 1]']]);
  expect(await failing('train', config)).toMatchInlineSnapshot(`
    "error: <data>/arpent.yaml: 1 problem in this configuration
    <data>/arpent.yaml:6:39: normalization.means: 2 values for 5 channels; give one per channel, in the same order
      6 | normalization: { type: custom, means: [1, 2], stds: [1, 1, 1, 1, 1] }
        |                                       ^^^^^^
      → correct these lines; "arpent config explain FILE" lists every key with what it means and accepts
    "
  `);
});

test('an unknown key is named with the nearest valid one', async () => {
  expect(await failing('run', writeConfig([['training:', 'trainign:']]))).toMatchInlineSnapshot(`
    "error: <data>/arpent.yaml: 1 problem in this configuration
    <data>/arpent.yaml:8:1: trainign: there is no such key (did you mean training?)
      8 | trainign: { epochs: 1, batch_size: 2 }
        | ^^^^^^^^
      → correct these lines; "arpent config explain FILE" lists every key with what it means and accepts
    "
  `);
});

test('a device that is not there is named', async () => {
  expect(
    await failing('train', writeConfig(), '--device', 'cuda:7', '--overwrite', '-q'),
  ).toMatchInlineSnapshot(`
    "error: key device: no CUDA device can be used
      → choose cpu or auto; \`arpent doctor\` lists the devices
    "
  `);
});

test('there is nothing to resume before a run', async () => {
  expect(
    await failing('run', writeConfig([['name: small', 'name: fresh']]), '--resume'),
  ).toMatchInlineSnapshot(`
    "error: <data>/runs/fresh/checkpoints/last.ckpt: there is nothing to resume: the run left no last.ckpt
      → start the run without --resume, or name a checkpoint in the configuration
    "
  `);
});

test('skip-bad counts and lists what it leaves out; a network that does not fit says what it takes', async () => {
  const lines = readFileSync(at('train-good.csv'), 'utf8').trim().split('\n');
  writeFileSync(at('train.csv'), `${[...lines, `nowhere.tif,${mask}`].join('\n')}\n`);
  const { code, stderr, stdout } = await arpent('run', writeConfig(), '--skip-bad', '--overwrite');
  expect(code, stderr).toBe(0);
  expect(stderr.replaceAll(folder, '<data>')).toMatchInlineSnapshot(`
    "warning: one patch was left out:
      <data>/train.csv:5: <data>/nowhere.tif: no such raster file
    "
  `);
  expect(stdout).toContain('strict');
  const model = at('runs/small/checkpoints/best.ckpt');
  const test = at('flair_1_aerial_test');
  const wrong = ['--model', model, '--channels', '1,2,3', '--images', test];
  expect(await failing('predict', ...wrong, '-o', at('wrong'))).toMatch(/channels|bands/);
  expect(
    await failing('map', at(image), '--model', model, '-o', at('wrong.tif'), '--channels', '1-3'),
  ).toMatch(/the network takes 5 channels, 3 are chosen/);
  expect(
    await failing('map', at(image), '--model', model, '-o', at('m.tif'), '--tile', '30', '--margin', '15'),
  ).toMatch(/writes nothing/);
  expect(await failing('run', writeConfig())).toContain('the output already exists');
  const weights = ['--model', at('bare.pth'), '-o', at('m.tif')];
  copyFileSync(model, at('bare.pth'));
  expect(
    await failing('map', at(image), ...weights, '--config', writeConfig([['mobilenet_v2', 'resnet18']])),
  ).toMatch(/the weights do not fit/);
});
