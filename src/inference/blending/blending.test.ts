import { describe, expect, test } from 'vitest';
import { Random } from '../../core/index.ts';
import {
  type AxisOptions,
  axisSpans,
  axisWeights,
  BlendAccumulator,
  type BlendLayout,
  bestClass,
  blendedValues,
  blendWindows,
  type Span,
  shiftedSpans,
  VoteAccumulator,
} from './index.ts';

const axes: readonly AxisOptions[] = [
  { tile: 32, margin: 4, overlap: 8 },
  { tile: 32, margin: 0, overlap: 20 },
  { tile: 48, margin: 8, overlap: 0 },
  { tile: 16, margin: 2, overlap: 11 },
  { tile: 32, margin: 8, overlap: 4, outside: 3, multiple: 8 },
];

const lengths = [1, 5, 16, 17, 31, 32, 33, 100, 257];

function sumsOfWeights(
  spans: readonly Span[],
  weights: readonly Float64Array[],
  length: number,
): Float64Array {
  const sums = new Float64Array(length);
  for (const [i, { from }] of spans.entries()) {
    weights[i]!.forEach((weight, at) => {
      sums[from + at]! += weight;
    });
  }
  return sums;
}

describe.each(blendWindows)('%s', (window) => {
  test.each(axes)('weights sum to one everywhere and are nowhere zero: %o', (axis) => {
    for (const length of lengths) {
      const spans = axisSpans(length, axis);
      const weights = axisWeights(window, spans);
      const sums = sumsOfWeights(spans, weights, length);
      expect(Math.max(...sums.map((sum) => Math.abs(sum - 1)))).toBeLessThan(1e-12);
      for (const each of weights) expect(Math.min(...each)).toBeGreaterThan(0);
    }
  });

  test('a constant stays that constant', () => {
    const classes = 3;
    const layout = layoutOf(97, 75, axes[0]!, window);
    const constant = [0.2, 0.7, 0.1];
    const map = blend(layout, classes, (_column, _row, size) =>
      Float32Array.from({ length: classes * size }, (_, i) => constant[Math.floor(i / size)]!),
    );
    const off = map.map((value, i) => Math.abs(value - constant[Math.floor(i / (97 * 75))]!));
    expect(Math.max(...off)).toBeLessThan(1e-6);
  });
});

function layoutOf(
  width: number,
  height: number,
  axis: AxisOptions,
  window: BlendLayout['window'],
): BlendLayout {
  return { columns: axisSpans(width, axis), rows: axisSpans(height, axis), window };
}

/** The whole blended map `[K, H, W]`, put together from finished blocks; every pixel is finished exactly once. */
function blend(
  layout: BlendLayout,
  classes: number,
  predict: (column: number, row: number, size: number) => Float32Array,
): Float32Array {
  const width = layout.columns.at(-1)!.to;
  const height = layout.rows.at(-1)!.to;
  const accumulator = new BlendAccumulator(layout, classes);
  const map = new Float32Array(classes * width * height).fill(Number.NaN);
  let again = false;
  for (const [row, y] of layout.rows.entries()) {
    for (const [column, x] of layout.columns.entries()) {
      const block = accumulator.add(column, row, predict(column, row, (x.to - x.from) * (y.to - y.from)));
      const values = blendedValues(block.sums, accumulator.scale);
      for (let k = 0, at = 0; k < classes; k++) {
        for (let r = 0; r < block.height; r++) {
          for (let c = 0; c < block.width; c++, at++) {
            const to = (k * height + block.y + r) * width + block.x + c;
            again ||= !Number.isNaN(map[to]!);
            map[to] = values[at]!;
          }
        }
      }
    }
  }
  expect(again).toBe(false);
  expect(map.some(Number.isNaN)).toBe(false);
  return map;
}

/** What the sum over all windows is by definition, in double precision. */
function blendByDefinition(
  layout: BlendLayout,
  classes: number,
  predict: (column: number, row: number, size: number) => Float32Array,
): Float64Array {
  const width = layout.columns.at(-1)!.to;
  const height = layout.rows.at(-1)!.to;
  const across = axisWeights(layout.window, layout.columns);
  const down = axisWeights(layout.window, layout.rows);
  const map = new Float64Array(classes * width * height);
  for (const [row, y] of layout.rows.entries()) {
    for (const [column, x] of layout.columns.entries()) {
      const [w, h] = [x.to - x.from, y.to - y.from];
      const scores = predict(column, row, w * h);
      for (let i = 0; i < scores.length; i++) {
        const [k, r, c] = [Math.floor(i / (w * h)), Math.floor(i / w) % h, i % w];
        map[(k * height + y.from + r) * width + x.from + c]! +=
          scores[i]! * down[row]![r]! * across[column]![c]!;
      }
    }
  }
  return map;
}

