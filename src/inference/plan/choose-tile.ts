import { totalmem } from 'node:os';
import type { Size } from '../../raster/index.ts';
import { type LayoutOptions, mapLayout, placeCount } from '../map/layout.ts';

/** Largest sides that are chosen without a budget of memory, by the bytes a computer has: where U-Net/ResNet34 takes two fifths of them at the most. */
const LARGEST = [
  { bytes: 15e9, side: 2304 },
  { bytes: 8e9, side: 1664 },
  { bytes: 0, side: 1088 },
] as const;

/** Sides to choose from: multiples of this and of what the network needs. */
const STEP = 32;

/** Windows of the seeds' shifted predictions. */
const SHIFTED = 512;

/**
 * The side of the square through which a network sees a raster with the least work: squares of some sides cover it with fewer pixels
 * seen twice or beyond its border. Small rasters are seen at once.
 *
 * @param divisor what the network needs the tile to be a multiple of
 */
export function chooseTile(size: Size, options: Omit<LayoutOptions, 'tile'>, divisor: number): number {
  const step = Math.ceil(STEP / divisor) * divisor;
  const shifts = options.shifts ?? 1;
  if (shifts > 1) return Math.ceil(SHIFTED / step) * step;
  const largest = LARGEST.find(({ bytes }) => totalmem() >= bytes)!.side;
  const least = 2 * options.margin + (options.overlap ?? 0) + step;
  let best = { tile: Math.ceil(least / step) * step, work: Number.POSITIVE_INFINITY };
  for (let tile = best.tile; tile <= Math.max(largest, best.tile); tile += step) {
    const work = placeCount(mapLayout(size, { ...options, tile }, divisor)) * tile * tile;
    if (work < best.work) best = { tile, work };
  }
  return best.tile;
}
