import { describe, expect, it } from 'vitest';
import { ops, scope, tensor } from '../../engine/index.ts';
import { mergeHeads, splitHeads } from './heads.ts';

const numbers = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin((i + seed * 1000) * 12.9898));

it('splitting into heads and merging them gives the tokens back', () => {
  scope(() => {
    const tokens = tensor(numbers(2 * 5 * 12, 1), [2, 5, 12]);
    const heads = splitHeads(tokens, 3);
    expect(heads.shape).toEqual([2, 3, 5, 4]);
    expect(mergeHeads(heads).toNumbers()).toEqual(tokens.toNumbers());
  });
});

describe('attention composed from elementary operators equals the fused one', () => {
  const shape = [2, 3, 5, 4];
  const [query, key, value] = [1, 2, 3].map((seed) => numbers(2 * 3 * 5 * 4, seed));
  const additive = () => tensor(numbers(25, 4), [1, 1, 5, 5]);
  const masks = {
    'no mask': () => null,
    'an additive mask': additive,
    'a boolean mask': () => ops.lt(additive(), 0.5),
  };
  it.each(Object.entries(masks))('with %s', (_, mask) => {
    scope(() => {
      const [q, k, v] = [query, key, value].map((data) => tensor(data!, shape));
      const fused = ops.scaledDotProductAttention(q!, k!, v!, { mask: mask() }).toNumbers();
      const composed = ops.composedAttention(q!, k!, v!, { mask: mask() }).toNumbers();
      for (const [index, expected] of fused.entries()) expect(composed[index]).toBeCloseTo(expected, 5);
    });
  });
});
