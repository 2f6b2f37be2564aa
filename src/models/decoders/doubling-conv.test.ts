import { describe, expect, it } from 'vitest';
import { settleNorms } from '../../../test/models/settle-norms.ts';
import { inferenceMode, manualSeed, ops, randn, scope, type Tensor } from '../../engine/index.ts';
import { Conv2d } from '../../nn/index.ts';
import { createModel, toInferenceForm } from '../index.ts';
import { DoublingConv2d } from './doubling-conv.ts';

/** Largest difference, as a part of the largest number. */
function difference(a: Tensor, b: Tensor): number {
  return scope(() => ops.amax(ops.abs(ops.sub(a, b))).item() / ops.amax(ops.abs(b)).item());
}

describe('a convolution of a doubled map', () => {
  it.each([
    { channels: 6, others: [], bias: true },
    { channels: 6, others: [4], bias: false },
    { channels: 3, others: [4, 2, 5], bias: true },
  ])(
    'is the same without making it: $channels channels joined with $others',
    ({ channels, others, bias }) => {
      scope(() => {
        manualSeed(3);
        const total = others.reduce((sum, more) => sum + more, channels);
        const conv = new Conv2d(total, 7, 3, { padding: 1, bias });
        const x = randn([2, channels, 9, 5]);
        const skips = others.map((more) => randn([2, more, 18, 10]));
        const joint = new DoublingConv2d(conv, channels);
        const doubled = ops.interpolate(x, { scaleFactor: 2, mode: 'nearest' });
        const expected = inferenceMode(() => conv.forward(ops.cat([doubled, ...skips], 1)));
        const found = inferenceMode(() => joint.forward(x, skips));
        expect(found.shape).toEqual([2, 7, 18, 10]);
        expect(difference(found, expected)).toBeLessThan(2e-6);
        expect(joint.fits(x, 18, 10)).toBe(true);
        expect(joint.fits(x, 17, 10)).toBe(false);
      });
    },
  );
});

describe('networks in their form for inference', () => {
  it.each(['resnet18_unet', 'resnet18_unetplusplus'])('%s gives the same', (name) => {
    scope(() => {
      manualSeed(1);
      const network = createModel({ name, inChannels: 3, classes: 5 });
      const images = randn([2, 3, 64, 96]);
      settleNorms(network, images);
      const before = inferenceMode(() => network.forward(images));
      const weights = network.parameterCount();
      toInferenceForm(network);
      expect(network.parameterCount()).toBeGreaterThan(weights);
      const after = inferenceMode(() => network.forward(images));
      expect(difference(after, before)).toBeGreaterThan(0);
      expect(difference(after, before)).toBeLessThan(1e-5);
      network.dispose();
    });
  });

  it('leaves gates their joined maps', () => {
    const network = createModel({ name: 'resnet18_unet', classes: 2, decoderAttentionType: 'scse' });
    const weights = network.parameterCount();
    toInferenceForm(network);
    expect(network.parameterCount()).toBe(weights);
    network.dispose();
  });
});
