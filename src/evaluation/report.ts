import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ClassDefinition, OutputExistsError } from '../core/index.ts';
import type { ConfusionMatrix } from './confusion-matrix.ts';
import { iouBarsFigure } from './figures/bars-figure.ts';
import { confusionFigure } from './figures/confusion-figure.ts';
import { writeFigure } from './figures/png.ts';
import { sharesFigure } from './figures/shares-figure.ts';
import type { Figure } from './figures/svg.ts';
import { strictScores } from './metrics.ts';
import { type OutputOptions, writeMetrics } from './output-files.ts';

/** What a report is about. */
export interface ReportOptions extends OutputOptions {
  /** The run or network, named under the figures' titles. */
  readonly name?: string;
}

/** The figures of an evaluation by file stem. */
export function evaluationFigures(
  matrix: ConfusionMatrix,
  classes: readonly ClassDefinition[],
  name?: string,
): ReadonlyMap<string, Figure> {
  const told = (text: string) => (name === undefined ? text : `${name} · ${text}`);
  const run = { name: name ?? 'IoU', scores: strictScores(matrix, classes) };
  const sets = [
    { name: 'Truth', pixels: matrix.truthTotals() },
    { name: 'Prediction', pixels: matrix.predictionTotals() },
  ];
  const confusion = (normalise: 'rows' | 'columns', diagonal: string) =>
    confusionFigure(matrix, classes, {
      normalise,
      subtitle: told(`truth in rows, prediction in columns, ${diagonal} on the diagonal`),
    });
  return new Map([
    ['confmat_norm-recall', confusion('rows', 'recall')],
    ['confmat_norm-precision', confusion('columns', 'precision')],
    ['iou', iouBarsFigure([run], classes, 'IoU by class', told('strict scores'))],
    ['class_shares', sharesFigure(sets, classes, 'Class shares', name)],
  ]);
}

/**
 * Writes all that an evaluation leaves behind into a folder: `confmat.npy`, `metrics.json`, and each figure as SVG and
 * PNG (the confusion matrices end as those of IGN's model cards do).
 * @returns the paths written.
 * @throws {OutputExistsError} before anything is written, unless `overwrite`.
 */
export async function writeReport(
  folder: string,
  matrix: ConfusionMatrix,
  classes: readonly ClassDefinition[],
  { name, overwrite = false }: ReportOptions = {},
): Promise<string[]> {
  const drawings = [...evaluationFigures(matrix, classes, name)].flatMap(([stem, drawing]) =>
    ['svg', 'png'].map((kind) => [join(folder, `${stem}.${kind}`), drawing] as const),
  );
  for (const [path] of drawings) if (!overwrite && existsSync(path)) throw new OutputExistsError(path);
  const { confmat, metrics } = await writeMetrics(folder, matrix, classes, { overwrite });
  for (const [path, drawing] of drawings) await writeFigure(path, drawing, { overwrite });
  return [confmat, metrics, ...drawings.map(([path]) => path)];
}
