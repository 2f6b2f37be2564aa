import { describe, expect, it } from 'vitest';
import { ops, scope, tensor } from '../../engine/index.ts';
import { relativePositionIndex, shiftedWindowMask, windowPartition, windowReverse } from './window.ts';
import { WindowAttentionPlan } from './window-attention.ts';

const numbers = (count: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(i * 12.9898));

describe('windows', () => {
  it('are cut in row order and put back', () => {
    scope(() => {
      const map = tensor(numbers(2 * 4 * 6 * 3), [2, 4, 6, 3]);
      const windows = windowPartition(map, 2);
      expect(windows.shape).toEqual([2 * 2 * 3, 4, 3]);
      expect(ops.select(windows, 0, 1).toNumbers().slice(0, 3)).toEqual(
        ops
          .reshape(ops.narrow(ops.select(map, 0, 0), 1, 2, 1), [4, 3])
          .toNumbers()
          .slice(0, 3),
      );
      expect(windowReverse(windows, 2, 4, 6).toNumbers()).toEqual(map.toNumbers());
    });
  });

  it.each([
    [7, 9, 4, 0],
    [7, 9, 4, 2],
    [8, 8, 4, 2],
  ])(
    'a map of %i × %i is padded, shifted and restored (window %i, shift %i)',
    (height, width, window, shift) => {
      scope(() => {
        const plan = new WindowAttentionPlan(window, shift, 1);
        const map = tensor(numbers(height * width * 2), [1, height, width, 2]);
        const back = plan.join(plan.cut(map), [height, width]);
        expect(back.shape).toEqual([1, height, width, 2]);
        expect(ops.contiguous(back).toNumbers()).toEqual(map.toNumbers());
      });
    },
  );

  it('relative positions index the table by row and column differences', () => {
    // Two by two: the place itself is in the middle of the 3 × 3 table.
    expect([...relativePositionIndex(2)]).toEqual([4, 3, 1, 0, 5, 4, 2, 1, 7, 6, 4, 3, 8, 7, 5, 4]);
    expect(Math.max(...relativePositionIndex(2, 3))).toBe(3 * 5 - 1);
  });

  it('the mask separates what the cyclic shift brought together', () => {
    scope(() => {
      const mask = shiftedWindowMask(4, 4, 2, 1);
      expect(mask.shape).toEqual([4, 4, 4]);
      const [first, , , last] = [0, 1, 2, 3].map((window) => ops.select(mask, 0, window).toNumbers());
      expect(first!.every((value) => value === 0)).toBe(true);
      // In the last window all four places come from different corners of the map.
      expect(last!.map((value) => (value === 0 ? 1 : 0))).toEqual([
        1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1,
      ]);
    });
  });
});
