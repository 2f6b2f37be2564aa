import { MonitorError } from './errors.ts';

/** What an epoch logs, by name (`train_loss`, `val_loss`, `val_miou`, `val_iou_<class>`, …). */
export type EpochLog = Readonly<Record<string, number>>;

/** Which value decides what is best, and when to stop. */
export interface MonitorOptions {
  readonly monitor: string;
  readonly mode: 'min' | 'max';
  /** Epochs without progress before training stops; null never stops. */
  readonly patience: number | null;
  /** Smaller changes are no progress. */
  readonly minDelta: number;
}

/** Where a monitor stands, for checkpoints. */
export interface MonitorState {
  readonly best: number | null;
  readonly bestEpoch: number | null;
  readonly waited: number;
  readonly waitedFor: number | null;
}

/** Watches one logged value: which epoch is best, and whether progress has stopped. */
export class Monitor {
  private readonly options: MonitorOptions;
  /** Best value so far; what the best checkpoint has. */
  best: number | null = null;
  bestEpoch: number | null = null;
  private waited = 0;
  private waitedFor: number | null = null;

  constructor(options: MonitorOptions) {
    this.options = options;
  }

  private better(value: number, than: number | null, delta = 0): boolean {
    if (Number.isNaN(value)) return false;
    if (than === null) return true;
    return this.options.mode === 'min' ? value < than - delta : value > than + delta;
  }

  /**
   * Takes note of an epoch.
   * @returns whether it is the best so far, and whether training should stop
   * @throws MonitorError when the epoch does not log the value
   */
  update(epoch: number, log: EpochLog): { improved: boolean; stop: boolean } {
    const { monitor, patience, minDelta } = this.options;
    const value = log[monitor];
    if (value === undefined) {
      throw new MonitorError(`no epoch logs "${monitor}"`, {
        key: 'monitor',
        remedy: `choose one of ${Object.keys(log).join(', ')}`,
      });
    }
    // The first epoch is the best so far even where its value is no number: a run always leaves a checkpoint.
    const improved = this.bestEpoch === null || this.better(value, this.best);
    if (improved) {
      this.best = Number.isNaN(value) ? null : value;
      this.bestEpoch = epoch;
    }
    if (this.better(value, this.waitedFor, minDelta)) {
      this.waitedFor = value;
      this.waited = 0;
    } else this.waited++;
    return { improved, stop: patience !== null && this.waited >= patience };
  }

  /** A copy of the state. */
  getState(): MonitorState {
    const { best, bestEpoch, waited, waitedFor } = this;
    return { best, bestEpoch, waited, waitedFor };
  }

  /** Goes on from a state. */
  setState(state: MonitorState): void {
    Object.assign(this, state);
  }
}
