import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createModel, EncoderDecoderNetwork, MetadataNetwork } from '../models/index.ts';
import { type StateDict, writePth } from '../weights/index.ts';
import { startFromWeights } from './start-weights.ts';

const folder = mkdtempSync(join(tmpdir(), 'arpent-start-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function network(classes: number): EncoderDecoderNetwork {
  const built = createModel({ encoder: 'mobilenet_v2', decoder: 'fpn', inChannels: 3, classes });
  if (built instanceof EncoderDecoderNetwork) return built;
  throw new TypeError('not the network that was asked for');
}

const prefixed = (state: StateDict, prefix: string): StateDict =>
  new Map([...state].map(([name, tensor]) => [prefix + name, tensor]));

test('what fits loads from IGN’s checkpoint, and what does not is listed', () => {
  const trained = network(4);
  const file = join(folder, 'ign.ckpt');
  const head = trained.stateDict().get('segmentation_head.0.bias')!;
  writePth(file, new Map([...prefixed(trained.stateDict(), 'model.seg_model.'), ['criterion.weight', head]]));
  const fresh = network(5);
  const report = startFromWeights(fresh, file);
  expect(report.reshaped).toEqual([
    'segmentation_head.0.weight [4, 128, 1, 1] → [5, 128, 1, 1]',
    'segmentation_head.0.bias [4] → [5]',
  ]);
  expect(report.missing).toEqual([]);
  expect(report.unexpected).toEqual([]);
  expect(report.loaded).toBe(report.total - 2);
  const name = 'encoder.features.0.0.weight';
  expect(fresh.stateDict().get(name)!.data).toEqual(trained.stateDict().get(name)!.data);
  trained.dispose();
  fresh.dispose();
});

test('networks with and without metadata load one another’s checkpoints', () => {
  const withMetadata = new MetadataNetwork(network(4));
  const lightning = join(folder, 'metadata.ckpt');
  writePth(lightning, prefixed(withMetadata.stateDict(), 'model.'));
  const again = new MetadataNetwork(network(4));
  expect(startFromWeights(again, lightning)).toMatchObject({ missing: [], unexpected: [], reshaped: [] });
  const plain = join(folder, 'plain.ckpt');
  writePth(plain, withMetadata.stateDict());
  for (const file of [lightning, plain]) {
    const without = network(4);
    expect(startFromWeights(without, file), file).toMatchObject({ missing: [], unexpected: [] });
    without.dispose();
  }
  withMetadata.dispose();
  again.dispose();
});

test('a checkpoint of another kind of network is refused', () => {
  const other = createModel({ encoder: 'resnet18', decoder: 'unet', inChannels: 3, classes: 4 });
  const file = join(folder, 'other.pth');
  writePth(file, prefixed(other.stateDict(), 'backbone.'));
  const fresh = network(4);
  expect(() => startFromWeights(fresh, file)).toThrow(
    'no tensor of this checkpoint belongs to mobilenet_v2_fpn',
  );
  other.dispose();
  fresh.dispose();
});
