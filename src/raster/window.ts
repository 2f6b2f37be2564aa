import type { Pixels } from './units.ts';

/** A rectangle of cells; `x` and `y` are the column and row of its upper-left cell and may lie outside a raster. */
export interface RasterWindow {
  readonly x: Pixels;
  readonly y: Pixels;
  readonly width: Pixels;
  readonly height: Pixels;
}

/** Width and height in cells. */
export interface Size {
  readonly width: Pixels;
  readonly height: Pixels;
}

/** `10,20 512×512`, as error messages name windows. */
export function describeWindow({ x, y, width, height }: RasterWindow): string {
  return `${x},${y} ${width}×${height}`;
}

/** The part common to both windows, or null when they do not touch. */
export function intersectWindows(a: RasterWindow, b: RasterWindow): RasterWindow | null {
  const x = Math.max(a.x, b.x);
  const y = Math.max(a.y, b.y);
  const width = Math.min(a.x + a.width, b.x + b.width) - x;
  const height = Math.min(a.y + a.height, b.y + b.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : null;
}

/** The smallest window that holds both. */
export function uniteWindows(a: RasterWindow, b: RasterWindow): RasterWindow {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
}

/** Whether `inner` lies wholly inside `outer`. */
export function containsWindow(outer: RasterWindow, inner: RasterWindow): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

/** The window of a whole raster. */
export function wholeWindow({ width, height }: Size): RasterWindow {
  return { x: 0, y: 0, width, height };
}

/** The window grown by `margin` cells on every side. */
export function growWindow({ x, y, width, height }: RasterWindow, margin: Pixels): RasterWindow {
  return { x: x - margin, y: y - margin, width: width + 2 * margin, height: height + 2 * margin };
}

/**
 * Windows of at most `block` cells that tile a raster, row by row; the last column and row are cut at its edge.
 * With the raster's own block size every block is decoded once.
 */
export function* blockWindows(raster: Size, block: Size): Generator<RasterWindow> {
  for (let y = 0; y < raster.height; y += block.height) {
    for (let x = 0; x < raster.width; x += block.width) {
      yield {
        x,
        y,
        width: Math.min(block.width, raster.width - x),
        height: Math.min(block.height, raster.height - y),
      };
    }
  }
}
