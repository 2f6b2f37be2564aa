import { describe, expect, it } from 'vitest';
import { type DType, manualSeed, ops, randn, scope, tensor } from './index.ts';

describe('the class of the highest score', () => {
  const types: DType[] = ['float32', 'bfloat16', 'float16', 'float64'];
  it.each(
    types.flatMap((dtype) => (['contiguous', 'channels_last'] as const).map((order) => ({ dtype, order }))),
  )('is what argmax gives for $dtype, $order', ({ dtype, order }) => {
    scope(() => {
      manualSeed(4);
      const scores = randn([2, 19, 33, 21]).to({ dtype }).to({ memoryFormat: order });
      const expected = ops.argmax(scores, 1).to({ dtype: 'uint8' }).toTypedArray();
      expect(ops.bestClass(scores).toTypedArray()).toEqual(expected);
      const part = ops.narrow(ops.narrow(scores, 2, 3, 20), 3, 1, 7);
      const inside = ops.argmax(part, 1).to({ dtype: 'uint8' }).toTypedArray();
      expect(ops.bestClass(part).toTypedArray()).toEqual(inside);
    });
  });

  it.each([1, 2, 16, 17, 31, 32, 33, 100, 256])('of %i classes that lie together', (classes) => {
    scope(() => {
      manualSeed(6);
      for (const dtype of ['float32', 'bfloat16'] as const) {
        const scores = randn([1, classes, 9, 31]).to({ dtype }).to({ memoryFormat: 'channels_last' });
        const expected = ops.argmax(scores, 1).to({ dtype: 'uint8' }).toTypedArray();
        expect(ops.bestClass(scores).toTypedArray()).toEqual(expected);
      }
    });
  });

  it('is found part by part where there are many scores', () => {
    scope(() => {
      const scores = randn([1, 64, 700, 400]).to({ dtype: 'bfloat16' });
      const expected = ops.argmax(scores, 1).to({ dtype: 'uint8' });
      expect(ops.amax(ops.abs(ops.sub(ops.bestClass(scores), expected))).item()).toBe(0);
    });
  });

  it.each(types)(
    'is the first of equal ones, zeros of both signs among them, and what is no number: %s',
    (dtype) => {
      const pixels = [
        [-3, -1, -1],
        [-0, 0, -2],
        [0, -0, 0],
        [2, 5, 5],
        [Number.NEGATIVE_INFINITY, -6e4, Number.NEGATIVE_INFINITY],
        [1, Number.POSITIVE_INFINITY, 7],
        [1, Number.NaN, 7],
        [Number.NaN, 2, Number.NaN],
      ];
      scope(() => {
        const scores = tensor(Float32Array.from(pixels.flat()), [1, pixels.length, 1, 3]).to({ dtype });
        const byClass = ops.permute(scores, [0, 3, 1, 2]);
        expect([...(ops.bestClass(byClass).toTypedArray() as Uint8Array)]).toEqual([1, 0, 0, 1, 1, 1, 1, 0]);
      });
    },
  );
});
