import { ArpentError, encodeNpyHeader, locateNpyHeader, parseNpyHeader } from '../core/index.ts';
import { ConfusionMatrix } from './confusion-matrix.ts';

/** A `.npy` file that is damaged, or does not hold a square matrix of whole numbers. */
export class ConfusionMatrixFileError extends ArpentError {
  constructor(problem: string, file?: string) {
    super(problem, { file, remedy: 'give a confmat.npy as evaluation writes it: a square int64 array' });
  }
}

/**
 * A confusion matrix as a NumPy file: int64, C order, rows truth, format version 1.0. Missed and ignored pixels have
 * no place in it.
 */
export function encodeConfusionMatrix(matrix: ConfusionMatrix): Uint8Array {
  const header = encodeNpyHeader('<i8', [matrix.classes, matrix.classes]);
  const file = new Uint8Array(header.length + 8 * matrix.counts.length);
  file.set(header);
  const body = new DataView(file.buffer, header.length);
  for (const [place, count] of matrix.counts.entries()) body.setBigInt64(8 * place, BigInt(count), true);
  return file;
}

type Reader = (view: DataView, offset: number) => number;

const READERS: Readonly<Record<string, readonly [bytes: number, read: Reader]>> = {
  '<i8': [8, (view, offset) => Number(view.getBigInt64(offset, true))],
  '<u8': [8, (view, offset) => Number(view.getBigUint64(offset, true))],
  '<i4': [4, (view, offset) => view.getInt32(offset, true)],
  '<u4': [4, (view, offset) => view.getUint32(offset, true)],
  '<f8': [8, (view, offset) => view.getFloat64(offset, true)],
};

/**
 * Reads a confusion matrix from the bytes of a NumPy file (versions 1 to 3; 4- and 8-byte integers or float64, C or
 * Fortran order).
 * @param file named in errors.
 * @throws {ConfusionMatrixFileError} for anything that is no matrix of counts.
 */
export function decodeConfusionMatrix(bytes: Uint8Array, file?: string): ConfusionMatrix {
  const fault = (problem: string) => new ConfusionMatrixFileError(problem, file);
  const place = locateNpyHeader(bytes);
  if (place === null) throw fault('not a NumPy file');
  const end = place.start + place.length;
  const header = parseNpyHeader(new TextDecoder('latin1').decode(bytes.subarray(place.start, end)));
  if (header === null) throw fault('its header is garbled');
  const [size, read] = READERS[header.descr ?? ''] ?? [];
  if (size === undefined || read === undefined) throw fault(`its element type is "${header.descr ?? ''}"`);
  const [classes = 0, columns] = header.shape;
  if (header.shape.length !== 2 || classes !== columns || classes < 1 || classes > 256) {
    throw fault('its shape is not that of a square matrix');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < end + size * classes * classes) throw fault('the file is cut short');
  const counts = Array.from({ length: classes * classes }, (_, place) => {
    const from = header.fortranOrder ? (place % classes) * classes + Math.floor(place / classes) : place;
    return read(view, end + size * from);
  });
  if (counts.some((count) => !Number.isSafeInteger(count) || count < 0)) {
    throw fault('it holds numbers that are no pixel counts');
  }
  return new ConfusionMatrix(classes, counts);
}
