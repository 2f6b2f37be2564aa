import { type Batch, disposeBatch, IGNORE_INDEX } from '../data/index.ts';
import { getRngState, setRngState } from '../engine/index.ts';
import { ConfusionMatrix } from '../evaluation/index.ts';
import type { Position, TrainingState } from './checkpoint.ts';
import { scoreLog } from './epoch-log.ts';
import { DivergedError, ResumeError } from './errors.ts';
import type { FitOptions, FitResult } from './fit-options.ts';
import type { EpochLog } from './monitor.ts';
import { sumScores } from './parallel/sum-scores.ts';
import { ALONE, type Team } from './parallel/team.ts';
import { applyGradients, computeGradients } from './train-step.ts';
import { validate } from './validate.ts';

/** One training run in progress. */
class Run {
  private readonly options: FitOptions;
  private readonly team: Team;
  private readonly history: EpochLog[] = [];
  private globalStep = 0;
  private reportedBad = 0;

  constructor(options: FitOptions) {
    this.options = options;
    this.team = options.team ?? ALONE;
  }

  /** What a checkpoint holds besides weights; null on ranks that write none. */
  private async state(position: Position, counts: ConfusionMatrix): Promise<TrainingState | null> {
    const { network, optimizer, schedule, scaler, monitor, seed, average } = this.options;
    const { team } = this;
    const [, ...otherRandomStates] = await team.gather(Buffer.from(getRngState()).toString('base64'));
    const { matrix } = await sumScores(team, counts);
    await this.shareBad();
    if (team.rank > 0) return null;
    return {
      ...{ position, ranks: team.size, otherRandomStates },
      average: average ? { updates: average.updates, weights: network.stateDict() } : null,
      seed,
      optimizer: optimizer.stateDict(),
      schedule: schedule?.stateDict() ?? null,
      scaler: scaler?.stateDict() ?? null,
      monitor: monitor.getState(),
      randomState: getRngState(),
      trainCounts: [...matrix.counts],
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
    const { rank, size } = this.team;
    const { ranks = 1 } = state;
    if (position.step > 0 && ranks !== size) {
      throw new ResumeError(
        `the checkpoint stopped within an epoch of ${ranks} processes, this run has ${size}`,
        {
          key: 'gpus_per_node',
          remedy: `go on with ${ranks}, or start from the weights (init_weights_only_from_ckpt)`,
        },
      );
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
    const other = state.otherRandomStates?.[rank - 1];
    if (rank === 0) setRngState(state.randomState);
    else if (other) setRngState(new Uint8Array(Buffer.from(other, 'base64')));
    this.globalStep = position.globalStep;
    return position;
  }

  /** Runs something with the averages in the network, where there are any. */
  private withAverage<T>(body: () => T | Promise<T>): T | Promise<T> {
    const { average } = this.options;
    return average ? average.during(body) : body();
  }

  /** Learns from one batch as far as this rank can alone: gradients and counts. @returns the loss */
  private learn(batch: Batch, counts: ConfusionMatrix): number {
    const targets = batch.targets!.to({ dtype: 'uint8' });
    const { loss, predicted } = computeGradients(this.options, batch, true);
    counts.accumulate(targets.toTypedArray() as Uint8Array, predicted!, { ignoreValue: IGNORE_INDEX });
    targets.dispose();
    disposeBatch(batch);
    return loss;
  }

  /** The steps of one epoch from a position on; says whether it was interrupted. */
  private async trainEpoch(
    epoch: number,
    start: Position,
    counts: ConfusionMatrix,
  ): Promise<{ loss: number; interrupted: boolean }> {
    const {
      network,
      train,
      signal,
      onEvent,
      stepEvents,
      schedule,
      classes,
      compat,
      freeze,
      average,
      optimizer,
    } = this.options;
    const { team } = this;
    const steps = train.batchCount();
    let { step, lossSum } = start;
    network.train();
    freeze?.apply(epoch);
    const began = performance.now();
    let waited = 0;
    let patches = 0;
    const batches = train.batches(epoch, step);
    try {
      while (step < steps) {
        const asked = performance.now();
        const next = await batches.next();
        waited += performance.now() - asked;
        const size = next.done ? 0 : next.value.sizes.length;
        if (next.done) optimizer.zeroGrad();
        const own = next.done ? null : this.learn(next.value, counts);
        const { loss, active } = await team.average(optimizer, { loss: own });
        if (active === 0) break;
        applyGradients(this.options);
        average?.update();
        patches += size * active;
        lossSum += loss;
        step++;
        this.globalStep++;
        if (Number.isNaN(loss) && compat !== 'ign') throw diverged(epoch, step);
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
        if (await team.agreeToStop(signal?.aborted === true)) {
          const position = { epoch, step, globalStep: this.globalStep, lossSum };
          const state = await this.state(position, counts);
          if (state) await this.withAverage(() => this.options.save('interrupted', state, {}));
          return { loss: lossSum / step, interrupted: true };
        }
      }
    } finally {
      await batches.return(undefined);
    }
    return { loss: lossSum / step, interrupted: false };
  }

  private async score(epoch: number, trainLoss: number, own: ConfusionMatrix): Promise<EpochLog> {
    const { network, validation, loss, compute, classes, compat, optimizer, onEvent } = this.options;
    const { team } = this;
    const counts = await sumScores(team, own);
    const log: Record<string, number> = {
      train_loss: trainLoss,
      ...scoreLog('train', counts.matrix, classes, compat),
    };
    await team.shareBuffers(network);
    if (validation) {
      const onBatch = (done: number, total: number) => onEvent({ kind: 'validation', epoch, done, total });
      const result = await this.withAverage(async () => {
        await team.shareBuffers(network);
        return validate(network, validation, loss, compute, onBatch);
      });
      const { batches } = result;
      const all = await sumScores(team, result.matrix, [batches > 0 ? result.loss * batches : 0, batches]);
      const [losses, passed] = all.others;
      Object.assign(log, { val_loss: losses! / passed! }, scoreLog('val', all.matrix, classes, compat));
    }
    log.learning_rate = Math.max(...optimizer.groups.map(({ lr }) => lr));
    return log;
  }

  /** Tells every rank of the patches that one could not read, so that all leave out the same. */
  private async shareBad(): Promise<void> {
    for (const loader of [this.options.train, this.options.validation]) {
      if (loader === null) continue;
      const known = new Set(loader.badPlaces);
      const all = new Set((await this.team.gather([...known])).flat());
      await loader.retry([...all].filter((place) => !known.has(place)));
    }
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
        position.step > 0 && this.team.rank === 0 ? resume?.trainCounts : undefined,
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
      const state = await this.state(position, new ConfusionMatrix(network.classes));
      if (state) {
        await this.withAverage(() => {
          if (improved) save('best', state, log);
          save('last', state, log);
        });
      }
      const seconds = (performance.now() - began) / 1000;
      onEvent({ kind: 'epoch', epoch, epochs, globalStep: this.globalStep, log, seconds, improved });
      this.reportBad();
      if ((await this.team.agreeToStop(signal?.aborted === true)) && epoch + 1 < epochs) {
        if (state) await this.withAverage(() => save('interrupted', state, log));
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
