import { disposeBatch, type PatchLoader } from '../../data/index.ts';
import { getRngState, setRngState } from '../../engine/index.ts';
import type { Scheduler } from '../../nn/index.ts';
import type { Position, TrainingState } from '../checkpoint.ts';
import { DivergedError, ResumeError } from '../errors.ts';
import type { TrainingEvent } from '../events.ts';
import type { EpochLog, Monitor } from '../monitor.ts';
import { type PretrainStepParts, pretrainStep } from './pretrain-step.ts';

/** What pre-training tells while it works. */
export type PretrainEvent =
  | Exclude<TrainingEvent, { kind: 'step' | 'validation' }>
  | {
      readonly kind: 'step';
      readonly epoch: number;
      /** Steps of this epoch that are done, of how many. */
      readonly step: number;
      readonly steps: number;
      /** Mean loss of the epoch so far. */
      readonly loss: number;
      readonly imagesPerSecond: number;
    };

/** Everything a pre-training works with. */
export interface PretrainOptions extends PretrainStepParts {
  readonly images: PatchLoader;
  readonly schedule: Scheduler | null;
  readonly monitor: Monitor;
  readonly epochs: number;
  /** Where an earlier run stopped. */
  readonly resume: TrainingState | null;
  readonly onEvent: (event: PretrainEvent) => void;
  /** Writes down where pre-training stands; called after each epoch and when it is interrupted. */
  readonly save: (state: TrainingState, log: EpochLog | null) => void;
  readonly signal?: AbortSignal | undefined;
}

/** How pre-training ended. */
export interface PretrainResult {
  readonly stopped: 'finished' | 'interrupted';
  /** Mean loss of each epoch of this run. */
  readonly losses: readonly number[];
}

function stateAt(options: PretrainOptions, position: Position): TrainingState {
  const { optimizer, schedule, scaler, monitor, seed, images } = options;
  return {
    position,
    seed,
    optimizer: optimizer.stateDict(),
    schedule: schedule?.stateDict() ?? null,
    scaler: scaler?.stateDict() ?? null,
    monitor: monitor.getState(),
    randomState: getRngState(),
    trainCounts: [],
    badPlaces: images.badPlaces,
  };
}

async function restore(options: PretrainOptions, state: TrainingState): Promise<Position> {
  const { optimizer, schedule, scaler, monitor, seed, images } = options;
  if (state.seed !== seed) {
    throw new ResumeError(`the checkpoint was trained with seed ${state.seed}, this run has ${seed}`, {
      key: 'seed',
      remedy: `set the seed to ${state.seed}: the order of the images and what is hidden depend on it`,
    });
  }
  optimizer.loadStateDict(state.optimizer);
  if (schedule && state.schedule) schedule.loadStateDict(state.schedule as never);
  if (scaler && state.scaler) scaler.loadStateDict(state.scaler);
  monitor.setState(state.monitor);
  await images.retry(state.badPlaces ?? []);
  setRngState(state.randomState);
  return state.position;
}

/**
 * Teaches an encoder to fill in hidden squares of images, epoch by epoch.
 *
 * An abort signal stops after the current step and saves; resumed from there, training ends (on a CPU) with the weights
 * of an uninterrupted run.
 *
 * @throws BadPatchError, DivergedError, ResumeError
 */
export async function pretrainEncoder(options: PretrainOptions): Promise<PretrainResult> {
  const { model, images, schedule, monitor, optimizer, epochs, resume, onEvent, save, signal } = options;
  let position: Position = resume
    ? await restore(options, resume)
    : { epoch: 0, step: 0, globalStep: 0, lossSum: 0 };
  const losses: number[] = [];
  let reportedBad = 0;
  for (let epoch = position.epoch; epoch < epochs; epoch++) {
    model.train();
    const began = performance.now();
    let { step, globalStep, lossSum } = position;
    let count = 0;
    const steps = images.batchCount();
    for await (const batch of images.batches(epoch, step)) {
      const loss = pretrainStep(options, batch, epoch, step);
      count += batch.sizes.length;
      disposeBatch(batch);
      step++;
      globalStep++;
      lossSum += loss;
      if (Number.isNaN(loss)) throw diverged(epoch, step);
      if (schedule?.unit === 'step') schedule.step();
      const imagesPerSecond = (1000 * count) / (performance.now() - began);
      onEvent({ kind: 'step', epoch, step, steps, loss: lossSum / step, imagesPerSecond });
      // Timers, signals and the progress bar live in the event loop, which a step blocks.
      await new Promise((resolve) => setImmediate(resolve));
      if (signal?.aborted) {
        save(stateAt(options, { epoch, step, globalStep, lossSum }), null);
        onEvent({ kind: 'stopped', epoch, reason: 'interrupted' });
        return { stopped: 'interrupted', losses };
      }
    }
    const loss = lossSum / step;
    losses.push(loss);
    const log = { train_loss: loss, learning_rate: Math.max(...optimizer.groups.map(({ lr }) => lr)) };
    const { improved } = monitor.update(epoch, log);
    position = { epoch: epoch + 1, step: 0, globalStep, lossSum: 0 };
    save(stateAt(options, position), log);
    const seconds = (performance.now() - began) / 1000;
    onEvent({ kind: 'epoch', epoch, epochs, globalStep, log, seconds, improved });
    if (images.bad.length > reportedBad) onEvent({ kind: 'bad', patches: [...images.bad] });
    reportedBad = images.bad.length;
  }
  return { stopped: 'finished', losses };
}

function diverged(epoch: number, step: number): DivergedError {
  return new DivergedError(`the loss is not a number in epoch ${epoch + 1}, step ${step}`, {
    remedy: 'lower the learning rate, or check the normalisation',
  });
}
