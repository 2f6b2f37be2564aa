import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { openRaster } from '../../src/raster/index.ts';
import { readCheckpoint } from '../../src/weights/index.ts';
import { arpent, flair, flairDetect } from '../cli/call.ts';
import { repositoryText } from '../config/samples.ts';
import { temporaryFolder } from '../raster/fixtures.ts';
import { makeFlairDataset } from './dataset.ts';

vi.setConfig({ testTimeout: 180_000 });
const folder = temporaryFolder();
process.env.HF_HUB_OFFLINE = '1';
process.env.HF_HOME = join(folder, 'hub');

/** IGN's sample, filled in and made small. */
const CONFIG = repositoryText('examples/flair/flair-1-config.yaml')
  .replace("out_folder: ''", 'out_folder: out')
  .replace("out_model_name: ''", 'out_model_name: my_run')
  .replace("'/csv_toy/flair-1-paths-toy-train_ag.csv'", 'train.csv')
  .replace("'/csv_toy/flair-1-paths-toy-val_ag.csv'", 'val.csv')
  .replace("test_csv: ''", 'test_csv: test.csv')
  .replace("'../flair_aerial_metadata.json'", 'flair_aerial_metadata.json')
  .replace('model_provider: HuggingFace', 'model_provider: SegmentationModelsPytorch')
  .replace('encoder_decoder: ', 'encoder_decoder: mobilenet_v2_unet ')
  .replace('use_metadata: False', 'use_metadata: True')
  .replace('batch_size: 5', 'batch_size: 2')
  .replace('num_epochs: 3', 'num_epochs: 1')
  .replace('delete_preds: True', 'delete_preds: False')
  .concat('\nprogres_rate: 3\n');

const DETECT = repositoryText('examples/flair/flair-1-config-detect.yaml')
  .replace('output_path: ', 'output_path: maps')
  .replace('output_name: ', 'output_name: zone')
  .replace('../path/to/raster/file.tif', 'flair_1_aerial_test/D012_2019/Z1_UN/img/IMG_000005.tif')
  .replace('../path/to/model/weights.pth', 'weights.ckpt')
  .replace('model_provider: HuggingFace', 'model_provider: SegmentationModelsPytorch')
  .replace('encoder_decoder: resnet34_unet', 'encoder_decoder: mobilenet_v2_unet')
  .replace('img_pixels_detection: 512', 'img_pixels_detection: 32')
  .replace('margin: 128', 'margin: 8')
  .replace('write_dataframe: False', 'write_dataframe: True');

const tree = (root: string) =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();

beforeAll(async () => {
  await makeFlairDataset(folder, { counts: [4, 2, 2] });
  process.chdir(folder);
  writeFileSync('flair.yaml', CONFIG);
});

test('flair runs IGN’s sample with metadata and leaves IGN’s files', async () => {
  const { code, stdout, stderr } = await flair('--conf=flair.yaml');
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('progres_rate');
  expect(stderr).toContain('did you mean progress_rate?');
  expect(stderr).toContain('training starts from random numbers');
  expect(stdout).toContain('DATA SPLIT\n|- train: 4 samples\n|- val: 2 samples\n|- test: 2 samples');
  expect(stdout).toMatch(
    /Scores IGN’s way[\s\S]*Global Metrics[\s\S]*Scores the strict way[\s\S]*Not learned/,
  );
  const files = tree('out/my_run');
  const best = files.find((file) => file.startsWith('checkpoints/ckpt-'))!;
  expect(best).toMatch(/^checkpoints\/ckpt-epoch=00-val_loss=\d\.\d\d_my_run\.ckpt$/);
  for (const file of [
    'flair-compute.log',
    'checkpoints/last.ckpt',
    'used_csv_and_config/flair.yaml',
    'used_csv_and_config/test.csv',
    'predictions_my_run/PRED_IMG_000007.tif',
    'predictions_my_run/PRED_IMG_000008.tif',
    'metrics/confmat.npy',
    'metrics/metrics.json',
  ]) {
    expect(files, file).toContain(file);
  }
  expect(files.some((file) => file.startsWith('tensorboard_logs_my_run/version_0/'))).toBe(true);
  const metrics = JSON.parse(readFileSync('out/my_run/metrics/metrics.json', 'utf8'));
  expect(metrics.Avg_metrics_name).toEqual(['mIoU', 'Overall Accuracy', 'Fscore', 'Precision', 'Recall']);
  expect(metrics.classes).toHaveLength(15);
  const log = readFileSync('out/my_run/flair-compute.log', 'utf8');
  expect(log).toContain('|- use_metadata: true');
  expect(log).toContain('epoch 1/1');
  await using image = await openRaster('flair_1_aerial_test/D012_2019/Z1_UN/img/IMG_000007.tif');
  await using prediction = await openRaster('out/my_run/predictions_my_run/PRED_IMG_000007.tif');
  expect(prediction.geoTransform).toEqual(image.geoTransform);
  expect(prediction.dataType).toBe('uint8');
  const names = [...readCheckpoint(join('out/my_run', best)).stateDict.keys()];
  expect(names).toContain('model.enc.enc_mlp.6.weight');
  expect(names).toContain('model.seg_model.segmentation_head.0.weight');
  copyFileSync(join('out/my_run', best), 'weights.ckpt');
});

