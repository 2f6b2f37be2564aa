import { type FileSink, type WriteOptions, writeFileAtomically } from '../../core/atomic-file.ts';
import { InvalidArgumentError } from '../../core/index.ts';
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

const MAGIC = '\x93NUMPY';
const LARGEST_HEADER = 1 << 20;
/** NumPy pads the header so that the data begin at a multiple of this. */
const ALIGNMENT = 64;

interface NpyHeader extends NumpyType {
  readonly shape: readonly number[];
  readonly fortranOrder: boolean;
}

/** The header is a Python dict of three members, always written by NumPy in this plain form. */
function parseHeader(file: string, text: string): NpyHeader {
  const descr = /'descr'\s*:\s*(?:'([^']*)'|\[)/.exec(text);
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text);
  const sizes = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(text);
  if (descr === null || order === null || sizes === null)
    throw new CorruptFileError(file, 'the .npy header is garbled');
  const type = parseNumpyType(descr[1] ?? '');
  if (type === undefined) {
    const what = descr[1] === undefined ? 'structures (records)' : `type ${descr[1]}`;
    throw new UnsupportedContentError(`the array's elements are of ${what}, not plain numbers`, {
      file,
      remedy: 'save an array of integers, floats or booleans',
    });
  }
  const shape = sizes[1]!
    .split(',')
    .filter((size) => size.trim() !== '')
    .map((size) => Number.parseInt(size, 10));
  if (!shape.every((size) => Number.isSafeInteger(size)))
    throw new CorruptFileError(file, 'the shape makes no sense');
  return { ...type, shape, fortranOrder: order[1] === 'True' };
}

/** Length of the header's text and where it begins; format versions 2 and 3 have a longer length field. */
function locateHeader(source: ByteSource): { start: number; length: number } {
  const { name } = source;
  if (source.size < 12) throw new TruncatedFileError(name, 'it is too short for a .npy file');
  const head = Buffer.from(source.read(0, 12));
  if (head.toString('latin1', 0, 6) !== MAGIC) {
    throw new UnknownFormatError('the file is no .npy file', {
      file: name,
      remedy: 'pass a file written by numpy.save',
    });
  }
  const version = head[6]!;
  if (version < 1 || version > 3) throw new CorruptFileError(name, `.npy version ${version} does not exist`);
  const length = version === 1 ? head.readUInt16LE(8) : head.readUInt32LE(8);
  if (length > LARGEST_HEADER) throw new CorruptFileError(name, `a header of ${length} bytes is announced`);
  return { start: version === 1 ? 10 : 12, length };
}

/** {@link readNpy} on any source of bytes. */
export function readNpySource(source: ByteSource): RawArray {
  const { start, length } = locateHeader(source);
  const text = Buffer.from(source.read(start, length)).toString('latin1');
  const { dtype, bigEndian, shape, fortranOrder } = parseHeader(source.name, text);
  const bytes = byteLength(dtype, shape);
  const offset = start + length;
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
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const length = Math.ceil((10 + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const header = Buffer.alloc(length, ' ');
  header.write(MAGIC, 'latin1');
  header.writeUInt16LE(1, 6);
  header.writeUInt16LE(length - 10, 8);
  header.write(text, 10, 'latin1');
  header[length - 1] = 0x0a;
  return header;
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
