import {
  type AreasOfInterest,
  allocateCells,
  CorruptRasterError,
  intersectWindows,
  type PixelArray,
  type Raster,
  type RasterWindow,
  wholeWindow,
} from '../../raster/index.ts';
import { applyPadding, planPadding } from '../../raster/padding.ts';
import type { Tile } from '../predictor.ts';
import type { Place } from './layout.ts';
import type { BadBlock } from './tile-record.ts';

/** Cell values that become 0 and 255, for networks trained on bytes. */
export interface Stretch {
  readonly low: number;
  readonly high: number;
}

/** How the windows of a map are read. */
export interface ReadOptions {
  readonly padding: 'reflect' | 'zero';
  /** Whether cells without data are left out of the map. */
  readonly masked: boolean;
  /** Cells that cannot be read become nodata instead of an error. */
  readonly skipBad: boolean;
  readonly stretch: Stretch | null;
  readonly areas: AreasOfInterest | null;
}

/** A window as the network sees it. */
export interface ReadWindow {
  readonly place: Place;
  /** Null where no pixel that counts is to be mapped. */
  readonly tile: Tile | null;
  /** Which of the pixels that count are mapped, `[kept.height, kept.width]`; null: all. */
  readonly valid: Uint8Array | null;
  readonly bad: readonly BadBlock[];
}

/** Bytes from cells of any type by a linear stretch, rounded and clamped. */
export function stretchToBytes(cells: PixelArray, { low, high }: Stretch): Uint8Array {
  const factor = 255 / (high - low);
  return Uint8Array.from(cells as Float64Array, (value) =>
    Math.min(255, Math.max(0, Math.round((value - low) * factor))),
  );
}

/** Blocks of the file that a window touches, cut at the window. */
function* touchedBlocks({ blockSize }: Raster, window: RasterWindow): Generator<RasterWindow> {
  const { width, height } = blockSize;
  for (let y = Math.floor(window.y / height) * height; y < window.y + window.height; y += height) {
    for (let x = Math.floor(window.x / width) * width; x < window.x + window.width; x += width) {
      yield intersectWindows(window, { x, y, width, height })!;
    }
  }
}

/** Copies planar cells of `part` into planar cells of `whole`. */
function place(
  target: PixelArray,
  whole: RasterWindow,
  cells: PixelArray,
  part: RasterWindow,
  bands: number,
): void {
  for (let line = 0; line < bands * part.height; line++) {
    const [band, row] = [Math.floor(line / part.height), line % part.height];
    const to = (band * whole.height + row + part.y - whole.y) * whole.width + part.x - whole.x;
    target.set(cells.subarray(line * part.width, (line + 1) * part.width), to);
  }
}

/** Reads the windows of a map. */
export class WindowReader {
  private readonly raster: Raster;
  private readonly options: ReadOptions;
  private readonly hasMask: boolean;

  constructor(raster: Raster, options: ReadOptions) {
    this.raster = raster;
    this.options = options;
    this.hasMask = options.masked && raster.bands.some((band) => raster.band(band).mask !== 'all-valid');
  }

  /** Reads a window and which of its pixels are to be mapped. @throws CorruptRasterError unless `skipBad` */
  async read(at: Place): Promise<ReadWindow> {
    if (!this.touchesAreas(at.kept)) return { place: at, tile: null, valid: null, bad: [] };
    try {
      return await this.readWhole(at);
    } catch (error) {
      if (!this.options.skipBad || !(error instanceof CorruptRasterError)) throw error;
      return this.readSurviving(at);
    }
  }

  private touchesAreas(window: RasterWindow): boolean {
    const { areas } = this.options;
    return areas === null || areas.areas.some((area) => intersectWindows(area.window, window) !== null);
  }

  private async readWhole(at: Place): Promise<ReadWindow> {
    const { areas, padding } = this.options;
    const [mask, inside] = await Promise.all([
      this.hasMask ? this.raster.readValidity(at.kept) : null,
      areas?.mask(at.kept) ?? null,
    ]);
    const valid = both(mask && (mask.data as Uint8Array), inside);
    if (valid !== null && !valid.includes(1)) return { place: at, tile: null, valid, bad: [] };
    const block = await this.raster.read({ ...at.window, padding });
    return { place: at, tile: this.tileOf(block.data, at), valid, bad: [] };
  }

  /** Reads the window block by block; what cannot be read is zero and not mapped. */
  private async readSurviving(at: Place): Promise<ReadWindow> {
    const { raster } = this;
    const bands = raster.bands.length;
    const { source, size, plan } = planPadding(at.window, raster, this.options.padding);
    const cells = allocateCells(raster.dataType, bands * source.width * source.height);
    const valid = new Uint8Array(at.kept.width * at.kept.height).fill(1);
    const bad: BadBlock[] = [];
    for (const block of touchedBlocks(raster, source)) {
      const counts = intersectWindows(block, at.kept);
      try {
        const { data } = await raster.read(block);
        place(cells, source, data, block, bands);
        if (this.hasMask && counts !== null) {
          const mask = await raster.readValidity(counts);
          place(valid, at.kept, mask.data, counts, 1);
        }
      } catch (error) {
        if (!(error instanceof CorruptRasterError)) throw error;
        bad.push({ window: block, message: error.problem });
        if (counts !== null) {
          place(valid, at.kept, new Uint8Array(counts.width * counts.height), counts, 1);
        }
      }
    }
    const inside = (await this.options.areas?.mask(at.kept)) ?? null;
    const data = applyPadding(cells, bands, size, plan);
    return { place: at, tile: this.tileOf(data, at), valid: both(valid, inside), bad };
  }

  private tileOf(data: PixelArray, { window }: Place): Tile {
    const { width, height } = window;
    const { stretch } = this.options;
    if (stretch === null) return { pixels: data, dataType: this.raster.dataType, width, height };
    return { pixels: stretchToBytes(data, stretch), dataType: 'uint8', width, height };
  }
}

/** Pixels that both masks keep. */
function both(a: Uint8Array | null, b: Uint8Array | null): Uint8Array | null {
  if (a === null || b === null) return a ?? b;
  return a.map((value, i) => value & b[i]!);
}

/** Bad blocks by the part of the raster they name, each once, cut at nothing but the raster. */
export function distinctBad(bad: readonly BadBlock[], raster: { width: number; height: number }): BadBlock[] {
  const known = new Map<string, BadBlock>();
  for (const block of bad) {
    const { x, y, width, height } = intersectWindows(block.window, wholeWindow(raster)) ?? block.window;
    known.set(`${x},${y},${width},${height}`, block);
  }
  return [...known.values()].sort((a, b) => a.window.y - b.window.y || a.window.x - b.window.x);
}
