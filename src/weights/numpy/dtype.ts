import type { ArrayDType } from '../dtypes.ts';

/** Element type of a NumPy array in a file. */
export interface NumpyType {
  readonly dtype: ArrayDType;
  readonly bigEndian: boolean;
}

const DTYPES: Readonly<Record<string, ArrayDType>> = {
  f8: 'float64',
  f4: 'float32',
  f2: 'float16',
  i8: 'int64',
  i4: 'int32',
  i2: 'int16',
  i1: 'int8',
  u8: 'uint64',
  u4: 'uint32',
  u2: 'uint16',
  u1: 'uint8',
  b1: 'bool',
};

/**
 * Understands NumPy's short names, with or without a mark of byte order: `<f4`, `>u2`, `|b1`, `i8`.
 * @returns undefined for texts, dates, objects, structures and complex numbers.
 */
export function parseNumpyType(descr: string): NumpyType | undefined {
  const match = /^([<>|=]?)([fiub][1248])$/.exec(descr);
  const dtype = DTYPES[match?.[2] ?? ''];
  return dtype === undefined ? undefined : { dtype, bigEndian: match?.[1] === '>' };
}

/** NumPy's name of a type, little-endian; undefined for bfloat16, which NumPy lacks. */
export function numpyTypeName(dtype: ArrayDType): string | undefined {
  const code = Object.keys(DTYPES).find((name) => DTYPES[name] === dtype);
  return code === undefined ? undefined : `${code.endsWith('1') ? '|' : '<'}${code}`;
}
