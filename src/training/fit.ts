import type { ClassConfig } from '../config/index.ts';
import { disposeBatch, IGNORE_INDEX, type PatchLoader } from '../data/index.ts';
import { getRngState, setRngState } from '../engine/index.ts';
import { ConfusionMatrix } from '../evaluation/index.ts';
import type { SegmentationNetwork } from '../models/index.ts';
import type { GradScaler, Loss, Optimizer, Scheduler, WeightAverage } from '../nn/index.ts';
import type { Position, TrainingState } from './checkpoint.ts';
import type { EncoderFreeze } from './encoder-freeze.ts';
import { scoreLog } from './epoch-log.ts';
import { DivergedError, ResumeError } from './errors.ts';
import type { TrainingEvent } from './events.ts';
import type { ComputeOptions } from './forward.ts';
import type { EpochLog, Monitor } from './monitor.ts';
import { trainStep } from './train-step.ts';
import { validate } from './validate.ts';

/** Everything a training run works with. */
export interface FitOptions {
  readonly network: SegmentationNetwork;
  readonly train: PatchLoader;
  /** Scores each epoch; null trains without. */
  readonly validation: PatchLoader | null;
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  readonly schedule: Scheduler | null;
  readonly scaler: GradScaler | null;
  readonly monitor: Monitor;
  readonly classes: readonly ClassConfig[];
  readonly epochs: number;
  readonly gradientClip: number | null;
  readonly gradientCheckpointing?: boolean;
  /** Part of the encoder that keeps its weights. */
  readonly freeze?: EncoderFreeze | null;
  /**
   * Average of the weights, which validates and is saved. Make it from the network as a checkpoint has filled it: what
   * is saved as its weights are the averages.
   */
  readonly average?: WeightAverage | null;
  readonly seed: number;
  readonly compute: ComputeOptions;
  readonly compat: 'none' | 'ign';
  /** Where an earlier run stopped. */
  readonly resume: TrainingState | null;
  /** Steps between two `step` events. */
  readonly stepEvents: number;
  readonly onEvent: (event: TrainingEvent) => void;
  /** Writes a checkpoint. */
  readonly save: (reason: 'best' | 'last' | 'interrupted', state: TrainingState, log: EpochLog) => void;
  /** Stops after the current step, with everything saved. */
  readonly signal?: AbortSignal | undefined;
}

/** How a run ended. */
export interface FitResult {
  readonly position: Position;
  readonly stopped: 'finished' | 'early' | 'interrupted';
  readonly history: readonly EpochLog[];
}

/** One training run in progress. */
class Run {
  private readonly options: FitOptions;
  private readonly history: EpochLog[] = [];
  private globalStep = 0;
  private reportedBad = 0;

  constructor(options: FitOptions) {
    this.options = options;
  }

  private state(position: Position, counts: ConfusionMatrix): TrainingState {
    const { network, optimizer, schedule, scaler, monitor, seed, average } = this.options;
    return {
      position,
      average: average ? { updates: average.updates, weights: network.stateDict() } : null,
      seed,
      optimizer: optimizer.stateDict(),
      schedule: schedule?.stateDict() ?? null,
      scaler: scaler?.stateDict() ?? null,
      monitor: monitor.getState(),
      randomState: getRngState(),
      trainCounts: [...counts.counts],
      badPlaces: this.options.train.badPlaces,
    };
  }

  private async restore({ position, ...state }: TrainingState): Promise<Position> {
    const { network, train, optimizer, schedule, scaler, monitor, seed, average } = this.options;
    if (state.seed !== seed) {
      throw new ResumeError(`the checkpoint was trained with seed ${state.seed}, this run has ${seed}`, {
        key: 'seed',
        remedy: `set the seed to ${state.seed}: the order of the patches depends on it`,
      });
    }
    optimizer.loadStateDict(state.optimizer);
    if (schedule && state.schedule) schedule.loadStateDict(state.schedule as never);
    if (scaler && state.scaler) scaler.loadStateDict(state.scaler);
    monitor.setState(state.monitor);
    if (state.average) {
      if (average) average.updates = state.average.updates;
      network.loadStateDict(state.average.weights);
    }
    await train.retry(state.badPlaces ?? []);
    setRngState(state.randomState);
    this.globalStep = position.globalStep;
    return position;
  }

  /** Runs something with the averages in the network, where there are any. */
  private withAverage<T>(body: () => T | Promise<T>): T | Promise<T> {
    const { average } = this.options;
    return average ? average.during(body) : body();
  }

