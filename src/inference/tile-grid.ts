import type { RasterWindow, Size } from '../raster/index.ts';
import { TilePlanError } from './errors.ts';

/** One tile: what the network sees, and the part of the raster that it answers for. */
export interface GridTile {
  /** Place in the row of tiles and row in the grid, from 0. */
  readonly column: number;
  readonly row: number;
  /** What is read, in raster pixels; may reach beyond the raster. */
  readonly window: RasterWindow;
  /** The part that is written, in raster pixels: the cores of all tiles cover the raster once. */
  readonly core: RasterWindow;
}

/** Tiles that cover a raster. */
export interface TileGrid {
  readonly size: Size;
  readonly tile: number;
  readonly margin: number;
  readonly columns: number;
  readonly rows: number;
  /** A row's tiles, left to right. */
  rowTiles(row: number): GridTile[];
}

/** Start of the window and extent of the core along one axis. */
interface Span {
  readonly start: number;
  readonly coreStart: number;
  readonly coreLength: number;
}

/**
 * Cores of `tile - 2 * margin` pixels side by side; the last window is moved back so that it ends one margin beyond the
 * raster, as far as it must, and only the rest of its core is kept.
 */
function spans(length: number, tile: number, margin: number): Span[] {
  const step = tile - 2 * margin;
  const count = Math.ceil(length / step);
  return Array.from({ length: count }, (_, i) => {
    const coreStart = i * step;
    const coreLength = Math.min(step, length - coreStart);
    const latest = Math.max(-margin, length + margin - tile);
    return { start: Math.min(coreStart - margin, latest), coreStart, coreLength };
  });
}

/** @throws TilePlanError when the margins leave nothing, or the tile is no multiple of what the network needs */
export function checkTilePlan(tile: number, margin: number, divisor: number): void {
  if (!Number.isInteger(tile) || !Number.isInteger(margin) || margin < 0 || 2 * margin >= tile) {
    throw new TilePlanError(`a tile of ${tile} pixels with a margin of ${margin} writes nothing`, {
      key: 'margin',
      remedy: 'choose a margin below half the tile',
    });
  }
  if (tile % divisor !== 0) {
    const up = Math.ceil(tile / divisor) * divisor;
    throw new TilePlanError(`this network takes tiles that are multiples of ${divisor} pixels, not ${tile}`, {
      key: 'tile',
      remedy: `choose --tile ${up}`,
    });
  }
}

/**
 * A grid of square tiles with a margin that is seen but not written.
 *
 * All arithmetic is in whole pixels, so nothing drifts along a large raster.
 *
 * @throws TilePlanError when the margins leave nothing, or the tile is no multiple of what the network needs
 */
export function tileGrid(size: Size, tile: number, margin: number, divisor = 1): TileGrid {
  checkTilePlan(tile, margin, divisor);
  const across = spans(size.width, tile, margin);
  const down = spans(size.height, tile, margin);
  return {
    size,
    tile,
    margin,
    columns: across.length,
    rows: down.length,
    rowTiles: (row) => {
      const y = down[row]!;
      return across.map((x, column) => ({
        column,
        row,
        window: { x: x.start, y: y.start, width: tile, height: tile },
        core: { x: x.coreStart, y: y.coreStart, width: x.coreLength, height: y.coreLength },
      }));
    },
  };
}
