import { InvalidArgumentError, Random } from '../core/index.ts';
import type { ConfusionMatrix } from './confusion-matrix.ts';
import {
  classTotals,
  type Scores,
  type ScoringWay,
  scoresOfTotals,
  TOTALS_PER_CLASS,
  type WeightedClass,
} from './metrics.ts';

/** A score of the whole set and the interval that resampling gives it, in the score's own unit; NaN bounds where there is none. */
export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** Intervals of the scores most often quoted. */
export interface ScoreIntervals {
  readonly miou: Interval;
  readonly overallAccuracy: Interval;
  /** IoU by class index; classes that no resample holds have NaN bounds. */
  readonly iou: ReadonlyMap<number, Interval>;
}

/** How intervals are drawn. */
export interface BootstrapOptions {
  /** Default `strict`. */
  readonly way?: ScoringWay;
  /** Resamples (default 1000). */
  readonly samples?: number;
  readonly seed?: number;
  /** Share of resamples inside the interval (default 0.95). */
  readonly level?: number;
  /** A group (zone, domain) for every image: whole groups are drawn, since neighbours resemble each other. */
  readonly groups?: readonly (string | number)[];
}

/** The totals of every image or group, and the way they are scored. */
interface Units {
  readonly indexes: readonly number[];
  readonly count: number;
  /** `[count × 4 × classes]`, one row of totals after the other. */
  readonly totals: Float64Array;
  readonly way: ScoringWay;
}

function unitsOf(
  images: readonly ConfusionMatrix[],
  classes: readonly WeightedClass[],
  { way = 'strict', groups }: BootstrapOptions,
): Units {
  if (images.length === 0 || (groups !== undefined && groups.length !== images.length)) {
    throw new InvalidArgumentError(`${images.length} images and ${groups?.length ?? 0} groups to resample`, {
      remedy: 'give at least one image, and one group for every image',
    });
  }
  const rows = new Map<string | number, Float64Array>();
  let indexes: readonly number[] = [];
  for (const [place, image] of images.entries()) {
    const totals = classTotals(image, classes, way);
    indexes = totals.indexes;
    const group = groups?.[place] ?? place;
    const row = rows.get(group);
    if (row === undefined) rows.set(group, totals.pixels);
    else for (let i = 0; i < row.length; i++) row[i]! += totals.pixels[i]!;
  }
  const width = TOTALS_PER_CLASS * indexes.length;
  const totals = new Float64Array(rows.size * width);
  for (const [place, row] of [...rows.values()].entries()) totals.set(row, place * width);
  return { indexes, count: rows.size, totals, way };
}

/** Scores of a resample. @param times how often each unit was drawn. */
function scoresOf({ indexes, totals, way }: Units, times: Uint32Array): Scores {
  const width = TOTALS_PER_CLASS * indexes.length;
  const pixels = new Float64Array(width);
  for (let unit = 0; unit < times.length; unit++) {
    const drawn = times[unit]!;
    if (drawn === 0) continue;
    const row = unit * width;
    for (let i = 0; i < width; i++) pixels[i]! += drawn * totals[row + i]!;
  }
  return scoresOfTotals({ indexes, pixels }, way);
}

/** Linear interpolation between order statistics, as NumPy's `percentile` does by default. */
function quantile(sorted: Float64Array, part: number): number {
  if (sorted.length === 0) return Number.NaN;
  const along = part * (sorted.length - 1);
  const below = Math.floor(along);
  const next = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return sorted[below]! + (along - below) * (next - sorted[below]!);
}

/** The numbers an interval is wanted for: mIoU, overall accuracy, then each class's IoU. */
const figuresOf = (scores: Scores) => [
  scores.miou,
  scores.overallAccuracy,
  ...scores.perClass.map(({ iou }) => iou),
];

function intervals(
  count: number,
  indexes: readonly number[],
  figures: (times: Uint32Array) => number[],
  { samples = 1000, seed = 2022, level = 0.95 }: BootstrapOptions,
): ScoreIntervals {
  const random = new Random(seed);
  const times = new Uint32Array(count).fill(1);
  const estimate = figures(times);
  const columns = estimate.map(() => new Float64Array(samples));
  for (let sample = 0; sample < samples; sample++) {
    times.fill(0);
    for (let draw = 0; draw < count; draw++) times[random.below(count)]!++;
    for (const [column, value] of figures(times).entries()) columns[column]![sample] = value;
  }
  const [miou, overallAccuracy, ...iou] = columns.map((values, column) => {
    // Of one unit every draw is the same: that is no sign of certainty.
    const sorted = count < 2 ? new Float64Array(0) : values.filter(Number.isFinite).sort();
    const tail = (1 - level) / 2;
    return { estimate: estimate[column]!, low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) };
  });
  return {
    miou: miou!,
    overallAccuracy: overallAccuracy!,
    iou: new Map(indexes.map((index, i) => [index, iou[i]!])),
  };
}

/**
 * Confidence intervals of scores by the percentile bootstrap: images (or groups of them) are drawn with replacement,
 * counts added, scores taken. The same seed gives the same intervals.
 *
 * Source: B. Efron and R. Tibshirani, "An Introduction to the Bootstrap", 1993.
 * @param images one matrix an image, all of the same classes.
 * @throws {InvalidArgumentError} without images, or when groups and images differ in number.
 */
export function bootstrapScores(
  images: readonly ConfusionMatrix[],
  classes: readonly WeightedClass[],
  options: BootstrapOptions = {},
): ScoreIntervals {
  const units = unitsOf(images, classes, options);
  return intervals(units.count, units.indexes, (times) => figuresOf(scoresOf(units, times)), options);
}

/**
 * Intervals of the gain of one run over another on the same images: both are scored on the same draws, so what is
 * hard for both cancels out. An interval that does not hold 0 is a difference the images can tell.
 * @param base one matrix an image of the run compared to; `other` the same images, in the same order.
 */
export function bootstrapGain(
  base: readonly ConfusionMatrix[],
  other: readonly ConfusionMatrix[],
  classes: readonly WeightedClass[],
  options: BootstrapOptions = {},
): ScoreIntervals {
  if (base.length !== other.length) {
    throw new InvalidArgumentError(`${base.length} images against ${other.length}`, {
      remedy: 'compare two runs over the same images in the same order',
    });
  }
  const [before, after] = [unitsOf(base, classes, options), unitsOf(other, classes, options)];
  const gains = (times: Uint32Array) => {
    const earlier = figuresOf(scoresOf(before, times));
    return figuresOf(scoresOf(after, times)).map((value, place) => value - earlier[place]!);
  };
  return intervals(before.count, before.indexes, gains, options);
}
