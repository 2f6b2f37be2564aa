import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it, vi } from 'vitest';
import { averageWeights } from '../../src/ensemble/index.ts';
import {
  readCheckpoint,
  readSafetensors,
  type StateDict,
  writeSafetensors,
} from '../../src/weights/index.ts';
import { arpent } from '../cli/call.ts';
import { makeFlairDataset } from '../flair/dataset.ts';
import { temporaryFolder } from '../raster/fixtures.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });
const folder = temporaryFolder();
const at = (...parts: string[]) => join(folder, ...parts);
const best = at('runs/soup/checkpoints/best.ckpt');

/** The same weights, the last layer's turned round: what was the most probable class is the least. */
function spoiled(weights: StateDict): StateDict {
  return new Map(
    [...weights].map(([name, tensor]) => {
      if (!name.startsWith('segmentation_head')) return [name, tensor];
      const values = new Float32Array(tensor.data.slice().buffer).map((value) => -4 * value);
      return [name, { ...tensor, data: new Uint8Array(values.buffer) }];
    }),
  );
}

beforeAll(async () => {
  await makeFlairDataset(folder, { size: 64, counts: [6, 3, 0] });
  writeFileSync(
    at('arpent.yaml'),
    `name: soup
output: runs
seed: 5
tasks: { predict: false, metrics: false }
data: { train: train.csv, validation: val.csv, channels: [1, 2, 3], workers: 2 }
classes: generic-4
model: { name: fpn, encoder: mobilenet_v2, encoder_weights: none }
optimizer: { type: adamw, learning_rate: 0.002 }
training: { epochs: 3, batch_size: 2 }
`,
  );
  const trained = await arpent('train', at('arpent.yaml'), '--quiet');
  expect(trained.code, trained.stderr).toBe(0);
  writeSafetensors(at('spoiled.safetensors'), spoiled(readCheckpoint(best).stateDict), {});
});

it('soup averages what it is given', async () => {
  const files = [best, at('spoiled.safetensors')];
  const { code, stderr } = await arpent('ensemble', 'soup', ...files, '-o', at('plain.safetensors'));
  expect(code, stderr).toBe(0);
  const [one, other] = files.map((file) => readCheckpoint(file).stateDict);
  const expected = averageWeights([one!, other!]);
  for (const [name, tensor] of readSafetensors(at('plain.safetensors')).stateDict) {
    expect(Buffer.from(tensor.data).equals(Buffer.from(expected.get(name)!.data)), name).toBe(true);
  }
});

it('soup --greedy leaves out what spoils the validation score', async () => {
  const files = [at('spoiled.safetensors'), best];
  const { code, stdout, stderr } = await arpent(
    ...[
      'ensemble',
      'soup',
      ...files,
      '--greedy',
      at('arpent.yaml'),
      '-o',
      at('greedy.safetensors'),
      '--json',
    ],
  );
  expect(code, stderr).toBe(0);
  const said = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .find((line) => 'taken' in line);
  expect(said.taken).toEqual([best]);
  expect(said.miou).toBeGreaterThan(0);
  const [kept, own] = [readSafetensors(at('greedy.safetensors')).stateDict, readCheckpoint(best).stateDict];
  const head = 'segmentation_head.0.weight';
  expect(Buffer.from(kept.get(head)!.data).equals(Buffer.from(own.get(head)!.data))).toBe(true);
});

it('soup names what cannot be mixed, and writes nothing then', async () => {
  const weights = readCheckpoint(best).stateDict;
  writeSafetensors(at('other.safetensors'), new Map([...weights].slice(1)), {});
  const { code, stderr } = await arpent(
    ...['ensemble', 'soup', best, at('other.safetensors'), '-o', at('never.safetensors')],
  );
  expect(code).not.toBe(0);
  expect(stderr).toContain(`checkpoint 2 has no ${[...weights.keys()][0]}`);
  expect(existsSync(at('never.safetensors'))).toBe(false);
});
