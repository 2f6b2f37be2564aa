import type { ByteSource } from '../byte-source.ts';
import { CorruptFileError, TruncatedFileError } from '../errors.ts';

const WINDOW = 64 << 10;
const LONGEST_LINE = 4096;

/** Reads forwards through a source, a window at a time. */
export class ByteReader {
  readonly #source: ByteSource;
  #window: Uint8Array = new Uint8Array();
  #view: DataView = new DataView(new ArrayBuffer(0));
  #windowStart = 0;
  #at = 0;

  constructor(source: ByteSource, position = 0) {
    this.#source = source;
    this.#windowStart = position;
  }

  /** Position of the next byte in the source. */
  get position(): number {
    return this.#windowStart + this.#at;
  }

  /** Makes `length` bytes available from the current position and steps over them; returns where they begin. */
  #advance(length: number): number {
    if (this.#at + length > this.#window.length) {
      const position = this.position;
      const available = this.#source.size - position;
      if (length > available) {
        throw new TruncatedFileError(
          this.#source.name,
          `${length} bytes are asked for where ${available} are left`,
        );
      }
      this.#window = this.#source.read(position, Math.min(available, Math.max(WINDOW, length)));
      this.#view = new DataView(this.#window.buffer);
      this.#windowStart = position;
      this.#at = 0;
    }
    const start = this.#at;
    this.#at += length;
    return start;
  }

  uint8(): number {
    const start = this.#advance(1);
    return this.#window[start]!;
  }

  uint16(): number {
    const start = this.#advance(2);
    return this.#view.getUint16(start, true);
  }

  int32(): number {
    const start = this.#advance(4);
    return this.#view.getInt32(start, true);
  }

  uint32(): number {
    const start = this.#advance(4);
    return this.#view.getUint32(start, true);
  }

  /** An unsigned 64-bit length; those too large to be exact become too large for any file, which is as good. */
  uint64(): number {
    const start = this.#advance(8);
    return Number(this.#view.getBigUint64(start, true));
  }

  /** A big-endian double, as pickles hold them. */
  float64(): number {
    const start = this.#advance(8);
    return this.#view.getFloat64(start, false);
  }

  /** A copy of the next bytes. */
  bytes(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#window.slice(start, start + length);
  }

  /** UTF-8, with lone surrogates tolerated as Python writes them. */
  utf8(length: number): string {
    const start = this.#advance(length);
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.#window.subarray(start, start + length));
  }

  latin1(length: number): string {
    const start = this.#advance(length);
    return Buffer.from(this.#window.buffer, start, length).toString('latin1');
  }

  /** A text up to the next line feed, which is stepped over. */
  line(): string {
    const characters: number[] = [];
    for (;;) {
      const byte = this.uint8();
      if (byte === 0x0a) return new TextDecoder().decode(Uint8Array.from(characters));
      characters.push(byte);
      if (characters.length > LONGEST_LINE)
        throw new CorruptFileError(this.#source.name, 'a name in it never ends');
    }
  }
}
