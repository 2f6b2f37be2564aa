import { InvalidArgumentError } from '../../core/index.ts';
import type { Optimizer } from '../optim/optimizer.ts';
import { Scheduler, type SchedulerState, type ScheduleUnit } from './scheduler.ts';

/** Options of {@link ReduceLROnPlateau}; defaults are torch's. */
export interface PlateauOptions {
  /** Whether the metric should fall or rise. */
  mode?: 'min' | 'max';
  factor?: number;
  /** Units without improvement that are borne. */
  patience?: number;
  /** How much better counts as better. */
  threshold?: number;
  /** Whether the threshold is a share of the best value or a difference. */
  thresholdMode?: 'rel' | 'abs';
  /** Units after a reduction in which nothing is counted. */
  cooldown?: number;
  /** Lowest rate, for all groups or for each. */
  minLr?: number | readonly number[];
  /** Smaller changes of the rate are not made. */
  eps?: number;
  unit?: ScheduleUnit;
}

/** Multiplies the rates by a factor when a metric has stopped to improve. */
export class ReduceLROnPlateau extends Scheduler {
  readonly #options: Required<Omit<PlateauOptions, 'unit'>>;
  #best: number;
  #bad = 0;
  #cooling = 0;

  constructor(optimizer: Optimizer, { unit = 'epoch', ...options }: PlateauOptions = {}) {
    super(optimizer, unit);
    this.#options = {
      mode: 'min',
      factor: 0.1,
      patience: 10,
      threshold: 1e-4,
      thresholdMode: 'rel',
      cooldown: 0,
      minLr: 0,
      eps: 1e-8,
      ...options,
    };
    if (!(this.#options.factor > 0 && this.#options.factor < 1)) {
      throw new InvalidArgumentError(`the factor is ${this.#options.factor}`, {
        remedy: 'give a factor between 0 and 1',
      });
    }
    this.#best = this.#worst();
  }

  /** @throws InvalidArgumentError without a metric. */
  step(metric?: number): void {
    if (metric === undefined) {
      throw new InvalidArgumentError('ReduceLROnPlateau got no metric', {
        remedy: 'pass the validation loss (or another metric) to step()',
      });
    }
    if (this.#isBetter(metric)) {
      this.#best = metric;
      this.#bad = 0;
    } else this.#bad++;
    if (this.#cooling > 0) {
      this.#cooling--;
      this.#bad = 0;
    }
    if (this.#bad <= this.#options.patience) return;
    this.#reduce();
    this.#cooling = this.#options.cooldown;
    this.#bad = 0;
  }

  stateDict(): SchedulerState {
    // JSON has no infinity.
    return { best: Number.isFinite(this.#best) ? this.#best : null, bad: this.#bad, cooling: this.#cooling };
  }

  loadStateDict({ best, bad, cooling }: SchedulerState): void {
    this.#best = best ?? this.#worst();
    this.#bad = bad ?? 0;
    this.#cooling = cooling ?? 0;
  }

  #worst(): number {
    return this.#options.mode === 'min' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }

  #isBetter(metric: number): boolean {
    const { mode, threshold, thresholdMode } = this.#options;
    const sign = mode === 'min' ? -1 : 1;
    const bar = thresholdMode === 'rel' ? this.#best * (1 + sign * threshold) : this.#best + sign * threshold;
    return mode === 'min' ? metric < bar : metric > bar;
  }

  #reduce(): void {
    const { factor, minLr, eps } = this.#options;
    for (const [i, group] of this.optimizer.groups.entries()) {
      const lowest = typeof minLr === 'number' ? minLr : minLr[i]!;
      const next = Math.max(group.lr * factor, lowest);
      if (group.lr - next > eps) group.lr = next;
    }
  }
}
