import type { Pixels } from '../../raster/index.ts';

/** How regions are found and which are too small. */
export interface SieveOptions {
  readonly width: Pixels;
  readonly height: Pixels;
  /** Regions of fewer pixels are removed. */
  readonly least: number;
  /** Whether pixels that touch at a corner only are one region. Default false. */
  readonly corners?: boolean;
  /** Remove regions of this class only: 1 drops small objects of a mask, 0 fills its small holes. Default all. */
  readonly only?: number;
}

/** Regions of equal neighbours: the region of each pixel, and each region's size. */
function regionsOf(cells: Uint8Array, { width, height, corners = false }: SieveOptions) {
  const region = new Int32Array(cells.length).fill(-1);
  const sizes: number[] = [];
  const stack: number[] = [];
  for (let seed = 0; seed < cells.length; seed++) {
    if (region[seed] !== -1) continue;
    const id = sizes.length;
    let size = 0;
    region[seed] = id;
    stack.push(seed);
    while (stack.length > 0) {
      const pixel = stack.pop()!;
      size++;
      const [x, y] = [pixel % width, Math.floor(pixel / width)];
      for (let dy = -1; dy <= 1; dy++) {
        for (let dx = -1; dx <= 1; dx++) {
          if ((dx === 0 && dy === 0) || (!corners && dx !== 0 && dy !== 0)) continue;
          if (x + dx < 0 || x + dx >= width || y + dy < 0 || y + dy >= height) continue;
          const next = pixel + dy * width + dx;
          if (region[next] !== -1 || cells[next] !== cells[pixel]) continue;
          region[next] = id;
          stack.push(next);
        }
      }
    }
    sizes.push(size);
  }
  return { region, sizes };
}

/**
 * Removes regions of fewer pixels than `least`: each takes the class of the neighbour it shares most border with, the
 * lowest class among equals, smallest regions first. Regions of 255 (no data) are neither removed nor taken over.
 * @param cells `[height, width]` class indexes; not changed.
 */
export function sieve(cells: Uint8Array, options: SieveOptions): Uint8Array {
  const { width, height, least, only } = options;
  const { region, sizes } = regionsOf(cells, options);
  const result = cells.slice();
  const members = new Map<number, number[]>();
  for (let pixel = 0; pixel < cells.length; pixel++) {
    const id = region[pixel]!;
    if (sizes[id]! >= least || cells[pixel] === 255 || (only !== undefined && cells[pixel] !== only))
      continue;
    const list = members.get(id);
    if (list === undefined) members.set(id, [pixel]);
    else list.push(pixel);
  }
  const smallestFirst = [...members].sort(([a], [b]) => sizes[a]! - sizes[b]! || a - b);
  for (const [id, pixels] of smallestFirst) {
    const borders = new Uint32Array(255);
    for (const pixel of pixels) {
      const x = pixel % width;
      const neighbours = [
        x > 0 ? pixel - 1 : -1,
        x < width - 1 ? pixel + 1 : -1,
        pixel >= width ? pixel - width : -1,
        pixel < width * (height - 1) ? pixel + width : -1,
      ];
      for (const next of neighbours) {
        if (next >= 0 && region[next] !== id && result[next] !== 255) borders[result[next]!]!++;
      }
    }
    const most = Math.max(...borders);
    const winner = borders.indexOf(most);
    if (most > 0) for (const pixel of pixels) result[pixel] = winner;
  }
  return result;
}
