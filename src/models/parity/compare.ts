import type { Tensor } from '../../engine/index.ts';
import type { ParityCase } from './case.ts';

/** How the names and shapes of a network differ from the reference's. */
export interface NameDifferences {
  readonly missing: string[];
  readonly unexpected: string[];
  readonly reshaped: string[];
}

/** Compares parameters and persistent buffers, by name and shape. */
export function compareNames(
  state: Iterable<readonly [name: string, tensor: Tensor, ...rest: unknown[]]>,
  parameters: ParityCase['parameters'],
): NameDifferences {
  const ours = new Map(Array.from(state, ([name, tensor]) => [name, tensor.shape]));
  const names = Object.keys(parameters);
  return {
    missing: names.filter((name) => !ours.has(name)),
    unexpected: [...ours.keys()].filter((name) => !Object.hasOwn(parameters, name)),
    reshaped: names.filter((name) => ours.has(name) && `${ours.get(name)}` !== `${parameters[name]!.shape}`),
  };
}

/** The largest difference, in standard deviations of the reference. */
export function relativeToSpread(found: ArrayLike<number>, reference: ArrayLike<number>): number {
  if (found.length !== reference.length) return Number.POSITIVE_INFINITY;
  const count = reference.length;
  let [sum, squares, largest] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    const value = reference[i]!;
    sum += value;
    squares += value * value;
    const difference = Math.abs(found[i]! - value);
    // NaN compares false with everything, and must not pass for equal.
    if (!(difference <= largest)) largest = difference;
  }
  return largest / Math.sqrt(Math.max(squares / count - (sum / count) ** 2, Number.MIN_VALUE));
}

/** The gradient norm that differs most. */
export interface GradientDifference {
  readonly relative: number;
  readonly name: string;
}

/**
 * The largest relative difference between gradient norms.
 *
 * Norms are compared relative to the reference's, or to `floor` of its largest where that is more: a bias in front of a norm
 * has a gradient that is zero but for rounding, of which no digit can agree.
 */
export function compareGradients(
  found: ReadonlyMap<string, number>,
  reference: Readonly<Record<string, number>>,
  floor = 1e-4,
): GradientDifference {
  const largest = Math.max(...Object.values(reference));
  let worst: GradientDifference = { relative: 0, name: '' };
  for (const name of new Set([...found.keys(), ...Object.keys(reference)])) {
    const expected = reference[name] ?? 0;
    const scale = Math.max(expected, floor * largest);
    const relative = Math.abs((found.get(name) ?? 0) - expected) / scale;
    if (!(relative <= worst.relative)) worst = { relative, name };
  }
  return worst;
}
