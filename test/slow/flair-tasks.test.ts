// About 1 minute on two cores.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { loadRunConfig } from '../../src/config/index.ts';
import { openRaster } from '../../src/raster/index.ts';
import { loadCheckpoint } from '../../src/training/index.ts';
import { readCheckpoint } from '../../src/weights/index.ts';
import { runTasks } from '../../src/workflows/index.ts';
import { bestOf, clearRun, filesOf, ignFile, makeTrainedRun, runFile } from '../flair/ign-file.ts';
import { temporaryFolder } from '../raster/fixtures.ts';

const folder = temporaryFolder();
process.env.HF_HUB_OFFLINE = '1';
process.env.HF_HOME = join(folder, 'hub');

beforeAll(() => makeTrainedRun(folder));
beforeEach(clearRun);

test('train alone: checkpoints and logs, no predictions; metrics wait for predictions', async () => {
  const { stdout, stderr } = await runFile(ignFile({ predict: 'False', metrics: 'True' }));
  expect(stderr).toContain('metrics follow a prediction, and tasks.predict is off');
  expect(stdout).toContain('|- train: 4 samples\n|- val: 2 samples');
  expect(stdout).not.toContain('|- test');
  expect(filesOf().some((name) => name.startsWith('predictions'))).toBe(false);
  expect(loadCheckpoint('out/run/checkpoints/last.ckpt').training).toMatchObject({ position: { epoch: 1 } });
});

test('resume_training_from_ckpt goes on where the run stopped', async () => {
  const { code, stdout, stderr } = await runFile(
    ignFile({
      ...{ resume_training_from_ckpt: 'True', ckpt_model_path: 'out/trained/checkpoints/last.ckpt' },
      ...{ num_epochs: '2', predict: 'False' },
    }),
  );
  expect(code, stderr).toBe(0);
  expect(stdout).toContain('epoch 2/2');
  expect(stdout).not.toContain('epoch 1/2');
  expect(loadCheckpoint('out/run/checkpoints/last.ckpt').training).toMatchObject({
    position: { epoch: 2, globalStep: 4 },
  });
});

test('what is saved is what the ckpt_ keys say', async () => {
  const { stdout } = await runFile(
    ignFile({
      ...{ ckpt_weights_only: 'True', ckpt_save_also_last: 'False', ckpt_verbose: 'True', predict: 'False' },
      ...{ ckpt_monitor: 'val_miou', ckpt_monitor_mode: 'max', cp_csv_and_conf_to_output: 'False' },
    }),
  );
  expect(stdout).toMatch(/saved .*ckpt-epoch=00-val_miou=\d\.\d\d_run\.ckpt/);
  expect(filesOf().filter((name) => name.startsWith('checkpoints/'))).toHaveLength(1);
  expect(existsSync('out/run/used_csv_and_config')).toBe(false);
  expect(loadCheckpoint(bestOf()).training).toBeNull();
  const refused = await runFile(
    ignFile({ out_model_name: 'again', resume_training_from_ckpt: 'True', ckpt_model_path: bestOf() }),
  );
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('this checkpoint holds weights only');
});

test('progress_rate is the number of steps between two reports', async () => {
  writeFileSync(
    'rate.yaml',
    ignFile({ progress_rate: '3', predict: 'False' }).replace('train.csv', 'long.csv'),
  );
  const lines = readFileSync('train.csv', 'utf8');
  writeFileSync('long.csv', lines.repeat(4));
  const { config } = await loadRunConfig('rate.yaml');
  const steps: number[] = [];
  await runTasks(config, (event) => {
    if (event.kind === 'step') steps.push(event.step);
  });
  expect(steps).toEqual([3, 6, 8]);
});

test('training stops early after ckpt_earlystopping_patience epochs without progress', async () => {
  const { stdout } = await runFile(
    ignFile({
      ...{ num_epochs: '9', ckpt_earlystopping_patience: '1', predict: 'False' },
      // A class that no patch shows: nothing gets better.
      ...{ ckpt_monitor: 'val_iou_snow', ckpt_monitor_mode: 'max' },
    }).replace("4: [0, 'other']", "4: [0, 'other']\n  5: [1, 'snow']"),
  );
  expect(stdout).toMatch(/stopped early after epoch [1-3]: no progress/);
});

test('HuggingFace: a network whose scores are smaller than the image trains, predicts and is scored', async () => {
  mkdirSync('mini/segformer', { recursive: true });
  writeFileSync(
    'mini/segformer/config.json',
    JSON.stringify({
      ...{ model_type: 'segformer', depths: [1, 1, 1, 1], hidden_sizes: [8, 16, 16, 16] },
      ...{ num_attention_heads: [1, 2, 2, 2], decoder_hidden_size: 16, num_channels: 3 },
    }),
  );
  const { code, stdout, stderr } = await runFile(ignFile({ channels: '[4,1,2]' }, 'mini/segformer'));
  expect(code, stderr).toBe(0);
  expect(stdout).toContain('|- model_framework.HuggingFace.org_model: mini/segformer');
  expect(filesOf()).toContain('predictions_run/PRED_IMG_000008.tif');
  await using prediction = await openRaster('out/run/predictions_run/PRED_IMG_000008.tif');
  expect(prediction).toMatchObject({ width: 32, height: 32, crs: expect.stringContaining('2154') });
  const names = [...readCheckpoint(bestOf()).stateDict.keys()];
  expect(names).toContain('model.seg_model.decode_head.classifier.weight');
});

test('the flat keys of the older README do the same', async () => {
  const flat = ignFile({ predict: 'False' })
    .replace(/^(paths|tasks|model_framework| {2}train_tasks):\n/gm, '')
    .replace(/^ +(?=[A-Za-z_]+: )/gm, '')
    .replace(/^SegmentationModelsPytorch: \{ (.*) \}$/m, '$1');
  expect(flat).toContain('\nencoder_decoder: mobilenet_v2_unet\n');
  expect(flat).toContain('\nout_folder: out\n');
  const { code, stderr } = await runFile(flat);
  expect(code, stderr).toBe(0);
  expect(filesOf()).toContain('checkpoints/last.ckpt');
  const weights = (path: string) =>
    readCheckpoint(path).stateDict.get('model.seg_model.segmentation_head.0.weight')!;
  expect(Buffer.from(weights('out/run/checkpoints/last.ckpt').data)).toEqual(
    Buffer.from(weights('out/trained/checkpoints/last.ckpt').data),
  );
});

test('two processes train on one machine, as gpus_per_node and strategy say', async () => {
  const { code, stdout, stderr } = await runFile(
    ignFile({ gpus_per_node: '2' }).replace('strategy: auto', 'strategy: ddp'),
  );
  expect(code, stderr).toBe(0);
  expect(stdout).toContain('2 processes train together: a step takes 2 × 2 = 4 patches');
  expect(filesOf()).toContain('predictions_run/PRED_IMG_000007.tif');
  expect(loadCheckpoint(bestOf()).training).toMatchObject({ ranks: 2, position: { globalStep: 1 } });
});
