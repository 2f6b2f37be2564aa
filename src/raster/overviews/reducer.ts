import type { PixelArray } from '../pixel-block.ts';

/**
 * Shrinks one band, row by row, to half its size, and half again, level by level.
 * Each level is made from the full image, not from the level before.
 */
export interface RowReducer {
  /**
   * Take the next full rows, `[rows, width]`.
   *
   * @param emit receives each finished row of each level (0 is half size); the array is reused after it returns.
   */
  push(cells: PixelArray, rows: number, emit: (level: number, row: PixelArray) => void): void;
  /** Finish the rows begun when the image is over. */
  end(emit: (level: number, row: PixelArray) => void): void;
}

/** Widths of the levels: each half of the one before, rounded up. */
export function levelWidths(width: number, levels: number): number[] {
  return Array.from({ length: levels }, (_, level) => Math.ceil(width / 2 ** (level + 1)));
}
