import type { Size } from '../../raster/index.ts';

const STEP = 32;

/**
 * The side of the square that sees a small raster with its margins at once: the asked-for one would see little but padding.
 * Rasters that need several squares, or are shifted, keep it.
 *
 * @param divisor what the network needs the tile to be a multiple of
 */
export function fittingTile(
  { width, height }: Size,
  {
    tile,
    margin,
    overlap = 0,
    shifts = 1,
  }: { tile: number; margin: number; overlap?: number; shifts?: number },
  divisor: number,
): number {
  if (shifts > 1) return tile;
  const step = Math.ceil(STEP / divisor) * divisor;
  const enough = Math.ceil((Math.max(width, height) + 2 * margin + overlap) / step) * step;
  return Math.min(tile, enough);
}
