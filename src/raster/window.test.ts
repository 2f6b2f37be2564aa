import { expect, test } from 'vitest';
import { Random } from '../core/index.ts';
import { Coverage } from './coverage.ts';
import { blockWindows, containsWindow, growWindow, intersectWindows, uniteWindows } from './window.ts';

test('blocks tile a raster, row by row, the last ones cut', () => {
  const windows = [...blockWindows({ width: 10, height: 5 }, { width: 4, height: 3 })];
  expect(windows.map(({ x, y }) => [x, y])).toEqual([
    [0, 0],
    [4, 0],
    [8, 0],
    [0, 3],
    [4, 3],
    [8, 3],
  ]);
  expect(windows.at(-1)).toEqual({ x: 8, y: 3, width: 2, height: 2 });
  expect(windows.reduce((sum, { width, height }) => sum + width * height, 0)).toBe(50);
});

test('windows intersect, unite, contain and grow', () => {
  const a = { x: 0, y: 0, width: 4, height: 4 };
  const b = { x: 2, y: -1, width: 4, height: 3 };
  expect(intersectWindows(a, b)).toEqual({ x: 2, y: 0, width: 2, height: 2 });
  expect(intersectWindows(a, { x: 4, y: 0, width: 1, height: 1 })).toBeNull();
  expect(uniteWindows(a, b)).toEqual({ x: 0, y: -1, width: 6, height: 5 });
  expect(containsWindow(growWindow(a, 1), a)).toBe(true);
  expect(containsWindow(a, growWindow(a, 1))).toBe(false);
});

test('coverage agrees with counting cells', () => {
  const random = new Random(4);
  const area = { x: 3, y: 2, width: 12, height: 9 };
  for (let turn = 0; turn < 200; turn++) {
    const coverage = new Coverage();
    const cells = new Set<number>();
    for (let step = 0; step < 25; step++) {
      const window = {
        x: random.below(14),
        y: random.below(10),
        width: 1 + random.below(9),
        height: 1 + random.below(7),
      };
      coverage.add(window);
      const part = intersectWindows(window, area);
      for (let at = 0; part !== null && at < part.width * part.height; at++) {
        cells.add((part.y + Math.floor(at / part.width)) * 100 + part.x + (at % part.width));
      }
      expect(coverage.covers(area)).toBe(cells.size === area.width * area.height);
    }
  }
});