test.each(blendWindows.flatMap((window) => axes.map((axis) => ({ window, axis }))))(
  'the stream gives the sum over all windows: $window $axis',
  ({ window, axis }) => {
    const classes = 4;
    for (const [width, height] of [[97, 61] as const, [33, 16] as const, [9, 120] as const]) {
      const layout = layoutOf(width, height, axis, window);
      const predict = (column: number, row: number, size: number) => {
        const random = new Random(1000 * column + row);
        return Float32Array.from({ length: classes * size }, () => random.uniform());
      };
      const streamed = blend(layout, classes, predict);
      const defined = blendByDefinition(layout, classes, predict);
      const worst = streamed.reduce((most, value, i) => Math.max(most, Math.abs(value - defined[i]!)), 0);
      expect(worst).toBeLessThan(1e-6);
    }
  },
);

test.each(axes)('the order of windows changes nothing, bit for bit: %o', (axis) => {
  const [classes, width, height] = [3, 97, 61];
  const layout = layoutOf(width, height, axis, 'hann');
  const places = layout.rows.flatMap((_, row) => layout.columns.map((__, column) => ({ column, row })));
  const predict = (column: number, row: number, size: number) => {
    const random = new Random(1000 * column + row);
    return Float32Array.from({ length: classes * size }, () => random.uniform());
  };
  const extent = ({ column, row }: { column: number; row: number }) => {
    const [x, y] = [layout.columns[column]!, layout.rows[row]!];
    return { x, y, w: x.to - x.from, h: y.to - y.from };
  };
  const accumulator = new BlendAccumulator(layout, classes);
  const streamed = new Int32Array(classes * width * height);
  for (const place of places) {
    const { w, h } = extent(place);
    const block = accumulator.add(place.column, place.row, predict(place.column, place.row, w * h));
    for (let line = 0; line < classes * block.height; line++) {
      const [k, r] = [Math.floor(line / block.height), line % block.height];
      const part = block.sums.subarray(line * block.width, (line + 1) * block.width);
      streamed.set(part, (k * height + block.y + r) * width + block.x);
    }
  }
  // The same windows in a random order, added up in a raster of the whole.
  const [across, down] = [axisWeights('hann', layout.columns), axisWeights('hann', layout.rows)];
  const shuffled = new Int32Array(streamed.length);
  for (const place of new Random(7).shuffle(places)) {
    const { x, y, w, h } = extent(place);
    const scores = predict(place.column, place.row, w * h);
    for (let i = 0; i < scores.length; i++) {
      const [k, r, c] = [Math.floor(i / (w * h)), Math.floor(i / w) % h, i % w];
      const weighted = scores[i]! * (down[place.row]![r]! * accumulator.scale) * across[place.column]![c]!;
      shuffled[(k * height + y.from + r) * width + x.from + c]! += Math.trunc(weighted + 0.5);
    }
  }
  expect(shuffled).toEqual(streamed);
});

test('shifted windows: sixteen votes a pixel inside, and the commonest class wins', () => {
  const [width, height, tile] = [80, 64, 32];
  const layout: BlendLayout = {
    columns: shiftedSpans(width, tile, 4),
    rows: shiftedSpans(height, tile, 4),
    window: 'mean',
  };
  const votes = new Uint8Array(3 * width * height);
  const map = new Uint8Array(width * height);
  const accumulator = new VoteAccumulator(layout, 3);
  for (const [row, y] of layout.rows.entries()) {
    for (const [column, x] of layout.columns.entries()) {
      const random = new Random(31 * column + row);
      const [w, h] = [x.to - x.from, y.to - y.from];
      const classes = Uint8Array.from({ length: w * h }, () => Math.floor(3 * random.uniform()));
      classes.forEach((k, i) => {
        votes[(k * height + y.from + Math.floor(i / w)) * width + x.from + (i % w)]!++;
      });
      const block = accumulator.add(column, row, classes);
      bestClass(block.sums, 3).forEach((k, i) => {
        map[(block.y + Math.floor(i / block.width)) * width + block.x + (i % block.width)] = k;
      });
    }
  }
  const counted = Int32Array.from(votes);
  const plane = width * height;
  const middle = 32 * width + 40;
  expect(counted[middle]! + counted[plane + middle]! + counted[2 * plane + middle]!).toBe(16);
  expect(map).toEqual(bestClass(counted, 3));
});

test('all windows begin a multiple of what the network needs apart, and see the raster’s end with its margin', () => {
  for (let length = 1; length < 200; length++) {
    const spans = axisSpans(length, { tile: 64, margin: 12, outside: 8, overlap: 16, multiple: 8 });
    expect(spans.every(({ start }) => start % 8 === 0)).toBe(true);
    for (const { start, from, to } of spans) {
      expect(from - start).toBeGreaterThanOrEqual(from === 0 ? 8 : 12);
      expect(start + 64 - to).toBeGreaterThanOrEqual(to === length ? 8 : 12);
    }
    expect(spans.at(-1)!.start + 64 - 8 - length).toBeLessThan(spans.length > 1 ? 8 : 64);
  }
});

test('a layout that cannot map says what to change', () => {
  expect(() => axisSpans(100, { tile: 32, margin: 16, overlap: 0 })).toThrow(/margin/);
  expect(() => axisSpans(100, { tile: 32, margin: 4, overlap: 24 })).toThrow(/overlap/);
  expect(() => shiftedSpans(100, 30, 4)).toThrow(/shift/);
});
