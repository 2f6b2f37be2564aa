import type { ClassDefinition } from '../core/index.ts';
import type { Interval, ScoreIntervals } from './bootstrap.ts';
import type { Scores } from './metrics.ts';
import { cell, textTable } from './text-table.ts';

/** A run to compare. */
export interface ComparedRun {
  readonly name: string;
  readonly scores: Scores;
  /** Intervals of its gain over the first run (see `bootstrapGain`). */
  readonly gain?: ScoreIntervals;
}

/** One line of a comparison; numbers in percent, one for every run. */
export interface ComparisonRow {
  readonly name: string;
  readonly values: readonly number[];
  /** Difference to the first run. */
  readonly gains: readonly number[];
  readonly intervals: readonly (Interval | undefined)[];
}

function rowOf(
  name: string,
  runs: readonly ComparedRun[],
  scoreOf: (scores: Scores) => number,
  intervalOf: (gain: ScoreIntervals) => Interval | undefined,
): ComparisonRow {
  const values = runs.map(({ scores }) => scoreOf(scores));
  return {
    name,
    values,
    gains: values.map((value) => value - values[0]!),
    intervals: runs.map(({ gain }) => gain && intervalOf(gain)),
  };
}

/** Runs side by side: the IoU of every class that a run has learned, then mean IoU and overall accuracy. */
export function compareRuns(
  runs: readonly ComparedRun[],
  classes: readonly ClassDefinition[],
): ComparisonRow[] {
  const learned = new Set(runs.flatMap(({ scores }) => scores.perClass.map(({ index }) => index)));
  const iouOf = (scores: Scores, index: number) =>
    scores.perClass.find((entry) => entry.index === index)?.iou ?? Number.NaN;
  return [
    ...classes
      .filter(({ index }) => learned.has(index))
      .map(({ index, name }) =>
        rowOf(
          name,
          runs,
          (scores) => iouOf(scores, index),
          (gain) => gain.iou.get(index),
        ),
      ),
    rowOf(
      'mean IoU',
      runs,
      (scores) => scores.miou,
      (gain) => gain.miou,
    ),
    rowOf(
      'overall accuracy',
      runs,
      (scores) => scores.overallAccuracy,
      (gain) => gain.overallAccuracy,
    ),
  ];
}

const signed = (value: number) =>
  Number.isFinite(value) ? `${value < 0 ? '−' : '+'}${cell(Math.abs(value))}` : '–';

function gainText(gain: number, interval: Interval | undefined): string {
  if (interval === undefined) return signed(gain);
  const clear = interval.low > 0 || interval.high < 0;
  return `${signed(gain)} [${signed(interval.low)}, ${signed(interval.high)}]${clear ? ' *' : '  '}`;
}

/**
 * The comparison as a text table: the first run's IoU, then each other run's IoU and its difference to the first. Where
 * there are intervals they follow in brackets, with a star when they leave 0 out.
 */
export function comparisonTable(runs: readonly ComparedRun[], classes: readonly ClassDefinition[]): string {
  const others = [...runs.keys()].slice(1);
  const rows = compareRuns(runs, classes).map(({ name, values, gains, intervals }) => [
    name,
    cell(values[0] ?? Number.NaN),
    ...others.flatMap((run) => [cell(values[run]!), gainText(gains[run]!, intervals[run])]),
  ]);
  const right = (title: string) => ({ title, align: 'right' as const });
  const columns = others.flatMap((run) => [right(runs[run]!.name), right('gain')]);
  return textTable([{ title: 'IoU (%)' }, right(runs[0]?.name ?? ''), ...columns], rows, 2);
}
