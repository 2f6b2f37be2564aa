import { encodeNpyHeader, locateNpyHeader, parseNpyHeader } from '../../core/index.ts';
import { NpyArrayError } from './errors.ts';

/** An array of a NumPy file, C order. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: Float64Array | Float32Array | Uint16Array | Int16Array | Uint8Array | Int32Array;
}

const KINDS = {
  '<f8': Float64Array,
  '<f4': Float32Array,
  '<u2': Uint16Array,
  '<i2': Int16Array,
  '<i4': Int32Array,
  '|u1': Uint8Array,
} as const;
const BYTES_OF_INT8 = '|i1';

/** A NumPy file (version 1.0, C order, little-endian). */
export function encodeNpy({ shape, data }: NpyArray): Uint8Array {
  const kind = Object.entries(KINDS).find(([, Kind]) => data instanceof Kind)![0];
  const header = encodeNpyHeader(kind, shape);
  const file = new Uint8Array(header.length + data.byteLength);
  file.set(header);
  file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), header.length);
  return file;
}

/**
 * Reads the bytes of a NumPy file: versions 1 to 3, C order, little-endian numbers of 8, 16 and 32 bits and floats.
 * @param file named in errors.
 * @throws {NpyArrayError}
 */
export function decodeNpy(bytes: Uint8Array, file?: string): NpyArray {
  const fault = (problem: string) =>
    new NpyArrayError(problem, { file, remedy: 'give an array as numpy.save writes it, in C order' });
  const place = locateNpyHeader(bytes);
  if (place === null) throw fault('not a NumPy file');
  const end = place.start + place.length;
  const header = parseNpyHeader(new TextDecoder('latin1').decode(bytes.subarray(place.start, end)));
  if (header === null) throw fault('its header is garbled');
  if (header.fortranOrder) throw fault('its order is not C');
  const { shape } = header;
  const type = header.descr ?? '';
  const count = shape.reduce((product, size) => product * size, 1);
  const Kind =
    type === BYTES_OF_INT8
      ? Int8Array
      : Object.hasOwn(KINDS, type)
        ? KINDS[type as keyof typeof KINDS]
        : null;
  if (Kind === null) throw fault(`its element type is "${type}"`);
  const length = count * Kind.BYTES_PER_ELEMENT;
  if (bytes.length < end + length) throw fault('the file is cut short');
  // A copy: the body need not start where elements of this width may lie.
  const body = Uint8Array.from(bytes.subarray(end, end + length)).buffer;
  const data = new Kind(body, 0, count);
  return { shape, data: data instanceof Int8Array ? Int16Array.from(data) : data };
}
