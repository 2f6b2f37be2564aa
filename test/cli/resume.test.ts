import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { loadRunConfig, type RunConfig } from '../../src/config/index.ts';
import { loadCheckpoint } from '../../src/training/index.ts';
import { readCheckpoint } from '../../src/weights/index.ts';
import { requireFreeOutputs, runTasks } from '../../src/workflows/index.ts';
import { makeFlairDataset } from '../flair/dataset.ts';
import { temporaryFolder } from '../raster/fixtures.ts';
import { arpentWatched } from './call.ts';

vi.setConfig({ testTimeout: 180_000 });
const folder = temporaryFolder();
const config = join(folder, 'arpent.yaml');

/** A network with dropout, adaptive steps and every kind of random change: all that a resume has to restore. */
const TEXT = `
name: NAME
output: runs
seed: 5
tasks: { predict: false, metrics: false }
data: { train: train.csv, validation: val.csv, channels: [1, 2, 3], workers: 2, skip_bad: true }
classes: generic-4
augmentation: { brightness: { probability: 0.5 }, rotation: { probability: 0.5 } }
model: { name: deeplabv3plus, encoder: mobilenet_v2, encoder_weights: none }
optimizer: { type: adamw, learning_rate: 0.001 }
scheduler: { type: one_cycle }
training: { epochs: 2, batch_size: 2 }
logging: { progress_rate: 1 }
`;

/** The same with every way of fine-tuning: the weights that are saved are not those that train. */
const TUNED = TEXT.replace(
  'batch_size: 2',
  `batch_size: 2, gradient_checkpointing: true, freeze_encoder: { stages: 2, epochs: 1 },
  layer_decay: { factor: 0.9 }, weight_average: { decay: 0.9 }`,
);

async function runNamed(name: string, text = TEXT): Promise<RunConfig> {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, text.replace('NAME', name));
  return (await loadRunConfig(file)).config;
}

const lastWeights = ({ outputs }: RunConfig) =>
  readCheckpoint(join(outputs.checkpoints, 'last.ckpt')).stateDict;

beforeAll(async () => {
  await makeFlairDataset(folder, { size: 32, counts: [6, 2, 0] });
  // A patch that cannot be read moves those behind it up by one; a resumed epoch must know.
  const list = join(folder, 'train.csv');
  writeFileSync(list, readFileSync(list, 'utf8').replace('IMG_000002', 'IMG_999999'));
});

test.each([
  ['whole', 'parts', TEXT],
  ['whole-tuned', 'parts-tuned', TUNED],
])(
  'a run interrupted in the middle of an epoch and resumed ends with the same weights, bit for bit (%s)',
  async (wholeName, partsName, text) => {
    const whole = await runNamed(wholeName, text);
    await runTasks(whole);

    const parts = await runNamed(partsName, text);
    const stop = new AbortController();
    const first = await runTasks(
      parts,
      (event) => {
        if (event.kind === 'step' && event.epoch === 0 && event.step === 1) stop.abort();
      },
      stop.signal,
    );
    expect(first.training).toMatchObject({ stopped: 'interrupted' });
    const checkpoint = join(parts.outputs.checkpoints, 'last.ckpt');
    const resumed = { ...parts, tasks: { ...parts.tasks, start: { kind: 'resume' as const, checkpoint } } };
    const second = await runTasks(resumed);
    expect(second.training).toMatchObject({ stopped: 'finished' });

    const [expected, found] = [lastWeights(whole), lastWeights(parts)];
    expect([...found.keys()]).toEqual([...expected.keys()]);
    for (const [name, { data }] of expected) {
      expect(Buffer.from(found.get(name)!.data).equals(Buffer.from(data)), name).toBe(true);
    }
    expect(readFileSync(join(parts.outputs.folder, 'metrics.csv'), 'utf8').split('\n')).toHaveLength(4);
  },
);

test('checkpoints hold the averages as weights, and the weights that train beside them', () => {
  const { stateDict, training } = loadCheckpoint(join(folder, 'runs/whole-tuned/checkpoints/last.ckpt'));
  const { updates, weights } = training!.average!;
  expect(updates).toBe(4);
  expect([...weights.keys()]).toEqual([...stateDict.keys()]);
  const differ = [...weights.keys()].filter((name) => {
    return !Buffer.from(weights.get(name)!.data).equals(Buffer.from(stateDict.get(name)!.data));
  });
  expect(differ).toContain('segmentation_head.0.weight');
  expect(differ).toContain('encoder.features.0.0.weight');
});

test('Ctrl-C saves and says how to go on', async () => {
  writeFileSync(config, TEXT.replace('NAME', 'stopped').replace('epochs: 2', 'epochs: 50'));
  let pressed = false;
  const { code, stderr } = await arpentWatched(
    (stdout) => {
      if (!pressed && stdout.includes('epoch  1/50')) {
        pressed = true;
        process.emit('SIGINT');
      }
    },
    'run',
    config,
  );
  expect(code).toBe(130);
  expect(stderr).toContain(`continue exactly there with: arpent run ${config} --resume`);
  expect(existsSync(join(folder, 'runs/stopped/checkpoints/last.ckpt'))).toBe(true);
});

test('a run starts only where nothing would be overwritten', async () => {
  const done = await runNamed('whole');
  expect(() => requireFreeOutputs(done)).toThrow('the output already exists');
  requireFreeOutputs({ ...done, outputs: { ...done.outputs, overwrite: true } });
  requireFreeOutputs({ ...done, tasks: { ...done.tasks, start: { kind: 'resume', checkpoint: 'x' } } });
});
