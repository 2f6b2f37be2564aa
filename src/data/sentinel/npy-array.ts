import { NpyArrayError } from './errors.ts';

/** An array of a NumPy file, C order. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: Float64Array | Float32Array | Uint16Array | Int16Array | Uint8Array | Int32Array;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const ALIGNMENT = 64;
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
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${kind}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const prefix = MAGIC.length + 4;
  const length = Math.ceil((prefix + text.length + 1) / ALIGNMENT) * ALIGNMENT - prefix;
  const file = new Uint8Array(prefix + length + data.byteLength);
  file.set([...MAGIC, 1, 0, length & 255, length >> 8]);
  file.set(new TextEncoder().encode(`${text.padEnd(length - 1)}\n`), prefix);
  file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), prefix + length);
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
  if (bytes.length < 12 || MAGIC.some((byte, place) => bytes[place] !== byte))
    throw fault('not a NumPy file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = bytes[6]! >= 2;
  const start = wide ? 12 : 10;
  const end = start + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  const header = new TextDecoder('latin1').decode(bytes.subarray(start, end));
  const type = /'descr': *'([^']+)'/.exec(header)?.[1] ?? '';
  const sizes = /'shape': *\(([\d, ]*)\)/.exec(header)?.[1];
  if (sizes === undefined || /'fortran_order': *True/.test(header)) throw fault('its order is not C');
  const shape = sizes.split(',').flatMap((size) => (size.trim() === '' ? [] : [Number(size)]));
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
