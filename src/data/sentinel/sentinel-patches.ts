import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { flairZone } from '../../raster/index.ts';
import { type Composite, type CompositeKind, composite } from './composites.ts';
import { clearDates, type DateFilter } from './date-filter.ts';
import { SentinelSeriesError } from './errors.ts';
import { type ImageStatistics, imageStatistics } from './image-statistics.ts';
import { type Centroids, type PatchWindow, pixelsOutside, windowAround } from './patch-window.ts';
import { readTimeSeries, type TimeSeries } from './time-series.ts';

/** How Sentinel patches are made. */
export interface SentinelOptions {
  /** Folders with `<domain>/<zone>/sen` below them; a zone's series is taken from the first that has it. */
  readonly series: readonly string[];
  readonly centroids: Centroids;
  readonly filter: DateFilter;
  /** Whether cover is counted on the whole super-patch (the FLAIR #2 team) or around each patch (IGN). */
  readonly countOn: 'super-patch' | 'surroundings';
  /** Side of the surroundings, in pixels of 10 m. */
  readonly surroundings: number;
  /** 1-based bands, in the order of the aerial bands that they normalise. */
  readonly bands: readonly number[];
  /** Side of the window that is cut, in pixels of 10 m: 10 for FLAIR's patches of 102.4 m. */
  readonly side: number;
  /** What reflectances are divided by: 2000 for the FLAIR #2 team. */
  readonly scale: number;
  readonly composite: CompositeKind;
}

/** What became of one patch. */
export interface SentinelPatch {
  readonly image: string;
  /** `IMG_000123` as `SEN_000123`. */
  readonly name: string;
  readonly outcome: 'made' | 'no centre' | 'no series' | 'no clear date';
  /** Time steps of the series, and those kept. */
  readonly dates: number;
  readonly kept: number;
  /** Time steps whose product names no day. */
  readonly withoutDay: number;
  /** Pixels of the window beyond the border of the super-patch, NaN in the result. */
  readonly outside: number;
  readonly window: PatchWindow | null;
  readonly result: Composite | null;
  readonly statistics: ImageStatistics | null;
}

const stem = (path: string) => basename(path).replace(/\.[^.]+$/, '');

/** `SEN_000123` for `IMG_000123.tif`; `SEN_<name>` for other names. */
export const sentinelName = (image: string): string => `SEN_${stem(image).replace(/^IMG_/, '')}`;

function makePatch(image: string, series: TimeSeries, options: SentinelOptions): SentinelPatch {
  const { filter, countOn, surroundings, side, scale, composite: kind } = options;
  const bands = options.bands.map((band) => band - 1);
  const known = {
    ...{ image, name: sentinelName(image), dates: series.dates },
    withoutDay: series.days.filter((day) => day === null).length,
  };
  const nothing = { kept: 0, outside: 0, window: null, result: null, statistics: null };
  const centre = options.centroids.get(stem(image));
  if (centre === undefined) return { ...known, ...nothing, outcome: 'no centre' };
  const around = countOn === 'surroundings' ? windowAround(centre, surroundings) : undefined;
  const dates = clearDates(series, filter, bands, scale, around);
  const window = windowAround(centre, side);
  const outside = pixelsOutside(window, series);
  const result = composite(series, window, { kind, dates, bands, scale, probability: filter.probability });
  const statistics = imageStatistics(result.data, result.steps, bands.length);
  if (result.steps === 0 || !result.data.some(Number.isFinite)) {
    return { ...known, ...nothing, kept: dates.length, outside, window, outcome: 'no clear date' };
  }
  return { ...known, outcome: 'made', kept: dates.length, outside, window, result, statistics };
}

/**
 * Makes the Sentinel patch of each aerial patch, zone after zone: the series of one zone is in memory at a time.
 * @param images paths in FLAIR's layout (`…/D012_2019/Z2_UF/img/IMG_062871.tif`).
 * @throws {SentinelSeriesError} for series that are damaged or lack a chosen band; patches without one are reported.
 */
export async function* sentinelPatches(
  images: readonly string[],
  options: SentinelOptions,
): AsyncGenerator<SentinelPatch> {
  const zones = new Map<string, string[]>();
  for (const image of images) {
    const zone = flairZone(image) ?? '';
    zones.set(zone, [...(zones.get(zone) ?? []), image]);
  }
  for (const [zone, members] of zones) {
    const folder = options.series.map((place) => join(place, zone, 'sen')).find((place) => existsSync(place));
    const series = folder === undefined ? null : await readTimeSeries(folder);
    const missing = series === null ? undefined : options.bands.find((band) => band > series.bands);
    if (series !== null && missing !== undefined) {
      throw new SentinelSeriesError(`there is no band ${missing} among ${series.bands}`, {
        file: folder,
        remedy: 'choose bands counted from 1; FLAIR-2 has B2, B3, B4, B5, B6, B7, B8, B8A, B11, B12',
      });
    }
    for (const image of members) {
      if (series !== null) yield makePatch(image, series, options);
      else {
        yield {
          ...{ image, name: sentinelName(image), outcome: 'no series', dates: 0, kept: 0, withoutDay: 0 },
          ...{ outside: 0, window: null, result: null, statistics: null },
        };
      }
    }
  }
}
