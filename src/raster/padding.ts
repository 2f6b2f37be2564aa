import { allocateCells, dataTypeOf, type PixelArray } from './pixel-block.ts';
import { intersectWindows, type RasterWindow, type Size } from './window.ts';

/**
 * What lies beyond the edge of a raster: nothing (`none`: such a window is an error), zeros, or the raster mirrored
 * about its outermost cells (`reflect`, as PyTorch and NumPy name it; the edge itself is not repeated).
 */
export type Padding = 'none' | 'zero' | 'reflect';

/**
 * Index of the cell that a mirrored axis of `length` cells shows at `index`; mirrored again and again where the window
 * reaches further than the raster is long.
 */
export function reflectIndex(index: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const phase = ((index % period) + period) % period;
  return phase < length ? phase : period - phase;
}

/** For each of `count` cells from `start`, the cell of the raster it shows; -1 where it shows nothing. */
function sourceIndices(start: number, count: number, length: number, padding: Padding): Int32Array {
  const indices = new Int32Array(count);
  for (let offset = 0; offset < count; offset++) {
    const index = start + offset;
    if (index >= 0 && index < length) indices[offset] = index;
    else indices[offset] = padding === 'reflect' ? reflectIndex(index, length) : -1;
  }
  return indices;
}

function span(indices: Int32Array): readonly [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = -1;
  for (const index of indices) {
    if (index < 0) continue;
    if (index < low) low = index;
    if (index > high) high = index;
  }
  return high < 0 ? [0, 0] : [low, high + 1];
}

/** Which cell of the read part each column and row of a padded window shows; -1 for none. */
export interface PaddingPlan {
  readonly columns: Int32Array;
  readonly rows: Int32Array;
}

/** How to build a window that leaves the raster from one that does not. */
export interface PaddedRead {
  /** The part of the raster to read; empty (width or height 0) when the window shows none of it. */
  readonly source: RasterWindow;
  /** The size to read it in. */
  readonly size: Size;
  readonly plan: PaddingPlan;
}

/** Indices relative to `origin`; -1 stays. */
function relativeTo(origin: number, indices: Int32Array): Int32Array {
  return indices.map((index) => (index < 0 ? index : index - origin));
}

/** Plan the padded read of a window of a raster, cell for cell. */
export function planPadding(window: RasterWindow, raster: Size, padding: Padding): PaddedRead {
  const columns = sourceIndices(window.x, window.width, raster.width, padding);
  const rows = sourceIndices(window.y, window.height, raster.height, padding);
  const [left, right] = span(columns);
  const [top, bottom] = span(rows);
  const source = { x: left, y: top, width: right - left, height: bottom - top };
  const plan = { columns: relativeTo(left, columns), rows: relativeTo(top, rows) };
  return { source, size: source, plan };
}

/** First and one-past-last cell of the result that show the raster, at least one where the window touches it. */
function scaledSpan(start: number, count: number, length: number, out: number): readonly [number, number] {
  const low = Math.max(start, 0);
  const high = Math.min(start + count, length);
  if (low >= high) return [0, 0];
  const scale = out / count;
  const first = Math.min(Math.round((low - start) * scale), out - 1);
  return [first, Math.max(first + 1, Math.round((high - start) * scale))];
}

/**
 * Plan the padded read of a window in another size than its own: the part inside the raster is resampled to whole cells
 * of the result, the rest padded there. A window that misses the raster shows zeros.
 */
export function scalePadding(window: RasterWindow, raster: Size, out: Size, padding: Padding): PaddedRead {
  const inside = intersectWindows(window, { x: 0, y: 0, ...raster });
  const [left, right] = scaledSpan(window.x, window.width, raster.width, out.width);
  const [top, bottom] = scaledSpan(window.y, window.height, raster.height, out.height);
  const size = { width: right - left, height: bottom - top };
  const rule = inside === null ? 'zero' : padding;
  const plan = {
    columns: sourceIndices(-left, out.width, size.width, rule),
    rows: sourceIndices(-top, out.height, size.height, rule),
  };
  return {
    source: inside ?? { x: 0, y: 0, width: 0, height: 0 },
    size: inside === null ? { width: 0, height: 0 } : size,
    plan,
  };
}

