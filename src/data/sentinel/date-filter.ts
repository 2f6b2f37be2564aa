import type { PatchWindow } from './patch-window.ts';
import type { TimeSeries } from './time-series.ts';

/** Which dates are kept. */
export interface DateFilter {
  /** Percent from which a pixel counts as snow or cloud. The FLAIR #2 team took 20, IGN 60. */
  readonly probability: number;
  /** Dates are kept while less than this share of the pixels is covered. The team took 0.2, IGN 0.5. */
  readonly cover: number;
  /**
   * How covered pixels are counted: `once`, or `twice` where snow and cloud are both probable, as the team's code did.
   */
  readonly count?: 'once' | 'twice';
}

/**
 * The share of covered pixels of one date, in a window or the whole super-patch.
 * @returns 0 to 1 (to 2 where counted twice); 1 for a window that lies outside.
 */
export function coverOf(
  { masks, height, width }: TimeSeries,
  date: number,
  { probability, count = 'once' }: Pick<DateFilter, 'probability' | 'count'>,
  window: PatchWindow = { top: 0, left: 0, height, width },
): number {
  const plane = height * width;
  const [snow, cloud] = [2 * date * plane, (2 * date + 1) * plane];
  let covered = 0;
  let pixels = 0;
  for (let y = Math.max(0, window.top); y < Math.min(height, window.top + window.height); y++) {
    for (let x = Math.max(0, window.left); x < Math.min(width, window.left + window.width); x++) {
      const at = y * width + x;
      const [isSnow, isCloud] = [masks[snow + at]! >= probability, masks[cloud + at]! >= probability];
      if (count === 'twice') covered += Number(isSnow) + Number(isCloud);
      else if (isSnow || isCloud) covered++;
      pixels++;
    }
  }
  return pixels === 0 ? 1 : covered / pixels;
}

/** Whether every chosen band is above `most` at every pixel of a date: an image of clouds that no mask tells. */
function isSaturated(series: TimeSeries, date: number, bands: readonly number[], most: number): boolean {
  const plane = series.height * series.width;
  for (const band of bands) {
    const start = (date * series.bands + band) * plane;
    for (let at = start; at < start + plane; at++) if (!(series.data[at]! > most)) return false;
  }
  return plane > 0;
}

/**
 * The time steps that are clear enough, in order. Dates whose chosen bands are saturated everywhere are left out too.
 * @param bands 0-based.
 * @param most value above which a reflectance is saturated.
 * @param window where cover is counted; the whole super-patch when not given.
 */
export function clearDates(
  series: TimeSeries,
  filter: DateFilter,
  bands: readonly number[],
  most: number,
  window?: PatchWindow,
): number[] {
  return Array.from({ length: series.dates }, (_, date) => date).filter(
    (date) => coverOf(series, date, filter, window) < filter.cover && !isSaturated(series, date, bands, most),
  );
}
