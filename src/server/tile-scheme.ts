import type { RasterWindow, Size } from '../raster/index.ts';

/** Side of a tile in pixels. */
export const TILE = 256;

/** A raster's pyramid of tiles, in its own cells: level 0 shows all of it in one tile, the last one cell by cell. */
export interface TileScheme extends Size {
  readonly levels: number;
}

/** Levels double from the raster's own cells up to one tile that holds it all. */
export function tileScheme({ width, height }: Size): TileScheme {
  return { width, height, levels: 1 + Math.max(0, Math.ceil(Math.log2(Math.max(width, height) / TILE))) };
}

/** What one tile shows: the part of the raster below it, and the part of the tile that it fills. */
export interface TileView {
  /** Raster cells along a side of one of the tile's pixels. */
  readonly factor: number;
  /** Cells that the tile shows, cut at the raster's edge. */
  readonly window: RasterWindow;
  /** Pixels of the tile that those fill, from its upper left. */
  readonly outWidth: number;
  readonly outHeight: number;
}

/** The part of the raster that a tile shows; null where it lies beyond. */
export function tileView(scheme: TileScheme, z: number, x: number, y: number): TileView | null {
  if (z >= scheme.levels) return null;
  const factor = 2 ** (scheme.levels - 1 - z);
  const side = TILE * factor;
  const [left, top] = [x * side, y * side];
  if (left >= scheme.width || top >= scheme.height) return null;
  const width = Math.min(side, scheme.width - left);
  const height = Math.min(side, scheme.height - top);
  return {
    factor,
    window: { x: left, y: top, width, height },
    outWidth: Math.max(1, Math.ceil(width / factor)),
    outHeight: Math.max(1, Math.ceil(height / factor)),
  };
}
