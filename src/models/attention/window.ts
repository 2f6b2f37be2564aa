import { ops, type Tensor, tensor } from '../../engine/index.ts';

/**
 * Cuts a map into square windows.
 *
 * @param map `[N, H, W, C]`, H and W multiples of `window`
 * @returns `[N·H/window·W/window, window², C]`, windows in row order
 */
export function windowPartition(map: Tensor, window: number): Tensor {
  const [, height, width, channels] = map.shape as [number, number, number, number];
  const grid = ops.reshape(map, [-1, height / window, window, width / window, window, channels]);
  return ops.reshape(ops.transpose(grid, 2, 3), [-1, window * window, channels]);
}

/** The inverse of {@link windowPartition}: `[N·windows, window², C]` → `[N, height, width, C]`. */
export function windowReverse(windows: Tensor, window: number, height: number, width: number): Tensor {
  const channels = windows.shape[2]!;
  const grid = ops.reshape(windows, [-1, height / window, width / window, window, window, channels]);
  return ops.reshape(ops.transpose(grid, 2, 3), [-1, height, width, channels]);
}

/**
 * For each pair of places in a `rows × columns` window, the row of the relative position table that biases it:
 * `(Δrow + rows − 1)·(2·columns − 1) + Δcolumn + columns − 1`, query place first, flattened.
 *
 * @see Liu et al., "Swin Transformer", 2021
 */
export function relativePositionIndex(rows: number, columns = rows): Int32Array {
  const area = rows * columns;
  const index = new Int32Array(area * area);
  for (let query = 0; query < area; query++) {
    for (let key = 0; key < area; key++) {
      const deltaRow = Math.floor(query / columns) - Math.floor(key / columns) + rows - 1;
      const deltaColumn = (query % columns) - (key % columns) + columns - 1;
      index[query * area + key] = deltaRow * (2 * columns - 1) + deltaColumn;
    }
  }
  return index;
}

/** What separates places that were not neighbours before the cyclic shift; the value published networks use. */
const FOREIGN = -100;

/**
 * The mask that keeps shifted windows from attending across the seam of the cyclic shift.
 *
 * @returns `[H/window·W/window, window², window²]`: 0 within a region, −100 between regions
 * @see Liu et al., "Swin Transformer", 2021, figure 4
 */
export function shiftedWindowMask(height: number, width: number, window: number, shift: number): Tensor {
  const region = (place: number, length: number) =>
    (place >= length - window ? 1 : 0) + (place >= length - shift ? 1 : 0);
  const columns = width / window;
  const windows = (height / window) * columns;
  const area = window * window;
  const mask = new Float32Array(windows * area * area);
  const regions = new Int32Array(area);
  for (let index = 0; index < windows; index++) {
    const top = Math.floor(index / columns) * window;
    const left = (index % columns) * window;
    for (let place = 0; place < area; place++) {
      const row = top + Math.floor(place / window);
      regions[place] = region(row, height) * 3 + region(left + (place % window), width);
    }
    for (let query = 0; query < area; query++) {
      const start = (index * area + query) * area;
      for (let key = 0; key < area; key++) if (regions[query] !== regions[key]) mask[start + key] = FOREIGN;
    }
  }
  return tensor(mask, [windows, area, area]);
}
