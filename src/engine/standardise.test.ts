import { describe, expect, it } from 'vitest';
import { type DType, empty, manualSeed, ops, randint, scope, type Tensor, tensor } from './index.ts';

const mean = () => tensor([105.08, 110.87, 3]);
const inverse = () => tensor([1 / 52.17, 1 / 45.38, 0.25]);

/** The same by operators of libtorch, in the same order and arithmetic. */
function oneByOne(x: Tensor): Tensor {
  const [m, s] = [mean(), inverse()].map((numbers) => ops.reshape(numbers, [3, 1, 1]));
  return ops.mul(ops.sub(x.to({ dtype: 'float32' }), m!), s!);
}

describe('centring and scaling channel by channel', () => {
  const types: DType[] = ['uint8', 'int16', 'int32', 'float32', 'float64'];

  it.each(
    types.flatMap((dtype) =>
      (['contiguous', 'channels_last'] as const).map((memoryFormat) => ({ dtype, memoryFormat })),
    ),
  )('gives the bits of three operators: $dtype, to $memoryFormat', ({ dtype, memoryFormat }) => {
    scope(() => {
      manualSeed(8);
      const images = randint(0, 127, [2, 3, 70, 301]).to({ dtype });
      const out = empty(images.shape, { memoryFormat });
      expect(out.isContiguous(memoryFormat)).toBe(true);
      expect(ops.standardise(images, mean(), inverse(), out)).toBe(out);
      expect(out.toFloat32()).toEqual(oneByOne(images).toFloat32());
      // A part of a larger map, to its place in another.
      const part = (map: Tensor) => ops.narrow(ops.narrow(ops.select(map, 0, 1), 1, 3, 40), 2, 5, 100);
      const place = empty(images.shape, { memoryFormat });
      ops.standardise(part(images), mean(), inverse(), part(place));
      expect(part(place).toFloat32()).toEqual(oneByOne(part(images)).toFloat32());
    });
  });

  it('refuses numbers that do not fit the channels, and another shape', () => {
    scope(() => {
      const x = empty([4, 2, 2]);
      expect(() => ops.standardise(x, mean(), inverse(), empty([4, 2, 2]))).toThrow(/4 expected, got 3/);
      expect(() => ops.standardise(empty([3, 2, 2]), mean(), inverse(), x)).toThrow(/images' shape/);
    });
  });
});
