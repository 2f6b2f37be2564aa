import { type FileHandle, open, rm } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { outputError, writeFully } from '../../raster/disk.ts';

/** First bytes of every journal; the digit is the format's version. */
const MAGIC = Buffer.from('ARPENT-MAP-JOURNAL-1\n', 'latin1');

/** Bytes before each record: its length and its CRC-32. */
const PREFIX = 8;

/** No record is longer; a length above this is damage. */
const LONGEST = 2 ** 31;

/** A record as it is written: length and checksum, then the payload. */
export function encodeRecord(payload: Uint8Array): Buffer {
  const prefix = Buffer.alloc(PREFIX);
  prefix.writeUInt32LE(payload.length, 0);
  prefix.writeUInt32LE(crc32(payload), 4);
  return Buffer.concat([prefix, payload]);
}

async function readAt(file: FileHandle, length: number, position: number): Promise<Buffer | null> {
  const bytes = Buffer.allocUnsafe(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, length - done, position + done);
    if (bytesRead === 0) return null;
    done += bytesRead;
  }
  return bytes;
}

/** The whole record at a position; null where the file ends or is damaged. */
async function recordAt(file: FileHandle, position: number): Promise<Buffer | null> {
  const prefix = await readAt(file, PREFIX, position);
  const length = prefix?.readUInt32LE(0) ?? LONGEST;
  if (prefix === null || length >= LONGEST) return null;
  const payload = await readAt(file, length, position + PREFIX);
  return payload !== null && crc32(payload) === prefix.readUInt32LE(4) ? payload : null;
}

async function hasMagic(file: FileHandle): Promise<boolean> {
  return (await readAt(file, MAGIC.length, 0))?.equals(MAGIC) ?? false;
}

/**
 * A file of records that survives being cut anywhere: each record carries its length and checksum, and opening cuts off
 * whatever follows the last whole one.
 */
export class Journal {
  readonly path: string;
  private readonly file: FileHandle;
  private end: number;
  private writing: Promise<void> = Promise.resolve();

  private constructor(path: string, file: FileHandle, end: number) {
    this.path = path;
    this.file = file;
    this.end = end;
  }

  /** Begins an empty journal, replacing what is there. @throws DiskFullError */
  static async create(path: string): Promise<Journal> {
    try {
      const file = await open(path, 'w+');
      await writeFully(file, MAGIC, 0);
      return new Journal(path, file, MAGIC.length);
    } catch (error) {
      throw outputError(path, error);
    }
  }

  /** The first record of a journal that a run left behind; null where there is none. Changes nothing. */
  static async first(path: string): Promise<Buffer | null> {
    const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (file === null) return null;
    try {
      return (await hasMagic(file)) ? await recordAt(file, MAGIC.length) : null;
    } finally {
      await file.close();
    }
  }

  /**
   * Opens a journal that a run left behind and passes its whole records on, in order.
   *
   * @param take receives each record; when it returns false, this record and all after it are dropped
   * @returns null when there is no journal, or none of this format
   */
  static async resume(
    path: string,
    take: (payload: Buffer, index: number) => Promise<boolean>,
  ): Promise<Journal | null> {
    const file = await open(path, 'r+').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (file === null) return null;
    try {
      if (!(await hasMagic(file))) {
        await file.close();
        return null;
      }
      let end = MAGIC.length;
      for (let index = 0; ; index++) {
        const payload = await recordAt(file, end);
        if (payload === null || !(await take(payload, index))) break;
        end += PREFIX + payload.length;
      }
      await file.truncate(end);
      return new Journal(path, file, end);
    } catch (error) {
      await file.close().catch(() => {});
      throw error;
    }
  }

  /** Adds a record after those before it. Resolves when the system has it. @throws DiskFullError */
  append(payload: Uint8Array): Promise<void> {
    const bytes = encodeRecord(payload);
    const task = this.writing.then(async () => {
      try {
        await writeFully(this.file, bytes, this.end);
        this.end += bytes.length;
      } catch (error) {
        throw outputError(this.path, error);
      }
    });
    this.writing = task;
    task.catch(() => {});
    return task;
  }

  /** Forces what was added to the disk, so that it survives a power cut. */
  async sync(): Promise<void> {
    await this.writing;
    await this.file.datasync();
  }

  /** Closes the file and leaves it for a later run. */
  async close(): Promise<void> {
    await this.writing.catch(() => {});
    await this.file.datasync().catch(() => {});
    await this.file.close();
  }

  /** Closes and removes the file. */
  async remove(): Promise<void> {
    await this.close();
    await rm(this.path, { force: true });
  }
}