  /** The steps of one epoch from a position on; says whether it was interrupted. */
  private async trainEpoch(
    epoch: number,
    start: Position,
    counts: ConfusionMatrix,
  ): Promise<{ loss: number; interrupted: boolean }> {
    const { network, train, signal, onEvent, stepEvents, schedule, classes, compat, freeze, average } =
      this.options;
    const steps = train.batchCount();
    let { step, lossSum } = start;
    network.train();
    freeze?.apply(epoch);
    const began = performance.now();
    let waited = 0;
    let patches = 0;
    let asked = performance.now();
    for await (const batch of train.batches(epoch, step)) {
      waited += performance.now() - asked;
      const targets = batch.targets!.to({ dtype: 'uint8' });
      const result = trainStep(this.options, batch, true);
      average?.update();
      counts.accumulate(targets.toTypedArray() as Uint8Array, result.predicted!, {
        ignoreValue: IGNORE_INDEX,
      });
      targets.dispose();
      patches += batch.sizes.length;
      disposeBatch(batch);
      lossSum += result.loss;
      step++;
      this.globalStep++;
      if (Number.isNaN(result.loss) && compat !== 'ign') throw diverged(epoch, step);
      if (schedule?.unit === 'step') schedule.step();
      if (step % stepEvents === 0 || step === steps) {
        const seconds = (performance.now() - began) / 1000;
        onEvent({
          kind: 'step',
          epoch,
          step,
          steps,
          globalStep: this.globalStep,
          loss: lossSum / step,
          miou: scoreLog('train', counts, classes, 'none').train_miou!,
          patchesPerSecond: patches / seconds,
          waiting: waited / 1000 / seconds,
        });
      }
      // Timers, signals and the progress bar live in the event loop, which a step blocks.
      await new Promise((resolve) => setImmediate(resolve));
      if (signal?.aborted) {
        const position = { epoch, step, globalStep: this.globalStep, lossSum };
        const state = this.state(position, counts);
        await this.withAverage(() => this.options.save('interrupted', state, {}));
        return { loss: lossSum / step, interrupted: true };
      }
      asked = performance.now();
    }
    return { loss: lossSum / step, interrupted: false };
  }

  private async score(epoch: number, trainLoss: number, counts: ConfusionMatrix): Promise<EpochLog> {
    const { network, validation, loss, compute, classes, compat, optimizer, onEvent } = this.options;
    const log: Record<string, number> = {
      train_loss: trainLoss,
      ...scoreLog('train', counts, classes, compat),
    };
    if (validation) {
      const onBatch = (done: number, total: number) => onEvent({ kind: 'validation', epoch, done, total });
      const result = await this.withAverage(() => validate(network, validation, loss, compute, onBatch));
      Object.assign(log, { val_loss: result.loss }, scoreLog('val', result.matrix, classes, compat));
    }
    log.learning_rate = Math.max(...optimizer.groups.map(({ lr }) => lr));
    return log;
  }

  /** Tells of patches that were left out since the last time. */
  private reportBad(): void {
    const { train, validation, onEvent } = this.options;
    const bad = [...train.bad, ...(validation?.bad ?? [])];
    if (bad.length > this.reportedBad) onEvent({ kind: 'bad', patches: bad });
    this.reportedBad = bad.length;
  }

  async toEnd(): Promise<FitResult> {
    const { resume, epochs, monitor, signal, schedule, onEvent, save, network } = this.options;
    let position: Position = resume
      ? await this.restore(resume)
      : { epoch: 0, step: 0, globalStep: 0, lossSum: 0 };
    for (let epoch = position.epoch; epoch < epochs; epoch++) {
      const began = performance.now();
      const counts = new ConfusionMatrix(
        network.classes,
        position.step > 0 ? resume?.trainCounts : undefined,
      );
      const { loss, interrupted } = await this.trainEpoch(epoch, position, counts);
      if (interrupted) {
        onEvent({ kind: 'stopped', epoch, reason: 'interrupted' });
        return {
          position: { ...position, globalStep: this.globalStep },
          stopped: 'interrupted',
          history: this.history,
        };
      }
      const log = await this.score(epoch, loss, counts);
      this.history.push(log);
      if (schedule?.unit === 'epoch') schedule.step(log.val_loss ?? log.train_loss);
      const { improved, stop } = monitor.update(epoch, log);
      position = { epoch: epoch + 1, step: 0, globalStep: this.globalStep, lossSum: 0 };
      const state = this.state(position, new ConfusionMatrix(network.classes));
      await this.withAverage(() => {
        if (improved) save('best', state, log);
        save('last', state, log);
      });
      const seconds = (performance.now() - began) / 1000;
      onEvent({ kind: 'epoch', epoch, epochs, globalStep: this.globalStep, log, seconds, improved });
      this.reportBad();
      if (signal?.aborted && epoch + 1 < epochs) {
        await this.withAverage(() => save('interrupted', state, log));
        onEvent({ kind: 'stopped', epoch, reason: 'interrupted' });
        return { position, stopped: 'interrupted', history: this.history };
      }
      if (stop) {
        onEvent({ kind: 'stopped', epoch, reason: 'early' });
        return { position, stopped: 'early', history: this.history };
      }
    }
    return { position, stopped: 'finished', history: this.history };
  }
}

function diverged(epoch: number, step: number): DivergedError {
  return new DivergedError(`the loss is not a number in epoch ${epoch + 1}, step ${step}`, {
    remedy: 'lower the learning rate, clip gradients, or check normalisation and masks (`arpent data check`)',
  });
}

/**
 * Trains a network epoch by epoch: steps, validation, schedule, best and last checkpoints, early stopping.
 *
 * An abort signal stops after the current step and saves; a run resumed from that state continues with the same
 * patches, random numbers and optimiser state, and ends (on a CPU) with the weights of an uninterrupted run.
 *
 * @throws BadPatchError, MonitorError, DivergedError, ResumeError
 */
export function trainNetwork(options: FitOptions): Promise<FitResult> {
  return new Run(options).toEnd();
}
