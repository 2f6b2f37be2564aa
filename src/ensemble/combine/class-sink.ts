import { pixelBlock, type RasterWindow, type RasterWriter, type Size } from '../../raster/index.ts';
import { RegionSieve, type SieveRule } from '../post/sieve.ts';

/** Takes classes window by window, row of windows by row of windows. */
export interface ClassSink {
  write(cells: Uint8Array, window: RasterWindow): Promise<void>;
  /** Writes what could not be written before all windows were there. */
  finish(): Promise<void>;
}

const block = (cells: Uint8Array, { width, height }: Size) => pixelBlock(cells, 1, height, width);

/** Writes windows as they come. */
export function directSink(writer: RasterWriter): ClassSink {
  return {
    write: (cells, window) => writer.write(block(cells, window), window.x, window.y),
    finish: async () => {},
  };
}

/** Rows that are written at once. */
const STRIP = 256;

/** Keeps the map as runs until it is whole, removes small regions, and writes it then. */
export function sieveSink(
  writer: RasterWriter,
  { width, height }: Size,
  steps: readonly SieveRule[],
): ClassSink {
  let regions = new RegionSieve(width, steps[0]!);
  let strip: Uint8Array | null = null;
  return {
    write: async (cells, window) => {
      strip ??= new Uint8Array(width * window.height);
      for (let y = 0; y < window.height; y++) {
        strip.set(cells.subarray(y * window.width, (y + 1) * window.width), y * width + window.x);
      }
      if (window.x + window.width < width) return;
      regions.add(strip);
      strip = null;
    },
    finish: async () => {
      regions.resolve();
      for (const step of steps.slice(1)) {
        const next = new RegionSieve(width, step);
        for (let y = 0; y < height; y += STRIP) next.add(regions.rows(y, Math.min(STRIP, height - y)));
        next.resolve();
        regions = next;
      }
      for (let y = 0; y < height; y += STRIP) {
        const rows = Math.min(STRIP, height - y);
        await writer.write(block(regions.rows(y, rows), { width, height: rows }), 0, y);
      }
    },
  };
}
