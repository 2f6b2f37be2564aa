import { allocateCells, type PixelArray } from '../pixel-block.ts';
import type { ImageFormat } from '../tiff/image.ts';
import type { RasterWindow } from '../window.ts';
import type { TiledImage } from '../writers/tiled-image.ts';
import { newReducer, type OverviewKind } from './kinds.ts';

/** A part of one level, below one tile of the full image; planar `[samples, height, width]`. */
interface LevelPart {
  readonly cells: PixelArray;
  readonly window: RasterWindow;
  /** Rows filled, for each sample. */
  readonly filled: number[];
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
   * @param cells planar `[samples, tileHeight, tileWidth]`.
   * @param window the part of the image that the tile shows.
   * @param plane 0 where tiles hold all bands, else the 0-based band.
   * @param values for `majority`: how many different values there may be.
   */
  async add(cells: PixelArray, window: RasterWindow, plane: number, values: number): Promise<void> {
    const { samples, tileWidth, tileHeight } = this.#format;
    const parts = this.#levels.map((_, level) => this.#partOf(window, level));
    const reducer = newReducer(this.#kind, window.width, parts.length, this.#format, values);
    for (let sample = 0; sample < samples; sample++) {
      const keep = (level: number, row: PixelArray) => {
        const part = parts[level]!;
        const line = sample * part.window.height + part.filled[sample]!++;
        part.cells.set(row, line * part.window.width);
      };
      for (let row = 0; row < window.height; row++) {
        const start = (sample * tileHeight + row) * tileWidth;
        reducer.push(cells.subarray(start, start + window.width), 1, keep);
      }
      reducer.end(keep);
    }
    for (const [level, part] of parts.entries()) {
      await this.#levels[level]!.write(part.cells, part.window, plane);
    }
  }

  #partOf({ x, y, width, height }: RasterWindow, level: number): LevelPart {
    const { samples, dataType } = this.#format;
    const scale = 2 ** (level + 1);
    const part = { width: Math.ceil(width / scale), height: Math.ceil(height / scale) };
    return {
      cells: allocateCells(dataType, samples * part.width * part.height),
      window: { x: x / scale, y: y / scale, ...part },
      filled: new Array<number>(samples).fill(0),
    };
  }

  /** Closes the levels once the image is finished. */
  async finish(): Promise<void> {
    for (const image of this.#levels) await image.finish();
  }
}
