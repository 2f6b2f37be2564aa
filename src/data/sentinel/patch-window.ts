import { readFile } from 'node:fs/promises';
import { SentinelSeriesError } from './errors.ts';
import type { TimeSeries } from './time-series.ts';

/** A rectangle of a super-patch, in its pixels; it may reach over the border. */
export interface PatchWindow {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** The square around a centre: from `side / 2` before it up to `side / 2` after it, as FLAIR-2 cuts. */
export function windowAround([row, column]: readonly [number, number], side: number): PatchWindow {
  const half = Math.floor(side / 2);
  return { top: Math.floor(row) - half, left: Math.floor(column) - half, height: side, width: side };
}

/** Pixels of a window that lie outside the super-patch. */
export function pixelsOutside(
  { top, left, height, width }: PatchWindow,
  series: Pick<TimeSeries, 'height' | 'width'>,
): number {
  const rows = Math.max(0, Math.min(series.height, top + height) - Math.max(0, top));
  const columns = Math.max(0, Math.min(series.width, left + width) - Math.max(0, left));
  return height * width - rows * columns;
}

/** One band of one date in a window; NaN where it lies outside. */
export function cutWindow(series: TimeSeries, date: number, band: number, window: PatchWindow): Float64Array {
  const values = new Float64Array(window.height * window.width).fill(Number.NaN);
  const start = (date * series.bands + band) * series.height * series.width;
  for (let y = 0; y < window.height; y++) {
    const row = window.top + y;
    if (row < 0 || row >= series.height) continue;
    for (let x = 0; x < window.width; x++) {
      const column = window.left + x;
      if (column >= 0 && column < series.width)
        values[y * window.width + x] = series.data[start + row * series.width + column]!;
    }
  }
  return values;
}

/** Centres of patches in their super-patch, by the name of the image (`IMG_000123`): row, column. */
export type Centroids = ReadonlyMap<string, readonly [row: number, column: number]>;

/** Reads FLAIR-2's centroids file. @throws {SentinelSeriesError} */
export async function readCentroids(file: string): Promise<Centroids> {
  let table: unknown;
  try {
    table = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new SentinelSeriesError('the centroids cannot be read', {
      file,
      remedy: 'give flair-2_centroids_sp_to_patch.json: {"IMG_000001.tif": [row, column], …}',
      cause,
    });
  }
  const entries = Object.entries(table as Record<string, unknown>).map(([name, place]) => {
    const valid = Array.isArray(place) && place.length === 2 && place.every(Number.isFinite);
    if (!valid) {
      throw new SentinelSeriesError(`the centre of ${name} is no pair of numbers`, {
        ...{ file, key: name },
        remedy: 'write [row, column] in pixels of the super-patch',
      });
    }
    return [name.replace(/\.[^.]+$/, ''), place as unknown as readonly [number, number]] as const;
  });
  return new Map(entries);
}
