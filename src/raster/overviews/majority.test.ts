import { expect, test } from 'vitest';
import { Random } from '../../core/index.ts';
import type { PixelArray } from '../pixel-block.ts';
import { MajorityReducer, majorityOfFour } from './majority.ts';

test('four cells vote, the first one settling ties, then the lowest', () => {
  const cases: [number[], number][] = [
    [[1, 1, 1, 1], 1],
    [[1, 2, 2, 2], 2],
    [[3, 1, 3, 1], 3],
    [[3, 1, 1, 2], 1],
    [[3, 2, 1, 0], 3],
    [[9, 2, 1, 0], 0],
    [[9, 4, 4, 2], 4],
    [[9, 5, 4, 9], 4],
    [[9, 9, 9, 7], 7],
    [[9, 9, 9, 9], 9],
  ];
  for (const [[a, b, c, d], expected] of cases) expect(majorityOfFour(a!, b!, c!, d!, 9)).toBe(expected);
});

test.each([null, 255, 3])('every level holds a majority of the full cells below (nodata %s)', (noData) => {
  const random = new Random(3);
  for (const [width, height] of [
    [1, 1],
    [2, 5],
    [37, 21],
    [64, 64],
    [1300, 6],
  ] as const) {
    // Some cells are without data, and broad strips of the largest.
    const cells = Uint8Array.from({ length: width * height }, (_, i) => {
      const [row, column] = [Math.floor(i / width), i % width];
      const strip = (row >= 22 && row < 55) || (column >= 200 && column < 1200 + 9 * row);
      const empty = random.chance(0.2) || strip;
      return empty && noData !== null ? noData : random.below(3);
    });
    const levels = 5;
    const rows: number[][][] = Array.from({ length: levels }, () => []);
    const reducer = new MajorityReducer(width, levels, 'uint8', noData, 4);
    const emit = (level: number, row: PixelArray) => rows[level]!.push([...row]);
    reducer.push(cells.subarray(0, width), 1, emit);
    reducer.push(cells.subarray(width), height - 1, emit);
    reducer.end(emit);
    for (const [level, lines] of rows.entries()) {
      const factor = 2 ** (level + 1);
      expect([lines.length, lines[0]!.length]).toEqual([
        Math.ceil(height / factor),
        Math.ceil(width / factor),
      ]);
      for (const [y, line] of lines.entries()) {
        for (const [x, value] of line.entries()) {
          const votes = new Map<number, number>();
          for (let row = y * factor; row < Math.min(height, (y + 1) * factor); row++) {
            for (const cell of cells.subarray(
              row * width + x * factor,
              row * width + Math.min(width, (x + 1) * factor),
            )) {
              if (cell !== noData) votes.set(cell, (votes.get(cell) ?? 0) + 1);
            }
          }
          expect(votes.get(value) ?? 0).toBe(Math.max(0, ...votes.values()));
          if (votes.size === 0) expect(value).toBe(noData);
        }
      }
    }
  }
});
