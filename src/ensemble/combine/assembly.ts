import { NO_VOTE } from '../votes/class-vote.ts';

/** One step of a selection: where the running result is this class, another prediction is taken. */
export interface SelectionStep {
  readonly class: number;
  readonly prediction: Uint8Array;
}

/**
 * Replaces classes of a prediction by another's, step after step; a later step sees what earlier ones replaced.
 *
 * Source: FLAIR #2's second place, which took five classes from one network or another.
 * @param base class indexes; not changed.
 */
export function selectClasses(base: Uint8Array, steps: readonly SelectionStep[]): Uint8Array {
  const result = base.slice();
  for (const { class: wanted, prediction } of steps) {
    for (let pixel = 0; pixel < result.length; pixel++) {
      if (result[pixel] === wanted) result[pixel] = prediction[pixel]!;
    }
  }
  return result;
}

/** One source of an assembly: a prediction and the classes that are taken from it. */
export interface AssemblyLayer {
  readonly prediction: Uint8Array;
  readonly classes: readonly number[];
}

/**
 * Puts a map together from the classes that each prediction is trusted with; where several claim a pixel the last
 * layer wins, where none does the pixel is `fill`.
 *
 * Source: FLAIR #1's second place, which joined the classes of its two members' ensembles.
 */
export function assembleClasses(layers: readonly AssemblyLayer[], fill = NO_VOTE): Uint8Array {
  const result = new Uint8Array(layers[0]?.prediction.length ?? 0).fill(fill);
  for (const { prediction, classes } of layers) {
    const taken = new Uint8Array(256);
    for (const index of classes) taken[index] = 1;
    for (let pixel = 0; pixel < result.length; pixel++) {
      const index = prediction[pixel]!;
      if (taken[index] !== 0) result[pixel] = index;
    }
  }
  return result;
}
