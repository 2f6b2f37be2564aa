import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClassConfig, MaskConfig, RunConfig } from '../config/index.ts';
import { type ClassDefinition, formatHexColor } from '../core/index.ts';
import type { Patch } from '../data/index.ts';
import {
  type ClassCoding,
  type ConfusionMatrix,
  confusionFigure,
  evaluateFiles,
  type FileEvaluation,
  ignScores,
  iouBarsFigure,
  type Scores,
  strictScores,
  trainingCurves,
  writeFigure,
  writeMetrics,
} from '../evaluation/index.ts';
import { predictionNames } from '../inference/index.ts';
import type { TaskOptions } from './predict.ts';

/** Classes as the evaluation room knows them. */
export function classDefinitions(classes: readonly ClassConfig[]): ClassDefinition[] {
  return classes.map(({ name, color, weight }, index) => ({ index, value: index, name, color, weight }));
}

/** How truth masks stand for classes, for scoring: what training ignores is not scored either. */
export function truthCoding({ encoding, ignoreValues }: MaskConfig, classes: number): ClassCoding {
  if (encoding.kind === 'colors') {
    return { kind: 'colors', colors: encoding.colors.map((color) => formatHexColor(color)) };
  }
  const table = new Int16Array(65536).fill(-1);
  if (encoding.kind === 'values') {
    for (const [index, values] of encoding.values.entries()) for (const value of values) table[value] = index;
  } else {
    const first = encoding.kind === 'one-based' ? 1 : 0;
    for (let index = 0; index < classes; index++) table[index + first] = index;
  }
  for (const value of ignoreValues) if (value >= 0 && value < table.length) table[value] = -1;
  return { kind: 'values', table };
}

/** What a run's predictions are worth, both ways. */
export interface RunScores {
  readonly evaluation: FileEvaluation;
  readonly strict: Scores;
  readonly ign: Scores;
}

/**
 * Scores the predictions of a run's test list against its masks: the `metrics` task. Writes `metrics.json` and
 * `confmat.npy` as IGN does, and figures beside them.
 */
export async function scoreRun(
  config: RunConfig,
  test: readonly Patch[],
  { onProgress, signal, leftOut = new Set() }: TaskOptions & { readonly leftOut?: ReadonlySet<Patch> } = {},
): Promise<RunScores> {
  const { outputs, classes, data } = config;
  const names = predictionNames(test);
  const pairs = test.flatMap((patch, i) =>
    patch.mask === null || leftOut.has(patch)
      ? []
      : [
          {
            truth: patch.mask,
            prediction: join(outputs.predictions, names[i]!),
            list: patch.list ?? undefined,
            line: patch.line ?? undefined,
          },
        ],
  );
  const evaluation = await evaluateFiles(pairs, {
    classes: classes.length,
    truth: truthCoding(data.masks, classes.length),
    perImage: true,
    skipBad: data.skipBad,
    ...(onProgress ? { onProgress } : {}),
    ...(signal ? { signal } : {}),
  });
  const definitions = classDefinitions(classes);
  const written = { overwrite: outputs.overwrite };
  await writeMetrics(outputs.metrics, evaluation.matrix, definitions, written);
  const strict = strictScores(evaluation.matrix, definitions);
  await writeScoreFigures(outputs.metrics, evaluation.matrix, strict, definitions, config.name, written);
  return { evaluation, strict, ign: ignScores(evaluation.matrix, definitions) };
}

async function writeScoreFigures(
  folder: string,
  matrix: ConfusionMatrix,
  scores: Scores,
  classes: readonly ClassDefinition[],
  name: string,
  options: { overwrite: boolean },
): Promise<void> {
  const rows = confusionFigure(matrix, classes, { normalise: 'rows' });
  const columns = confusionFigure(matrix, classes, { normalise: 'columns' });
  await writeFigure(join(folder, 'confusion_recall.png'), rows, options);
  await writeFigure(join(folder, 'confusion_precision.png'), columns, options);
  await writeFigure(join(folder, 'iou_by_class.png'), iouBarsFigure([{ name, scores }], classes), options);
}

/** Draws the curves of a run's `metrics.csv`. */
export async function drawTrainingCurves(config: RunConfig): Promise<string> {
  const log = join(config.outputs.folder, 'metrics.csv');
  const path = join(config.outputs.folder, 'training_curves.png');
  const figure = trainingCurves(await readFile(log, 'utf8'), {
    title: `Training of ${config.name}`,
    file: log,
  });
  await writeFigure(path, figure, { overwrite: true });
  return path;
}
