import { WeightsTooLargeError } from '../errors.ts';

/** Default bound on the memory that the objects of one pickle may take, tensors excluded. */
export const DEFAULT_PICKLE_MEMORY = 256 << 20;

/**
 * Counts an estimate of the memory that unpickled objects take, since a few bytes of a pickle can ask for much more
 * (an empty dict is one byte; a call on a remembered value copies it).
 */
export class MemoryBudget {
  readonly #file: string;
  readonly #limit: number;
  #used = 0;

  constructor(file: string, limit: number) {
    this.#file = file;
    this.#limit = limit;
  }

  /** @throws WeightsTooLargeError when the bound is passed. */
  charge(bytes: number): void {
    this.#used += bytes;
    if (this.#used > this.#limit) {
      throw new WeightsTooLargeError(
        this.#file,
        `its pickle unfolds to more than ${this.#limit >> 20} MB of objects`,
      );
    }
  }
}
