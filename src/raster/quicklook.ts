import { paintClasses } from './color.ts';
import { bandOf, type PixelArray, type PixelBlock } from './pixel-block.ts';
import type { Raster } from './raster.ts';
import type { RasterWindow } from './window.ts';

/** How to make a picture of a raster. */
export interface QuicklookOptions {
  /** Part of the raster; default all. */
  readonly window?: RasterWindow;
  /** Longest side of the picture in cells. Default 1024. */
  readonly maxSize?: number;
  /** 1-based bands shown as red, green and blue (or one, shown grey). Default the first three, or the first. */
  readonly bands?: readonly number[];
  /**
   * Shares of the valid cells, in percent, that become black and white, each band on its own; null shows bytes as they are.
   * Default null for uint8, else `[2, 98]`.
   */
  readonly percentiles?: readonly [number, number] | null;
}

/** The values below which the given shares (percent) of the valid cells lie; 0 and 1 where none is valid. */
function percentileRange(
  cells: PixelArray,
  valid: PixelArray,
  [low, high]: readonly [number, number],
): readonly [number, number] {
  const values = Float64Array.from(cells).filter(
    (value, index) => valid[index] === 1 && Number.isFinite(value),
  );
  if (values.length === 0) return [0, 1];
  values.sort();
  const at = (percent: number) => values[Math.round((percent / 100) * (values.length - 1))]!;
  return [at(low), at(high)];
}

/**
 * A small picture of a raster, `[3, h, w]` uint8: class maps and palette images in their colours, other rasters stretched
 * to the range of their values. Cells without data are black.
 */
export async function quicklook(raster: Raster, options: QuicklookOptions = {}): Promise<PixelBlock> {
  const window = options.window ?? { x: 0, y: 0, width: raster.width, height: raster.height };
  const shrink = Math.min(1, (options.maxSize ?? 1024) / Math.max(window.width, window.height));
  const width = Math.max(1, Math.round(window.width * shrink));
  const height = Math.max(1, Math.round(window.height * shrink));
  const request = { ...window, outWidth: width, outHeight: height };
  if (raster.colorTable !== null && options.bands === undefined) {
    const classes = await raster.read({ ...request, bands: [1], resampling: 'nearest' });
    return { data: paintClasses(classes.data, raster.colorTable), bands: 3, width, height };
  }
  const bands = options.bands ?? (raster.bandCount >= 3 ? [1, 2, 3] : [1]);
  const block = await raster.read({ ...request, bands, resampling: 'average' });
  const valid = (await raster.readValidity({ ...request, bands })).data;
  const bytes = block.data instanceof Uint8Array;
  const percentiles =
    options.percentiles === undefined ? (bytes ? null : ([2, 98] as const)) : options.percentiles;
  const data = new Uint8Array(3 * width * height);
  for (let channel = 0; channel < 3; channel++) {
    const cells = bandOf(block, Math.min(channel, block.bands - 1));
    const [low, high] = percentiles === null ? [0, 255] : percentileRange(cells, valid, percentiles);
    const scale = high > low ? 255 / (high - low) : 0;
    const start = channel * width * height;
    for (let index = 0; index < cells.length; index++) {
      const level = Math.round((cells[index]! - low) * scale);
      data[start + index] = valid[index] === 1 ? Math.min(255, Math.max(0, level)) : 0;
    }
  }
  return { data, bands: 3, width, height };
}
