import type { ByteSource } from '../byte-source.ts';
import {
  CorruptFileError,
  TruncatedFileError,
  UnsupportedContentError,
  WeightsTooLargeError,
} from '../errors.ts';

/** One file inside a zip archive, as the central directory describes it. */
export interface ZipEntry {
  readonly name: string;
  readonly compressed: boolean;
  readonly crc32: number;
  readonly storedBytes: number;
  readonly bytes: number;
  readonly headerOffset: number;
  /** Where the next entry, or the central directory, begins. */
  readonly limit: number;
}

const END_MARK = 0x06054b50;
const END64_MARK = 0x06064b50;
const LOCATOR64_MARK = 0x07064b50;
const CENTRAL_MARK = 0x02014b50;
const END_BYTES = 22;
const LOCATOR64_BYTES = 20;
const END64_BYTES = 56;
const CENTRAL_BYTES = 46;
const LARGEST_COMMENT = 0xffff;
const LARGEST_ENTRY_COUNT = 1_000_000;
/** Encrypted, patched data, strong encryption, masked headers. */
const UNREADABLE_FLAGS = 0x0001 | 0x0020 | 0x0040 | 0x2000;

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function readUint64(view: DataView, offset: number): number {
  return Number(view.getBigUint64(offset, true));
}

/** Where the central directory is, and how many entries it announces. */
interface Directory {
  readonly offset: number;
  readonly bytes: number;
  readonly count: number;
}

function findEnd(source: ByteSource): { offset: number; view: DataView } {
  const length = Math.min(source.size, END_BYTES + LARGEST_COMMENT);
  const start = source.size - length;
  const view = viewOf(source.read(start, length));
  for (let at = length - END_BYTES; at >= 0; at--) {
    if (view.getUint32(at, true) === END_MARK && at + END_BYTES + view.getUint16(at + 20, true) === length) {
      return { offset: start + at, view: new DataView(view.buffer, view.byteOffset + at, END_BYTES) };
    }
  }
  throw new TruncatedFileError(source.name, 'the directory at the end of the zip archive is missing');
}

function findDirectory(source: ByteSource): Directory {
  const { offset: end, view } = findEnd(source);
  const damaged = (what: string) => new CorruptFileError(source.name, what);
  let limit = end;
  let directory = {
    offset: view.getUint32(16, true),
    bytes: view.getUint32(12, true),
    count: view.getUint16(10, true),
  };
  if (
    view.getUint16(4, true) !== 0 ||
    view.getUint16(6, true) !== 0 ||
    view.getUint16(8, true) !== directory.count
  ) {
    throw damaged('zip archives in several parts are not read');
  }
  const locatorOffset = end - LOCATOR64_BYTES;
  const locator = locatorOffset >= 0 ? viewOf(source.read(locatorOffset, LOCATOR64_BYTES)) : undefined;
  if (locator?.getUint32(0, true) === LOCATOR64_MARK) {
    const offset = readUint64(locator, 8);
    if (offset + END64_BYTES > locatorOffset) throw damaged('the zip64 directory end lies outside the file');
    const end64 = viewOf(source.read(offset, END64_BYTES));
    if (end64.getUint32(0, true) !== END64_MARK)
      throw damaged('the zip64 directory end is not where it should be');
    if (end64.getUint32(16, true) !== 0 || end64.getUint32(20, true) !== 0) {
      throw damaged('zip archives in several parts are not read');
    }
    directory = { offset: readUint64(end64, 48), bytes: readUint64(end64, 40), count: readUint64(end64, 32) };
    limit = offset;
  }
  if (directory.offset + directory.bytes !== limit)
    throw damaged('the zip directory is not where it should be');
  if (directory.count * CENTRAL_BYTES > directory.bytes)
    throw damaged('the zip directory is shorter than it says');
  if (directory.count > LARGEST_ENTRY_COUNT) {
    throw new WeightsTooLargeError(source.name, `${directory.count} entries in a zip archive`);
  }
  return directory;
}

/** Refuses names that would leave a folder, although nothing here is ever extracted to disk. */
function checkName(file: string, name: string): void {
  const escapes =
    name === '' ||
    name.includes('\0') ||
    name.includes('\\') ||
    name.startsWith('/') ||
    /^[A-Za-z]:/.test(name) ||
    name.split('/').includes('..');
  if (escapes)
    throw new CorruptFileError(file, `the zip entry ${JSON.stringify(name)} leads out of the archive`);
}

