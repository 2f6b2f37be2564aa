/** Types of TIFF fields in use, by their code, with the bytes of one value (TIFF 6.0 §2, BigTIFF). */
export const fieldBytes: Readonly<Record<number, number>> = {
  1: 1, // BYTE
  2: 1, // ASCII
  3: 2, // SHORT
  4: 4, // LONG
  5: 8, // RATIONAL
  6: 1, // SBYTE
  7: 1, // UNDEFINED
  8: 2, // SSHORT
  9: 4, // SLONG
  10: 8, // SRATIONAL
  11: 4, // FLOAT
  12: 8, // DOUBLE
  13: 4, // IFD
  16: 8, // LONG8
};

/** One field of an image file directory, its values as they stand in the file (little-endian). */
export interface Field {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  readonly bytes: Uint8Array;
}

/** A field of 16-bit numbers. */
export function shortField(tag: number, ...values: number[]): Field {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeUInt16LE(value, index * 2);
  return { tag, type: 3, count: values.length, bytes };
}

/** A field of byte positions or counts: 32 bits each, 64 in a BigTIFF. */
export function positionField(tag: number, values: ArrayLike<number>, big: boolean): Field {
  const size = big ? 8 : 4;
  const bytes = Buffer.alloc(values.length * size);
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (big) bytes.writeBigUInt64LE(BigInt(value), index * 8);
    else bytes.writeUInt32LE(value, index * 4);
  }
  return { tag, type: big ? 16 : 4, count: values.length, bytes };
}

/** A field of text, closed by a zero byte. */
export function textField(tag: number, text: string): Field {
  const bytes = Buffer.from(`${text}\0`, 'utf8');
  return { tag, type: 2, count: bytes.length, bytes };
}

/** Sizes that differ between TIFF and BigTIFF. */
const layout = (big: boolean) =>
  big ? { head: 8, entry: 20, inline: 8, next: 8 } : { head: 2, entry: 12, inline: 4, next: 4 };

/** Bytes a directory takes, the values that do not fit its entries included. */
export function directorySize(fields: readonly Field[], big: boolean): number {
  const { head, entry, inline, next } = layout(big);
  return fields.reduce(
    // Values start on even positions, as TIFF 6.0 asks.
    (size, { bytes }) => size + (bytes.length > inline ? bytes.length + (bytes.length % 2) : 0),
    head + entry * fields.length + next,
  );
}

/**
 * Write a directory and its values.
 *
 * @param position where it starts in the file; even.
 * @param next position of the directory after it, 0 for the last.
 */
export function encodeDirectory(
  fields: readonly Field[],
  position: number,
  next: number,
  big: boolean,
): Buffer {
  const { head, entry, inline } = layout(big);
  const sorted = [...fields].sort((a, b) => a.tag - b.tag);
  const out = Buffer.alloc(directorySize(fields, big));
  const writePosition = (value: number, at: number) =>
    big ? out.writeBigUInt64LE(BigInt(value), at) : out.writeUInt32LE(value, at);
  if (big) out.writeBigUInt64LE(BigInt(sorted.length), 0);
  else out.writeUInt16LE(sorted.length, 0);
  let free = head + entry * sorted.length + inline;
  for (const [index, { tag, type, count, bytes }] of sorted.entries()) {
    const at = head + entry * index;
    out.writeUInt16LE(tag, at);
    out.writeUInt16LE(type, at + 2);
    writePosition(count, at + 4);
    const value = at + 4 + inline;
    if (bytes.length <= inline) {
      out.set(bytes, value);
      continue;
    }
    writePosition(position + free, value);
    out.set(bytes, free);
    free += bytes.length + (bytes.length % 2);
  }
  writePosition(next, head + entry * sorted.length);
  return out;
}

/** Bytes of the file header. */
export function headerSize(big: boolean): number {
  return big ? 16 : 8;
}

/** The file header: byte order, version and position of the first directory. */
export function encodeHeader(firstDirectory: number, big: boolean): Buffer {
  const out = Buffer.alloc(headerSize(big));
  out.write('II', 0, 'latin1');
  if (big) {
    out.writeUInt16LE(43, 2);
    out.writeUInt16LE(8, 4);
    out.writeBigUInt64LE(BigInt(firstDirectory), 8);
  } else {
    out.writeUInt16LE(42, 2);
    out.writeUInt32LE(firstDirectory, 4);
  }
  return out;
}

/** The fields of the first directory of a little-endian classic TIFF held in memory, by tag. */
export function readFirstDirectory(file: Buffer): Map<number, Field> {
  const position = file.readUInt32LE(4);
  const fields = new Map<number, Field>();
  for (let index = 0; index < file.readUInt16LE(position); index++) {
    const at = position + 2 + 12 * index;
    const tag = file.readUInt16LE(at);
    const type = file.readUInt16LE(at + 2);
    const count = file.readUInt32LE(at + 4);
    const length = count * (fieldBytes[type] ?? 1);
    const start = length <= 4 ? at + 8 : file.readUInt32LE(at + 8);
    fields.set(tag, { tag, type, count, bytes: file.subarray(start, start + length) });
  }
  return fields;
}
