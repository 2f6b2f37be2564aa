import { elementCount } from './raw-tensor.ts';

/** Row-major strides, in elements. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/** Column-major strides, in elements, as Fortran lays arrays out. */
export function columnMajorStrides(shape: readonly number[]): number[] {
  return rowMajorStrides([...shape].reverse()).reverse();
}

/** Whether elements follow each other in row-major order without gaps; strides of axes of size 1 do not matter. */
export function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  const expected = rowMajorStrides(shape);
  return shape.every((size, axis) => size === 1 || strides[axis] === expected[axis]);
}

/** Elements from the first to the last that a strided array touches, both included; 0 for empty arrays. */
export function spanOf(shape: readonly number[], strides: readonly number[]): number {
  if (shape.includes(0)) return 0;
  return shape.reduce((span, size, axis) => span + (size - 1) * strides[axis]!, 1);
}

type Words = Uint8Array | Uint16Array | Uint32Array;

function wordsOf(bytes: Uint8Array, wordBytes: number): Words {
  const { buffer, byteOffset, byteLength } = bytes;
  if (wordBytes === 1) return bytes;
  if (wordBytes === 2) return new Uint16Array(buffer, byteOffset, byteLength / 2);
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}

/**
 * Copies a strided array into a contiguous row-major one.
 * @param bytes The elements from the array's first on; begins at byte 0 of its buffer.
 * @param elementBytes 1, 2, 4 or 8.
 * @param strides In elements, not negative.
 */
export function gatherStrided(
  bytes: Uint8Array,
  elementBytes: number,
  shape: readonly number[],
  strides: readonly number[],
): Uint8Array {
  if (elementBytes === 8) {
    // Two 32-bit halves per element: moving 64-bit words would mean big integers.
    return gatherStrided(bytes, 4, [...shape, 2], [...strides.map((stride) => 2 * stride), 1]);
  }
  const result = new Uint8Array(elementCount(shape) * elementBytes);
  const from = wordsOf(bytes, elementBytes);
  const to = wordsOf(result, elementBytes);
  const inner = shape.at(-1) ?? 1;
  const innerStride = strides.at(-1) ?? 1;
  const outer = shape.slice(0, -1);
  const index = outer.map(() => 0);
  let source = 0;
  for (let target = 0; target < to.length; target += inner) {
    for (let i = 0; i < inner; i++) to[target + i] = from[source + i * innerStride]!;
    for (let axis = outer.length - 1; axis >= 0; axis--) {
      source += strides[axis]!;
      if (++index[axis]! < outer[axis]!) break;
      source -= strides[axis]! * outer[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}
