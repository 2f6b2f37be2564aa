import { allocateCells, dataTypeOf, type PixelArray, type RasterDataType } from '../raster/index.ts';

/** Arrays kept for reuse at most, of each type and length. */
const KEPT = 32;

/**
 * Cells of patches, used again and again. Thousands of patches a minute, each in new memory, would keep the garbage
 * collector and the kernel busier than decoding does.
 */
export class CellPool {
  readonly #free = new Map<string, PixelArray[]>();

  /** An array of `length` cells with whatever they held before. */
  take(dataType: RasterDataType, length: number): PixelArray {
    return this.#free.get(`${dataType} ${length}`)?.pop() ?? allocateCells(dataType, length);
  }

  /** Gives an array back; nobody may use it after. */
  give(cells: PixelArray): void {
    const key = `${dataTypeOf(cells)} ${cells.length}`;
    const free = this.#free.get(key);
    if (free === undefined) this.#free.set(key, [cells]);
    else if (free.length < KEPT) free.push(cells);
  }
}
