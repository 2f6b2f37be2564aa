import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect } from 'vitest';
import { type CallResult, flair } from '../cli/call.ts';
import { makeFlairDataset } from './dataset.ts';

const CLASSES = `classes:
  1: [1, 'building']
  2: [1, 'pervious surface']
  3: [1, 'water']
  4: [0, 'other']
`;

/** A file of IGN's, small; `change` replaces values of its keys. */
export function ignFile(change: Record<string, string> = {}, framework = 'mobilenet_v2_unet'): string {
  const values: Record<string, string> = {
    ...{ out_model_name: 'run', ckpt_model_path: '""', train: 'True', predict: 'True', metrics: 'True' },
    ...{ init_weights_only_from_ckpt: 'False', resume_training_from_ckpt: 'False', delete_preds: 'False' },
    ...{ num_epochs: '1', ckpt_weights_only: 'False', ckpt_save_also_last: 'True', channels: '[1,2,3]' },
    ...{ ckpt_monitor: 'val_loss', ckpt_monitor_mode: 'min', ckpt_earlystopping_patience: '30' },
    ...{ ckpt_verbose: 'False', cp_csv_and_conf_to_output: 'True', georeferencing_output: 'True' },
    ...{ enable_progress_bar: 'True', progress_rate: '1', gpus_per_node: '1' },
    ...change,
  };
  const value = (key: string) => `${key}: ${values[key]}`;
  const [provider, name] = framework.includes('/')
    ? ['HuggingFace', `HuggingFace: { org_model: ${framework} }`]
    : ['SegmentationModelsPytorch', `SegmentationModelsPytorch: { encoder_decoder: ${framework} }`];
  return `
paths:
  out_folder: out
  ${value('out_model_name')}
  train_csv: train.csv
  val_csv: val.csv
  test_csv: test.csv
  ${value('ckpt_model_path')}
tasks:
  ${value('train')}
  train_tasks:
    ${value('init_weights_only_from_ckpt')}
    ${value('resume_training_from_ckpt')}
  ${value('predict')}
  ${value('metrics')}
  ${value('delete_preds')}
model_framework:
  model_provider: ${provider}
  ${name}
use_augmentation: True
use_metadata: False
${value('channels')}
norm_type: scaling
seed: 7
batch_size: 2
learning_rate: 0.02
${value('num_epochs')}
use_weights: True
supervision_starts_at_one: True
${CLASSES}${value('georeferencing_output')}
accelerator: cpu
num_nodes: 1
${value('gpus_per_node')}
strategy: auto
num_workers: 2
${[
  ...['ckpt_save_also_last', 'ckpt_verbose', 'ckpt_weights_only', 'ckpt_monitor', 'ckpt_monitor_mode'],
  ...['ckpt_earlystopping_patience', 'cp_csv_and_conf_to_output', 'enable_progress_bar', 'progress_rate'],
]
  .map(value)
  .join('\n')}
`;
}

/** Runs `flair` on a file in the current folder. */
export async function runFile(text: string): Promise<CallResult> {
  writeFileSync('conf.yaml', text);
  return flair('--conf=conf.yaml');
}

/** Files below a folder of results, sorted. */
export const filesOf = (root = 'out/run'): string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();

/** The best checkpoint of a run. */
export const bestOf = (root = 'out/run'): string =>
  join(root, filesOf(root).find((name) => /^checkpoints\/ckpt-epoch=\d\d-.*\.ckpt$/.test(name))!);

/** A data set and a trained run in `out/trained`, in a folder that becomes the current one: what the other tasks start from. */
export async function makeTrainedRun(folder: string): Promise<void> {
  await makeFlairDataset(folder, { size: 32, counts: [4, 2, 2] });
  process.chdir(folder);
  const { code, stderr } = await runFile(ignFile({ out_model_name: 'trained', predict: 'False' }));
  expect(code, stderr).toBe(0);
}

/** Removes what the test before left. */
export const clearRun = (): void => rmSync('out/run', { recursive: true, force: true });
