import { blockWindows } from '../../../raster/index.ts';
import type { RasterSource } from '../messages.ts';
import { openSource } from './open-source.ts';

/** Masks with more values than this are no masks. */
const MOST = 1024;

/** How often each value of a mask occurs: numbers of one band, `#rrggbb` of three. */
export async function valueCounts({ source }: { source: RasterSource }): Promise<[string, number][]> {
  const raster = await openSource(source);
  const bands = raster.bandCount >= 3 ? [1, 2, 3] : [1];
  const counts = new Map<number, number>();
  for (const window of blockWindows(raster, { width: raster.width, height: 256 })) {
    const { data } = await raster.read({ ...window, bands });
    const plane = window.width * window.height;
    for (let i = 0; i < plane; i++) {
      const value =
        bands.length === 1 ? data[i]! : (data[i]! << 16) | (data[plane + i]! << 8) | data[2 * plane + i]!;
      counts.set(value, (counts.get(value) ?? 0) + 1);
      if (counts.size > MOST) return [];
    }
  }
  const name = (value: number) =>
    bands.length === 1 ? String(value) : `#${value.toString(16).padStart(6, '0')}`;
  return [...counts].sort(([a], [b]) => a - b).map(([value, pixels]) => [name(value), pixels]);
}
