import type { ClassDefinition } from '../core/index.ts';
import type { ConfusionMatrix } from './confusion-matrix.ts';
import { ignScores, type Scores, strictScores } from './metrics.ts';

/** `metrics.json` with the keys, order and units (percent) of IGN's FLAIR-1; undefined averages are null. */
export interface IgnMetrics {
  readonly Avg_metrics_name: readonly string[];
  readonly Avg_metrics: readonly (number | null)[];
  readonly classes: readonly string[];
  readonly per_class_iou: readonly (number | null)[];
  readonly per_class_fscore: readonly (number | null)[];
  readonly per_class_precision: readonly (number | null)[];
  readonly per_class_recall: readonly (number | null)[];
}

/** IGN's keys, then ours: the same scores the strict way, and what IGN's file leaves out. */
export interface MetricsFile extends IgnMetrics {
  readonly strict: IgnMetrics & {
    readonly mean_accuracy: number | null;
    readonly kappa: number | null;
    readonly frequency_weighted_iou: number | null;
    readonly per_class_support: readonly number[];
    /** Pixels without a true class, left out of every score. */
    readonly ignored_pixels: number;
    /** Pixels with a true class whose prediction is no class; errors in the strict scores. */
    readonly missed_pixels: number;
  };
}

const AVERAGES = ['mIoU', 'Overall Accuracy', 'Fscore', 'Precision', 'Recall'];

const orNull = (value: number) => (Number.isFinite(value) ? value : null);

function averagesOf(scores: Scores): number[] {
  return [scores.miou, scores.overallAccuracy, scores.fscore, scores.precision, scores.recall];
}

function metricsOf(scores: Scores, classes: readonly ClassDefinition[]): IgnMetrics {
  const column = (key: 'iou' | 'fscore' | 'precision' | 'recall') =>
    scores.perClass.map((row) => orNull(row[key]));
  return {
    Avg_metrics_name: AVERAGES,
    Avg_metrics: averagesOf(scores).map(orNull),
    classes: scores.perClass.map(({ index }) => classes[index]!.name),
    per_class_iou: column('iou'),
    per_class_fscore: column('fscore'),
    per_class_precision: column('precision'),
    per_class_recall: column('recall'),
  };
}

/** The contents of `metrics.json`: IGN's keys with IGN's numbers, and a `strict` block with ours. */
export function metricsFile(matrix: ConfusionMatrix, classes: readonly ClassDefinition[]): MetricsFile {
  const strict = strictScores(matrix, classes);
  return {
    ...metricsOf(ignScores(matrix, classes), classes),
    strict: {
      ...metricsOf(strict, classes),
      mean_accuracy: orNull(strict.meanAccuracy),
      kappa: orNull(strict.kappa),
      frequency_weighted_iou: orNull(strict.frequencyWeightedIou),
      per_class_support: strict.perClass.map(({ support }) => support),
      ignored_pixels: matrix.ignored,
      missed_pixels: matrix.missed.reduce((total, pixels) => total + pixels, 0),
    },
  };
}

const NAME_WIDTH = 25;
const WEIGHT_WIDTH = 15;
const NUMBER_WIDTH = 10;

/**
 * The three text tables that IGN's `flair` prints after its metrics task, in its layout: global metrics, learned
 * classes, classes not learned. Scores IGN's way, or strict ones in the same layout.
 */
export function ignTables(scores: Scores, classes: readonly ClassDefinition[]): string {
  const label = (name: string, weight: string | number) =>
    `${name.padEnd(NAME_WIDTH)} ${`${weight}`.padEnd(WEIGHT_WIDTH)}`;
  const numbers = (cells: readonly string[]) => cells.map((text) => ` ${text.padEnd(NUMBER_WIDTH)}`).join('');
  const averages = averagesOf(scores);
  const learned = scores.perClass.map(({ index, iou, fscore, precision, recall }) => {
    const { name, weight } = classes[index]!;
    return label(name, weight) + numbers([iou, fscore, precision, recall].map((value) => value.toFixed(4)));
  });
  const off = classes.filter(({ weight }) => weight === 0).map(({ name, weight }) => label(name, weight));
  return [
    '',
    'Global Metrics: ',
    '-'.repeat(90),
    ...AVERAGES.map((name, place) => `${name.padEnd(20)} ${averages[place]!.toFixed(4).padEnd(20)}`),
    '-'.repeat(90),
    '',
    '',
    label('Class', 'Weight') + numbers(['IoU', 'F-score', 'Precision', 'Recall']),
    '-'.repeat(65),
    ...learned,
    '',
    'Not learned Classes:',
    label('Class', 'Weight'),
    '-'.repeat(65),
    ...off,
    '',
  ].join('\n');
}