/** Sizes and offset, from the zip64 extra field where the 32-bit fields are full. */
function readSizes(file: string, view: DataView, at: number, extra: DataView) {
  const sizes = {
    bytes: view.getUint32(at + 24, true),
    storedBytes: view.getUint32(at + 20, true),
    headerOffset: view.getUint32(at + 42, true),
  };
  const wide = (['bytes', 'storedBytes', 'headerOffset'] as const).filter(
    (field) => sizes[field] === 0xffffffff,
  );
  for (let position = 0; wide.length > 0 && position + 4 <= extra.byteLength; ) {
    const length = extra.getUint16(position + 2, true);
    if (extra.getUint16(position, true) === 1) {
      if (length < 8 * wide.length || position + 4 + length > extra.byteLength) break;
      for (const [i, field] of wide.entries()) sizes[field] = readUint64(extra, position + 4 + 8 * i);
      return sizes;
    }
    position += 4 + length;
  }
  if (wide.length > 0) throw new CorruptFileError(file, 'a zip64 entry lacks its sizes');
  return sizes;
}

function readEntry(
  file: string,
  view: DataView,
  at: number,
): { entry: Omit<ZipEntry, 'limit'>; next: number } {
  const damaged = (what: string) => new CorruptFileError(file, what);
  if (at + CENTRAL_BYTES > view.byteLength || view.getUint32(at, true) !== CENTRAL_MARK) {
    throw damaged('the zip directory is garbled');
  }
  const nameBytes = view.getUint16(at + 28, true);
  const extraBytes = view.getUint16(at + 30, true);
  const nameStart = at + CENTRAL_BYTES;
  const next = nameStart + nameBytes + extraBytes + view.getUint16(at + 32, true);
  if (next > view.byteLength) throw damaged('the zip directory is garbled');
  const name = new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + nameStart, nameBytes));
  checkName(file, name);
  const method = view.getUint16(at + 10, true);
  if ((view.getUint16(at + 8, true) & UNREADABLE_FLAGS) !== 0 || (method !== 0 && method !== 8)) {
    throw new UnsupportedContentError(`the zip entry ${name} is encrypted or compressed in an unusual way`, {
      file,
      remedy: 'save the file again with torch.save or numpy.savez',
    });
  }
  const extra = new DataView(view.buffer, view.byteOffset + nameStart + nameBytes, extraBytes);
  const sizes = readSizes(file, view, at, extra);
  const compressed = method === 8;
  if (!compressed && sizes.bytes !== sizes.storedBytes)
    throw damaged(`the sizes of the zip entry ${name} disagree`);
  return { entry: { name, compressed, crc32: view.getUint32(at + 16, true), ...sizes }, next };
}

/**
 * Reads the central directory of a zip archive and checks it: positions inside the file, no entry over another
 * (the trick of most zip bombs), no name twice, no name that leads out of a folder.
 * @throws TruncatedFileError, CorruptFileError, UnsupportedContentError, WeightsTooLargeError
 */
export function readZipDirectory(source: ByteSource): Map<string, ZipEntry> {
  if (source.size < END_BYTES) throw new TruncatedFileError(source.name, 'it is too short for a zip archive');
  const directory = findDirectory(source);
  const view = viewOf(source.read(directory.offset, directory.bytes));
  const found: Omit<ZipEntry, 'limit'>[] = [];
  let at = 0;
  for (let i = 0; i < directory.count; i++) {
    const { entry, next } = readEntry(source.name, view, at);
    found.push(entry);
    at = next;
  }
  if (at !== directory.bytes)
    throw new CorruptFileError(source.name, 'the zip directory holds more than it says');
  found.sort((a, b) => a.headerOffset - b.headerOffset);
  const entries = new Map<string, ZipEntry>();
  for (const [i, entry] of found.entries()) {
    const limit = found[i + 1]?.headerOffset ?? directory.offset;
    if (entry.headerOffset + 30 + entry.storedBytes > limit) {
      throw new CorruptFileError(source.name, `the zip entry ${entry.name} runs into the one after it`);
    }
    if (entries.has(entry.name))
      throw new CorruptFileError(source.name, `the zip entry ${entry.name} occurs twice`);
    entries.set(entry.name, { ...entry, limit });
  }
  return entries;
}
