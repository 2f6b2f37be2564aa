import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { openRaster } from '../../src/raster/index.ts';
import { readCheckpoint, writePth } from '../../src/weights/index.ts';
import { arpent, flair } from '../cli/call.ts';
import { temporaryFolder } from '../raster/fixtures.ts';
import { bestOf, clearRun, filesOf, ignFile, makeTrainedRun, runFile } from './ign-file.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });
const folder = temporaryFolder();
process.env.HF_HUB_OFFLINE = '1';
process.env.HF_HOME = join(folder, 'hub');

beforeAll(() => makeTrainedRun(folder));
beforeEach(clearRun);

test('predict alone, with a checkpoint of an earlier run; then metrics; then the predictions go', async () => {
  const checkpoint = bestOf('out/trained');
  const plain = { train: 'False', ckpt_model_path: checkpoint };
  const first = await runFile(ignFile({ ...plain, metrics: 'False', georeferencing_output: 'False' }));
  expect(first.code, first.stderr).toBe(0);
  expect(filesOf().filter((name) => name.endsWith('.tif'))).toEqual([
    'predictions_run/PRED_IMG_000007.tif',
    'predictions_run/PRED_IMG_000008.tif',
  ]);
  await using prediction = await openRaster('out/run/predictions_run/PRED_IMG_000007.tif');
  expect(prediction.crs).toBeNull();
  expect(existsSync('out/run/metrics')).toBe(false);
  rmSync('out/run', { recursive: true });
  const second = await runFile(ignFile({ ...plain, delete_preds: 'True' }));
  expect(second.code, second.stderr).toBe(0);
  expect(existsSync('out/run/predictions_run')).toBe(false);
  const metrics = JSON.parse(readFileSync('out/run/metrics/metrics.json', 'utf8'));
  expect(metrics.classes).toEqual(['building', 'pervious surface', 'water']);
});

test('init_weights_only_from_ckpt lists what has another shape and loads the rest', async () => {
  const { stateDict } = readCheckpoint('out/trained/checkpoints/last.ckpt');
  const other = new Map(stateDict);
  const head = other.get('model.seg_model.segmentation_head.0.weight')!;
  const cut = head.data.byteLength / 2;
  other.set('model.seg_model.segmentation_head.0.weight', {
    ...head,
    shape: [2, ...head.shape.slice(1)],
    data: head.data.slice(0, cut),
  });
  writePth('other.pth', other, {}, { overwrite: true });
  const { code, stdout, stderr } = await runFile(
    ignFile({ init_weights_only_from_ckpt: 'True', ckpt_model_path: 'other.pth', predict: 'False' }),
  );
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/\d+ of \d+ tensors start from .*other\.pth/);
  expect(stderr).toMatch(/of another shape, so they start afresh:\n.*segmentation_head\.0\.weight/);
});

test('IGN’s lists work with a root that replaces the beginning of their paths', async () => {
  const prefix = '../data/flair_1_toy_dataset/train/';
  for (const name of ['train', 'val', 'test']) {
    const text = readFileSync(`${name}.csv`, 'utf8').replace(/(^|,)flair/gm, `$1${prefix}flair`);
    writeFileSync(`moved-${name}.csv`, text);
  }
  mkdirSync('disk', { recursive: true });
  for (const name of [
    'flair_aerial_train',
    'flair_labels_train',
    'flair_1_aerial_test',
    'flair_1_labels_test',
  ]) {
    if (!existsSync(join('disk', name))) symlinkSync(join('..', name), join('disk', name));
  }
  const ways = { train: 'False', ckpt_model_path: bestOf('out/trained') };
  const text = ignFile(ways).replace(/(train|val|test)\.csv/g, 'moved-$1.csv');
  const without = await runFile(text);
  expect(without.code).toBe(1);
  expect(without.stderr).toMatch(
    /moved-test\.csv:1: .*no such raster file; 3 more files are missing:\n.*moved-test\.csv:1/,
  );
  clearRun();
  writeFileSync('rooted.yaml', `${text}root: disk\n`);
  const { code, stderr } = await flair('--conf=rooted.yaml');
  expect(code, stderr).toBe(0);
  expect(filesOf()).toContain('predictions_run/PRED_IMG_000007.tif');
  const check = await arpent('data', 'check', 'moved-train.csv', 'moved-val.csv', '--config', 'rooted.yaml');
  expect(check.code, check.stderr).toBe(0);
  expect(check.stdout).toContain('building');
  const lost = await arpent(
    'data',
    'check',
    'moved-train.csv',
    '--classes',
    'generic-4',
    '--root',
    'nowhere',
  );
  expect(lost.stdout + lost.stderr).toMatch(/moved-train\.csv:1/);
});
