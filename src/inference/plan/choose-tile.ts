import type { Size } from '../../raster/index.ts';
import { type LayoutOptions, mapLayout, placeCount } from '../map/layout.ts';

/** Sides to choose from: multiples of this and of what the network needs. */
const STEP = 32;

/** Windows of the seeds' shifted predictions. */
const SHIFTED = 512;

/**
 * The side of the square through which a network sees a raster with the least work: squares of some sides cover it with fewer pixels
 * seen twice or beyond its border. Small rasters are seen at once.
 *
 * @param divisor what the network needs the tile to be a multiple of
 * @param largest side that memory allows ({@link largestTile})
 */
export function chooseTile(
  size: Size,
  options: Omit<LayoutOptions, 'tile'>,
  divisor: number,
  largest: number,
): number {
  const step = Math.ceil(STEP / divisor) * divisor;
  const shifts = options.shifts ?? 1;
  if (shifts > 1) return Math.ceil(SHIFTED / step) * step;
  const least = 2 * options.margin + (options.overlap ?? 0) + step;
  let best = { tile: Math.ceil(least / step) * step, work: Number.POSITIVE_INFINITY };
  for (let tile = best.tile; tile <= Math.max(largest, best.tile); tile += step) {
    const work = placeCount(mapLayout(size, { ...options, tile }, divisor)) * tile * tile;
    if (work < best.work) best = { tile, work };
  }
  return best.tile;
}
