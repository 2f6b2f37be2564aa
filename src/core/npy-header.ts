const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** NumPy pads the header so that the data begin at a multiple of this. */
const ALIGNMENT = 64;

/** Bytes from which {@link locateNpyHeader} tells where a header lies. */
export const NPY_START = 12;

/** What the header of a `.npy` file says. */
export interface NpyHeader {
  /** NumPy's name of the elements' type (`<f4`), or null for structures. */
  readonly descr: string | null;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

/** The bytes before the elements of a `.npy` file of version 1.0 in C order, as NumPy's `save` writes them. */
export function encodeNpyHeader(descr: string, shape: readonly number[]): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const start = MAGIC.length + 4;
  const end = Math.ceil((start + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const header = new Uint8Array(end).fill(0x20);
  header.set([...MAGIC, 1, 0, (end - start) & 255, (end - start) >> 8]);
  header.set(new TextEncoder().encode(text), start);
  header[end - 1] = 0x0a;
  return header;
}

/**
 * Where the text of a `.npy` file's header begins and how long it is: format versions 2 and 3 have a longer length field.
 * @param head the file's first {@link NPY_START} bytes
 * @returns null when the file is no `.npy` file of versions 1 to 3
 */
export function locateNpyHeader(head: Uint8Array): { start: number; length: number } | null {
  if (head.length < NPY_START || MAGIC.some((byte, place) => head[place] !== byte)) return null;
  const version = head[6]!;
  if (version < 1 || version > 3) return null;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  return version === 1
    ? { start: 10, length: view.getUint16(8, true) }
    : { start: 12, length: view.getUint32(8, true) };
}

/** Reads the header's text: a Python dict of three members, always written by NumPy in this plain form. */
export function parseNpyHeader(text: string): NpyHeader | null {
  const descr = /'descr'\s*:\s*(?:'([^']*)'|\[)/.exec(text);
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text);
  const sizes = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(text);
  if (descr === null || order === null || sizes === null) return null;
  const shape = sizes[1]!
    .split(',')
    .filter((size) => size.trim() !== '')
    .map((size) => Number.parseInt(size, 10));
  if (!shape.every((size) => Number.isSafeInteger(size))) return null;
  return { descr: descr[1] ?? null, fortranOrder: order[1] === 'True', shape };
}
