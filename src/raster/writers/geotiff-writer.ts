import { rm } from 'node:fs/promises';
import { BoundedTasks } from '../bounded-tasks.ts';
import { outputError, writeWhole } from '../disk.ts';
import { fillOverviews, overviewSizes } from '../overviews/pyramid.ts';
import { TileOverviews } from '../overviews/tile-overviews.ts';
import { bytesPerCell, type PixelArray, type PixelBlock } from '../pixel-block.ts';
import { writeClassSidecar } from '../sidecars/class-sidecar.ts';
import { assembleTiff, type TiffImage } from '../tiff/assemble.ts';
import type { Field } from '../tiff/directory.ts';
import { type ImageFormat, imageFields, metadataField } from '../tiff/image.ts';
import { TileSpool } from '../tiff/spool.ts';
import { intersectWindows, type RasterWindow, type Size, wholeWindow } from '../window.ts';
import { checkBlock, writtenTooLate } from './check-block.ts';
import type { GeoTiffOptions } from './geotiff-options.ts';
import type { GeoTiffPlan } from './geotiff-plan.ts';
import type { RasterWriter } from './raster-writer.ts';
import { type OnWholeTile, TiledImage } from './tiled-image.ts';

/** Bytes of tiles that wait to be compressed or are: enough for the threads that do it while the event loop stands still. */
const bytesUnderWay = 8 * 2 ** 20;

/** Tiles under way at a time, of large ones too: Node.js compresses in four threads of its own. */
const fewestUnderWay = 8;

/** Cut a block down to the part of a window, planar. */
function cropBlock(block: PixelBlock, window: RasterWindow, part: RasterWindow): PixelArray {
  if (part.width === block.width && part.height === block.height) return block.data;
  const cells = block.data.slice(0, block.bands * part.width * part.height);
  for (let line = 0; line < block.bands * part.height; line++) {
    const band = Math.floor(line / part.height);
    const row = (line % part.height) + part.y - window.y;
    const from = (band * block.height + row) * block.width + part.x - window.x;
    cells.set(block.data.subarray(from, from + part.width), line * part.width);
  }
  return cells;
}

/** Writes a GeoTIFF; see `createGeoTiff`. It needs nothing of GDAL, and so works in any thread. */
export class GeoTiffWriter implements RasterWriter {
  readonly path: string;
  readonly width: number;
  readonly height: number;
  readonly bands: number;
  readonly #options: GeoTiffOptions;
  readonly #format: ImageFormat;
  readonly #georeference: readonly Field[];
  readonly #tasks: BoundedTasks;
  readonly #spool: TileSpool;
  readonly #image: TiledImage;
  readonly #levels: readonly TiledImage[];
  /** Null where tiles are too small for the levels: then the finished image is read once more. */
  readonly #tileOverviews: TileOverviews | null;
  #tail: Promise<void> = Promise.resolve();
  #highest = 0;
  #over = false;

