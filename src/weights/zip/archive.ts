import { inflateRawSync } from 'node:zlib';
import type { ByteSource } from '../byte-source.ts';
import { CorruptFileError, UnsupportedContentError, WeightsTooLargeError } from '../errors.ts';
import { checksum } from './checksum.ts';
import { readZipDirectory, type ZipEntry } from './directory.ts';

const LOCAL_MARK = 0x04034b50;
const LOCAL_BYTES = 30;
/** Bytes read at a time when only the checksum of an entry is wanted. */
const CHECK_CHUNK = 8 << 20;
/** Deflate cannot expand by more than this. */
const LARGEST_RATIO = 1032;

export interface ZipOptions {
  /** Largest size of one compressed entry once inflated; 0 refuses compressed entries. Default 0. */
  readonly maxInflatedBytes?: number;
}

/** A zip archive opened for reading: entries are read when asked for, and checked against their CRC-32 once. */
export class ZipArchive {
  readonly entries: ReadonlyMap<string, ZipEntry>;
  readonly #source: ByteSource;
  readonly #maxInflatedBytes: number;
  readonly #unverified = new Set<string>();

  constructor(source: ByteSource, { maxInflatedBytes = 0 }: ZipOptions = {}) {
    this.#source = source;
    this.#maxInflatedBytes = maxInflatedBytes;
    this.entries = readZipDirectory(source);
    for (const { name, crc32 } of this.entries.values()) {
      // PyTorch writes 0 when it is told to compute no checksums (torch.serialization.set_crc32_options).
      if (crc32 !== 0) this.#unverified.add(name);
    }
  }

  #entry(name: string): ZipEntry {
    const entry = this.entries.get(name);
    if (entry === undefined) throw new CorruptFileError(this.#source.name, `the entry ${name} is missing`);
    return entry;
  }

  /** Position of an entry's first stored byte, once its local header agrees with the directory. */
  #dataOffset(entry: ZipEntry): number {
    const room = Math.min(LOCAL_BYTES + Buffer.byteLength(entry.name), entry.limit - entry.headerOffset);
    const header = this.#source.read(entry.headerOffset, room);
    const view = new DataView(header.buffer);
    const nameBytes = view.getUint16(26, true);
    const offset = entry.headerOffset + LOCAL_BYTES + nameBytes + view.getUint16(28, true);
    const agrees =
      view.getUint32(0, true) === LOCAL_MARK &&
      view.getUint16(8, true) === (entry.compressed ? 8 : 0) &&
      offset + entry.storedBytes <= entry.limit &&
      new TextDecoder().decode(header.subarray(LOCAL_BYTES, LOCAL_BYTES + nameBytes)) === entry.name;
    if (!agrees) {
      throw new CorruptFileError(this.#source.name, `the zip entry ${entry.name} differs from the directory`);
    }
    return offset;
  }

  #compare(entry: ZipEntry, sum: number): void {
    if (sum !== entry.crc32) {
      throw new CorruptFileError(this.#source.name, `the checksum of the entry ${entry.name} is wrong`);
    }
    this.#unverified.delete(entry.name);
  }

  /** The whole content of an entry. @throws CorruptFileError, UnsupportedContentError, WeightsTooLargeError */
  read(name: string): Uint8Array {
    const entry = this.#entry(name);
    const stored = this.#source.read(this.#dataOffset(entry), entry.storedBytes);
    const bytes = entry.compressed ? this.#inflate(entry, stored) : stored;
    if (this.#unverified.has(name)) this.#compare(entry, checksum(bytes));
    return bytes;
  }

  /** Bytes `[offset, offset + length)` of an uncompressed entry; the first call checks the whole entry. */
  readRange(name: string, offset: number, length: number): Uint8Array {
    const entry = this.#entry(name);
    if (entry.compressed) this.#refuseCompressed(entry);
    if (offset === 0 && length === entry.bytes) return this.read(name);
    if (offset < 0 || length < 0 || offset + length > entry.bytes) {
      throw new CorruptFileError(this.#source.name, `the entry ${name} is shorter than what is read from it`);
    }
    const start = this.#dataOffset(entry);
    if (this.#unverified.has(name)) {
      let sum = 0;
      for (let done = 0; done < entry.bytes; done += CHECK_CHUNK) {
        sum = checksum(this.#source.read(start + done, Math.min(CHECK_CHUNK, entry.bytes - done)), sum);
      }
      this.#compare(entry, sum);
    }
    return this.#source.read(start + offset, length);
  }

  #refuseCompressed(entry: ZipEntry): never {
    throw new UnsupportedContentError(`the zip entry ${entry.name} is compressed`, {
      file: this.#source.name,
      remedy: 'PyTorch stores its entries uncompressed: save the file again with torch.save',
    });
  }

  #inflate(entry: ZipEntry, stored: Uint8Array): Uint8Array {
    const { name } = this.#source;
    if (this.#maxInflatedBytes === 0) this.#refuseCompressed(entry);
    if (entry.bytes > this.#maxInflatedBytes || entry.bytes > entry.storedBytes * LARGEST_RATIO) {
      throw new WeightsTooLargeError(name, `${entry.name} claims to inflate to ${entry.bytes} bytes`);
    }
    let bytes: Uint8Array;
    try {
      bytes = inflateRawSync(stored, { maxOutputLength: Math.max(entry.bytes, 1) });
    } catch (cause) {
      throw new CorruptFileError(name, `the compressed entry ${entry.name} cannot be inflated`, cause);
    }
    if (bytes.byteLength !== entry.bytes) {
      throw new CorruptFileError(name, `the entry ${entry.name} inflates to another size than it says`);
    }
    return bytes;
  }
}
