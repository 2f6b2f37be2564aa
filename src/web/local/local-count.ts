import type { Polygon, RasterInfo } from '../api.ts';
import type { LocalMap } from './local-map.ts';
import type { LocalCount } from './messages.ts';

/** Rings of `[column, row]` in cells of the raster. */
type Rings = readonly (readonly (readonly [number, number])[])[];

/** Where the edges of a polygon cross the middle of a row of cells, from left to right. */
function crossings(rings: Rings, row: number): number[] {
  const y = row + 0.5;
  const found: number[] = [];
  for (const ring of rings) {
    for (const [i, [x1, y1]] of ring.entries()) {
      const [x2, y2] = ring[(i + 1) % ring.length]!;
      if (y1 <= y === y2 <= y) continue;
      found.push(x1 + ((y - y1) / (y2 - y1)) * (x2 - x1));
    }
  }
  return found.sort((a, b) => a - b);
}

function inCells({ extent, cell }: RasterInfo, polygon: Polygon): Rings {
  const [left, , , top] = extent;
  return polygon.map((ring) => ring.map(([x = 0, y = 0]) => [(x - left) / cell, (top - y) / cell] as const));
}

/** Pixels by class whose middle lies in a polygon, as `arpent map --aoi` counts them. */
export async function localCount(
  map: LocalMap,
  polygon: Polygon,
  finishedOnly: boolean,
  cancelled: () => boolean,
): Promise<LocalCount> {
  const rings = inCells(map.raster, polygon);
  const points = rings.flat();
  const [columns, rows] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [x, y] = [Math.floor(Math.min(...columns)), Math.floor(Math.min(...rows))];
  const part = { x, y, width: Math.ceil(Math.max(...columns)) - x, height: Math.ceil(Math.max(...rows)) - y };
  const places = map.places(part);
  const counted = finishedOnly ? places.filter((place) => map.knows(place)) : places;
  const pixels = new Array<number>(map.classCount).fill(0);
  for (const place of counted) {
    if (cancelled()) throw new Error('cancelled');
    const { own } = place;
    const cells = await map.classes(place);
    for (let row = 0; row < own.height; row++) {
      const edges = crossings(rings, own.y + row);
      for (let i = 0; i + 1 < edges.length; i += 2) {
        // Cells whose middle lies from one edge to the next.
        const from = Math.max(0, Math.ceil(edges[i]! - 0.5) - own.x);
        const to = Math.min(own.width, Math.ceil(edges[i + 1]! - 0.5) - own.x);
        for (let column = from; column < to; column++) {
          const value = cells[row * own.width + column]!;
          if (value < pixels.length) pixels[value]!++;
        }
      }
    }
  }
  return { pixels, covered: places.length === 0 ? 0 : counted.length / places.length };
}
