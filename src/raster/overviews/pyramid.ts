import { allocateCells, type PixelArray } from '../pixel-block.ts';
import type { Size } from '../window.ts';
import type { TiledImage } from '../writers/tiled-image.ts';
import { newReducer, type OverviewKind } from './kinds.ts';
import { levelWidths } from './reducer.ts';

/** Sizes of the reduced copies that a raster wants: halved until one tile holds it. */
export function overviewSizes({ width, height }: Size, tile: Size): Size[] {
  const sizes: Size[] = [];
  for (let size = { width, height }; size.width > tile.width || size.height > tile.height; ) {
    size = { width: Math.ceil(size.width / 2), height: Math.ceil(size.height / 2) };
    sizes.push(size);
  }
  return sizes;
}

/** Rows of one level waiting to be written, planar `[samples, capacity, width]`. */
interface LevelBuffer {
  readonly image: TiledImage;
  readonly cells: PixelArray;
  /** Rows in the buffer, for each sample. */
  readonly filled: number[];
  /** Rows written already. */
  written: number;
}

async function flushLevel(buffer: LevelBuffer, firstBand: number): Promise<void> {
  const rows = buffer.filled[0]!;
  if (rows === 0) return;
  const { width } = buffer.image.size;
  const samples = buffer.filled.length;
  const capacity = buffer.cells.length / (samples * width);
  const cells = allocateCells(buffer.image.format.dataType, samples * rows * width);
  for (let sample = 0; sample < samples; sample++) {
    const start = sample * capacity * width;
    cells.set(buffer.cells.subarray(start, start + rows * width), sample * rows * width);
  }
  await buffer.image.write(cells, { x: 0, y: buffer.written, width, height: rows }, firstBand);
  buffer.written += rows;
  buffer.filled.fill(0);
}

/**
 * Fill the reduced copies of a finished image. Memory holds one row of tiles of each.
 *
 * @param levels empty images of {@link overviewSizes}.
 * @param values for `majority`: how many different values there are.
 */
export async function fillOverviews(
  full: TiledImage,
  levels: readonly TiledImage[],
  kind: OverviewKind,
  values: number,
): Promise<void> {
  const { samples, dataType, tileHeight } = full.format;
  const { width } = full.size;
  const widths = levelWidths(width, levels.length);
  const reducer = () => newReducer(kind, width, levels.length, full.format, values);
  for (let plane = 0; plane < full.layout.planes; plane++) {
    const reducers = Array.from({ length: samples }, reducer);
    const buffers = levels.map((image, level): LevelBuffer => {
      const cells = allocateCells(dataType, samples * tileHeight * widths[level]!);
      return { image, cells, filled: new Array<number>(samples).fill(0), written: 0 };
    });
    const keep = (sample: number) => (level: number, row: PixelArray) => {
      const buffer = buffers[level]!;
      buffer.cells.set(row, (sample * tileHeight + buffer.filled[sample]!++) * row.length);
    };
    for await (const { cells, rows } of full.strips(plane)) {
      for (const [sample, each] of reducers.entries()) {
        each.push(cells.subarray(sample * rows * width, (sample + 1) * rows * width), rows, keep(sample));
      }
      for (const buffer of buffers) {
        if (buffer.filled[0] === tileHeight) await flushLevel(buffer, plane);
      }
    }
    for (const [sample, each] of reducers.entries()) each.end(keep(sample));
    for (const buffer of buffers) await flushLevel(buffer, plane);
  }
  for (const image of levels) await image.finish();
}
