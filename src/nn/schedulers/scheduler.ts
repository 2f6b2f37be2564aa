import type { BaseOptions } from '../optim/groups.ts';
import type { Group, Optimizer } from '../optim/optimizer.ts';

/** When `step` is to be called: after every epoch, or after every step of the optimiser. */
export type ScheduleUnit = 'epoch' | 'step';

/** Plain numbers that a scheduler goes on with after a resume. */
export type SchedulerState = Readonly<Record<string, number | null>>;

/** Sets the learning rates of an optimiser's groups over time. */
export abstract class Scheduler {
  readonly unit: ScheduleUnit;
  protected readonly optimizer: Optimizer;

  constructor(optimizer: Optimizer, unit: ScheduleUnit) {
    this.optimizer = optimizer;
    this.unit = unit;
  }

  /** Moves on by one {@link unit}; `metric` is what {@link ReduceLROnPlateau} watches. */
  abstract step(metric?: number): void;
  abstract stateDict(): SchedulerState;
  /** Takes over a state; load the optimiser's first. */
  abstract loadStateDict(state: SchedulerState): void;

  /** The learning rate of each group now. */
  get rates(): number[] {
    return this.optimizer.groups.map(({ lr }) => lr);
  }
}

/** A scheduler whose rates follow from the number of units passed alone. */
export abstract class FormulaScheduler extends Scheduler {
  /** Units passed. */
  protected count = 0;

  /** The rate of a group (the `index`-th) after `count` units. */
  protected abstract rate(group: Group<BaseOptions>, count: number, index: number): number;

  /** Sets the rates for the present count; constructors of subclasses end with it. */
  protected apply(): void {
    for (const [i, group] of this.optimizer.groups.entries()) group.lr = this.rate(group, this.count, i);
  }

  step(): void {
    this.count++;
    this.apply();
  }

  stateDict(): SchedulerState {
    return { count: this.count };
  }

  loadStateDict({ count }: SchedulerState): void {
    this.count = count ?? 0;
    this.apply();
  }
}
