import { cutWindow, type PatchWindow } from './patch-window.ts';
import type { TimeSeries } from './time-series.ts';

/** How the dates of a series become images. */
export type CompositeKind =
  /** The mean of the clear dates, as the FLAIR #2 team took it: one image. */
  | 'mean'
  /** The mean of the clear dates of each month that has any, January first. */
  | 'monthly'
  /** The mean at each pixel of the dates of the whole series on which that pixel is clear: one image. */
  | 'clear-pixels'
  /** The clear dates as they are. */
  | 'dates';

/** Images of a patch: `[steps, bands, height, width]`, NaN where nothing is known. */
export interface Composite {
  readonly steps: number;
  readonly data: Float64Array;
  /** What each step shows: `2021-05-03`, `month 05`, `mean of 12`. */
  readonly labels: readonly string[];
}

const twoDigits = (value: number) => String(value).padStart(2, '0');

/** The mean over dates of a band, at each pixel over the dates that `takes` it. */
function meanOver(
  series: TimeSeries,
  dates: readonly number[],
  band: number,
  window: PatchWindow,
  takes: (date: number, pixel: number) => boolean,
): Float64Array {
  const pixels = window.height * window.width;
  const sums = new Float64Array(pixels);
  const counts = new Float64Array(pixels);
  for (const date of dates) {
    const values = cutWindow(series, date, band, window);
    for (let pixel = 0; pixel < pixels; pixel++) {
      if (Number.isNaN(values[pixel]) || !takes(date, pixel)) continue;
      sums[pixel]! += values[pixel]!;
      counts[pixel]!++;
    }
  }
  return sums.map((sum, pixel) => sum / counts[pixel]!);
}

/** Groups of dates by calendar month, January first; dates whose day is unknown belong to none. */
export function datesByMonth(
  { days }: Pick<TimeSeries, 'days'>,
  dates: readonly number[],
): [month: number, dates: number[]][] {
  const months = new Map<number, number[]>();
  for (const date of dates) {
    const day = days[date];
    if (!day) continue;
    months.set(day.month, [...(months.get(day.month) ?? []), date]);
  }
  return [...months].sort(([a], [b]) => a - b);
}

function clearPixel(series: TimeSeries, window: PatchWindow, probability: number) {
  const plane = series.height * series.width;
  return (date: number, pixel: number) => {
    const row = window.top + Math.floor(pixel / window.width);
    const at = row * series.width + window.left + (pixel % window.width);
    const [snow, cloud] = [series.masks[2 * date * plane + at]!, series.masks[(2 * date + 1) * plane + at]!];
    return snow < probability && cloud < probability;
  };
}

/**
 * Makes the images of a patch.
 * @param dates the clear dates; `clear-pixels` looks at every date of the series instead.
 * @param bands 0-based, in the order of the result.
 * @param scale what values are divided by.
 */
export function composite(
  series: TimeSeries,
  window: PatchWindow,
  options: {
    readonly kind: CompositeKind;
    readonly dates: readonly number[];
    readonly bands: readonly number[];
    readonly scale: number;
    readonly probability: number;
  },
): Composite {
  const { kind, dates, bands, scale, probability } = options;
  const all = Array.from({ length: series.dates }, (_, date) => date);
  const always = () => true;
  const steps: { label: string; dates: readonly number[] }[] = [];
  if (kind === 'mean') steps.push({ label: `mean of ${dates.length}`, dates });
  else if (kind === 'clear-pixels') steps.push({ label: 'clear pixels', dates: all });
  else if (kind === 'monthly') {
    for (const [month, group] of datesByMonth(series, dates))
      steps.push({ label: `month ${twoDigits(month)}`, dates: group });
  } else {
    for (const date of dates) {
      const day = series.days[date];
      const label = day
        ? `${day.year}-${twoDigits(day.month)}-${twoDigits(day.day)}`
        : `image ${date + 1}, day unknown`;
      steps.push({ label, dates: [date] });
    }
  }
  const takes = kind === 'clear-pixels' ? clearPixel(series, window, probability) : always;
  const pixels = window.height * window.width;
  const data = new Float64Array(steps.length * bands.length * pixels);
  for (const [step, { dates: chosen }] of steps.entries()) {
    for (const [place, band] of bands.entries()) {
      const mean = meanOver(series, chosen, band, window, takes);
      data.set(
        mean.map((value) => value / scale),
        (step * bands.length + place) * pixels,
      );
    }
  }
  return { steps: steps.length, data, labels: steps.map(({ label }) => label) };
}
