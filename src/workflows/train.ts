import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RunConfig } from '../config/index.ts';
import { type Device, manualSeed } from '../engine/index.ts';
import { buildNetwork, loadWeights, type NetworkDescription } from '../inference/index.ts';
import { fetchNetwork } from '../models/huggingface/index.ts';
import { type SegmentationNetwork, takesMetadata } from '../models/index.ts';
import { GradScaler, WeightAverage } from '../nn/index.ts';
import {
  ALONE,
  buildLoss,
  buildOptimizer,
  buildParameterGroups,
  buildSchedule,
  CsvLogger,
  EncoderFreeze,
  type EpochLog,
  type FitResult,
  loadCheckpoint,
  Monitor,
  ResumeError,
  type Team,
  TensorBoardLogger,
  type TrainingEvent,
  type TrainingListener,
  type TrainingState,
  trainNetwork,
  writeCheckpoint,
} from '../training/index.ts';
import { CheckpointFiles } from './checkpoint-files.ts';
import { prepareCompute } from './compute.ts';
import { type PatchLists, readRunMetadata, trainingLoader, validationLoader } from './loaders.ts';
import { type PublishedStart, startFromPublished } from './published-start.ts';
import { type StartReport, startFromWeights } from './start-weights.ts';

/** What a training run tells, besides what training tells. */
export type TrainRunEvent =
  | TrainingEvent
  | { readonly kind: 'start'; readonly report: StartReport }
  | { readonly kind: 'published'; readonly start: PublishedStart };

/** How a training run ended. */
export interface TrainRunResult extends FitResult {
  /** The best checkpoint: what predicts. Where no epoch beat the run that was resumed, the checkpoint of that run. */
  readonly best: string | null;
}

/** The part of a configuration that a checkpoint carries, so that it can predict alone. */
export function describeNetwork({
  model,
  data,
  normalization,
  classes,
  metadata,
}: RunConfig): NetworkDescription {
  return { model, channels: data.channels, normalization, classes, metadata: metadata?.encoding ?? null };
}

/** How a network was trained, for its card. */
export interface TrainingRecipe
  extends Pick<
    RunConfig,
    'name' | 'seed' | 'augmentation' | 'loss' | 'optimizer' | 'scheduler' | 'training'
  > {
  readonly precision: RunConfig['hardware']['precision'];
  /** How many patches it learned from; checkpoints of earlier versions do not say. */
  readonly patches?: { readonly train: number; readonly validation: number };
  /** The value that chose the best checkpoint. */
  readonly monitor?: { readonly name: string; readonly mode: 'min' | 'max' };
}

function describeRecipe(config: RunConfig, { train, validation }: PatchLists): TrainingRecipe {
  const { name, seed, augmentation, loss, optimizer, scheduler, training, hardware, checkpoints } = config;
  return {
    ...{ name, seed, augmentation, loss, optimizer, scheduler, training },
    precision: hardware.precision,
    patches: { train: train.length, validation: validation.length },
    monitor: { name: checkpoints.monitor, mode: checkpoints.mode },
  };
}

/** IGN's layout gives each training a folder of its own: `version_0`, `version_1`, … */
function tensorboardFolder({ outputs, checkpoints }: RunConfig): string {
  if (checkpoints.naming === 'plain') return outputs.tensorboard;
  let version = 0;
  while (existsSync(join(outputs.tensorboard, `version_${version}`))) version++;
  return join(outputs.tensorboard, `version_${version}`);
}

function openLoggers(config: RunConfig, resumed: boolean): TrainingListener[] {
  const { outputs } = config;
  mkdirSync(outputs.folder, { recursive: true });
  return [
    new CsvLogger(join(outputs.folder, 'metrics.csv'), resumed),
    new TensorBoardLogger(tensorboardFolder(config)),
  ];
}

function resumeState(path: string, network: SegmentationNetwork): TrainingState {
  const { stateDict, training } = loadCheckpoint(path);
  if (training === null) {
    throw new ResumeError('this checkpoint holds weights only: training cannot go on exactly from it', {
      file: path,
      remedy: 'resume from last.ckpt of a run, or start from its weights (init_weights_only_from_ckpt)',
    });
  }
  loadWeights(network, stateDict, path);
  return training;
}

