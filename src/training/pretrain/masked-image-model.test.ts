import { expect, it } from 'vitest';
import { Random } from '../../core/index.ts';
import { full, manualSeed, ops, randn, scope, zeros } from '../../engine/index.ts';
import { createModel } from '../../models/index.ts';
import { drawMasks, MaskedImageModel } from './index.ts';

it('hides the same share of every image, in whole squares, another choice for each', () => {
  const masks = drawMasks(zeros([3, 2, 64, 96]), new Random(1), { patch: 16, ratio: 0.6 });
  expect(masks.shape).toEqual([3, 1, 64, 96]);
  const values = masks.toFloat32();
  const image = (n: number) => values.subarray(n * 64 * 96, (n + 1) * 64 * 96);
  for (const n of [0, 1, 2]) {
    // ⌈24 · 0.6⌉ = 15 of 24 squares.
    expect(image(n).reduce((sum, value) => sum + value, 0)).toBe(15 * 256);
    for (let y = 0; y < 64; y++) {
      for (let x = 0; x < 96; x++) {
        const corner = (y - (y % 16)) * 96 + (x - (x % 16));
        if (image(n)[y * 96 + x] !== image(n)[corner]) throw new Error(`square broken at ${x}, ${y}`);
      }
    }
  }
  expect(image(0)).not.toEqual(image(1));
  expect(() => drawMasks(zeros([1, 1, 64, 70]), new Random(1), { patch: 16, ratio: 0.5 })).toThrow('64 × 70');
});

it('compares hidden pixels alone, and sees none of them', () => {
  manualSeed(1);
  const model = new MaskedImageModel(
    createModel({ name: 'resnet18_unet', inChannels: 4, classes: 2 }),
  ).eval();
  expect(model.stride).toBe(32);
  scope(() => {
    const images = randn([2, 4, 64, 64]);
    const masks = drawMasks(images, new Random(2), { patch: 32, ratio: 0.5 });
    const predicted = model.forward(images, masks);
    expect(predicted.shape).toEqual([2, 4, 64, 64]);
    const shown = ops.sub(full(masks.shape, 1), masks);
    const loss = model.loss(images, masks, predicted).item();
    // Another prediction of what was shown changes nothing; a prediction off by one everywhere has loss one.
    expect(model.loss(images, masks, ops.add(predicted, shown)).item()).toBeCloseTo(loss, 6);
    expect(model.loss(images, masks, ops.add(images, full(images.shape, 1))).item()).toBeCloseTo(1, 5);
    // Other pixels under the mask give the same prediction.
    const others = ops.add(images, ops.mul(masks, randn([2, 4, 64, 64])));
    const difference = ops.amax(ops.abs(ops.sub(model.forward(others, masks), predicted))).item();
    expect(difference).toBe(0);
  });
  const names = [...model.encoderState().keys()];
  expect(names[0]).toBe('encoder.conv1.weight');
  expect(names.every((name) => name.startsWith('encoder.'))).toBe(true);
});
