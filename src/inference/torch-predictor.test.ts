import { expect, test } from 'vitest';
import { normalizer } from '../data/index.ts';
import { autocast, inferenceMode, isTorchAtLeast, manualSeed, ops, scope, tensor } from '../engine/index.ts';
import { createModel } from '../models/index.ts';
import { TorchPredictor } from './torch-predictor.ts';

const [height, width] = [64, 96];
const pixels = Float32Array.from({ length: 3 * height * width }, (_, i) => Math.sin(i * 0.37 + i / 991));

function network(name: string) {
  manualSeed(4);
  return createModel({ name, inChannels: 3, classes: 4 }).eval();
}

/** What a network that nothing was done to answers under autocast. */
function underAutocast(name: string): Float32Array {
  const plain = network(name).to({ memoryFormat: 'channels_last' });
  try {
    return inferenceMode(() =>
      scope(() => {
        const images = tensor(pixels, [1, 3, height, width]).to({ memoryFormat: 'channels_last' });
        const scores = autocast({ device: 'cpu', dtype: 'bfloat16' }, () => plain.forward(images));
        return ops.softmax(ops.select(scores, 0, 0).to({ dtype: 'float32' }), 0).toFloat32();
      }),
    );
  } finally {
    plain.dispose();
  }
}

async function predicted(name: string): Promise<Float32Array> {
  const options = {
    normalizer: normalizer({ kind: 'without' }, 3),
    device: 'cpu',
    precision: 'bf16',
  } as const;
  const predictor = new TorchPredictor(network(name), { ...options, fold: false });
  const tile = { pixels, dataType: 'float32', width, height } as const;
  const core = { x: 0, y: 0, width, height };
  const [[found]] = (await predictor.predictParts([tile], [[{ core, kind: 'probabilities' }]])) as [
    [Float32Array],
  ];
  predictor.dispose();
  return found;
}

const TITLE = '%s: weights that are rounded once give what autocast gives, bit for bit';

test.each(['resnet18_pspnet', 'efficientnet-b0_deeplabv3plus'])(TITLE, async (name) => {
  expect(await predicted(name)).toEqual(underAutocast(name));
});

// libtorch 1.13 has no layer norm of bf16 maps and float32 weights, nor transposed convolutions under autocast.
test.runIf(isTorchAtLeast(2)).each(['resnet18_fpn', 'tu-convnext_tiny_linknet', 'nvidia/mit-b0'])(
  TITLE,
  async (name) => {
    expect(await predicted(name)).toEqual(underAutocast(name));
  },
);

test('says what CUDA graphs need where they cannot be had', () => {
  const plain = network('resnet18_unet');
  const options = {
    normalizer: normalizer({ kind: 'without' }, 3),
    device: 'cpu',
    cudaGraphs: true,
  } as const;
  expect(() => new TorchPredictor(plain, options)).toThrow(
    /CUDA graphs .* predicts on cpu\n.*choose a CUDA device/,
  );
  plain.dispose();
});
