import { expect, test } from 'vitest';
import { normalizer } from '../data/index.ts';
import { autocast, inferenceMode, manualSeed, ops, scope, tensor } from '../engine/index.ts';
import { createModel } from '../models/index.ts';
import { TorchPredictor } from './torch-predictor.ts';

const [height, width] = [64, 96];
const pixels = Float32Array.from({ length: 3 * height * width }, (_, i) => Math.sin(i * 0.37 + i / 991));

function network(name: string) {
  manualSeed(4);
  return createModel({ name, inChannels: 3, classes: 4 }).eval();
}

/** What a network that nothing was done to answers under autocast. */
function expected(name: string): Float32Array {
  const plain = network(name);
  try {
    return inferenceMode(() =>
      scope(() => {
        const images = tensor(pixels, [1, 3, height, width]).to({ memoryFormat: 'channels_last' });
        plain.to({ memoryFormat: 'channels_last' });
        const scores = autocast({ device: 'cpu', dtype: 'bfloat16' }, () => plain.forward(images));
        return ops.softmax(ops.select(scores, 0, 0).to({ dtype: 'float32' }), 0).toFloat32();
      }),
    );
  } finally {
    plain.dispose();
  }
}

test.each(['resnet18_fpn', 'tu-convnext_tiny_linknet', 'nvidia/mit-b0'])(
  '%s: weights that are rounded once give what autocast gives, bit for bit',
  async (name) => {
    const predictor = new TorchPredictor(network(name), {
      normalizer: normalizer({ kind: 'without' }, 3),
      device: 'cpu',
      precision: 'bf16',
      fold: false,
    });
    const tile = { pixels, dataType: 'float32', width, height } as const;
    const core = { x: 0, y: 0, width, height };
    const [[found]] = (await predictor.predictParts([tile], [[{ core, kind: 'probabilities' }]])) as [
      [Float32Array],
    ];
    expect(found).toEqual(expected(name));
    predictor.dispose();
  },
);
