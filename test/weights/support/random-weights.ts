import type { Random } from '../../../src/core/index.ts';
import {
  type ArrayDType,
  byteLength,
  type RawArray,
  rawArray,
  type StateDict,
  type TensorDType,
} from '../../../src/weights/index.ts';

export const TENSOR_DTYPES = [
  'float64',
  'float32',
  'float16',
  'bfloat16',
  'int64',
  'int32',
  'int16',
  'int8',
  'uint8',
  'bool',
] as const satisfies readonly TensorDType[];

/** An array of any bits, so that not-a-numbers and negative zeros occur too. */
export function randomArray<D extends ArrayDType>(random: Random, dtype: D): RawArray<D> {
  const shape = Array.from({ length: random.below(5) }, () => random.below(5));
  const data = Uint8Array.from({ length: byteLength(dtype, shape) }, () =>
    random.below(dtype === 'bool' ? 2 : 256),
  );
  return rawArray(dtype, shape, data);
}

/** Up to twelve tensors of any type and shape, under names that are hard to write down. */
export function randomWeights(random: Random): StateDict {
  const names = [
    'conv.weight',
    'é.ü',
    '',
    '"quoted"',
    '0',
    '10',
    'line\nbreak',
    'a.b.c',
    '𝛼',
    ' ',
    'constructor',
    '__proto__',
  ];
  const weights: StateDict = new Map();
  for (const name of names.slice(0, 1 + random.below(names.length))) {
    weights.set(name, randomArray(random, TENSOR_DTYPES[random.below(TENSOR_DTYPES.length)]!));
  }
  return weights;
}

/** A form that compares by value, whether the arrays are in memory or in a file. */
export function comparable(arrays: ReadonlyMap<string, RawArray>): unknown[] {
  return [...arrays].map(([name, { dtype, shape, data }]) => [
    name,
    dtype,
    [...shape],
    Buffer.from(data).toString('hex'),
  ]);
}
