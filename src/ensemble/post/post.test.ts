import { describe, expect, it } from 'vitest';
import { type RawTensor, rawArray, type StateDict, typedValues } from '../../weights/index.ts';
import { sieve } from './sieve.ts';
import { averageWeights, greedySoup } from './soup.ts';

describe('sieve', () => {
  // biome-ignore format: rows of the mask
  const cells = Uint8Array.of(
    0, 0, 0, 0, 2, 2,
    0, 1, 0, 0, 2, 2,
    0, 0, 0, 1, 1, 1,
    255, 0, 0, 1, 0, 1,
    0, 0, 0, 1, 1, 1,
  );
  const size = { width: 6, height: 5 };
  it('removes small objects', () => {
    const result = sieve(cells, { ...size, least: 4, only: 1 });
    expect(result[7]).toBe(0);
    expect(result[22]).toBe(0);
  });
  it('fills small holes', () => {
    const result = sieve(cells, { ...size, least: 4, only: 0 });
    expect(result[22]).toBe(1);
    expect(result[7]).toBe(1);
  });
  it('gives small regions to the neighbour with the longest border, and never touches nodata', () => {
    const result = sieve(cells, { ...size, least: 5 });
    // The block of class 2 borders class 0 twice and class 1 twice: the lowest class.
    expect([result[4], result[5], result[10], result[11]]).toEqual([0, 0, 0, 0]);
    expect(result[18]).toBe(255);
    expect(sieve(result, { ...size, least: 5 })).toEqual(result);
  });
  it('joins regions at corners when asked', () => {
    const diagonal = Uint8Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
    const square = { width: 3, height: 3, least: 3, only: 1 };
    expect([...sieve(diagonal, square)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect([...sieve(diagonal, { ...square, corners: true })]).toEqual([...diagonal]);
  });
});

describe('soups', () => {
  const checkpoint = (weight: number[], steps: bigint): StateDict =>
    new Map<string, RawTensor>([
      ['conv.weight', rawArray('float32', [weight.length], Float32Array.from(weight))],
      ['bn.num_batches_tracked', rawArray('int64', [], BigInt64Array.of(steps))],
    ]);
  const values = (weights: StateDict) => [...(typedValues(weights.get('conv.weight')!) as Float32Array)];

  it('average parameters and keep whole numbers', () => {
    const soup = averageWeights([checkpoint([1, 2], 7n), checkpoint([3, 6], 9n)]);
    expect(values(soup)).toEqual([2, 4]);
    expect([...(typedValues(soup.get('bn.num_batches_tracked')!) as BigInt64Array)]).toEqual([7n]);
    expect(values(averageWeights([checkpoint([1, 2], 7n), checkpoint([3, 6], 9n)], [3, 1]))).toEqual([
      1.5, 3,
    ]);
  });
  it('refuse other networks', () => {
    expect(() => averageWeights([checkpoint([1], 1n), checkpoint([1, 2], 1n)])).toThrow('conv.weight is [2]');
    expect(() => averageWeights([checkpoint([1], 1n), new Map()])).toThrow('checkpoint 2 has no conv.weight');
    expect(() => averageWeights([])).toThrow('0 checkpoints');
  });
  it('grow greedily from the best, keeping what does not lower the score', async () => {
    // The score is highest at 2: 1.5 alone is best, 2.5 brings the mean to 2, -9 is left out.
    const score = (weights: StateDict) => Promise.resolve(-Math.abs(values(weights)[0]! - 2));
    const soup = await greedySoup(
      [checkpoint([-9], 1n), checkpoint([2.75], 1n), checkpoint([1.5], 1n)],
      score,
    );
    expect(soup.taken).toEqual([2, 1]);
    expect(soup.score).toBeCloseTo(-0.125);
  });
});
