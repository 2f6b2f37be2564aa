import { allocateCells, reflectIndex } from '../raster/index.ts';
import type { Tile } from './predictor.ts';

const ceilTo = (value: number, divisor: number): number => Math.ceil(value / divisor) * divisor;

/** The tile continued by reflection to the right and below, to multiples of what the network needs. */
export function padTile(tile: Tile, channels: number, divisor: number): Tile {
  const width = ceilTo(tile.width, divisor);
  const height = ceilTo(tile.height, divisor);
  if (width === tile.width && height === tile.height) return tile;
  const pixels = allocateCells(tile.dataType, channels * width * height);
  for (let channel = 0; channel < channels; channel++) {
    for (let y = 0; y < height; y++) {
      const from = (channel * tile.height + reflectIndex(y, tile.height)) * tile.width;
      const to = (channel * height + y) * width;
      pixels.set(tile.pixels.subarray(from, from + tile.width), to);
      for (let x = tile.width; x < width; x++)
        pixels[to + x] = tile.pixels[from + reflectIndex(x, tile.width)]!;
    }
  }
  return { ...tile, pixels, width, height };
}