  constructor({ path, options, format, georeference }: GeoTiffPlan) {
    this.path = path;
    this.width = options.width;
    this.height = options.height;
    this.bands = format.bands;
    this.#options = options;
    this.#format = format;
    this.#georeference = georeference;
    this.#spool = new TileSpool(path);
    const { dataType, samples, tileWidth, tileHeight } = format;
    const tileBytes = samples * tileWidth * tileHeight * bytesPerCell(dataType);
    this.#tasks = new BoundedTasks(Math.max(fewestUnderWay, Math.floor(bytesUnderWay / tileBytes)));
    const { overviews = 'none' } = options;
    const sizes = overviews === 'none' ? [] : overviewSizes(this, { width: tileWidth, height: tileHeight });
    this.#levels = sizes.map((size) => this.#newImage(size));
    this.#tileOverviews =
      overviews !== 'none' && TileOverviews.suits(format, sizes.length)
        ? new TileOverviews(format, this.#levels, overviews)
        : null;
    const reduce: OnWholeTile = (cells, window, plane) =>
      this.#tileOverviews!.add(cells, window, plane, this.#highest + 1);
    this.#image = this.#newImage(options, this.#tileOverviews === null ? undefined : reduce);
  }

  #newImage(size: Size, onWhole?: OnWholeTile): TiledImage {
    const { sparse = false } = this.#options;
    return new TiledImage(
      size,
      this.#format,
      { fill: this.#format.noData ?? 0, sparse },
      this.#spool,
      this.#tasks,
      onWhole,
    );
  }

  write(block: PixelBlock, x: number, y: number, band?: number): Promise<void> {
    const task = async () => {
      if (this.#over) throw writtenTooLate(this.path);
      checkBlock(this.path, this.#format, block, band);
      const window = { x, y, width: block.width, height: block.height };
      const part = intersectWindows(window, wholeWindow(this));
      if (part === null) return;
      const cells = cropBlock(block, window, part);
      if (this.#options.overviews === 'majority') this.#noteHighest(cells);
      await this.#image.write(cells, part, (band ?? 1) - 1);
    };
    return this.#inTurn(task);
  }

  skip(window: RasterWindow): Promise<void> {
    return this.#inTurn(async () => {
      const part = intersectWindows(window, wholeWindow(this));
      if (part !== null) await this.#image.skip(part);
    });
  }

  /** One write after the other, so that overlapping ones end as they were called. */
  #inTurn(task: () => Promise<void>): Promise<void> {
    const done = this.#tail.then(task);
    this.#tail = done.catch(() => {});
    return done.catch((error: unknown) => {
      throw outputError(this.path, error);
    });
  }

  /** Notes the highest value, which tells how many different ones the overviews count. */
  #noteHighest(cells: PixelArray): void {
    const noData = this.#format.noData;
    if (cells instanceof Uint8Array) {
      // Which of the 256 values there are is quicker to note than the highest so far.
      const seen = new Uint8Array(256);
      for (let index = 0; index < cells.length; index++) seen[cells[index]!] = 1;
      if (noData !== null) seen[noData] = 0;
      this.#highest = Math.max(this.#highest, seen.lastIndexOf(1));
      return;
    }
    let highest = this.#highest;
    for (let index = 0; index < cells.length; index++) {
      const value = cells[index]!;
      if (value > highest && value !== noData) highest = value;
    }
    this.#highest = highest;
  }

  #description(): Field[] {
    const { tags = {}, bandNames = [] } = this.#options;
    const metadata = metadataField(tags, bandNames);
    return metadata === undefined ? [...this.#georeference] : [...this.#georeference, metadata];
  }

  async close(): Promise<void> {
    if (this.#over) return;
    await this.#tail;
    this.#over = true;
    const { overviews = 'none', overwrite = false, bigTiff = 'auto', classes } = this.#options;
    try {
      await this.#image.finish();
      if (this.#tileOverviews !== null) await this.#tileOverviews.finish();
      else if (overviews !== 'none')
        await fillOverviews(this.#image, this.#levels, overviews, this.#highest + 1);
      const images = [this.#image, ...this.#levels].map((image, level): TiffImage => {
        const fields = imageFields(image.size, this.#format, level > 0);
        if (level === 0) fields.push(...this.#description());
        return { fields, tiles: image.tiles, spool: this.#spool };
      });
      const write = async (partial: string) => {
        await assembleTiff(partial, images, bigTiff);
        if (classes !== undefined) await writeClassSidecar(partial, classes);
      };
      await writeWhole(this.path, overwrite, write, classes === undefined ? [] : ['.aux.xml']);
      // What an older file of this name said about its classes is not true of this one.
      if (classes === undefined && overwrite) await rm(`${this.path}.aux.xml`, { force: true });
    } catch (error) {
      throw outputError(this.path, error);
    } finally {
      await this.#spool.remove();
    }
  }

  async abort(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    await this.#tail;
    await this.#tasks.drain().catch(() => {});
    await this.#spool.remove();
  }
}
