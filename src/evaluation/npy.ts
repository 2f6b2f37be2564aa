import { ArpentError } from '../core/index.ts';
import { ConfusionMatrix } from './confusion-matrix.ts';

/** A `.npy` file that is damaged, or does not hold a square matrix of whole numbers. */
export class ConfusionMatrixFileError extends ArpentError {
  constructor(problem: string, file?: string) {
    super(problem, { file, remedy: 'give a confmat.npy as evaluation writes it: a square int64 array' });
  }
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const ALIGNMENT = 64;

/**
 * A confusion matrix as a NumPy file: int64, C order, rows truth, format version 1.0. Missed and ignored pixels have
 * no place in it.
 */
export function encodeConfusionMatrix(matrix: ConfusionMatrix): Uint8Array {
  const shape = `(${matrix.classes}, ${matrix.classes})`;
  const text = `{'descr': '<i8', 'fortran_order': False, 'shape': ${shape}, }`;
  const prefix = MAGIC.length + 4;
  const headerLength = Math.ceil((prefix + text.length + 1) / ALIGNMENT) * ALIGNMENT - prefix;
  const header = `${text.padEnd(headerLength - 1)}\n`;
  const file = new Uint8Array(prefix + headerLength + 8 * matrix.counts.length);
  file.set([...MAGIC, 1, 0, headerLength & 255, headerLength >> 8]);
  file.set(new TextEncoder().encode(header), prefix);
  const body = new DataView(file.buffer, prefix + headerLength);
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
  if (bytes.length < 12 || MAGIC.some((byte, place) => bytes[place] !== byte))
    throw fault('not a NumPy file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = bytes[6]! >= 2;
  const start = wide ? 12 : 10;
  const end = start + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  const header = new TextDecoder('latin1').decode(bytes.subarray(start, end));
  const type = /'descr': *'([^']+)'/.exec(header)?.[1] ?? '';
  const shape = /'shape': *\((\d+), *(\d+),? *\)/.exec(header);
  const [size, read] = READERS[type] ?? [];
  if (size === undefined || read === undefined) throw fault(`its element type is "${type}"`);
  const classes = Number(shape?.[1]);
  if (shape === null || classes !== Number(shape[2]) || classes < 1 || classes > 256) {
    throw fault('its shape is not that of a square matrix');
  }
  if (bytes.length < end + size * classes * classes) throw fault('the file is cut short');
  const byColumns = /'fortran_order': *True/.test(header);
  const counts = Array.from({ length: classes * classes }, (_, place) => {
    const from = byColumns ? (place % classes) * classes + Math.floor(place / classes) : place;
    return read(view, end + size * from);
  });
  if (counts.some((count) => !Number.isSafeInteger(count) || count < 0)) {
    throw fault('it holds numbers that are no pixel counts');
  }
  return new ConfusionMatrix(classes, counts);
}
