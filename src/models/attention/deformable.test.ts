import { expect, it } from 'vitest';
import { ops, scope, tensor } from '../../engine/index.ts';
import { cellCentres, multiScaleDeformableAttention } from './deformable.ts';

const numbers = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin((i + seed * 1000) * 78.233));

it('adds up weighted bilinear samples of every level, zero outside', () => {
  const [batch, heads, width, queries, points] = [2, 2, 3, 5, 4];
  const sizes = [
    [3, 4],
    [2, 2],
  ] as const;
  const cells = 3 * 4 + 2 * 2;
  const value = numbers(batch * cells * heads * width, 1);
  const grids = sizes.map((_, level) =>
    numbers(batch * queries * heads * points * 2, 2 + level).map((x) => 1.3 * x),
  );
  const weights = numbers(batch * queries * heads * sizes.length * points, 5);
  const expected = new Float32Array(batch * queries * heads * width);
  for (let n = 0; n < batch; n++) {
    for (let q = 0; q < queries; q++) {
      for (let h = 0; h < heads; h++) {
        let start = 0;
        for (const [level, [rows, columns]] of sizes.entries()) {
          const cell = (r: number, c: number, d: number) => {
            if (r < 0 || c < 0 || r >= rows || c >= columns) return 0;
            return value[((n * cells + start + r * columns + c) * heads + h) * width + d]!;
          };
          for (let p = 0; p < points; p++) {
            const at = (((n * queries + q) * heads + h) * points + p) * 2;
            const x = ((grids[level]![at]! + 1) * columns - 1) / 2;
            const y = ((grids[level]![at + 1]! + 1) * rows - 1) / 2;
            const [left, top] = [Math.floor(x), Math.floor(y)];
            const weight = weights[(((n * queries + q) * heads + h) * sizes.length + level) * points + p]!;
            for (let d = 0; d < width; d++) {
              const upper = cell(top, left, d) * (left + 1 - x) + cell(top, left + 1, d) * (x - left);
              const lower = cell(top + 1, left, d) * (left + 1 - x) + cell(top + 1, left + 1, d) * (x - left);
              const sample = upper * (top + 1 - y) + lower * (y - top);
              const target = (n * queries + q) * heads * width + h * width + d;
              expected[target] = expected[target]! + weight * sample;
            }
          }
          start += rows * columns;
        }
      }
    }
  }
  scope(() => {
    const result = multiScaleDeformableAttention(
      tensor(value, [batch, cells, heads, width]),
      sizes,
      grids.map((grid) => tensor(grid, [batch, queries, heads, points, 2])),
      tensor(weights, [batch, queries, heads, sizes.length * points]),
    );
    expect(result.shape).toEqual([batch, queries, heads * width]);
    const found = ops.contiguous(result).toFloat32();
    for (const [index, number] of expected.entries()) expect(found[index]).toBeCloseTo(number, 4);
  });
});

it('cell centres are where grid sampling reads a cell unmixed', () => {
  scope(() => {
    const map = tensor(numbers(6, 7), [1, 1, 2, 3]);
    const grid = ops.reshape(cellCentres([2, 3]), [1, 2, 3, 2]);
    const read = ops.gridSample(map, grid, { mode: 'bilinear', alignCorners: false }).toNumbers();
    for (const [index, number] of map.toNumbers().entries()) expect(read[index]).toBeCloseTo(number, 5);
  });
});
