import { expect, test } from 'vitest';
import { Random } from '../../core/index.ts';
import { decodeLzw, encodeLzw } from './lzw.ts';

/** Bytes with as much order as a map has: runs of few values, then noise. */
function sample(random: Random, length: number, values: number, run: number): Uint8Array {
  let value = 0;
  return Uint8Array.from({ length }, () => {
    if (random.uniform() < 1 / run) value = random.below(values);
    return value;
  });
}

test('LZW gives back what went in, across every width of code', () => {
  const random = new Random(5);
  const lengths = [0, 1, 2, 3, 100, 511, 512, 4096, 70000];
  for (const length of lengths) {
    for (const [values, run] of [
      [1, 1],
      [3, 8],
      [256, 1],
      [256, 3],
    ] as const) {
      const bytes = sample(random, length, values, run);
      expect(Buffer.compare(decodeLzw(encodeLzw(bytes), length), bytes)).toBe(0);
    }
  }
});

test('LZW ends well wherever the table happens to fill', () => {
  const random = new Random(6);
  const noise = sample(random, 9000, 256, 1);
  for (let length = 3700; length < 4200; length++) {
    const bytes = noise.subarray(0, length);
    expect(Buffer.compare(decodeLzw(encodeLzw(bytes), length), bytes)).toBe(0);
  }
});