/** Builds the network of a run with the weights it starts from. */
async function startNetwork(
  config: RunConfig,
  device: Device,
  team: Team,
  onEvent: (event: TrainRunEvent) => void,
): Promise<{ network: SegmentationNetwork; resume: TrainingState | null }> {
  const { architecture } = config.model;
  if (architecture.kind === 'huggingface') await fetchNetwork(architecture.model);
  manualSeed(config.seed);
  const network = buildNetwork(config.model, config.metadata !== null);
  const { start } = config.tasks;
  let resume: TrainingState | null = null;
  if (start.kind === 'resume') resume = resumeState(start.checkpoint, network);
  else if (team.rank > 0) manualSeed(config.seed + team.rank);
  else if (start.kind === 'weights')
    onEvent({ kind: 'start', report: startFromWeights(network, start.checkpoint) });
  else {
    const published = await startFromPublished(network, config);
    if (published) onEvent({ kind: 'published', start: published });
  }
  network.to({ device, ...(config.hardware.channelsLast ? { memoryFormat: 'channels_last' as const } : {}) });
  await team.shareState(network);
  return { network, resume };
}

/**
 * Trains the network of a configuration on its lists: the `train` task.
 *
 * Writes checkpoints, `metrics.csv` and TensorBoard events into the run's folders. An abort stops after the current
 * step; `last.ckpt` then continues exactly there.
 * @param team those who train together; all but rank 0 keep quiet and write nothing
 */
export async function trainRun(
  config: RunConfig,
  lists: PatchLists,
  onEvent: (event: TrainRunEvent) => void,
  signal?: AbortSignal,
  team: Team = ALONE,
): Promise<TrainRunResult> {
  const leads = team.rank === 0;
  const compute = prepareCompute(config.hardware);
  const { network, resume } = await startNetwork(config, compute.device, team, onEvent);
  const { training, checkpoints, outputs } = config;
  if (leads) mkdirSync(outputs.checkpoints, { recursive: true });
  const loss = buildLoss(config.loss, config.classes, config.compat);
  loss.to({ device: compute.device });
  const surroundings = {
    divisor: network.inputDivisor,
    metadata: await readRunMetadata(config, [...lists.train, ...lists.validation]),
  };
  const train = trainingLoader(config, lists.train, surroundings, team);
  const validation =
    lists.validation.length > 0 ? validationLoader(config, lists.validation, surroundings, team) : null;
  const optimizer = buildOptimizer(
    config.optimizer,
    buildParameterGroups(network, config.optimizer, training.layerDecay),
  );
  const freeze = training.freezeEncoder ? new EncoderFreeze(network, training.freezeEncoder) : null;
  const average = training.weightAverage ? new WeightAverage(network, training.weightAverage) : null;
  const duration = { epochs: training.epochs, stepsPerEpoch: train.batchCount() };
  const files = new CheckpointFiles(config);
  files.recoverBest(resume?.monitor.bestEpoch ?? null);
  const listeners = leads ? openLoggers(config, resume !== null) : [];
  const description = { ...describeNetwork(config), recipe: describeRecipe(config, lists) };
  const prefix = checkpoints.naming === 'plain' ? '' : takesMetadata(network) ? 'model.' : 'model.seg_model.';
  const emit = (event: TrainRunEvent) => {
    if (event.kind !== 'start' && event.kind !== 'published')
      for (const listener of listeners) listener.handle(event);
    onEvent(event);
  };
  const save = (reason: 'best' | 'last' | 'interrupted', state: TrainingState, log: EpochLog) => {
    const kept = reason === 'interrupted' || !checkpoints.weightsOnly ? state : null;
    const write = (path: string) =>
      writeCheckpoint(path, network, description, kept, { prefix, position: state.position });
    if (reason === 'last' && !checkpoints.saveLast) return;
    const path = reason === 'best' ? files.replaceBest(state.position.epoch - 1, log, write) : files.last;
    if (reason !== 'best') write(path);
    emit({ kind: 'checkpoint', path, reason });
  };
  const scaler = compute.precision === 'fp16' ? new GradScaler({ device: compute.device }) : null;
  try {
    const result = await trainNetwork({
      ...{
        network,
        train,
        validation,
        loss,
        optimizer,
        scaler,
        compute,
        resume,
        signal,
        save,
        freeze,
        average,
        team,
      },
      schedule: buildSchedule(config.scheduler, optimizer, duration),
      monitor: new Monitor({
        monitor: checkpoints.monitor,
        mode: checkpoints.mode,
        patience: training.earlyStopping?.patience ?? null,
        minDelta: training.earlyStopping?.minDelta ?? 0,
      }),
      classes: config.classes,
      epochs: training.epochs,
      gradientClip: training.gradientClip,
      gradientCheckpointing: training.gradientCheckpointing,
      seed: config.seed,
      compat: config.compat,
      stepEvents: config.logging.progressRate,
      onEvent: emit,
    });
    const { start } = config.tasks;
    return { ...result, best: files.best ?? (start.kind === 'resume' ? start.checkpoint : null) };
  } finally {
    for (const listener of listeners) listener.close?.();
    optimizer.dispose();
    average?.dispose();
    scaler?.dispose();
    network.dispose();
  }
}
