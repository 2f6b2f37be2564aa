import type { RasterWindow, Size } from '../raster/index.ts';
import { checkTilePlan, type GridTile, type TileGrid } from './tile-grid.ts';

/**
 * Where IGN's `flair-detect` puts the kept parts of its windows along an axis, in pixels: side by side from the start of
 * the axis, the last one moved back so that it ends with the raster. A raster shorter than one part begins before it.
 */
function coreStarts(length: number, tile: number, margin: number): number[] {
  const step = tile - 2 * margin;
  const starts: number[] = [];
  // IGN's loop also begins windows in the margin beyond the raster; moved back, they repeat the last one.
  for (let start = 0; start < length + margin; start += step) {
    const moved = start + step > length ? length - step : start;
    if (starts.at(-1) !== moved) starts.push(moved);
    if (moved !== start) break;
  }
  return starts;
}

/** One window of IGN's plan, in pixels of the raster. */
export interface IgnSlice {
  /** What the network sees; reaches beyond the raster by the margin. */
  readonly window: RasterWindow;
  /** What is kept of it; in rasters smaller than this it reaches beyond them. */
  readonly core: RasterWindow;
  /** IGN's name of the window: `1-<column>-<row>`, counted from 1 in pixels from the lower left. */
  readonly id: string;
}

/**
 * The windows of IGN's `flair-detect` in its order: columns from the left, in each the rows from the bottom.
 *
 * IGN computes them in the units of the CRS; in whole pixels they are the same and do not drift.
 */
export function ignSlices(size: Size, tile: number, margin: number): IgnSlice[] {
  const kept = tile - 2 * margin;
  const rows = coreStarts(size.height, tile, margin);
  return coreStarts(size.width, tile, margin).flatMap((x) =>
    rows.map((fromBottom) => {
      const y = size.height - fromBottom - kept;
      return {
        window: { x: x - margin, y: y - margin, width: tile, height: tile },
        core: { x, y, width: kept, height: kept },
        id: `1-${x - margin + 1}-${fromBottom - margin + 1}`,
      };
    }),
  );
}

/** Start and kept length of each window along an axis, each pixel kept once: by the window that IGN writes last. */
function ownedSpans(starts: readonly number[], kept: number): { start: number; from: number; to: number }[] {
  return starts.map((start, i) => ({
    start,
    from: Math.max(0, start),
    to: starts[i + 1] ?? start + kept,
  }));
}

/**
 * IGN's windows as a grid. Where the last column or row overlaps the one before, IGN's later window overwrites the
 * earlier one; here each pixel belongs to that later window from the start.
 *
 * @throws TilePlanError
 */
export function ignTileGrid(size: Size, tile: number, margin: number, divisor = 1): TileGrid {
  checkTilePlan(tile, margin, divisor);
  const kept = tile - 2 * margin;
  const across = ownedSpans(coreStarts(size.width, tile, margin), kept);
  // From the bottom, so that the last row is the topmost.
  const up = ownedSpans(coreStarts(size.height, tile, margin), kept);
  return {
    ...{ size, tile, margin, columns: across.length, rows: up.length },
    rowTiles: (row): GridTile[] => {
      const y = up[up.length - 1 - row]!;
      const top = size.height - y.start - kept - margin;
      return across.map((x, column) => ({
        column,
        row,
        window: { x: x.start - margin, y: top, width: tile, height: tile },
        core: { x: x.from, y: size.height - y.to, width: x.to - x.from, height: y.to - y.from },
      }));
    },
  };
}
