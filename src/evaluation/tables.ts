import type { ClassDefinition } from '../core/index.ts';
import type { ConfusionMatrix } from './confusion-matrix.ts';
import type { Scores } from './metrics.ts';
import { cell, textBar, textTable } from './text-table.ts';

const WAYS = {
  ign: { title: 'IGN’s way', note: 'IGN’s way: classes of weight 0 lose their row and column first.' },
  strict: {
    title: 'strict',
    note: 'strict: pixels predicted as a class of weight 0, or as none, are errors.',
  },
} as const;

/** The averages of one or several ways of scoring, side by side, in percent (kappa from -1 to 1). */
export function averagesTable(ways: readonly Scores[]): string {
  const rows = (
    [
      ['mIoU', 'miou'],
      ['Overall accuracy', 'overallAccuracy'],
      ['Mean accuracy', 'meanAccuracy'],
      ['F-score', 'fscore'],
      ['Precision', 'precision'],
      ['Recall', 'recall'],
      ['Frequency-weighted IoU', 'frequencyWeightedIou'],
    ] as const
  ).map(([title, key]) => [title, ...ways.map((scores) => cell(scores[key]))]);
  rows.push(['Kappa', ...ways.map((scores) => cell(scores.kappa, 4))]);
  const columns = ways.map(({ way }) => ({ title: WAYS[way].title, align: 'right' as const }));
  const notes = ways.map(({ way }) => WAYS[way].note);
  return [textTable([{ title: 'Average (%)' }, ...columns], rows), ...notes].join('\n');
}

/** The scores of every learned class with its share of the truth, the averages below. */
export function classTable(scores: Scores, classes: readonly ClassDefinition[]): string {
  const total = scores.perClass.reduce((pixels, { support }) => pixels + support, 0);
  const rows = scores.perClass.map((row) => [
    classes[row.index]!.name,
    ...[row.iou, row.fscore, row.precision, row.recall].map((value) => cell(value)),
    cell((100 * row.support) / total),
    textBar(row.iou),
  ]);
  const averages = [scores.miou, scores.fscore, scores.precision, scores.recall].map((value) => cell(value));
  const numbers = ['IoU', 'F-score', 'Precision', 'Recall', 'Truth %'];
  return textTable(
    [{ title: 'Class' }, ...numbers.map((title) => ({ title, align: 'right' as const })), { title: '' }],
    [...rows, ['mean', ...averages, '', textBar(scores.miou)]],
    1,
  );
}

/** The largest confusions: what is taken for what, in percent of the true class's pixels. */
export function confusionsTable(
  matrix: ConfusionMatrix,
  classes: readonly ClassDefinition[],
  limit = 8,
): string {
  const totals = matrix.truthTotals();
  const pairs = classes.flatMap((truth) =>
    classes
      .filter(
        (prediction) => prediction.index !== truth.index && matrix.at(truth.index, prediction.index) > 0,
      )
      .map((prediction) => ({ truth, prediction, pixels: matrix.at(truth.index, prediction.index) })),
  );
  pairs.sort((one, other) => other.pixels - one.pixels);
  const rows = pairs
    .slice(0, limit)
    .map(({ truth, prediction, pixels }) => [
      truth.name,
      prediction.name,
      String(pixels),
      cell((100 * pixels) / totals[truth.index]!, 1),
    ]);
  return textTable(
    [
      { title: 'Truth' },
      { title: 'Predicted as' },
      { title: 'Pixels', align: 'right' },
      { title: '% of truth', align: 'right' },
    ],
    rows,
  );
}
