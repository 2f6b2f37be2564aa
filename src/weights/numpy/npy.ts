import { type FileSink, type WriteOptions, writeFileAtomically } from '../../core/atomic-file.ts';
import {
  encodeNpyHeader,
  InvalidArgumentError,
  locateNpyHeader,
  NPY_START,
  type NpyHeader,
  parseNpyHeader,
} from '../../core/index.ts';
import { swapByteOrder } from '../byte-order.ts';
import { type ByteSource, fileSource } from '../byte-source.ts';
import { ELEMENT_BYTES } from '../dtypes.ts';
import {
  CorruptFileError,
  TruncatedFileError,
  UnknownFormatError,
  UnsupportedContentError,
} from '../errors.ts';
import { FileTensor } from '../file-tensor.ts';
import { byteLength, type RawArray } from '../raw-tensor.ts';
import { columnMajorStrides, gatherStrided } from '../strided.ts';
import { type NumpyType, numpyTypeName, parseNumpyType } from './dtype.ts';

const LARGEST_HEADER = 1 << 20;

type Header = NumpyType & Omit<NpyHeader, 'descr'>;

function readHeader(source: ByteSource): Header & { offset: number } {
  const { name } = source;
  if (source.size < NPY_START) throw new TruncatedFileError(name, 'it is too short for a .npy file');
  const place = locateNpyHeader(source.read(0, NPY_START));
  if (place === null) {
    throw new UnknownFormatError('the file is no .npy file of versions 1 to 3', {
      file: name,
      remedy: 'pass a file written by numpy.save',
    });
  }
  const { start, length } = place;
  if (length > LARGEST_HEADER) throw new CorruptFileError(name, `a header of ${length} bytes is announced`);
  const header = parseNpyHeader(Buffer.from(source.read(start, length)).toString('latin1'));
  if (header === null) throw new CorruptFileError(name, 'the .npy header is garbled');
  const type = parseNumpyType(header.descr ?? '');
  if (type === undefined) {
    const what = header.descr === null ? 'structures (records)' : `type ${header.descr}`;
    throw new UnsupportedContentError(`the array's elements are of ${what}, not plain numbers`, {
      file: name,
      remedy: 'save an array of integers, floats or booleans',
    });
  }
  return { ...type, shape: header.shape, fortranOrder: header.fortranOrder, offset: start + length };
}

/** {@link readNpy} on any source of bytes. */
export function readNpySource(source: ByteSource): RawArray {
  const { dtype, bigEndian, shape, fortranOrder, offset } = readHeader(source);
  const bytes = byteLength(dtype, shape);
  if (!(offset + bytes <= source.size)) {
    throw new TruncatedFileError(
      source.name,
      `the array takes ${bytes} bytes where ${source.size - offset} are left`,
    );
  }
  const width = ELEMENT_BYTES[dtype];
  return new FileTensor(dtype, shape, () => {
    const stored = source.read(offset, bytes);
    if (bigEndian) swapByteOrder(stored, width);
    return fortranOrder ? gatherStrided(stored, width, shape, columnMajorStrides(shape)) : stored;
  });
}

/**
 * Opens a `.npy` file: integers, floats (16 to 64 bits) and booleans of either byte order, in C or Fortran order. The
 * elements are read when `data` is asked for, row-major and little-endian.
 * @throws UnreadableFileError, UnknownFormatError, TruncatedFileError, CorruptFileError, UnsupportedContentError
 */
export function readNpy(path: string): RawArray {
  return readNpySource(fileSource(path));
}

/** The bytes before the elements of a `.npy` file of version 1. */
export function npyHeader({ dtype, shape }: Pick<RawArray, 'dtype' | 'shape'>): Uint8Array {
  const descr = numpyTypeName(dtype);
  if (descr === undefined) {
    throw new InvalidArgumentError(`NumPy has no ${dtype}`, { remedy: 'convert the array to float32 first' });
  }
  return encodeNpyHeader(descr, shape);
}

/** Writes an array as NumPy's `save` does, byte for byte. @throws InvalidArgumentError for bfloat16; OutputExistsError */
export function writeNpy(path: string, array: RawArray, options: WriteOptions = {}): void {
  const header = npyHeader(array);
  writeFileAtomically(
    path,
    (sink: FileSink) => {
      sink.write(header);
      sink.write(array.data);
    },
    options,
  );
}
