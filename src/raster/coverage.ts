import { containsWindow, intersectWindows, type RasterWindow } from './window.ts';

/** Whether two windows together are a window. */
function areOne(a: RasterWindow, b: RasterWindow): boolean {
  if (containsWindow(a, b) || containsWindow(b, a)) return true;
  const stacked = a.x === b.x && a.width === b.width && a.y <= b.y + b.height && b.y <= a.y + a.height;
  const abreast = a.y === b.y && a.height === b.height && a.x <= b.x + b.width && b.x <= a.x + a.width;
  return stacked || abreast;
}

function union(a: RasterWindow, b: RasterWindow): RasterWindow {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  const width = Math.max(a.x + a.width, b.x + b.width) - x;
  const height = Math.max(a.y + a.height, b.y + b.height) - y;
  return { x, y, width, height };
}

/**
 * Which cells of a rectangle have been written: the list of windows that were, those that together are a window being one. It stays short
 * where many small ones come in some order.
 */
export class Coverage {
  #windows: RasterWindow[] = [];

  add(window: RasterWindow): void {
    let whole = window;
    for (;;) {
      const place = this.#windows.findIndex((known) => areOne(known, whole));
      if (place < 0) break;
      whole = union(whole, this.#windows[place]!);
      this.#windows.splice(place, 1);
    }
    this.#windows.push(whole);
  }

  /** Windows that the list holds. */
  get pieces(): number {
    return this.#windows.length;
  }

  /** Whether every cell of `area` has been written. */
  covers(area: RasterWindow): boolean {
    const cells = area.width * area.height;
    const windows = this.#windows.flatMap((window) => intersectWindows(window, area) ?? []);
    const sum = windows.reduce((total, { width, height }) => total + width * height, 0);
    // Overlaps count twice in the sum, so a sum too small settles it without looking for them.
    return sum >= cells && unionArea(windows) === cells;
  }
}

/** Cells in at least one of the windows. */
function unionArea(windows: readonly RasterWindow[]): number {
  const edges = (low: (window: RasterWindow) => number, size: (window: RasterWindow) => number) =>
    [...new Set(windows.flatMap((window) => [low(window), low(window) + size(window)]))].sort(
      (a, b) => a - b,
    );
  const xs = edges(
    ({ x }) => x,
    ({ width }) => width,
  );
  const ys = edges(
    ({ y }) => y,
    ({ height }) => height,
  );
  let area = 0;
  for (let row = 0; row + 1 < ys.length; row++) {
    for (let column = 0; column + 1 < xs.length; column++) {
      const [x, y] = [xs[column]!, ys[row]!];
      const cell = { x, y, width: xs[column + 1]! - x, height: ys[row + 1]! - y };
      if (windows.some((window) => containsWindow(window, cell))) area += cell.width * cell.height;
    }
  }
  return area;
}
