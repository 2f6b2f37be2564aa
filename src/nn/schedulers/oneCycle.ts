import { InvalidArgumentError } from '../../core/index.ts';
import type { BaseOptions } from '../optim/groups.ts';
import type { Group, Optimizer } from '../optim/optimizer.ts';
import { FormulaScheduler, type ScheduleUnit } from './scheduler.ts';

/** Options of {@link OneCycle}; defaults are those of torch's `OneCycleLR`. */
export interface OneCycleOptions {
  /** The highest rate, for all groups or for each. */
  maxLr: number | readonly number[];
  /** Units of the whole cycle: epochs × steps per epoch. */
  total: number;
  /** Share of the cycle in which the rate rises. */
  pctStart?: number;
  annealStrategy?: 'cos' | 'linear';
  /** Move momentum (or Adam's first beta) against the rate. */
  cycleMomentum?: boolean;
  baseMomentum?: number;
  maxMomentum?: number;
  /** First rate: maxLr / divFactor. */
  divFactor?: number;
  /** Last rate: first rate / finalDivFactor. */
  finalDivFactor?: number;
  /** Fall as long as the rise, then further down in a third phase. */
  threePhase?: boolean;
  unit?: ScheduleUnit;
}

/** What of a group's settings is cycled, where it has it. */
interface Momentum extends BaseOptions {
  betas?: readonly [number, number];
  momentum?: number;
}

/** End of a phase, and how far along 0 (first rate), 1 (highest), 2 (last rate) it leads. */
interface Phase {
  readonly end: number;
  readonly from: 'first' | 'high' | 'last';
  readonly to: 'first' | 'high' | 'last';
}

/** One rise to a high rate and one long fall below the first (Smith and Topin 2017). */
export class OneCycle extends FormulaScheduler {
  readonly #options: Required<Omit<OneCycleOptions, 'unit'>>;
  readonly #phases: readonly Phase[];

  /** @throws InvalidArgumentError for a cycle without length. */
  constructor(optimizer: Optimizer, { unit = 'step', ...options }: OneCycleOptions) {
    super(optimizer, unit);
    this.#options = {
      pctStart: 0.3,
      annealStrategy: 'cos',
      cycleMomentum: true,
      baseMomentum: 0.85,
      maxMomentum: 0.95,
      divFactor: 25,
      finalDivFactor: 1e4,
      threePhase: false,
      ...options,
    };
    const { total, pctStart, threePhase } = this.#options;
    if (!(total > 0)) {
      throw new InvalidArgumentError(`a cycle of ${total} ${unit}s`, { remedy: 'give the number of steps' });
    }
    const rise = pctStart * total;
    this.#phases = threePhase
      ? [
          { end: rise - 1, from: 'first', to: 'high' },
          { end: 2 * rise - 2, from: 'high', to: 'first' },
          { end: total - 1, from: 'first', to: 'last' },
        ]
      : [
          { end: rise - 1, from: 'first', to: 'high' },
          { end: total - 1, from: 'high', to: 'last' },
        ];
    this.apply();
  }

  protected rate(_group: Group<BaseOptions>, count: number, index: number): number {
    const { maxLr, divFactor, finalDivFactor } = this.#options;
    const high = typeof maxLr === 'number' ? maxLr : maxLr[index]!;
    const first = high / divFactor;
    return this.#at(count, { first, high, last: first / finalDivFactor });
  }

  protected override apply(): void {
    super.apply();
    const { cycleMomentum, baseMomentum, maxMomentum } = this.#options;
    if (!cycleMomentum) return;
    const momentum = this.#at(this.count, { first: maxMomentum, high: baseMomentum, last: maxMomentum });
    for (const group of this.optimizer.groups as readonly Momentum[]) {
      if (group.betas) group.betas = [momentum, group.betas[1]];
      else if (group.momentum) group.momentum = momentum;
    }
  }

  #at(count: number, value: Record<Phase['from'], number>): number {
    let start = 0;
    for (const [i, { end, from, to }] of this.#phases.entries()) {
      if (count <= end || i === this.#phases.length - 1) {
        const progress = Math.min((count - start) / (end - start), 1);
        const [a, b] = [value[from], value[to]];
        if (this.#options.annealStrategy === 'linear') return a + (b - a) * progress;
        return b + ((a - b) / 2) * (1 + Math.cos(Math.PI * progress));
      }
      start = end;
    }
    return value.last;
  }
}
