import type { RecordedArgument, Recording } from './record.ts';
import { isValue } from './record.ts';

/** Sizes of the images of one recorded pass: batch, height, width. */
export type PassSizes = readonly [batch: number, height: number, width: number];

/** An integer that follows the images: `factor · batch^a · height^b · width^c`. */
export interface OpenSize {
  readonly factor: number;
  readonly powers: readonly [number, number, number];
}

/** An argument after two passes were laid over each other. */
export type Argument =
  | { readonly value: number }
  | OpenSize
  | null
  | undefined
  | number
  | boolean
  | string
  | readonly Argument[];

/** Whether an argument follows the size of the images. */
export function isOpen(argument: unknown): argument is OpenSize {
  return typeof argument === 'object' && argument !== null && 'powers' in argument;
}

/** Two passes of one network that do not match call by call. */
export class PassMismatch extends Error {}

/**
 * The rule behind two observations of an integer. The sizes of the two passes have ratios of different primes, so at most
 * one product of powers explains both.
 * @throws PassMismatch when none does
 */
export function explain(first: number, second: number, a: PassSizes, b: PassSizes): number | OpenSize {
  if (first === second) return first;
  for (const n of [0, 1, 2])
    for (const h of [0, 1, 2])
      for (const w of [0, 1, 2]) {
        const [sizeA, sizeB] = [a, b].map((sizes) => sizes[0] ** n * sizes[1] ** h * sizes[2] ** w);
        if (Math.abs(first * sizeB! - second * sizeA!) < 1e-6 * Math.abs(second * sizeA!))
          return { factor: first / sizeA!, powers: [n, h, w] };
      }
  throw new PassMismatch(`a size (${first} here, ${second} there)`);
}

/** Lays an argument of one pass over the same argument of another. */
export function unify(
  first: RecordedArgument,
  second: RecordedArgument,
  a: PassSizes,
  b: PassSizes,
): Argument {
  if (Array.isArray(first)) {
    const other = second as readonly RecordedArgument[];
    if (!Array.isArray(second) || other.length !== first.length) throw new PassMismatch('a list');
    return first.map((one, i) => unify(one, other[i], a, b));
  }
  if (isValue(first)) {
    if (!isValue(second) || first.value !== second.value) throw new PassMismatch('the order of operators');
    return first;
  }
  if (typeof first === 'number' && typeof second === 'number') return explain(first, second, a, b);
  if (first !== second) throw new PassMismatch('an option');
  return first as Argument;
}

/** Lays the shapes of two passes over each other. */
export function unifyShape(
  first: readonly number[],
  second: readonly number[],
  a: PassSizes,
  b: PassSizes,
): (number | OpenSize)[] {
  if (first.length !== second.length) throw new PassMismatch('the number of dimensions');
  return first.map((size, i) => explain(size, second[i]!, a, b));
}

/** Whether a constant of two passes is the same. */
export function sameConstant(number: number, first: Recording, second: Recording): boolean {
  const [x, y] = [first.values[number]!, second.values[number]!];
  if (x.parameter !== undefined || y.parameter !== undefined) return x.parameter === y.parameter;
  return x.shape.join() === y.shape.join() && Buffer.compare(x.data!, y.data!) === 0;
}
