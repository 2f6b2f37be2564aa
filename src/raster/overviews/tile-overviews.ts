import { allocateCells, type PixelArray } from '../pixel-block.ts';
import type { ImageFormat } from '../tiff/image.ts';
import type { RasterWindow } from '../window.ts';
import type { TiledImage } from '../writers/tiled-image.ts';
import { newReducer, type OverviewKind } from './kinds.ts';

/** The part of a level that shows a tile of the full image. */
function partOf({ x, y, width, height }: RasterWindow, level: number): RasterWindow {
  const scale = 2 ** (level + 1);
  return { x: x / scale, y: y / scale, width: Math.ceil(width / scale), height: Math.ceil(height / scale) };
}

/**
 * Reduced copies that grow with their image: each tile is reduced as soon as it is whole, while its cells are at hand. The cells are those of
 * {@link fillOverviews}, which reads a finished image once more.
 */
export class TileOverviews {
  readonly #format: ImageFormat;
  readonly #levels: readonly TiledImage[];
  readonly #kind: OverviewKind;

  /** @param levels empty images of `overviewSizes`. */
  constructor(format: ImageFormat, levels: readonly TiledImage[], kind: OverviewKind) {
    this.#format = format;
    this.#levels = levels;
    this.#kind = kind;
  }

  /** Whether each tile alone decides its cells of all levels: where it is a whole cell of the smallest, or several. */
  static suits({ tileWidth, tileHeight }: ImageFormat, levels: number): boolean {
    return tileWidth % 2 ** levels === 0 && tileHeight % 2 ** levels === 0;
  }

  /**
   * Takes a whole tile, or one that was written again.
   *
   * @param cells planar `[samples, tileHeight, tileWidth]`; null for a tile that stays unwritten.
   * @param window the part of the image that the tile shows.
   * @param plane 0 where tiles hold all bands, else the 0-based band.
   * @param values for `majority`: how many different values there may be.
   */
  async add(cells: PixelArray | null, window: RasterWindow, plane: number, values: number): Promise<void> {
    const parts = cells === null ? null : this.#reduced(cells, window, values);
    for (const [level, image] of this.#levels.entries()) {
      const part = partOf(window, level);
      await (parts === null ? image.skip(part, plane) : image.write(parts[level]!, part, plane));
    }
  }

  /** What a tile becomes in each level, planar `[samples, height, width]`. */
  #reduced(cells: PixelArray, window: RasterWindow, values: number): PixelArray[] {
    const { samples, tileWidth, tileHeight, dataType } = this.#format;
    const sizes = this.#levels.map((_, level) => partOf(window, level));
    const parts = sizes.map(({ width, height }) => allocateCells(dataType, samples * width * height));
    const reducer = newReducer(this.#kind, window.width, parts.length, this.#format, values);
    for (let sample = 0; sample < samples; sample++) {
      const lines = sizes.map(({ height }) => sample * height);
      const keep = (level: number, row: PixelArray) => parts[level]!.set(row, lines[level]!++ * row.length);
      for (let row = 0; row < window.height; row++) {
        const start = (sample * tileHeight + row) * tileWidth;
        reducer.push(cells.subarray(start, start + window.width), 1, keep);
      }
      reducer.end(keep);
    }
    return parts;
  }

  /** Closes the levels once the image is finished. */
  async finish(): Promise<void> {
    for (const image of this.#levels) await image.finish();
  }
}
