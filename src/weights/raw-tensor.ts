import { InvalidArgumentError } from '../core/index.ts';
import { type ArrayDType, ELEMENT_BYTES, type TensorDType } from './dtypes.ts';
import { bfloat16ToFloat32, float16ToFloat32 } from './half.ts';

/**
 * An array of numbers as bytes, without an engine: what checkpoint and array files are made of.
 *
 * `data` is row-major (C order), contiguous and little-endian, `product(shape) × element bytes` long. It is to be
 * treated as read-only. For an array that comes out of a file, **each read of `data` reads the file**, so that a
 * checkpoint never sits in memory twice: take it once (`const { data } = tensor`), not inside a loop.
 */
export interface RawArray<D extends ArrayDType = ArrayDType> {
  readonly dtype: D;
  /** Sizes from the slowest to the fastest axis; `[]` is a single number. */
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** An array whose type PyTorch computes with. */
export type RawTensor = RawArray<TensorDType>;

/** Parameter and buffer names to values, in the file's (or the network's) order. */
export type StateDict = Map<string, RawTensor>;

export type AnyTypedArray =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray;

/** Number of elements of a shape; 1 for `[]`. */
export function elementCount(shape: readonly number[]): number {
  // First, since the product of the other sizes may be past all numbers.
  if (shape.includes(0)) return 0;
  let count = 1;
  for (const size of shape) count *= size;
  return count;
}

/** Bytes that an array of this type and shape occupies. */
export function byteLength(dtype: ArrayDType, shape: readonly number[]): number {
  return elementCount(shape) * ELEMENT_BYTES[dtype];
}

/**
 * Describes a typed array (or the bytes of one) as a {@link RawArray}, without copying.
 * @param dtype Type of the elements; for `float16` and `bfloat16` pass the 16-bit patterns as a `Uint16Array`.
 * @throws InvalidArgumentError when the data's size is not the shape's.
 */
export function rawArray<D extends ArrayDType>(
  dtype: D,
  shape: readonly number[],
  values: AnyTypedArray,
): RawArray<D> {
  const expected = byteLength(dtype, shape);
  if (values.byteLength !== expected) {
    throw new InvalidArgumentError(
      `a ${dtype} array of shape [${shape.join(', ')}] has ${expected} bytes, not ${values.byteLength}`,
      { remedy: 'pass data of the type and shape that are declared' },
    );
  }
  return {
    dtype,
    shape: [...shape],
    data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  };
}

/** A copy of the bytes when they do not start at a multiple of `alignment`, as typed arrays need. */
function aligned(data: Uint8Array, alignment: number): Uint8Array {
  return data.byteOffset % alignment === 0 ? data : data.slice();
}

/**
 * The elements as a typed array of their own type; zero-copy where alignment allows. `float16` and `bfloat16` come
 * as `Float32Array` (exact), `bool` as `Uint8Array` of 0 and 1, 64-bit integers as big integers.
 */
export function typedValues(array: RawArray): AnyTypedArray {
  const bytes = aligned(array.data, ELEMENT_BYTES[array.dtype]);
  const { buffer, byteOffset } = bytes;
  const count = elementCount(array.shape);
  switch (array.dtype) {
    case 'float64':
      return new Float64Array(buffer, byteOffset, count);
    case 'float32':
      return new Float32Array(buffer, byteOffset, count);
    case 'float16':
      return float16ToFloat32(new Uint16Array(buffer, byteOffset, count));
    case 'bfloat16':
      return bfloat16ToFloat32(new Uint16Array(buffer, byteOffset, count));
    case 'int64':
      return new BigInt64Array(buffer, byteOffset, count);
    case 'uint64':
      return new BigUint64Array(buffer, byteOffset, count);
    case 'int32':
      return new Int32Array(buffer, byteOffset, count);
    case 'uint32':
      return new Uint32Array(buffer, byteOffset, count);
    case 'int16':
      return new Int16Array(buffer, byteOffset, count);
    case 'uint16':
      return new Uint16Array(buffer, byteOffset, count);
    case 'int8':
      return new Int8Array(buffer, byteOffset, count);
    case 'uint8':
    case 'bool':
      return new Uint8Array(buffer, byteOffset, count);
  }
}

/** The elements as float32, rounded or converted where their type is another; zero-copy for aligned float32. */
export function float32Values(array: RawArray): Float32Array {
  const values = typedValues(array);
  if (values instanceof Float32Array) return values;
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    return Float32Array.from(values, Number);
  }
  return Float32Array.from(values);
}
