import { type DType, empty, ones, zeros } from '../../engine/index.ts';
import { type Parameter, parameter } from '../parameter.ts';

/** A size or step that may differ between rows and columns: one number stands for both. */
export type Size2 = number | readonly [number, number];

/** A size as `[rows, columns]`. */
export function pair(size: Size2): [number, number] {
  return typeof size === 'number' ? [size, size] : [size[0], size[1]];
}

/** A float32 parameter of the given shape on the default device, not yet initialised. */
export function emptyParameter(shape: readonly number[], dtype: DType = 'float32'): Parameter {
  return parameter(empty(shape, { dtype }));
}

export function onesParameter(shape: readonly number[]): Parameter {
  return parameter(ones(shape));
}

export function zerosParameter(shape: readonly number[]): Parameter {
  return parameter(zeros(shape));
}
