import type { BaseOptions } from '../optim/groups.ts';
import type { Group, Optimizer } from '../optim/optimizer.ts';
import { FormulaScheduler, type ScheduleUnit } from './scheduler.ts';

/** A smaller constant rate for the first units (torch's `ConstantLR`). */
export class ConstantWarmUp extends FormulaScheduler {
  readonly #factor: number;
  readonly #total: number;

  constructor(
    optimizer: Optimizer,
    {
      factor = 1 / 3,
      total = 5,
      unit = 'step',
    }: { factor?: number; total?: number; unit?: ScheduleUnit } = {},
  ) {
    super(optimizer, unit);
    this.#factor = factor;
    this.#total = total;
    this.apply();
  }

  protected rate({ initialLr }: Group<BaseOptions>, count: number): number {
    return count < this.#total ? initialLr * this.#factor : initialLr;
  }
}

/** Options of {@link LinearWarmUp}. */
export interface LinearWarmUpOptions {
  startFactor?: number;
  endFactor?: number;
  total?: number;
  unit?: ScheduleUnit;
}

/** A rate that moves linearly from one multiple of the group's to another (torch's `LinearLR`). */
export class LinearWarmUp extends FormulaScheduler {
  readonly #start: number;
  readonly #end: number;
  readonly #total: number;

  constructor(optimizer: Optimizer, options: LinearWarmUpOptions = {}) {
    const { startFactor = 1 / 3, endFactor = 1, total = 5, unit = 'step' } = options;
    super(optimizer, unit);
    this.#start = startFactor;
    this.#end = endFactor;
    this.#total = total;
    this.apply();
  }

  protected rate({ initialLr }: Group<BaseOptions>, count: number): number {
    const progress = Math.min(count, this.#total) / this.#total;
    return initialLr * (this.#start + (this.#end - this.#start) * progress);
  }
}

/** The rate times gamma after every `stepSize` units; epochs unless said otherwise. */
export class StepLR extends FormulaScheduler {
  readonly #stepSize: number;
  readonly #gamma: number;

  constructor(
    optimizer: Optimizer,
    { stepSize, gamma = 0.1, unit = 'epoch' }: { stepSize: number; gamma?: number; unit?: ScheduleUnit },
  ) {
    super(optimizer, unit);
    this.#stepSize = stepSize;
    this.#gamma = gamma;
    this.apply();
  }

  protected rate({ initialLr }: Group<BaseOptions>, count: number): number {
    return initialLr * this.#gamma ** Math.floor(count / this.#stepSize);
  }
}
