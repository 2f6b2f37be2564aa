import type { PixelBlock } from '../pixel-block.ts';
import type { RasterWindow, Size } from '../window.ts';

/**
 * A raster that is being written, window by window, in any order. It appears under its name when {@link close} resolves,
 * whole; until then, and after {@link abort} or an error, there is nothing.
 */
export interface RasterWriter extends Size {
  readonly path: string;
  readonly bands: number;
  /**
   * Write a block with its upper-left cell at column `x` and row `y`; the part that leaves the raster is dropped, and a
   * later write to the same cells wins. Resolves when the cells are taken over (the block's memory may be reused), which
   * waits while too much is on its way to the disk.
   *
   * @param band 1-based: the one band that a block of one band goes to.
   * @throws BlockMismatchError; DiskFullError of this or an earlier write
   */
  write(block: PixelBlock, x: number, y: number, band?: number): Promise<void>;
  /**
   * Says that nothing will be written to a window, of any band: its cells keep the nodata value (0 without one). Needless, but a writer
   * that knows holds no tile open for it.
   */
  skip(window: RasterWindow): Promise<void>;
  /** Finish the file. @throws DiskFullError, OutputExistsError */
  close(): Promise<void>;
  /** Give up and remove what was written. Harmless after {@link close}. */
  abort(): Promise<void>;
}
