import type { LocalMap } from './local-map.ts';
import { NOTHING } from './local-map.ts';

const TILE = 256;
/** Cells along a tile's pixel up to which every cell is predicted, and rasters so small that they always are. */
const FINE = 4;
const SMALL = 4096 * 4096;

/**
 * Classes of a tile of the raster's pyramid, nearest cell, `[256, 256]`. Far out over a large raster only what is mapped
 * already is shown: this page has one network's time.
 */
export async function localTile(
  map: LocalMap,
  tile: { z: number; x: number; y: number },
  cancelled: () => boolean,
): Promise<Uint8Array> {
  const { width, height, levels } = map.raster;
  const factor = 2 ** (levels - 1 - tile.z);
  const side = TILE * factor;
  const [left, top] = [tile.x * side, tile.y * side];
  const window = {
    ...{ x: left, y: top },
    width: Math.min(side, width - left),
    height: Math.min(side, height - top),
  };
  const cells = new Uint8Array(TILE * TILE).fill(NOTHING);
  if (window.width <= 0 || window.height <= 0) return cells;
  const fine = factor <= FINE || width * height <= SMALL;
  const [across, down] = [Math.ceil(window.width / factor), Math.ceil(window.height / factor)];
  const cellOf = (pixel: number, from: number, length: number) =>
    Math.min(from + Math.floor((pixel + 0.5) * factor), from + length - 1);
  for (const place of map.places(window)) {
    if (cancelled()) throw new Error('cancelled');
    if (!fine && !map.knows(place)) continue;
    const { own } = place;
    const classes = await map.classes(place);
    for (let row = 0; row < down; row++) {
      const y = cellOf(row, window.y, window.height) - own.y;
      if (y < 0 || y >= own.height) continue;
      for (let column = 0; column < across; column++) {
        const x = cellOf(column, window.x, window.width) - own.x;
        if (x >= 0 && x < own.width) cells[row * TILE + column] = classes[y * own.width + x]!;
      }
    }
  }
  return cells;
}
