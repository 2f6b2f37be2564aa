// About 2 minutes on two cores.
import { expect, it } from 'vitest';
import { fuzz } from '../weights/support/fuzz.ts';

const INPUTS = 120_000;

it(
  'a hundred and twenty thousand mutated checkpoints are read or refused by name, quickly and in bounded memory',
  () => {
    const before = process.memoryUsage.rss();
    const report = fuzz(INPUTS, 1_000_000);
    expect(report.inputs).toBe(INPUTS);
    expect(report.read).toBeGreaterThan(INPUTS / 50);
    expect(report.slowestMs).toBeLessThan(20_000);
    expect(report.largestMemoryBytes - before).toBeLessThan(600 << 20);
    console.info(JSON.stringify(report));
  },
  15 * 60_000,
);
