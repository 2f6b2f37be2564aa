import { copyFile, mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { RunConfig } from '../config/index.ts';
import { imagesWithoutStatistics, type Patch, requirePatchFiles } from '../data/index.ts';
import type { PatchPredictions } from '../inference/index.ts';
import { CheckpointMissingError } from './errors.ts';
import { requireFreeOutputs } from './free-outputs.ts';
import { type PatchLists, readLists, readRunMetadata } from './loaders.ts';
import { trainInParallel, worldOfRun } from './parallel/train-in-parallel.ts';
import { predictRun } from './predict.ts';
import { drawTrainingCurves, type RunScores, scoreRun } from './score.ts';
import { type TrainRunEvent, type TrainRunResult, trainRun } from './train.ts';

/** What a run tells while it works. */
export type RunEvent =
  | TrainRunEvent
  | { readonly kind: 'task'; readonly task: 'train' | 'predict' | 'metrics'; readonly patches: number }
  | {
      readonly kind: 'progress';
      readonly task: 'predict' | 'metrics';
      readonly done: number;
      readonly total: number;
    }
  /** Images that are normalised by the numbers of the data set because they have none of their own. */
  | { readonly kind: 'without-statistics'; readonly images: readonly string[]; readonly of: number }
  | { readonly kind: 'written'; readonly path: string };

/** What came of a run's tasks; null where a task was not asked for. */
export interface RunResult {
  readonly training: TrainRunResult | null;
  readonly predictions: PatchPredictions | null;
  readonly scores: RunScores | null;
}

async function keepInputs({ outputs, data, source }: RunConfig): Promise<void> {
  if (outputs.inputs === null) return;
  await mkdir(outputs.inputs, { recursive: true });
  for (const file of [data.train, data.validation, data.test, source.file]) {
    if (file !== null) await copyFile(file, join(outputs.inputs, basename(file)));
  }
}

/** Everything that the tasks will read is there; left to the reading where bad patches may be left out. */
async function requireFiles({ data, tasks }: RunConfig, lists: PatchLists): Promise<void> {
  if (data.skipBad) return;
  const tested = tasks.metrics ? lists.test : lists.test.map((patch): Patch => ({ ...patch, mask: null }));
  await requirePatchFiles([...lists.train, ...lists.validation, ...tested]);
}

/** Tells which images of the lists have no Sentinel statistics, where these normalise. */
function tellMissingStatistics(
  { normalization, data }: RunConfig,
  { train, validation, test }: PatchLists,
  onEvent: (event: RunEvent) => void,
): void {
  if (normalization.kind !== 'sentinel') return;
  const all = [...new Set([train, validation, test].flat().map(({ image }) => image))];
  const images = imagesWithoutStatistics(normalization.file, data.channels.length, all);
  if (images.length > 0) onEvent({ kind: 'without-statistics', images, of: all.length });
}

function predictingCheckpoint({ tasks }: RunConfig, training: TrainRunResult | null): string {
  const path = tasks.predictCheckpoint ?? training?.best;
  if (path) return path;
  throw new CheckpointMissingError('there is no checkpoint to predict with', {
    key: 'ckpt_model_path',
    remedy: 'train in the same run, or name a checkpoint',
  });
}

/**
 * Runs the tasks of a configuration in order: train, predict, metrics, removal of the predictions. Where several
 * machines train, the first alone writes files, predicts and scores.
 * @param signal stops after the current step, with everything saved
 */
export async function runTasks(
  config: RunConfig,
  onEvent: (event: RunEvent) => void = () => {},
  signal?: AbortSignal,
): Promise<RunResult> {
  const { tasks, outputs } = config;
  const world = worldOfRun(config);
  const leads = world.rank === 0;
  if (leads) requireFreeOutputs(config);
  const lists = await readLists(config);
  await requireFiles(config, lists);
  await readRunMetadata(config, lists.test);
  tellMissingStatistics(config, lists, onEvent);
  if (leads) {
    await mkdir(outputs.folder, { recursive: true });
    await keepInputs(config);
  }
  let training: TrainRunResult | null = null;
  if (tasks.train) {
    onEvent({ kind: 'task', task: 'train', patches: lists.train.length });
    training =
      world.size > 1
        ? await trainInParallel(config, lists, world, onEvent, signal)
        : await trainRun(config, lists, onEvent, signal);
    if (!leads) return { training, predictions: null, scores: null };
    if (training.history.length > 0) onEvent({ kind: 'written', path: await drawTrainingCurves(config) });
    if (training.stopped === 'interrupted') return { training, predictions: null, scores: null };
  }
  const follow = (task: 'predict' | 'metrics') => ({
    onProgress: (done: number, total: number) => onEvent({ kind: 'progress', task, done, total }),
    signal,
  });
  let predictions: PatchPredictions | null = null;
  if (tasks.predict) {
    onEvent({ kind: 'task', task: 'predict', patches: lists.test.length });
    predictions = await predictRun(config, lists, predictingCheckpoint(config, training), follow('predict'));
    if (predictions.bad.length > 0) onEvent({ kind: 'bad', patches: predictions.bad });
    onEvent({ kind: 'written', path: outputs.predictions });
  }
  let scores: RunScores | null = null;
  if (tasks.metrics) {
    onEvent({ kind: 'task', task: 'metrics', patches: lists.test.length });
    const leftOut = new Set(predictions?.bad.map(({ patch }) => patch));
    scores = await scoreRun(config, lists.test, { ...follow('metrics'), leftOut });
    onEvent({ kind: 'written', path: outputs.metrics });
  }
  if (tasks.deletePredictions) await rm(outputs.predictions, { recursive: true, force: true });
  return { training, predictions, scores };
}
