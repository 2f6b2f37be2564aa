import { describe, expect, it } from 'vitest';
import { Random } from '../../core/index.ts';
import { type RawTensor, rawArray, type StateDict, typedValues } from '../../weights/index.ts';
import { RegionSieve, sieve } from './sieve.ts';
import { averageWeights, greedySoup } from './soup.ts';

/** Every region by flooding: its class, its size, and the classes of the pixels that border it. */
function flooded(map: Uint8Array, width: number, height: number, corners: boolean) {
  const seen = new Set<number>();
  return [...map.keys()].flatMap((seed) => {
    if (seen.has(seed)) return [];
    const [index, outside, queue] = [map[seed]!, [] as number[], [seed]];
    seen.add(seed);
    for (const pixel of queue) {
      for (const [dx, dy] of [-1, 0, 1].flatMap((y) => [-1, 0, 1].map((x) => [x, y] as const))) {
        const [x, y] = [(pixel % width) + dx, Math.floor(pixel / width) + dy];
        const diagonal = dx !== 0 && dy !== 0;
        if ((diagonal && !corners) || x < 0 || x >= width || y < 0 || y >= height) continue;
        const next = y * width + x;
        if (map[next] !== index) {
          if (!diagonal) outside.push(map[next]!);
        } else if (!seen.has(next)) {
          seen.add(next);
          queue.push(next);
        }
      }
    }
    return [{ index, size: queue.length, outside }];
  });
}

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
  it('gives the same map when its rows come in parts', () => {
    const random = new Random(4);
    for (let round = 0; round < 20; round++) {
      const [width, height] = [5 + random.below(30), 6 + random.below(30)];
      // Blocks of 2 × 3 pixels, some pixels changed: small regions beside large ones.
      const blocks = Array.from({ length: width * height }, () => random.below(3));
      const map = Uint8Array.from({ length: width * height }, (_, i) => {
        const [x, y] = [i % width, Math.floor(i / width)];
        return random.chance(0.1) ? 255 * random.below(2) : blocks[(y >> 1) * width + Math.floor(x / 3)]!;
      });
      const rule = { least: 1 + random.below(9), corners: random.chance(0.5) };
      const whole = sieve(map, { width, height, ...rule });
      const parts = new RegionSieve(width, rule);
      const cut = 1 + random.below(height - 1);
      parts.add(map.subarray(0, cut * width));
      parts.add(map.subarray(cut * width));
      parts.resolve();
      expect([...parts.rows(0, 3), ...parts.rows(3, height - 3)]).toEqual([...whole]);
      // By the definition: every region that is left is large enough, or has nothing but no data around it.
      for (const { index, size, outside } of flooded(whole, width, height, rule.corners)) {
        if (index !== 255 && size < rule.least) expect(outside.every((value) => value === 255)).toBe(true);
      }
      for (const [i, value] of map.entries()) expect(whole[i] === 255).toBe(value === 255);
    }
  });
  it('leaves regions of exactly the least size', () => {
    const pair = Uint8Array.of(0, 1, 1, 0);
    expect([...sieve(pair, { width: 4, height: 1, least: 2, only: 1 })]).toEqual([0, 1, 1, 0]);
    expect([...sieve(pair, { width: 4, height: 1, least: 3, only: 1 })]).toEqual([0, 0, 0, 0]);
    expect(() => sieve(pair, { width: 4, height: 1, least: 0 })).toThrow('fewer than 0 pixels');
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
