import { expect, test } from 'vitest';
import { PlanMemoryError } from '../errors.ts';
import { formatByteSize, parseByteSize } from './byte-size.ts';
import { type PlanRequest, planMap, planText } from './plan-map.ts';

const request: PlanRequest = {
  raster: { width: 100_000, height: 20_000, blockSize: { width: 512, height: 512 } },
  ...{ bands: 5, bytesPerCell: 1, classes: 19, divisor: 32, memory: '4GB' },
  network: { bytesPerPixel: 1000, secondsPerPixel: 4e-7, residentBytes: 300e6 },
};

test('sizes are read as people write them', () => {
  expect(['2GB', '2 gib', '2g', '1.5G', '800MB', '4096', '1,5k'].map(parseByteSize)).toEqual([
    2 ** 31,
    2 ** 31,
    2 ** 31,
    1.5 * 2 ** 30,
    800 * 2 ** 20,
    4096,
    1536,
  ]);
  for (const text of ['', 'lots', '-1GB', '2 apples', '0'])
    expect(() => parseByteSize(text)).toThrow(/memory/);
  expect(formatByteSize(2 ** 31)).toBe('2.0 GB');
});

test('more memory buys larger tiles and less work, and every plan keeps its budget', () => {
  const plans = ['2500MB', '4GB', '8GB', '16GB'].map((memory) => planMap({ ...request, memory }));
  for (const [i, plan] of plans.entries()) {
    expect(plan.bytes.total).toBeLessThanOrEqual(plan.memory);
    expect(plan.tile % 32).toBe(0);
    if (i > 0) expect(plan.seconds).toBeLessThanOrEqual(plans[i - 1]!.seconds);
  }
  expect(plans.at(-1)!.tile).toBeGreaterThan(plans[0]!.tile);
});

test('memory does not depend on the height of the raster', () => {
  const taller = { ...request, raster: { ...request.raster, height: 200_000 } };
  expect(planMap(taller).bytes).toEqual(planMap(request).bytes);
});

test('what cannot fit says how much would', () => {
  expect(() => planMap({ ...request, memory: '300MB' })).toThrow(PlanMemoryError);
  expect(() => planMap({ ...request, memory: '300MB' })).toThrow(/at least \d/);
});

test('a plan is told in lines', () => {
  const text = planText(planMap(request));
  expect(text).toMatch(/tiles.*hann, margin 128, overlap 128/);
  expect(text).toMatch(/memory {3}.* of 4\.0 GB: resident/);
  const narrow = { ...request.raster, width: 20_000 };
  expect(planText(planMap({ ...request, raster: narrow, shifts: 4 }))).toContain('shifted 4 × 4');
});
