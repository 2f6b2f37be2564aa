import { describe, expect, it } from 'vitest';
import { ConfusionMatrix } from './confusion-matrix.ts';
import { ConfusionMatrixFileError, decodeConfusionMatrix, encodeConfusionMatrix } from './npy.ts';

/** Bytes of `np.save` for a 2 × 2 array: type and order as given, the element bytes as they are. */
function npy(
  descr: string,
  order: 'True' | 'False',
  shape: string,
  body: Uint8Array,
  version = 1,
): Uint8Array {
  const head = `${`{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`.padEnd(117)}\n`;
  const length = version === 1 ? [head.length, 0] : [head.length, 0, 0, 0];
  return Uint8Array.from([
    0x93,
    ...Buffer.from('NUMPY'),
    version,
    0,
    ...length,
    ...Buffer.from(head),
    ...body,
  ]);
}

const bytesOf = (array: ArrayBufferView) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

describe('confmat.npy', () => {
  it('comes back as it was written, counts up to 2^53 - 1', () => {
    const matrix = ConfusionMatrix.fromRows([
      [0, 1, 2 ** 53 - 1],
      [3, 123456789012, 0],
      [7, 8, 9],
    ]);
    const bytes = encodeConfusionMatrix(matrix);
    expect(decodeConfusionMatrix(bytes).toRows()).toEqual(matrix.toRows());
    expect((bytes.length - 9 * 8) % 64).toBe(0);
    expect(Buffer.from(bytes.subarray(0, 10)).toString('hex')).toBe('934e554d505901007600');
  });

  it('reads the integer types, orders and versions NumPy writes', () => {
    const rows = [
      [1, 2],
      [3, 4],
    ];
    const files = [
      npy('<i4', 'False', '(2, 2)', bytesOf(Int32Array.of(1, 2, 3, 4))),
      npy('<u4', 'True', '(2, 2)', bytesOf(Uint32Array.of(1, 3, 2, 4))),
      npy('<u8', 'False', '(2, 2)', bytesOf(BigUint64Array.of(1n, 2n, 3n, 4n)), 2),
      npy('<f8', 'False', '(2, 2)', bytesOf(Float64Array.of(1, 2, 3, 4))),
    ];
    for (const file of files) expect(decodeConfusionMatrix(file).toRows()).toEqual(rows);
  });

  it.each([
    ['not a NumPy file', new Uint8Array(20)],
    ['element type is "<f4"', npy('<f4', 'False', '(2, 2)', new Uint8Array(16))],
    ['not that of a square', npy('<i8', 'False', '(2, 3)', new Uint8Array(48))],
    ['not that of a square', npy('<i8', 'False', '(4,)', new Uint8Array(32))],
    ['cut short', npy('<i8', 'False', '(2, 2)', new Uint8Array(31))],
    ['no pixel counts', npy('<i4', 'False', '(2, 2)', bytesOf(Int32Array.of(1, 2, -3, 4)))],
    ['no pixel counts', npy('<f8', 'False', '(2, 2)', bytesOf(Float64Array.of(1, 0.5, 3, 4)))],
  ])('refuses a file: %s', (problem, bytes) => {
    expect(() => decodeConfusionMatrix(bytes, 'confmat.npy')).toThrow(ConfusionMatrixFileError);
    expect(() => decodeConfusionMatrix(bytes, 'confmat.npy')).toThrow(problem);
  });
});
