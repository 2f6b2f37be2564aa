import { keep, noGrad, ops, scope, type Tensor } from '../../engine/index.ts';
import type { StateDict } from '../../weights/index.ts';
import type { Module } from '../module.ts';
import { isFloatingPoint } from '../placement.ts';
import { fromRawTensor, toRawTensor } from '../stateDict.ts';
import { foreachCopy_, foreachLerp_ } from './foreach.ts';

/** Options of {@link WeightAverage}. */
export interface WeightAverageOptions {
  /** Share of the old average at each update; 0.9999 suits long trainings. */
  decay?: number;
  /** Begin with a smaller share, (1 + n) / (10 + n) after n updates, so that the start is forgotten. */
  warmUp?: boolean;
}

/**
 * Exponential moving average of a network's parameters and buffers, for evaluation and export: after each step
 * a ← decay·a + (1 − decay)·w. Whole-number buffers are copied.
 */
export class WeightAverage {
  readonly decay: number;
  readonly warmUp: boolean;
  updates = 0;
  readonly #live: { name: string; tensor: Tensor }[];
  readonly #average: Tensor[];
  readonly #isFloating: boolean[];

  constructor(module: Module, { decay = 0.9999, warmUp = false }: WeightAverageOptions = {}) {
    this.decay = decay;
    this.warmUp = warmUp;
    this.#live = Array.from(module.namedState(), ([name, tensor]) => ({ name, tensor }));
    this.#average = noGrad(() =>
      scope(() => this.#live.map(({ tensor }) => keep(ops.clone(tensor.detach())))),
    );
    this.#isFloating = this.#live.map(({ tensor }) => isFloatingPoint(tensor.dtype));
  }

  /** Takes the network's present weights into the average; call it after each optimiser step. */
  update(): void {
    const decay = this.warmUp ? Math.min(this.decay, (1 + this.updates) / (10 + this.updates)) : this.decay;
    this.updates++;
    noGrad(() => {
      foreachLerp_(this.#pick(this.#average, true), this.#pick(this.#weights(), true), 1 - decay);
      foreachCopy_(this.#pick(this.#average, false), this.#pick(this.#weights(), false));
    });
  }

  /** Runs `body` with the averages in the network, then puts its own weights back. */
  async during<T>(body: () => T | Promise<T>): Promise<T> {
    this.#swap();
    try {
      return await body();
    } finally {
      this.#swap();
    }
  }

  /** The averages under the network's names: a state dict for `loadStateDict` or a file. */
  stateDict(): StateDict {
    return new Map(this.#live.map(({ name }, i) => [name, toRawTensor(this.#average[i]!)]));
  }

  /** Takes over averages saved by {@link stateDict}, and the number of updates for the warm-up. */
  loadStateDict(state: StateDict, updates: number): void {
    this.updates = updates;
    noGrad(() =>
      scope(() => {
        for (const [i, { name }] of this.#live.entries()) {
          const raw = state.get(name);
          if (raw) ops.copy_(this.#average[i]!, fromRawTensor(raw));
        }
      }),
    );
  }

  /** Frees the averages. */
  dispose(): void {
    for (const tensor of this.#average) tensor.dispose();
  }

  #swap(): void {
    noGrad(() =>
      scope(() => {
        const weights = this.#weights();
        const before = weights.map((tensor) => ops.clone(tensor));
        foreachCopy_(weights, this.#average);
        foreachCopy_(this.#average, before);
      }),
    );
  }

  #weights(): Tensor[] {
    return this.#live.map(({ tensor }) => tensor);
  }

  #pick(tensors: readonly Tensor[], floating: boolean): Tensor[] {
    return tensors.filter((_, i) => this.#isFloating[i] === floating);
  }
}
