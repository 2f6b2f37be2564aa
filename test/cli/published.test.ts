import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { loadRunConfig, parseRunConfig, SourceText } from '../../src/config/index.ts';
import { manualSeed } from '../../src/engine/index.ts';
import { createModel } from '../../src/models/index.ts';
import { readCheckpoint, type StateDict, writeSafetensors } from '../../src/weights/index.ts';
import { runTasks } from '../../src/workflows/index.ts';
import { makeFlairDataset } from '../flair/dataset.ts';
import { temporaryFolder } from '../raster/fixtures.ts';
import { arpent } from './call.ts';

vi.setConfig({ testTimeout: 120_000 });
const folder = temporaryFolder();
afterEach(() => vi.unstubAllEnvs());

const text = (model: string) => `
name: ${Math.random().toString(36).slice(2)}
output: runs
tasks: { predict: false, metrics: false }
data: { train: train.csv, validation: val.csv, channels: [1, 2, 3] }
classes: generic-4
model: ${model}
training: { epochs: 1, batch_size: 2, freeze_encoder: {} }
`;

function write(model: string): string {
  const file = join(mkdtempSync(join(folder, 'config-')), 'arpent.yaml');
  writeFileSync(file, text(model).replaceAll(/: (train|val)\.csv/g, `: ${folder}/$1.csv`));
  return file;
}

let published: StateDict;
const config = {
  model_type: 'segformer',
  depths: [1, 1, 1, 1],
  hidden_sizes: [8, 16, 16, 16],
  num_attention_heads: [1, 2, 2, 2],
  decoder_hidden_size: 16,
};

beforeAll(async () => {
  await makeFlairDataset(folder, { size: 64, counts: [2, 2, 0] });
  manualSeed(77);
  const network = createModel({ name: 'nvidia/mit-b0', classes: 2 });
  published = new Map([...network.stateDict()].filter(([name]) => name.startsWith('segformer.')));
  network.dispose();
});

/** The encoder of the last checkpoint; frozen, so it is what training started from. */
async function trainedEncoder(file: string): Promise<{ encoder: StateDict; starts: unknown[] }> {
  const { config: run } = await loadRunConfig(file);
  const starts: unknown[] = [];
  await runTasks(run, (event) => {
    if (event.kind === 'published') starts.push(event.start);
  });
  const { stateDict } = readCheckpoint(join(run.outputs.checkpoints, 'last.ckpt'));
  return { encoder: new Map([...stateDict].filter(([name]) => name.startsWith('segformer.'))), starts };
}

const equal = (a: StateDict, b: StateDict) =>
  [...a].every(([name, { data }]) => Buffer.from(b.get(name)!.data).equals(Buffer.from(data)));

test('training by a hub name starts from the published weights in the hub’s cache', async () => {
  const commit = 'c'.repeat(40);
  const repo = join(folder, 'cache/models--nvidia--mit-b0');
  const snapshot = join(repo, 'snapshots', commit);
  mkdirSync(snapshot, { recursive: true });
  mkdirSync(join(repo, 'refs'));
  writeFileSync(join(repo, 'refs/main'), commit);
  writeFileSync(join(snapshot, 'config.json'), '{"model_type":"segformer"}');
  writeSafetensors(join(snapshot, 'model.safetensors'), published);
  vi.stubEnv('HF_HUB_CACHE', join(folder, 'cache'));
  vi.stubEnv('HF_HUB_OFFLINE', '1');
  const { encoder, starts } = await trainedEncoder(write('{ name: nvidia/mit-b0 }'));
  const fresh = {
    reshaped: [],
    adapted: [],
    missing: expect.arrayContaining(['decode_head.classifier.weight']),
  };
  expect(starts).toEqual([{ name: 'nvidia/mit-b0', loaded: published.size, ...fresh, problem: null }]);
  expect(equal(published, encoder)).toBe(true);
});

test('training by a folder starts from the weights in it', async () => {
  const repository = mkdtempSync(join(folder, 'repository-'));
  writeFileSync(join(repository, 'config.json'), JSON.stringify(config));
  manualSeed(78);
  const network = createModel({ name: repository, classes: 9 });
  const state = network.stateDict();
  network.dispose();
  writeSafetensors(join(repository, 'model.safetensors'), state);
  const { encoder, starts } = await trainedEncoder(write(`{ name: '${repository}' }`));
  // Another number of classes starts the last convolution afresh, and says so.
  const reshaped = [
    'decode_head.classifier.bias [9] → [4]',
    'decode_head.classifier.weight [9,16,1,1] → [4,16,1,1]',
  ];
  expect(starts).toEqual([
    expect.objectContaining({
      loaded: state.size - 2,
      reshaped: expect.arrayContaining(reshaped),
      problem: null,
    }),
  ]);
  expect(equal(encoder, state)).toBe(true);
});

test('without the weights and without a network it ends and says what to do', async () => {
  vi.stubEnv('HF_HUB_CACHE', join(folder, 'nothing'));
  vi.stubEnv('HF_HUB_OFFLINE', '1');
  const { code, stderr } = await arpent('train', write('{ name: nvidia/mit-b5 }'));
  expect(code).toBe(1);
  expect(stderr).toContain('published weights of nvidia/mit-b5');
  expect(stderr).toContain('is not on this disk');
  expect(stderr).toContain('encoder_weights: none');
});

test('networks of mmsegmentation ask for their file', async () => {
  const { code, stderr } = await arpent('train', write('{ name: upernet_swin_tiny }'));
  expect(code).toBe(1);
  expect(stderr).toContain('published weights of upernet_swin_tiny');
  expect(stderr).toContain('model.weights');
});

test('random weights are a wish that is spelt out', async () => {
  vi.stubEnv('HF_HUB_CACHE', join(folder, 'nothing'));
  vi.stubEnv('HF_HUB_OFFLINE', '1');
  const { starts } = await trainedEncoder(write('{ name: nvidia/mit-b0, encoder_weights: none }'));
  expect(starts).toEqual([]);
});

test.each([
  ['upernet_internimage_l', { kind: 'huggingface', model: 'upernet_internimage_l' }],
  [
    'tu-efficientnetv2_s_unet',
    {
      kind: 'encoder-decoder',
      encoder: 'tu-efficientnetv2_s',
      decoder: 'unet',
      encoderWeights: 'imagenet',
    },
  ],
  ['fpn', { kind: 'encoder-decoder', encoder: 'resnet34', decoder: 'fpn', encoderWeights: 'imagenet' }],
])('%s is asked for by its name alone', (name, architecture) => {
  const source = new SourceText(text(`{ name: ${name} }`), null);
  const loaded = parseRunConfig(source, { baseFolder: folder, checkFiles: false });
  expect(loaded.config.model.architecture).toEqual(architecture);
});
