import type { BoundedTasks } from '../bounded-tasks.ts';
import { Coverage } from '../coverage.ts';
import { allocateCells, type PixelArray } from '../pixel-block.ts';
import { decodeTile, encodeTile } from '../tiff/codec.ts';
import { type ImageFormat, type TileLayout, tileLayout } from '../tiff/image.ts';
import type { SpoolEntry, TileSpool } from '../tiff/spool.ts';
import { intersectWindows, type RasterWindow, type Size } from '../window.ts';

/**
 * Told of each tile that is whole: its cells, planar `[samples, tileHeight, tileWidth]` (null where all of them are known to stay
 * unwritten), what of the image it shows, and its plane.
 */
export type OnWholeTile = (cells: PixelArray | null, window: RasterWindow, plane: number) => Promise<void>;

/** A tile that is not whole yet. */
interface OpenTile {
  /** Planar `[samples, tileHeight, tileWidth]`; null while nothing of the tile but parts that stay unwritten is known. */
  cells: PixelArray | null;
  readonly coverage: Coverage;
}

/**
 * An image written window by window and kept as compressed tiles. A tile is compressed as soon as all its cells are
 * there or known to stay unwritten, so memory holds only the tiles that windows have begun and not finished.
 */
export class TiledImage {
  readonly size: Size;
  readonly format: ImageFormat;
  readonly layout: TileLayout;
  readonly #fill: number;
  readonly #sparse: boolean;
  readonly #spool: TileSpool;
  readonly #tasks: BoundedTasks;
  readonly #onWhole: OnWholeTile | undefined;
  readonly #open = new Map<number, OpenTile>();
  readonly #stored: (SpoolEntry | undefined)[];
  /** What all tiles that nobody wrote share, once the image is finished. */
  #blankEntry: SpoolEntry | null = null;

  /** @param unwritten value of cells that are never written, and whether tiles of nothing else are left out. */
  constructor(
    size: Size,
    format: ImageFormat,
    unwritten: { readonly fill: number; readonly sparse: boolean },
    spool: TileSpool,
    tasks: BoundedTasks,
    onWhole?: OnWholeTile,
  ) {
    this.size = size;
    this.format = format;
    this.layout = tileLayout(size, format);
    this.#fill = unwritten.fill;
    this.#sparse = unwritten.sparse;
    this.#spool = spool;
    this.#tasks = tasks;
    this.#onWhole = onWhole;
    this.#stored = new Array<SpoolEntry | undefined>(this.layout.count).fill(undefined);
  }

