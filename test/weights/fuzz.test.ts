import { expect, it } from 'vitest';
import { fuzz } from './support/fuzz.ts';

it('three thousand mutated files are read or refused by name, quickly and in bounded memory', () => {
  const before = process.memoryUsage.rss();
  const { inputs, read, refused, slowestMs, largestMemoryBytes } = fuzz(3000);
  expect(inputs).toBe(3000);
  // Mutations that miss everything would prove nothing, and so would such that always hit the first check.
  expect(read).toBeGreaterThan(100);
  expect(Object.keys(refused).length).toBeGreaterThan(5);
  expect(slowestMs).toBeLessThan(10_000);
  expect(largestMemoryBytes - before).toBeLessThan(400 << 20);
});
