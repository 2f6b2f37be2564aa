import { InvalidArgumentError } from '../../core/index.ts';
import type { BaseOptions } from '../optim/groups.ts';
import type { Group, Optimizer } from '../optim/optimizer.ts';
import { FormulaScheduler, type ScheduleUnit } from './scheduler.ts';

/** Options of the schedules that fall from the group's rate over a known time, after an optional rise. */
export interface DecayOptions {
  /** Units from the first rate to the last, warm-up included. */
  total: number;
  /** Rate at the end; 0 by default. */
  minLr?: number;
  /** Units of linear rise before the fall begins; none by default. */
  warmUp?: number;
  /** Where the rise starts, relative to the group's rate; 0.001 by default. */
  warmUpFactor?: number;
  /** When to call `step`; after each step of the optimiser by default. */
  unit?: ScheduleUnit;
}

/** A linear rise, then a fall given by {@link fall}. */
abstract class DecayScheduler extends FormulaScheduler {
  protected readonly total: number;
  protected readonly minLr: number;
  readonly #warmUp: number;
  readonly #warmUpFactor: number;

  constructor(optimizer: Optimizer, options: DecayOptions) {
    const { total, minLr = 0, warmUp = 0, warmUpFactor = 0.001, unit = 'step' } = options;
    super(optimizer, unit);
    if (!(total > warmUp && warmUp >= 0)) {
      throw new InvalidArgumentError(`the schedule lasts ${total} ${unit}s with ${warmUp} of warm-up`, {
        remedy: 'give a total longer than the warm-up',
      });
    }
    this.total = total;
    this.minLr = minLr;
    this.#warmUp = warmUp;
    this.#warmUpFactor = warmUpFactor;
  }

  /** The rate after a share `progress` in [0, 1] of the fall. */
  protected abstract fall(rate: number, progress: number): number;

  protected rate({ initialLr }: Group<BaseOptions>, count: number): number {
    if (count < this.#warmUp) {
      const risen = this.#warmUpFactor + ((1 - this.#warmUpFactor) * count) / this.#warmUp;
      return initialLr * risen;
    }
    const progress = (count - this.#warmUp) / (this.total - this.#warmUp);
    return this.fall(initialLr, Math.min(progress, 1));
  }
}

/** Polynomial fall: min + (lr − min)·(1 − t)^power (DeepLab's "poly" with power 0.9; torch's `PolynomialLR`). */
export class Poly extends DecayScheduler {
  readonly #power: number;

  constructor(optimizer: Optimizer, { power = 1, ...options }: DecayOptions & { power?: number }) {
    super(optimizer, options);
    this.#power = power;
    this.apply();
  }

  protected fall(rate: number, progress: number): number {
    return this.minLr + (rate - this.minLr) * (1 - progress) ** this.#power;
  }
}

/** Cosine fall without restarts (Loshchilov and Hutter 2016), with warm-up if asked. */
export class Cosine extends DecayScheduler {
  constructor(optimizer: Optimizer, options: DecayOptions) {
    super(optimizer, options);
    this.apply();
  }

  protected fall(rate: number, progress: number): number {
    return this.minLr + ((rate - this.minLr) * (1 + Math.cos(Math.PI * progress))) / 2;
  }
}
