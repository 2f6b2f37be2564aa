import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { normalizer } from '../../src/data/index.ts';
import { manualSeed } from '../../src/engine/index.ts';
import { exportGraph } from '../../src/export/export-model.ts';
import { encodeModel } from '../../src/export/onnx/encode.ts';
import type { Graph } from '../../src/export/onnx/graph.ts';
import { type Tile, TorchPredictor } from '../../src/inference/index.ts';
import { ARPENT_KEY, type ArpentBlock, OnnxPredictor, readOnnxCard } from '../../src/inference/onnx/index.ts';
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

/** A file of somebody else: one layer, Deepness's metadata, no block of ours. */
function writeForeign(name: string, graph: Graph, metadata: Record<string, unknown>): string {
  const file = join(folder, name);
  const entries = Object.entries(metadata).map(([key, value]) => [key, JSON.stringify(value)]);
  writeFileSync(file, encodeModel(graph, { metadata: Object.fromEntries(entries), producerVersion: '0' }));
  return file;
}

const numbers = (shape: number[], values: number[]) => ({
  ...{ type: 'float32' as const, shape },
  data: new Uint8Array(Float32Array.from(values).buffer),
});

test('one probability of Deepness’s conventions becomes background and class', async () => {
  const sides = [HEIGHT, HEIGHT];
  const graph: Graph = {
    name: 'roads',
    inputs: [{ name: 'x', type: 'float32', shape: [1, 3, ...sides] }],
    outputs: [{ name: 'y', type: 'float32', shape: [1, 1, ...sides] }],
    nodes: [
      { op: 'Conv', inputs: ['x', 'w', 'b'], outputs: ['z'], attributes: {} },
      { op: 'Sigmoid', inputs: ['z'], outputs: ['y'], attributes: {} },
    ],
    // Full red, after (x / 255 − 0.25) / 0.5, is 1.5: the bias puts the border halfway.
    initializers: new Map([
      ['w', numbers([1, 3, 1, 1], [4, 0, 0])],
      ['b', numbers([1], [-2])],
    ]),
  };
  const file = writeForeign('roads.onnx', graph, {
    ...{ model_type: 'Segmentor', class_names: { 0: 'road' } },
    ...{ standardization_mean: [0.25, 0.25, 0.25], standardization_std: [0.5, 0.5, 0.5] },
  });
  const { description, answer, side } = readOnnxCard(file);
  expect(description.classes.map(({ name }) => name)).toEqual(['background', 'road']);
  expect([answer, side]).toEqual(['sigmoid', HEIGHT]);
  const predictor = new OnnxPredictor(file);
  const red = Uint8Array.from({ length: 3 * HEIGHT * HEIGHT }, (_, i) => (i < HEIGHT * HEIGHT ? i % 256 : 0));
  const square = { pixels: red, dataType: 'uint8', width: HEIGHT, height: HEIGHT } as Tile;
  const [labels] = await predictor.predict([square], 'classes');
  const [probabilities] = await predictor.predict([square], 'probabilities');
  for (const [i, label] of labels!.entries()) {
    expect(label).toBe((i % 256) / 255 > 0.5 ? 1 : 0);
    expect(probabilities![i]! + probabilities![HEIGHT * HEIGHT + i]!).toBeCloseTo(1, 6);
  }
  // A tile of another size than the file takes is named, with what to do.
  await expect(predictor.predict([tile], 'classes')).rejects.toThrow(/64 × 64/);
  predictor.dispose();
});

test('images with channels last, half precision and batches of a fixed size', async () => {
  const graph: Graph = {
    name: 'last',
    inputs: [{ name: 'x', type: 'float16', shape: [2, 'h', 'w', 3] }],
    outputs: [{ name: 'y', type: 'float16', shape: [2, 'h', 'w', 4] }],
    nodes: [
      { op: 'Cast', inputs: ['x'], outputs: ['f'], attributes: { to: { int: 1 } } },
      { op: 'MatMul', inputs: ['f', 'w'], outputs: ['z'], attributes: {} },
      { op: 'Softmax', inputs: ['z'], outputs: ['p'], attributes: { axis: { int: -1 } } },
      { op: 'Cast', inputs: ['p'], outputs: ['y'], attributes: { to: { int: 10 } } },
    ],
    // The likeliest class is the brightest channel; the fourth never is.
    initializers: new Map([['w', numbers([3, 4], [9, 0, 0, 0, 0, 9, 0, 0, 0, 0, 9, 0])]]),
  };
  const predictor = new OnnxPredictor(writeForeign('last.onnx', graph, {}));
  const tiles = [0, 1, 2].map((turn) => {
    const pixels = tile.pixels.map((value, i) => (Number(value) >> 2) + (i % 3 === turn ? 60 : 0));
    return { ...tile, pixels } as Tile;
  });
  const labels = await predictor.predict(tiles, 'classes');
  const area = WIDTH * HEIGHT;
  for (const [n, { pixels }] of tiles.entries())
    for (let i = 0; i < area; i += 37) {
      const bands = [0, 1, 2].map((band) => Number(pixels[band * area + i]));
      expect(bands[labels[n]![i]!]).toBe(Math.max(...bands));
    }
  predictor.dispose();
});
