import { type Size, setBlockCacheSize } from '../../raster/index.ts';

/** Smallest and largest block cache worth having. */
const BOUNDS = [16 * 2 ** 20, 512 * 2 ** 20] as const;

/** Rows that neighbouring rows of windows share, at the most that is usual. */
const SHARED_ROWS = 256;

/** Bytes of the decoded blocks that the next row of windows reads again: with that much, each is decoded once. */
export function blockCacheBytes(
  { width, blockSize }: { readonly width: number; readonly blockSize: Size },
  bytesPerPixel: number,
): number {
  const bytes = width * (blockSize.height + SHARED_ROWS) * bytesPerPixel;
  return Math.min(BOUNDS[1], Math.max(BOUNDS[0], bytes));
}

/** Bounds GDAL's cache for a map of a raster, unless the environment says how large it is. Counts before the first block is read. */
export function boundBlockCache(
  raster: { readonly width: number; readonly blockSize: Size },
  bytesPerPixel: number,
): void {
  if (process.env.GDAL_CACHEMAX === undefined) setBlockCacheSize(blockCacheBytes(raster, bytesPerPixel));
}
