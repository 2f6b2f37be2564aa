import type { Random } from '../../src/core/index.ts';
import {
  allocateCells,
  type createGeoTiff,
  crsToWkt,
  type GeoTiffOptions,
  type PixelBlock,
  type RasterDataType,
  type RasterWindow,
} from '../../src/raster/index.ts';
import { between } from './fixtures.ts';

/** Where the rasters lie that tests write. */
export const place = {
  crs: crsToWkt('EPSG:2154'),
  geoTransform: [700000, 0.2, 0, 6600000, 0, -0.2] as const,
};

function cut(block: PixelBlock, { x, y, width, height }: RasterWindow): PixelBlock {
  const data = allocateCells(types.get(block) ?? 'uint8', block.bands * width * height);
  for (let line = 0; line < block.bands * height; line++) {
    const band = Math.floor(line / height);
    const from = (band * block.height + y + (line % height)) * block.width + x;
    data.set(block.data.subarray(from, from + width), line * width);
  }
  return { data, bands: block.bands, width, height };
}

/** Classes of a map, with gaps between their values. */
export const classes = [
  { value: 0, name: 'building', color: '#db0e9a' },
  { value: 1, name: 'pervious & <bare>', color: '#938e7b' },
  { value: 4, name: 'forêt', color: '#194a26' },
];

/** Cell types of blocks that are not of bytes. */
export const types = new Map<PixelBlock, RasterDataType>();

/** Disjoint windows that cover a raster, cut at random and shuffled. */
export function randomTiling(random: Random, width: number, height: number): RasterWindow[] {
  const edges = (length: number) => {
    const inner = Array.from({ length: 3 }, () => between(random, 1, length - 1));
    return [...new Set([0, ...inner, length])].sort((a, b) => a - b);
  };
  const [xs, ys] = [edges(width), edges(height)];
  const windows = ys.slice(1).flatMap((bottom, row) =>
    xs.slice(1).map((right, column) => {
      const [x, y] = [xs[column]!, ys[row]!];
      return { x, y, width: right - x, height: bottom - y };
    }),
  );
  return random.shuffle(windows);
}

/** Writes a block window by window. */
export async function writeAll(
  create: typeof createGeoTiff,
  path: string,
  block: PixelBlock,
  options: Omit<GeoTiffOptions, 'width' | 'height' | 'crs' | 'geoTransform'>,
  windows: readonly RasterWindow[],
): Promise<void> {
  const writer = await create(path, {
    ...place,
    width: block.width,
    height: block.height,
    ...options,
  });
  for (const window of windows) await writer.write(cut(block, window), window.x, window.y);
  await writer.close();
}
