import type { Tensor } from '../../engine/index.ts';
import type { ParityCase } from './case.ts';
import type { Measurement } from './measure.ts';

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
    if (Number.isNaN(difference)) return Number.POSITIVE_INFINITY;
    if (difference > largest) largest = difference;
  }
  return largest / Math.sqrt(Math.max(squares / count - (sum / count) ** 2, Number.MIN_VALUE));
}

/** Root of the mean square difference, in standard deviations of the second. */
export function meanDistance(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let mean = 0;
  for (let i = 0; i < expected.length; i++) mean += expected[i]! / expected.length;
  let [error, spread] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    error += (found[i]! - expected[i]!) ** 2;
    spread += (expected[i]! - mean) ** 2;
  }
  const distance = Math.sqrt(error / spread);
  return Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance;
}

/** The largest relative differences between two measurements. */
export interface Differences {
  readonly outputs: number;
  readonly loss: number;
  readonly trainLogits: number;
  readonly gradient: number;
  /** Parameter whose gradient norm differs most. */
  readonly gradientName: string;
}

/**
 * The gradient norm that differs most, relative to the reference's, or to `floor` of its largest where that is more: a bias in
 * front of a norm has a gradient that is zero but for rounding, of which no digit can agree.
 */
function compareGradients(
  found: ReadonlyMap<string, number>,
  reference: ReadonlyMap<string, number>,
  floor = 1e-4,
): Pick<Differences, 'gradient' | 'gradientName'> {
  const largest = Math.max(...reference.values());
  let worst = { gradient: 0, gradientName: '' };
  for (const name of new Set([...found.keys(), ...reference.keys()])) {
    const expected = reference.get(name) ?? 0;
    const difference = Math.abs((found.get(name) ?? 0) - expected) / Math.max(expected, floor * largest);
    const gradient = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
    if (gradient > worst.gradient) worst = { gradient, gradientName: name };
  }
  return worst;
}

/** Compares what a network gave with what it should have given. */
export function compareMeasurements(found: Measurement, reference: Measurement): Differences {
  const outputs = Array.from(reference.outputs, ([name, expected]) =>
    relativeToSpread(found.outputs.get(name) ?? [], expected),
  );
  const [train, expected] = [found.train, reference.train];
  return {
    outputs: Math.max(0, ...outputs),
    loss: train && expected ? Math.abs(train.loss - expected.loss) / Math.abs(expected.loss) : 0,
    trainLogits: train?.logits && expected?.logits ? relativeToSpread(train.logits, expected.logits) : 0,
    ...(train && expected
      ? compareGradients(train.gradients, expected.gradients)
      : { gradient: 0, gradientName: '' }),
  };
}
