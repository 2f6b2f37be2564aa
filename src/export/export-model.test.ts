import { InferenceSession, Tensor as OnnxTensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { inferenceMode, manualSeed, scope, tensor } from '../engine/index.ts';
import { createModel } from '../models/index.ts';
import { createZeroModel } from '../models/zero-weights.ts';
import { type ExportOptions, exportGraph } from './export-model.ts';
import { toHalf } from './half.ts';
import { encodeModel } from './onnx/encode.ts';
import type { Graph } from './onnx/graph.ts';

const slim = { decoderChannels: [64, 32, 16, 16, 8] };

/** Largest difference from libtorch's scores, relative to the largest of them. */
async function compare(
  name: string,
  export_: ExportOptions,
  options: object,
  batch: number,
  finish = (graph: Graph) => graph,
) {
  manualSeed(1);
  const network = createModel({ name, inChannels: 4, classes: 3, ...options }).eval();
  const { height, width } = export_;
  const shape = [batch, 4, height, width];
  const pixels = Float32Array.from({ length: batch * 4 * height * width }, (_, i) =>
    Math.sin(i * 0.37 + i / 991),
  );
  const expected = inferenceMode(() => scope(() => network.forward(tensor(pixels, shape)).toFloat32()));
  const session = await InferenceSession.create(
    encodeModel(finish(exportGraph(network, export_)), { metadata: {}, producerVersion: 'test' }),
  );
  const answer = await session.run({ images: new OnnxTensor('float32', pixels, shape) });
  const found = answer.logits!.data as Float32Array;
  expect(found.length).toBe(expected.length);
  let largest = 0;
  let scale = 0;
  for (let i = 0; i < found.length; i++) {
    largest = Math.max(largest, Math.abs(found[i]! - expected[i]!));
    scale = Math.max(scale, Math.abs(expected[i]!));
  }
  network.dispose();
  return largest / scale;
}

test.each([
  ['resnet18_unet', slim],
  ['resnet18_fpn', {}],
  ['mit_b0_segformer', {}],
  ['resnet18_deeplabv3plus', {}],
] as const)(
  '%s gives libtorch’s scores in ONNX Runtime, at batches of one and four',
  async (name, options) => {
    const size = { height: 64, width: 96 };
    expect(await compare(name, size, options, 1)).toBeLessThan(1e-4);
    expect(await compare(name, size, options, 4)).toBeLessThan(1e-4);
  },
);

test('windows that are shifted by more cells than there are', async () => {
  const name = 'tu-swin_tiny_patch4_window7_224_segformer';
  expect(await compare(name, { height: 32, width: 64 }, {}, 2)).toBeLessThan(1e-4);
});

test('half precision stays within a hundredth', async () => {
  const size = { height: 64, width: 64 };
  expect(await compare('resnet18_unet', size, slim, 2, toHalf)).toBeLessThan(1e-2);
});

// A runtime that folds them itself does so in half precision where the graph is in half: ten times the difference.
test('no batch normalisation is left that stands behind a convolution, be it transposed or the norm an activation as well', () => {
  const network = createZeroModel({ name: 'tu-tf_efficientnetv2_s_linknet', inChannels: 3, classes: 2 });
  const { nodes } = exportGraph(network, { height: 64, width: 64 });
  network.dispose();
  expect(nodes.some(({ op }) => op === 'Conv')).toBe(true);
  expect(nodes.filter(({ op }) => op === 'BatchNormalization')).toEqual([]);
});