  /** The part of the image a tile shows. */
  #tileWindow(index: number): RasterWindow {
    const { tileWidth, tileHeight } = this.format;
    const inPlane = index % (this.layout.across * this.layout.down);
    const x = (inPlane % this.layout.across) * tileWidth;
    const y = Math.floor(inPlane / this.layout.across) * tileHeight;
    const { width, height } = this.size;
    return { x, y, width: Math.min(tileWidth, width - x), height: Math.min(tileHeight, height - y) };
  }

  /**
   * Write a window inside the image. A later write to the same cells wins.
   *
   * @param cells planar, of the window: all bands, or from `firstBand` (0-based) where tiles hold one band each.
   */
  async write(cells: PixelArray, window: RasterWindow, firstBand = 0): Promise<void> {
    const { samples } = this.format;
    const { across, down } = this.layout;
    const plane = window.width * window.height;
    for (let start = 0; start < cells.length; start += plane * samples) {
      const first = ((firstBand + start / plane) / samples) * across * down;
      const part = cells.subarray(start, start + plane * samples);
      for (const tile of this.#tilesUnder(window)) await this.#writePart(first + tile, part, window);
    }
  }

  /**
   * Says that nothing will be written to a window: tiles that wait for no other cells wait no longer.
   *
   * @param only the one plane that this is true of; all when not given.
   */
  async skip(window: RasterWindow, only?: number): Promise<void> {
    const { across, down, planes } = this.layout;
    const [from, to] = only === undefined ? [0, planes] : [only, only + 1];
    for (let plane = from; plane < to; plane++) {
      for (const tile of this.#tilesUnder(window)) {
        const index = plane * across * down + tile;
        if (this.#stored[index] !== undefined) continue;
        const open = this.#open.get(index) ?? this.#begin(index, null);
        await this.#cover(index, open, intersectWindows(this.#tileWindow(index), window)!);
      }
    }
  }

  /** Tiles that are not whole and wait for more cells. */
  get waiting(): number {
    return this.#open.size;
  }

  /** Tiles of one plane that a window meets, by number. */
  *#tilesUnder(window: RasterWindow): Generator<number> {
    const { tileWidth, tileHeight } = this.format;
    const lastColumn = Math.floor((window.x + window.width - 1) / tileWidth);
    const lastRow = Math.floor((window.y + window.height - 1) / tileHeight);
    for (let row = Math.floor(window.y / tileHeight); row <= lastRow; row++) {
      for (let column = Math.floor(window.x / tileWidth); column <= lastColumn; column++) {
        yield row * this.layout.across + column;
      }
    }
  }

  async #writePart(index: number, cells: PixelArray, window: RasterWindow): Promise<void> {
    const area = this.#tileWindow(index);
    const part = intersectWindows(area, window)!;
    const tile = this.#open.get(index) ?? (await this.#openTile(index));
    tile.cells ??= this.#blank();
    const { samples, tileWidth, tileHeight } = this.format;
    // Rows that follow one another both in the window and in the tile are brought over at once.
    const rows = part.width === window.width && part.width === tileWidth ? part.height : 1;
    for (let sample = 0; sample < samples; sample++) {
      for (let row = part.y; row < part.y + part.height; row += rows) {
        const from = (sample * window.height + row - window.y) * window.width + part.x - window.x;
        const to = (sample * tileHeight + row - area.y) * tileWidth + part.x - area.x;
        tile.cells.set(cells.subarray(from, from + rows * part.width), to);
      }
    }
    await this.#cover(index, tile, part);
  }

  /** Notes that a part of a tile is settled. */
  async #cover(index: number, tile: OpenTile, part: RasterWindow): Promise<void> {
    tile.coverage.add(part);
    if (tile.coverage.covers(this.#tileWindow(index))) await this.#store(index, tile);
  }

  /** A fresh tile, or one that was stored already and is written to again. */
  async #openTile(index: number): Promise<OpenTile> {
    if (this.#stored[index] === undefined) return this.#begin(index, null);
    const tile = this.#begin(index, await this.#readTile(index));
    tile.coverage.add(this.#tileWindow(index));
    return tile;
  }

  #begin(index: number, cells: PixelArray | null): OpenTile {
    const tile: OpenTile = { cells, coverage: new Coverage() };
    this.#open.set(index, tile);
    return tile;
  }

  /** Hands a tile over to be compressed; one of which nothing was written is left to {@link finish}. */
  async #store(index: number, { cells }: OpenTile): Promise<void> {
    this.#open.delete(index);
    if (cells !== null) {
      // Anything but undefined tells that the tile exists; its place is known once it is compressed.
      this.#stored[index] = { offset: -1, length: 0 };
      await this.#tasks.start(async () => {
        this.#stored[index] = await this.#spool.append(await encodeTile(cells, this.format));
      });
    }
    const plane = Math.floor(index / (this.layout.across * this.layout.down));
    await this.#onWhole?.(cells, this.#tileWindow(index), plane);
  }

  #blank(): PixelArray {
    const { samples, tileWidth, tileHeight, dataType } = this.format;
    return allocateCells(dataType, samples * tileWidth * tileHeight).fill(this.#fill);
  }

  async #readTile(index: number): Promise<PixelArray> {
    if (this.#stored[index] === this.#blankEntry) return this.#blank();
    if (this.#stored[index]!.offset < 0) await this.#tasks.drain();
    return decodeTile(await this.#spool.read(this.#stored[index]!), this.format);
  }

  /** Close the tiles left open and wait for all; tiles that nobody wrote hold the fill value. */
  async finish(): Promise<void> {
    for (const [index, tile] of [...this.#open]) await this.#store(index, tile);
    await this.#tasks.drain();
    const empty = this.#stored.indexOf(undefined);
    if (empty < 0) return;
    const entry = this.#sparse
      ? { offset: 0, length: 0 }
      : await this.#spool.append(await encodeTile(this.#blank(), this.format));
    this.#blankEntry = entry;
    for (const [index, stored] of this.#stored.entries()) this.#stored[index] = stored ?? entry;
  }

  /** Where the tiles lie in the spool, in the order of the TIFF; after {@link finish}. */
  get tiles(): readonly SpoolEntry[] {
    return this.#stored as readonly SpoolEntry[];
  }

  /**
   * The finished image from top to bottom, one row of tiles at a time.
   *
   * @param plane 0 where tiles hold all bands, else the 0-based band.
   * @yields planar `[samples, rows, width]`.
   */
  async *strips(plane: number): AsyncGenerator<{ cells: PixelArray; rows: number }> {
    const { samples, tileWidth, tileHeight, dataType } = this.format;
    const { across, down } = this.layout;
    const { width, height } = this.size;
    for (let row = 0; row < down; row++) {
      const rows = Math.min(tileHeight, height - row * tileHeight);
      const cells = allocateCells(dataType, samples * rows * width);
      const columns = Array.from({ length: across }, (_, column) => column);
      await Promise.all(
        columns.map(async (column) => {
          const tile = await this.#readTile((plane * down + row) * across + column);
          const count = Math.min(tileWidth, width - column * tileWidth);
          for (let line = 0; line < samples * rows; line++) {
            const from = (Math.floor(line / rows) * tileHeight + (line % rows)) * tileWidth;
            cells.set(tile.subarray(from, from + count), line * width + column * tileWidth);
          }
        }),
      );
      yield { cells, rows };
    }
  }
}
