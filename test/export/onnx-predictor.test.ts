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

test('a file that is no network is named, and one that is not there', () => {
  const file = join(folder, 'broken.onnx');
  writeFileSync(file, 'not a model');
  expect(() => new OnnxPredictor(file)).toThrow(/broken\.onnx: this is no ONNX file/);
  expect(() => new OnnxPredictor(join(folder, 'nowhere.onnx'))).toThrow(/no such file/);
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

/** A graph of one 1×1 or larger convolution with `classes` planes, and whatever follows it. */
function convolution(
  kernel: number,
  classes: number,
  side: number,
  stride = 1,
  end: Graph['nodes'] = [],
): Graph {
  const smaller = Math.floor((side - kernel) / stride) + 1;
  const weights = Array.from({ length: classes * 3 * kernel * kernel }, (_, i) => ((i * 37) % 11) / 11 - 0.5);
  return {
    name: 'other',
    inputs: [{ name: 'x', type: 'float32', shape: [1, 3, side, side] }],
    outputs: [{ name: 'y', type: 'float32', shape: [1, classes, smaller, smaller] }],
    nodes: [
      {
        ...{ op: 'Conv', inputs: ['x', 'w'], outputs: [end.length === 0 ? 'y' : 'z'] },
        attributes: { strides: { ints: [stride, stride] } },
      },
      ...end,
    ],
    initializers: new Map([['w', numbers([classes, 3, kernel, kernel], weights)]]),
  };
}

test('answers smaller than the images: the middle of networks without padding, or a coarser picture', async () => {
  const pixels = tile.pixels.slice(0, 3 * HEIGHT * HEIGHT);
  const square = { pixels, dataType: 'uint8', width: HEIGHT, height: HEIGHT } as Tile;
  const middle = new OnnxPredictor(writeForeign('middle.onnx', convolution(5, 3, HEIGHT), {}));
  const [inner] = await middle.predict([square], 'logits', [{ x: 2, y: 2, width: 60, height: 60 }]);
  const [whole] = await middle.predict([square], 'logits');
  expect(whole!.length).toBe(3 * HEIGHT * HEIGHT);
  // Beyond the answer stands its border.
  expect(whole![0]).toBe(inner![0]);
  expect(whole!.at(-1)).toBe(inner!.at(-1));
  const coarse = new OnnxPredictor(writeForeign('coarse.onnx', convolution(4, 3, HEIGHT, 4), {}));
  const [scores] = await coarse.predict([square], 'logits');
  expect(scores!.length).toBe(3 * HEIGHT * HEIGHT);
  // Between the centres of two coarse pixels lies their mean.
  const [left, right] = [scores![2 * HEIGHT + 2]!, scores![2 * HEIGHT + 5]!];
  const between = scores!.slice(2 * HEIGHT + 2, 2 * HEIGHT + 6);
  expect((between[1]! + between[2]!) / 2).toBeCloseTo((left + right) / 2, 5);
  for (const one of [middle, coarse]) one.dispose();
});

test('what a file answers follows from its last operator', () => {
  const end = (op: string): Graph['nodes'] => [{ op, inputs: ['z'], outputs: ['y'], attributes: {} }];
  const answer = (name: string, graph: Graph, metadata = {}) =>
    readOnnxCard(writeForeign(name, graph, metadata)).answer;
  expect(answer('scores.onnx', convolution(1, 3, HEIGHT))).toBe('logits');
  expect(answer('soft.onnx', convolution(1, 3, HEIGHT, 1, end('Softmax')))).toBe('probabilities');
  expect(answer('one.onnx', convolution(1, 1, HEIGHT, 1, end('Sigmoid')))).toBe('sigmoid');
  expect(() => answer('bare.onnx', convolution(1, 1, HEIGHT))).toThrow(/no probability/);
  expect(() => answer('other.onnx', convolution(1, 3, HEIGHT), { model_type: 'Detector' })).toThrow(
    /Detector/,
  );
  const numbersOfClasses = convolution(1, 3, HEIGHT, 1, [
    ...end('ArgMax').map((node) => ({ ...node, attributes: { axis: { int: 1 }, keepdims: { int: 0 } } })),
  ]);
  const labels = {
    ...numbersOfClasses,
    outputs: [{ name: 'y', type: 'int64' as const, shape: [1, HEIGHT, HEIGHT] }],
  };
  expect(() => answer('labels.onnx', labels)).toThrow(/class_names|which/);
  const named = writeForeign('named.onnx', labels, { class_names: { 0: 'a', 1: 'b', 2: 'c' } });
  expect(readOnnxCard(named).answer).toBe('classes');
  expect(readOnnxCard(named).description.classes.length).toBe(3);
});

test('names as Python prints them are read too', () => {
  const file = join(folder, 'python.onnx');
  const metadata = { class_names: "{0: 'background', 1: \"river's bed\"}" };
  writeFileSync(file, encodeModel(convolution(1, 2, HEIGHT), { metadata, producerVersion: '0' }));
  const { classes } = readOnnxCard(file).description;
  expect(classes.map(({ name }) => name)).toEqual(['background', "river's bed"]);
});
