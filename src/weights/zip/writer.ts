import type { FileSink } from '../../core/atomic-file.ts';
import { checksum } from './checksum.ts';

const FULL = 0xffffffff;
/** 1 January 1980: the earliest date a zip can hold, so that equal content gives equal bytes. */
const DATE = 0x0021;
const ZIP64_VERSION = 45;
const UTF8_FLAG = 0x0800;
/** Mark of the padding field that PyTorch puts before tensors. */
const PADDING_MARK = 0x4246;

interface WrittenEntry {
  readonly name: Uint8Array;
  readonly crc: number;
  readonly bytes: number;
  readonly offset: number;
}

function zip64Field(values: readonly number[]): Uint8Array {
  if (values.length === 0) return new Uint8Array();
  const field = new Uint8Array(4 + 8 * values.length);
  const view = new DataView(field.buffer);
  view.setUint16(0, 1, true);
  view.setUint16(2, 8 * values.length, true);
  for (const [i, value] of values.entries()) view.setBigUint64(4 + 8 * i, BigInt(value), true);
  return field;
}

function paddingField(length: number): Uint8Array {
  const field = new Uint8Array(length);
  const view = new DataView(field.buffer);
  view.setUint16(0, PADDING_MARK, true);
  view.setUint16(2, length - 4, true);
  return field;
}

/** Writes an uncompressed zip archive as a stream, with zip64 fields where sizes ask for them. */
export class ZipWriter {
  readonly #sink: FileSink;
  readonly #entries: WrittenEntry[] = [];

  constructor(sink: FileSink) {
    this.#sink = sink;
  }

  /**
   * Adds an entry.
   * @param alignment The content begins at a multiple of this many bytes (PyTorch uses 64). Default 1.
   */
  add(entryName: string, content: Uint8Array, alignment = 1): void {
    const name = new TextEncoder().encode(entryName);
    const offset = this.#sink.position;
    const bytes = content.byteLength;
    const wide = bytes >= FULL;
    const zip64 = zip64Field(wide ? [bytes, bytes] : []);
    const unpadded = offset + 30 + name.length + zip64.length;
    const missing = (alignment - (unpadded % alignment)) % alignment;
    const padding =
      missing === 0 ? new Uint8Array() : paddingField(missing < 4 ? missing + alignment : missing);
    const entry = { name, crc: checksum(content), bytes, offset };
    const header = new DataView(new ArrayBuffer(30));
    header.setUint32(0, 0x04034b50, true);
    header.setUint16(4, ZIP64_VERSION, true);
    header.setUint16(6, UTF8_FLAG, true);
    header.setUint16(12, DATE, true);
    header.setUint32(14, entry.crc, true);
    header.setUint32(18, wide ? FULL : bytes, true);
    header.setUint32(22, wide ? FULL : bytes, true);
    header.setUint16(26, name.length, true);
    header.setUint16(28, zip64.length + padding.length, true);
    for (const part of [new Uint8Array(header.buffer), name, zip64, padding, content]) this.#sink.write(part);
    this.#entries.push(entry);
  }

  /** Writes the central directory; nothing may be added after it. */
  finish(): void {
    const start = this.#sink.position;
    for (const entry of this.#entries) this.#writeCentral(entry);
    const bytes = this.#sink.position - start;
    const count = this.#entries.length;
    if (start >= FULL || bytes >= FULL || count >= 0xffff) this.#writeEnd64(start, bytes, count);
    const end = new DataView(new ArrayBuffer(22));
    end.setUint32(0, 0x06054b50, true);
    end.setUint16(8, Math.min(count, 0xffff), true);
    end.setUint16(10, Math.min(count, 0xffff), true);
    end.setUint32(12, Math.min(bytes, FULL), true);
    end.setUint32(16, Math.min(start, FULL), true);
    this.#sink.write(new Uint8Array(end.buffer));
  }

  #writeCentral({ name, crc, bytes, offset }: WrittenEntry): void {
    const wide = bytes >= FULL;
    const extra = zip64Field([...(wide ? [bytes, bytes] : []), ...(offset >= FULL ? [offset] : [])]);
    const header = new DataView(new ArrayBuffer(46));
    header.setUint32(0, 0x02014b50, true);
    header.setUint16(4, ZIP64_VERSION, true);
    header.setUint16(6, ZIP64_VERSION, true);
    header.setUint16(8, UTF8_FLAG, true);
    header.setUint16(14, DATE, true);
    header.setUint32(16, crc, true);
    header.setUint32(20, wide ? FULL : bytes, true);
    header.setUint32(24, wide ? FULL : bytes, true);
    header.setUint16(28, name.length, true);
    header.setUint16(30, extra.length, true);
    header.setUint32(42, Math.min(offset, FULL), true);
    for (const part of [new Uint8Array(header.buffer), name, extra]) this.#sink.write(part);
  }

  #writeEnd64(start: number, bytes: number, count: number): void {
    const offset = this.#sink.position;
    const end = new DataView(new ArrayBuffer(56 + 20));
    end.setUint32(0, 0x06064b50, true);
    end.setBigUint64(4, 44n, true);
    end.setUint16(12, ZIP64_VERSION, true);
    end.setUint16(14, ZIP64_VERSION, true);
    end.setBigUint64(24, BigInt(count), true);
    end.setBigUint64(32, BigInt(count), true);
    end.setBigUint64(40, BigInt(bytes), true);
    end.setBigUint64(48, BigInt(start), true);
    end.setUint32(56, 0x07064b50, true);
    end.setBigUint64(64, BigInt(offset), true);
    end.setUint32(72, 1, true);
    this.#sink.write(new Uint8Array(end.buffer));
  }
}
