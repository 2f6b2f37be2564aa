import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { loadRunConfig } from '../../src/config/index.ts';
import { createModel } from '../../src/models/index.ts';
import { readCheckpoint, readSafetensors, type StateDict } from '../../src/weights/index.ts';
import { runTasks } from '../../src/workflows/index.ts';
import { startFromWeights } from '../../src/workflows/start-weights.ts';
import { makeFlairDataset } from '../flair/dataset.ts';
import { temporaryFolder } from '../raster/fixtures.ts';
import { arpent, arpentWatched } from './call.ts';

vi.setConfig({ testTimeout: 180_000 });
const folder = temporaryFolder();
const dubai = fileURLToPath(new URL('../../examples/dubai/test.csv', import.meta.url));

const small = ['--crop', '64', '--mask-patch', '16', '--batch-size', '4', '--warmup', '0'];
const bytes = (state: StateDict, name: string) => Buffer.from(state.get(name)!.data);

interface EpochLine {
  readonly event: string;
  readonly train_loss: number;
}

const epochs = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as EpochLine)
    .filter(({ event }) => event === 'epoch');

test('an encoder learns to fill in hidden squares, and its weights start a segmentation network', async () => {
  const output = join(folder, 'mobilenet_v2');
  const { code, stdout, stderr } = await arpent(
    ...['pretrain', dubai, '--encoder', 'mobilenet_v2', '-o', output, '--epochs', '8', '--json'],
    ...['--learning-rate', '0.003', ...small],
  );
  expect([code, stderr]).toEqual([0, '']);
  const losses = epochs(stdout).map(({ train_loss: loss }) => loss);
  expect(losses).toHaveLength(8);
  expect(losses.at(-1)).toBeLessThan(0.8 * losses[0]!);
  expect(readFileSync(join(output, 'reconstructions.png')).subarray(1, 4).toString()).toBe('PNG');
  expect(readFileSync(join(output, 'metrics.csv'), 'utf8').trim().split('\n')).toHaveLength(9);

  // A frozen encoder leaves training as it came in.
  await makeFlairDataset(folder, { size: 64, counts: [4, 2, 0] });
  const encoder = join(output, 'encoder.safetensors');
  const file = join(folder, 'arpent.yaml');
  writeFileSync(
    file,
    `
output: runs
tasks: { predict: false, metrics: false }
data: { train: train.csv, validation: val.csv, channels: [1, 2, 3] }
classes: generic-4
model: { name: unet, encoder: mobilenet_v2, encoder_weights: mobilenet_v2/encoder.safetensors }
training: { epochs: 1, batch_size: 2, freeze_encoder: {} }
`,
  );
  const starts: unknown[] = [];
  const { config } = await loadRunConfig(file);
  await runTasks(config, (event) => {
    if (event.kind === 'published') starts.push(event.start);
  });
  const pretrained = readSafetensors(encoder).stateDict;
  expect(starts).toEqual([expect.objectContaining({ loaded: pretrained.size, problem: null })]);
  const trained = readCheckpoint(join(config.outputs.checkpoints, 'last.ckpt')).stateDict;
  expect([...pretrained.keys()].every((name) => name.startsWith('encoder.'))).toBe(true);
  for (const name of pretrained.keys()) {
    expect([name, bytes(trained, name).equals(bytes(pretrained, name))]).toEqual([name, true]);
  }
});

test('transformers of the hub are pre-trained too, and start networks of their family', async () => {
  const output = join(folder, 'mit');
  const images = fileURLToPath(new URL('../../examples/dubai/tile-1', import.meta.url));
  const { code } = await arpent(
    ...['pretrain', images, '--encoder', 'nvidia/mit-b0', '-o', output, '--epochs', '1', ...small],
  );
  expect(code).toBe(0);
  const network = createModel({ name: 'nvidia/segformer-b0-finetuned-ade-512-512', classes: 5 });
  const encoder = join(output, 'encoder.safetensors');
  const report = startFromWeights(network, encoder);
  const pretrained = readSafetensors(encoder).stateDict;
  expect(report).toMatchObject({ loaded: pretrained.size, unexpected: [], reshaped: [] });
  expect(report.missing.every((name) => name.startsWith('decode_head.'))).toBe(true);
  const state = network.stateDict();
  for (const name of pretrained.keys()) expect(bytes(state, name).equals(bytes(pretrained, name))).toBe(true);
  network.dispose();
});

test('interrupted in the middle of an epoch and resumed, it ends with the same weights, bit for bit', async () => {
  const command = (name: string) => [
    ...['pretrain', dubai, '--encoder', 'mobilenet_v2', '-o', join(folder, name), '--epochs', '2'],
    ...['--mask-patch', '32', '--crop', '64', '--batch-size', '3'],
  ];
  const whole = await arpent(...command('whole'));
  expect([whole.code, whole.stderr]).toEqual([0, '']);
  let pressed = false;
  const first = await arpentWatched(
    (stdout) => {
      if (!pressed && stdout.includes('Pre-training')) {
        pressed = true;
        setTimeout(() => process.emit('SIGINT'), 0);
      }
    },
    ...command('parts'),
  );
  expect(first).toMatchObject({ code: 130 });
  expect(existsSync(join(folder, 'parts/encoder.safetensors'))).toBe(false);
  const second = await arpent(...command('parts'), '--resume');
  expect(second.code).toBe(0);
  const [expected, found] = ['whole', 'parts'].map((name) =>
    readFileSync(join(folder, name, 'encoder.safetensors')),
  );
  expect(found!.equals(expected!)).toBe(true);
});

test('what cannot work is said before any work', async () => {
  const fails = async (...args: string[]) => (await arpent('pretrain', ...args)).stderr;
  const output = join(folder, 'none');
  expect(await fails(folder, '--encoder', 'mobilenet_v3', '-o', output)).toContain('mobilenet_v2');
  expect(await fails(dubai, '--encoder', 'mobilenet_v2', '-o', join(folder, 'mobilenet_v2'))).toContain(
    'already exists',
  );
  expect(await fails(dubai, '--encoder', 'mobilenet_v2', '-o', output, '--resume')).toContain(
    'nothing to resume',
  );
  expect(await fails(dubai, '--encoder', 'mobilenet_v2', '-o', output, '--mask-ratio', '1')).toContain(
    'between 0 and 1',
  );
});
