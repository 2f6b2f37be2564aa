import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, expect, it, vi } from 'vitest';
import { asClasses } from '../../src/ensemble/index.ts';
import { flairZone, openRaster } from '../../src/raster/index.ts';
import { readCheckpoint } from '../../src/weights/index.ts';
import { arpent } from '../cli/call.ts';
import { makeFlairDataset } from '../flair/dataset.ts';
import { temporaryFolder } from '../raster/fixtures.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });
const folder = temporaryFolder();
const at = (...parts: string[]) => join(folder, ...parts);
const config = at('arpent.yaml');
const fold = (k: number) => at('runs', 'small', `fold-${k}-of-2`);
const linesOf = (file: string) => readFileSync(file, 'utf8').trim().split('\n');
const heldOut = (k: number) => linesOf(join(fold(k), 'lists', 'held-out.csv'));

beforeAll(async () => {
  await makeFlairDataset(folder, { size: 32, counts: [6, 2, 0] });
  writeFileSync(
    config,
    `name: small
output: runs
seed: 5
tasks: { predict: false, metrics: false }
data: { train: train.csv, validation: val.csv, channels: [1, 2, 3], workers: 2 }
classes: generic-4
model: { name: fpn, encoder: mobilenet_v2, encoder_weights: none }
training: { epochs: 1, batch_size: 2 }
`,
  );
  for (const k of [1, 2]) {
    const trained = await arpent('train', config, '--fold', `${k}/2`, '--quiet');
    expect(trained.code, trained.stderr).toBe(0);
  }
});

it('train --fold holds out whole zones, each patch exactly once, and trains on the rest', () => {
  const all = [...linesOf(at('train.csv')), ...linesOf(at('val.csv'))].map((line) =>
    line
      .split(',')
      .map((path) => resolve(folder, path))
      .join(),
  );
  expect([...heldOut(1), ...heldOut(2)].sort()).toEqual(all.sort());
  for (const k of [1, 2]) {
    const train = linesOf(join(fold(k), 'lists', 'train.csv'));
    expect([...train, ...heldOut(k)].sort()).toEqual(all.sort());
    const zones = (lines: string[]) => new Set(lines.map((line) => flairZone(line.split(',')[0]!)));
    for (const zone of zones(heldOut(k))) expect(zones(train).has(zone)).toBe(false);
    expect(readdirSync(join(fold(k), 'checkpoints')).length).toBeGreaterThan(0);
  }
});

it('predict --fold writes exactly what the fold held out', async () => {
  const predicted = await arpent('predict', config, '--fold', '2/2', '--quiet');
  expect(predicted.code, predicted.stderr).toBe(0);
  const names = readdirSync(join(fold(2), 'predictions')).filter((name) => name.endsWith('.tif'));
  const expected = heldOut(2).map((line) => `PRED_${line.split(',')[0]!.split('/').at(-1)}`);
  expect(names.sort()).toEqual(expected.sort());
  expect(existsSync(join(fold(1), 'predictions'))).toBe(false);
});

it('ensemble out-of-fold predicts each patch with the network that did not see it', async () => {
  const found = await arpent('ensemble', 'out-of-fold', config, '--folds', '2', '-o', at('oof'));
  expect(found.code, found.stderr).toBe(0);
  expect(linesOf(at('oof/out-of-fold.csv'))).toEqual([...heldOut(1), ...heldOut(2)]);
  expect(readdirSync(at('oof')).filter((name) => name.endsWith('.tif'))).toHaveLength(8);
  // The two networks differ, and those probabilities are the second one's that predict --fold 2/2 made classes of.
  const weights = [1, 2].map((k) => readCheckpoint(join(fold(k), 'checkpoints', 'best.ckpt')).stateDict);
  const [one, two] = weights.map((state) => Buffer.from(state.get('segmentation_head.0.weight')!.data));
  expect(one!.equals(two!)).toBe(false);
  for (const line of heldOut(2)) {
    const name = `PRED_${line.split(',')[0]!.split('/').at(-1)}`;
    await using probabilities = await openRaster(at('oof', name));
    await using classes = await openRaster(join(fold(2), 'predictions', name));
    expect(probabilities.bandCount).toBe(4);
    const data = (await probabilities.read()).data as Uint8Array;
    const winners = asClasses({ kind: 'probabilities', data, one: 255 }, 4);
    const cells = (await classes.read()).data;
    // Bytes may tie where the network's own numbers did not.
    expect(winners.filter((value, i) => value !== cells[i]).length).toBeLessThan(winners.length / 50);
  }
});

it('names what is wrong with a fold', async () => {
  const many = await arpent('train', config, '--fold', '1/9');
  expect(many.code).not.toBe(0);
  expect(many.stderr).toContain('8 patches for 9 folds');
  const beyond = await arpent('train', config, '--fold', '3/2');
  expect(beyond.stderr).toContain('"3/2" is not a fold');
  const untrained = await arpent('ensemble', 'out-of-fold', config, '--folds', '3', '-o', at('never'));
  expect(untrained.stderr).toContain('fold 1 of 3 is not trained');
});
