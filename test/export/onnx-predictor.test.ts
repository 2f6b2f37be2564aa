import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { normalizer } from '../../src/data/index.ts';
import { manualSeed } from '../../src/engine/index.ts';
import { exportGraph } from '../../src/export/export-model.ts';
import { encodeModel } from '../../src/export/onnx/encode.ts';
import { type Tile, TorchPredictor } from '../../src/inference/index.ts';
import { ARPENT_KEY, type ArpentBlock, OnnxPredictor } from '../../src/inference/onnx/index.ts';
import { createModel } from '../../src/models/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'arpent-onnx-'));
afterAll(() => rmSync(folder, { recursive: true }));

const [WIDTH, HEIGHT] = [96, 64];
const normalization = { kind: 'custom', means: [100, 90, 80], stds: [50, 40, 60] } as const;
const tile = {
  pixels: Uint8Array.from({ length: 3 * WIDTH * HEIGHT }, (_, i) => (i * 7919) >> 5),
  dataType: 'uint8',
  width: WIDTH,
  height: HEIGHT,
} as Tile;

function build() {
  manualSeed(3);
  return createModel({
    name: 'resnet18_unet',
    inChannels: 3,
    classes: 4,
    decoderChannels: [64, 32, 16, 16, 8],
  }).eval();
}

test('a file of ours predicts in ONNX Runtime what its network predicts in libtorch', async () => {
  const network = build();
  const torch = new TorchPredictor(network, { normalizer: normalizer(normalization, 3), precision: 'fp32' });
  const [expected] = await torch.predict([tile], 'probabilities');
  const [classes] = await torch.predict([tile], 'classes');

  const graph = exportGraph(build(), { height: HEIGHT, width: WIDTH, dynamic: true });
  const block: ArpentBlock = {
    format: 1,
    output: 'logits',
    normalizes: false,
    pixelRange: null,
    divisor: 32,
    description: {
      model: { architecture: { kind: 'huggingface', model: 'onnx' }, channels: 3, classes: 4 },
      channels: [1, 2, 3],
      normalization,
      classes: Array.from({ length: 4 }, (_, i) => ({ name: `class ${i}`, color: '#000000', weight: 1 })),
    },
  };
  const file = join(folder, 'unet.onnx');
  writeFileSync(
    file,
    encodeModel(graph, { metadata: { [ARPENT_KEY]: JSON.stringify(block) }, producerVersion: '0' }),
  );
  const onnx = new OnnxPredictor(file);
  expect([onnx.channels, onnx.classes, onnx.divisor]).toEqual([3, 4, 32]);
  const [found] = await onnx.predict([tile], 'probabilities');
  const difference = found!.reduce((most, value, i) => Math.max(most, Math.abs(value - expected![i]!)), 0);
  expect(found!.length).toBe(expected!.length);
  expect(difference).toBeLessThan(1e-4);
  const [labels] = await onnx.predict([tile], 'classes');
  expect(labels!.filter((label, i) => label !== classes![i]).length).toBeLessThan(0.001 * WIDTH * HEIGHT);
  onnx.dispose();
});

test('a file that is no network is named', () => {
  const file = join(folder, 'broken.onnx');
  writeFileSync(file, 'not a model');
  expect(() => new OnnxPredictor(file)).toThrow(/broken\.onnx/);
});
