import type { ClassConfig } from '../config/index.ts';
import type { PatchLoader } from '../data/index.ts';
import type { SegmentationNetwork } from '../models/index.ts';
import type { GradScaler, Loss, Optimizer, Scheduler, WeightAverage } from '../nn/index.ts';
import type { Position, TrainingState } from './checkpoint.ts';
import type { EncoderFreeze } from './encoder-freeze.ts';
import type { TrainingEvent } from './events.ts';
import type { ComputeOptions } from './forward.ts';
import type { EpochLog, Monitor } from './monitor.ts';
import type { Team } from './parallel/team.ts';

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
  /** Those who train together; every one of them has a loader of its share. Default: this process alone. */
  readonly team?: Team;
  /** Stops after the current step, with everything saved. */
  readonly signal?: AbortSignal | undefined;
}

/** How a run ended. */
export interface FitResult {
  readonly position: Position;
  readonly stopped: 'finished' | 'early' | 'interrupted';
  readonly history: readonly EpochLog[];
}
