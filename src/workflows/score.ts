import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClassConfig, MaskConfig, RunConfig } from '../config/index.ts';
import { type ClassDefinition, formatHexColor } from '../core/index.ts';
import type { Patch } from '../data/index.ts';
import {
  type ClassCoding,
  type EvaluationPair,
  evaluateFiles,
  type FileEvaluation,
  ignScores,
  type Scores,
  strictScores,
  trainingCurves,
  writeFigure,
  writeReport,
} from '../evaluation/index.ts';
import { predictionNames } from '../inference/index.ts';
import { writePatchScores } from './patch-scores.ts';
import type { TaskOptions } from './predict.ts';
import { drawScorePanels } from './score-panels.ts';

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

/** Predictions to score, and what they are compared with. */
export interface ScoreRequest {
  readonly pairs: readonly EvaluationPair[];
  readonly classes: readonly ClassConfig[];
  /** How truth masks stand for classes. */
  readonly masks: MaskConfig;
  /** Image of a truth raster, for the panels. */
  readonly imageOf: (truth: string) => string | undefined;
  readonly channels: readonly number[];
  /** Folder that receives files and figures. */
  readonly folder: string;
  /** Named in the figures. */
  readonly name: string;
  readonly overwrite: boolean;
  readonly skipBad: boolean;
}

/**
 * Scores predictions both ways and writes `metrics.json` and `confmat.npy` as IGN does, with figures beside them:
 * confusion matrices by rows and by columns, IoU, class shares, panels of the worst and of typical patches, and
 * `patches.json` with the scores of each patch.
 * @throws UnreadablePairError, PairSizeError (unless `skipBad`), OutputExistsError (unless `overwrite`)
 */
export async function scorePredictions(
  request: ScoreRequest,
  { onProgress, signal }: TaskOptions = {},
): Promise<RunScores> {
  const { pairs, classes, masks, folder, name, overwrite, skipBad } = request;
  const truth = truthCoding(masks, classes.length);
  const evaluation = await evaluateFiles(pairs, {
    classes: classes.length,
    truth,
    perImage: true,
    skipBad,
    ...(onProgress ? { onProgress } : {}),
    ...(signal ? { signal } : {}),
  });
  const definitions = classDefinitions(classes);
  await writeReport(folder, evaluation.matrix, definitions, { overwrite, name });
  await drawScorePanels(folder, evaluation.images, definitions, request, { overwrite });
  await writePatchScores(folder, evaluation.images, definitions, { ...request, truth }, { overwrite });
  const [strict, ign] = [strictScores, ignScores].map((way) => way(evaluation.matrix, definitions));
  return { evaluation, strict: strict!, ign: ign! };
}

/** Scores the predictions of a run's test list against its masks: the `metrics` task ({@link scorePredictions}). */
export async function scoreRun(
  config: RunConfig,
  test: readonly Patch[],
  { leftOut = new Set(), ...options }: TaskOptions & { readonly leftOut?: ReadonlySet<Patch> } = {},
): Promise<RunScores> {
  const { outputs, classes, data, name } = config;
  const names = predictionNames(test);
  const pairs = test.flatMap(({ mask, list, line }, i) =>
    mask === null || leftOut.has(test[i]!)
      ? []
      : [
          {
            truth: mask,
            prediction: join(outputs.predictions, names[i]!),
            list: list ?? undefined,
            line: line ?? undefined,
          },
        ],
  );
  const images = new Map(test.map(({ image, mask }) => [mask, image]));
  const request = {
    ...{ pairs, classes, name },
    masks: data.masks,
    imageOf: (truth: string) => images.get(truth),
    channels: data.channels,
    folder: outputs.metrics,
    overwrite: outputs.overwrite,
    skipBad: data.skipBad,
  };
  return scorePredictions(request, options);
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