test('flair writes over nothing unless told to', async () => {
  const { code, stderr } = await flair('--conf', 'flair.yaml');
  expect(code).toBe(1);
  expect(stderr).toContain('the output already exists');
});

test('arpent card describes the run: data, recipe, best epoch, scores both ways, figures where the card finds them', async () => {
  const { code, stderr } = await arpent(
    ...['card', 'out/my_run', '--license', 'etalab-2.0', '--dataset', 'FLAIR', '-o', 'cards/card.md'],
  );
  expect(code, stderr).toBe(0);
  const card = readFileSync('cards/card.md', 'utf8');
  for (const line of [
    '| train | 4 patches |',
    '| validation | 2 patches |',
    '| band 5 | 53.26 | 79.3 |',
    '| Schedule | plateau (factor 0.5, patience 10, cooldown 4, at least 1e-7) |',
    '| Augmentation | vertical flip (p 0.5), horizontal flip (p 0.5), quarter turns (p 0.5) |',
    '| Early stopping | after 30 epochs without progress |',
    'Scored on 2 patches.',
  ]) {
    expect(card, line).toContain(line);
  }
  expect(card).toMatch(/\| Class weights \| 1-building: 1, .*, 15-clear cut: 0, .*19-other: 0 \|/);
  expect(card).toMatch(/\| Best epoch \| 1 \(val_loss \d+\.\d{4}\) \|/);
  const figures = Array.from(card.matchAll(/!\[.*\]\((.*)\)/g), ([, path]) => path!);
  expect(figures.map((path) => path.split('/').at(-1))).toEqual([
    ...['training_curves.png', 'confmat_norm-precision.png', 'confmat_norm-recall.png', 'panels_typical.png'],
  ]);
  for (const path of figures) expect(existsSync(join('cards', path)), path).toBe(true);
});

test('flair-detect maps with a checkpoint that was trained with metadata, and numbers taken names', async () => {
  const image = 'flair_1_aerial_test/D012_2019/Z1_UN/img/IMG_000007.tif';
  writeFileSync(
    'detect.yaml',
    DETECT.replace('flair_1_aerial_test/D012_2019/Z1_UN/img/IMG_000005.tif', image),
  );
  expect((await flairDetect('--conf=detect.yaml')).code).toBe(0);
  writeFileSync(
    'prob.yaml',
    readFileSync('detect.yaml', 'utf8').replace('"argmax"', 'class_prob').concat('\ncompat: ign\n'),
  );
  const second = await flairDetect('--conf', 'prob.yaml');
  expect(second.code).toBe(0);
  expect(second.stderr).not.toMatch(/warning/i);
  const files = tree('maps');
  for (const file of ['zone.tif', 'zone_1.tif', 'zone_slicing_job.gpkg', 'zone_1_slicing_job.gpkg']) {
    expect(files, file).toContain(file);
  }
  const logs = files.filter((file) => /^zone(_1)?_\d{8}_\d{6}\.log$/.test(file));
  expect(logs).toHaveLength(2);
  expect(readFileSync(join('maps', logs[0]!), 'utf8')).toMatch(
    /Starting time[\s\S]*n_classes: 19[\s\S]*Total time/,
  );
  await using classes = await openRaster('maps/zone.tif');
  expect(classes).toMatchObject({ bandCount: 1, width: 64, height: 64 });
  expect(classes.colorTable).not.toBeNull();
  await using bytes = await openRaster('maps/zone_1.tif');
  expect(bytes.bandCount).toBe(19);
  const { data } = await bytes.read();
  let sum = 0;
  for (let band = 0; band < 19; band++) sum += data[band * 64 * 64]!;
  // Cut off, not rounded: never above 255, and at most one a class below.
  expect(sum).toBeLessThanOrEqual(255);
  expect(sum).toBeGreaterThan(255 - 19);
  expect(existsSync('maps/zone_2.tif')).toBe(false);
});
