import { InvalidArgumentError } from '../../core/index.ts';
import type { Pixels } from '../../raster/index.ts';

/**
 * Where tiles start along one side so that they cover it exactly: at most `stride` apart, the last ending at the edge,
 * spread evenly. A side of 1024 in tiles of 224 with stride 200 starts at 0, 200, 400, 600, 800.
 * @throws {InvalidArgumentError} for a tile larger than the side, or a stride that leaves gaps.
 */
export function tileStarts(length: Pixels, tile: Pixels, stride: Pixels): number[] {
  if (!(tile >= 1 && tile <= length && stride >= 1 && stride <= tile)) {
    throw new InvalidArgumentError(`tiles of ${tile} at a stride of ${stride} in ${length} pixels`, {
      remedy: 'choose tiles no larger than the image and a stride no larger than the tile',
    });
  }
  const steps = Math.ceil((length - tile) / stride);
  return Array.from({ length: steps + 1 }, (_, step) =>
    steps === 0 ? 0 : Math.round((step * (length - tile)) / steps),
  );
}

/** A tile by its place in an image and its number, row by row. */
export interface TilePlace {
  readonly x: number;
  readonly y: number;
  readonly row: number;
  readonly column: number;
}

/** Every tile of an image, row by row. @throws {InvalidArgumentError} as {@link tileStarts} */
export function tilePlaces(
  { width, height }: { readonly width: Pixels; readonly height: Pixels },
  tile: Pixels,
  stride: Pixels,
): TilePlace[] {
  const [columns, rows] = [tileStarts(width, tile, stride), tileStarts(height, tile, stride)];
  return rows.flatMap((y, row) => columns.map((x, column) => ({ x, y, row, column })));
}

/**
 * Puts predicted tiles together: where tiles overlap a pixel is taken from the tile whose centre is nearest.
 * @param tiles class indexes `[tile, tile]`, in the order of {@link tilePlaces}.
 * @returns `[height, width]`.
 */
export function joinTiles(
  tiles: readonly Uint8Array[],
  { width, height }: { readonly width: Pixels; readonly height: Pixels },
  tile: Pixels,
  stride: Pixels,
): Uint8Array {
  const places = tilePlaces({ width, height }, tile, stride);
  if (tiles.length !== places.length || tiles.some((cells) => cells.length !== tile * tile)) {
    throw new InvalidArgumentError(
      `${tiles.length} tiles where ${places.length} of ${tile}² cover the image`,
      {
        remedy: 'give every tile of the image, in order',
      },
    );
  }
  const nearest = (length: number) => {
    const starts = tileStarts(length, tile, stride);
    return Uint32Array.from({ length }, (_, at) => {
      let best = 0;
      for (const [place, start] of starts.entries()) {
        const distance = (from: number) => Math.abs(at + 0.5 - (from + tile / 2));
        if (distance(start) < distance(starts[best]!)) best = place;
      }
      return best;
    });
  };
  const [columns, rows] = [nearest(width), nearest(height)];
  const perRow = tileStarts(width, tile, stride).length;
  const result = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const number = rows[y]! * perRow + columns[x]!;
      const { x: left, y: top } = places[number]!;
      result[y * width + x] = tiles[number]![(y - top) * tile + (x - left)]!;
    }
  }
  return result;
}
