import { containsWindow, intersectWindows, type RasterWindow } from './window.ts';

/** Which cells of a rectangle have been written, kept as the list of windows that were. */
export class Coverage {
  #windows: RasterWindow[] = [];

  add(window: RasterWindow): void {
    if (this.#windows.some((known) => containsWindow(known, window))) return;
    this.#windows = this.#windows.filter((known) => !containsWindow(window, known));
    this.#windows.push(window);
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
