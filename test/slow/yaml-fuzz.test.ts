// About 6 minutes on two cores.
import { expect, test } from 'vitest';
import { fuzzConfigurations } from '../config/yaml-fuzz.ts';

test('100,000 mutated configuration files: no crash, no hang, bounded memory', { timeout: 3_600_000 }, () => {
  fuzzConfigurations(500, 0);
  const before = process.memoryUsage().rss;
  let inputs = 0;
  let slowest = 0;
  for (let round = 1; round <= 20; round++) {
    const report = fuzzConfigurations(5000, 1000 + round);
    inputs += report.inputs;
    slowest = Math.max(slowest, report.slowest);
  }
  expect(inputs).toBe(100_000);
  expect(slowest).toBeLessThan(5000);
  expect(process.memoryUsage().rss - before).toBeLessThan(400 * 2 ** 20);
});