/**
 * Where the read part lies in the padded window as it is, cell beside cell; null where the window shows it only in pieces: mirrored, or
 * with cells of it beyond the window.
 */
export function placeOfPart({ width, height }: Size, { columns, rows }: PaddingPlan): Place | null {
  const [x, y] = [runStart(columns, width), runStart(rows, height)];
  return x < 0 || y < 0 ? null : { x, y };
}

/** A column and a row of a window. */
interface Place {
  readonly x: number;
  readonly y: number;
}

/** Where 0 to `length - 1` follow one another in a list; -1 where they do not. */
function runStart(indices: Int32Array, length: number): number {
  if (length === 0) return -1;
  for (let start = indices.indexOf(0); start >= 0; start = indices.indexOf(0, start + 1)) {
    let run = 1;
    while (run < length && indices[start + run] === run) run++;
    if (run === length) return start;
  }
  return -1;
}

/**
 * Fill what lies around the read part of a padded window, in place.
 *
 * @param padded planar `[bands, rows, columns]`, the read part being at its {@link placeOfPart}.
 */
export function padAround(
  padded: PixelArray,
  bands: number,
  size: Size,
  { columns, rows }: PaddingPlan,
  { x, y }: Place,
): void {
  const width = columns.length;
  const height = rows.length;
  for (let band = 0; band < bands; band++) {
    const plane = band * height * width;
    for (let row = y; row < y + size.height; row++) {
      const line = plane + row * width;
      for (let column = 0; column < width; column++) {
        if (column === x) column += size.width;
        if (column >= width) break;
        const source = columns[column]!;
        padded[line + column] = source < 0 ? 0 : padded[line + x + source]!;
      }
    }
    for (let row = 0; row < height; row++) {
      if (row === y) row += size.height;
      if (row >= height) break;
      const line = plane + row * width;
      const source = rows[row]!;
      if (source < 0) padded.fill(0, line, line + width);
      else padded.copyWithin(line, plane + (y + source) * width, plane + (y + source + 1) * width);
    }
  }
}

/**
 * Spread read cells, planar `[bands, size.height, size.width]`, over the padded window.
 *
 * @param into cells of the padded window, planar `[bands, rows, columns]`; a new array when not given.
 */
export function applyPadding(
  cells: PixelArray,
  bands: number,
  size: Size,
  plan: PaddingPlan,
  into?: PixelArray,
): PixelArray {
  const [width, height] = [plan.columns.length, plan.rows.length];
  const padded = into ?? allocateCells(dataTypeOf(cells), bands * height * width);
  const place = placeOfPart(size, plan);
  if (place === null) {
    spreadCells(cells, bands, size, plan, padded);
    return padded;
  }
  for (let line = 0; line < bands * size.height; line++) {
    const [band, row] = [Math.floor(line / size.height), line % size.height];
    const target = (band * height + place.y + row) * width + place.x;
    padded.set(cells.subarray(line * size.width, (line + 1) * size.width), target);
  }
  padAround(padded, bands, size, plan, place);
  return padded;
}

/** Spread cells one by one, in whatever order the window shows them. */
function spreadCells(
  cells: PixelArray,
  bands: number,
  size: Size,
  { columns, rows }: PaddingPlan,
  padded: PixelArray,
): void {
  let target = 0;
  for (let band = 0; band < bands; band++) {
    for (const row of rows) {
      const origin = (band * size.height + row) * size.width;
      for (const column of columns) {
        padded[target++] = row < 0 || column < 0 ? 0 : cells[origin + column]!;
      }
    }
  }
}
