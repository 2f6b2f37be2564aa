import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { manualSeed } from '../../src/engine/index.ts';
import { createModel } from '../../src/models/index.ts';
import { openRaster } from '../../src/raster/index.ts';
import { writeCheckpoint } from '../../src/training/checkpoint.ts';
import { writeSafetensors } from '../../src/weights/index.ts';
import { geoTransform, imageCells, readAll, sha256, temporaryFolder, writeImage } from '../map/support.ts';
import { arpent } from './call.ts';

vi.setConfig({ testTimeout: 180_000 });
const folder = temporaryFolder();
const at = (...names: string[]) => join(folder, ...names);
const side = 64;

manualSeed(1);
const network = createModel({ name: 'resnet18_unet', inChannels: 2, classes: 5 });
writeSafetensors(at('model.safetensors'), network.stateDict(), {});
network.dispose();
const model = [
  ...['--model', at('model.safetensors'), '--arch', 'resnet18_unet', '--channels', '1,2'],
  ...['--classes', 'generic-5', '--means', '110,110', '--stds', '25,25'],
];
const windows = ['--tile', '96', '--margin', '16'];

/** A row of patches of one scene, from `column` 0 on; the scene itself as `NAME.tif`. */
async function patchesOf(zone: string, count: number, offset = 0): Promise<string> {
  const scene = imageCells(count * side, side, count);
  const whole = at(`${zone.replaceAll('/', '_')}.tif`);
  const left = geoTransform[0] + offset;
  await writeImage(whole, count * side, side, { geoTransform: [left, 0.2, 0, 6500000, 0, -0.2] }, scene);
  mkdirSync(at('flair', zone, 'img'), { recursive: true });
  for (let i = 0; i < count; i++) {
    const cells = Uint8Array.from({ length: 2 * side * side }, (_, at) => {
      const [line, x] = [Math.floor(at / side), at % side];
      return scene[line * count * side + i * side + x]!;
    });
    const origin = [left + 0.2 * side * i, 0.2, 0, 6500000, 0, -0.2] as const;
    await writeImage(
      at('flair', zone, 'img', `IMG_${10 + i}.tif`),
      side,
      side,
      { geoTransform: origin },
      cells,
    );
  }
  return whole;
}

const scene = await patchesOf('D012_2019/Z2_UF', 3);
await patchesOf('D013_2020/Z1_AA', 2, 5000);

test('patches are mapped by zone as the whole scene is, and cut back', async () => {
  const { code, stdout, stderr } = await arpent(
    ...['zones', at('flair'), ...model, ...windows, '-o', at('zones'), '--first-value', '1', '--json'],
  );
  expect(code, stderr).toBe(0);
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; zone?: string });
  expect(events.filter(({ event }) => event === 'zone').map(({ zone }) => zone)).toEqual([
    'D012_2019/Z2_UF',
    'D013_2020/Z1_AA',
  ]);
  expect((await arpent('map', scene, ...model, ...windows, '-o', at('scene-map.tif'))).code).toBe(0);
  expect(await readAll(at('zones', 'D012_2019_Z2_UF.tif'))).toEqual(await readAll(at('scene-map.tif')));
  const map = await readAll(at('scene-map.tif'));
  const prediction = at('zones', 'patches', 'D012_2019_Z2_UF', 'PRED_11.tif');
  const expected = Uint8Array.from({ length: side * side }, (_, i) => {
    return 1 + map[Math.floor(i / side) * 3 * side + side + (i % side)]!;
  });
  expect(await readAll(prediction)).toEqual(expected);
  await using patch = await openRaster(at('flair', 'D012_2019', 'Z2_UF', 'img', 'IMG_11.tif'));
  await using cut = await openRaster(prediction);
  expect(cut.geoTransform).toEqual(patch.geoTransform);
});

test('the same command goes on where it stopped, keeping finished zones; others are refused', async () => {
  const command = ['zones', at('flair'), ...model, ...windows, '-o', at('zones'), '--first-value', '1'];
  const [first, second] = [at('zones', 'D012_2019_Z2_UF.tif'), at('zones', 'D013_2020_Z1_AA.tif')];
  const [before, bytes] = [statSync(first).mtimeMs, sha256(second)];
  rmSync(second);
  rmSync(at('zones', 'patches', 'D013_2020_Z1_AA'), { recursive: true });
  const { code, stderr } = await arpent(...command);
  expect(code, stderr).toBe(0);
  expect(statSync(first).mtimeMs).toBe(before);
  expect(sha256(second)).toBe(bytes);
  expect(existsSync(at('zones', 'patches', 'D013_2020_Z1_AA', 'PRED_11.tif'))).toBe(true);
  const refused = await arpent(...command, '--blend', 'crop');
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain('D012_2019_Z2_UF.tif');
});

test('patches by a list; without a tile, one just large enough', async () => {
  const names = [0, 1, 2].map((i) => `flair/D012_2019/Z2_UF/img/IMG_${10 + i}.tif`);
  writeFileSync(at('list.csv'), `image\n${names.join('\n')}\n`);
  const { code, stdout, stderr } = await arpent('zones', at('list.csv'), ...model, '-o', at('listed'));
  expect(code, stderr).toBe(0);
  expect(stdout + stderr).toContain('3 patches, 192 × 64 pixels');
  expect((await readAll(at('listed', 'patches', 'D012_2019_Z2_UF', 'PRED_10.tif'))).length).toBe(side * side);
  const nothing = await arpent('zones', at('list.csv'), ...model, '-o', at('listed'), '--blend', 'nonsense');
  expect(nothing.code).not.toBe(0);
});

test('a group of networks maps zones in shifted windows; patches come out with their class names', async () => {
  manualSeed(2);
  const architecture = {
    kind: 'encoder-decoder',
    encoder: 'resnet18',
    decoder: 'unet',
    encoderWeights: null,
  };
  const member = createModel({ name: 'resnet18_unet', inChannels: 2, classes: 2 });
  const description = {
    model: { architecture, channels: 2, classes: 2 },
    channels: [1, 2],
    normalization: { kind: 'custom', means: [110, 110], stds: [25, 25] },
    classes: [
      { name: 'field', color: '#10A020', weight: 1 },
      { name: 'road', color: '#FFEE00', weight: 1 },
    ],
  };
  const position = { epoch: 1, step: 0, globalStep: 1, lossSum: 0 };
  writeCheckpoint(at('member.ckpt'), member, description, null, { position });
  member.dispose();
  writeFileSync(at('group.yaml'), 'models:\n  one: { checkpoint: member.ckpt }\n');
  const shifted = ['--tile', '64', '--shifts', '2', '-o', at('shifted')];
  const images = [10, 11, 12].map((i) => at('flair', 'D012_2019', 'Z2_UF', 'img', `IMG_${i}.tif`));
  const { code, stderr } = await arpent(
    ...['ensemble', 'zones', at('group.yaml'), '--images', ...images, ...shifted],
  );
  expect(code, stderr).toBe(0);
  for (const i of [10, 11, 12]) {
    expect(readdirSync(at('shifted'))).toContain(`PRED_IMG_${i}.tif.aux.xml`);
    await using prediction = await openRaster(at('shifted', `PRED_IMG_${i}.tif`));
    expect(prediction).toMatchObject({ width: side, height: side });
  }
  expect(readdirSync(at('shifted', 'zones', 'patches'))).toEqual([]);
});
