import { constants } from 'node:buffer';
import { closeSync, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { CorruptFileError, TruncatedFileError, UnsupportedContentError, WeightsError } from './errors.ts';

/** Random access to the bytes of a file or of a buffer. */
export interface ByteSource {
  /** File path, or a name for messages. */
  readonly name: string;
  readonly size: number;
  /**
   * Fresh bytes `[offset, offset + length)`, starting at byte 0 of a buffer of their own.
   * @throws TruncatedFileError when they lie beyond the end.
   */
  read(offset: number, length: number): Uint8Array;
}

/** A checkpoint was opened, and the file changed before one of its tensors was read. */
export class FileChangedError extends WeightsError {
  constructor(file: string) {
    super('the file changed while it was being read', {
      file,
      remedy: 'read it again once the program that writes it has finished',
    });
  }
}

/** The file cannot be opened. */
export class UnreadableFileError extends WeightsError {
  constructor(file: string, cause: unknown) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    const reason = code === 'ENOENT' ? 'there is no such file' : `the file cannot be opened (${code})`;
    super(reason, { file, remedy: 'check the path and the permissions', cause });
  }
}

function checkRange(name: string, size: number, offset: number, length: number): void {
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0) {
    throw new CorruptFileError(name, `a position of ${offset} + ${length} bytes makes no sense`);
  }
  if (offset + length > size) {
    throw new TruncatedFileError(name, `bytes ${offset} to ${offset + length} of ${size} are asked for`);
  }
  if (length > constants.MAX_LENGTH) {
    throw new UnsupportedContentError(`${length} bytes in one piece are more than this Node.js can hold`, {
      file: name,
      remedy: 'use a newer Node.js, or split the tensor in Python',
    });
  }
}

function sameFile(a: Stats, b: Stats): boolean {
  return a.ino === b.ino && a.dev === b.dev && a.size === b.size && a.mtimeMs === b.mtimeMs;
}

/**
 * A file, opened anew for each read: nothing stays open, however long a lazily read checkpoint is kept.
 * @throws UnreadableFileError when it is missing or is not a file.
 */
export function fileSource(path: string): ByteSource {
  let opened: Stats;
  try {
    opened = statSync(path);
  } catch (cause) {
    throw new UnreadableFileError(path, cause);
  }
  if (!opened.isFile()) throw new UnreadableFileError(path, { code: 'not a regular file' });
  return {
    name: path,
    size: opened.size,
    read(offset, length) {
      checkRange(path, opened.size, offset, length);
      let descriptor: number;
      try {
        descriptor = openSync(path, 'r');
      } catch (cause) {
        throw new UnreadableFileError(path, cause);
      }
      try {
        if (!sameFile(opened, fstatSync(descriptor))) throw new FileChangedError(path);
        const bytes = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
        let done = 0;
        while (done < length) {
          const count = readSync(descriptor, bytes, done, Math.min(length - done, 1 << 30), offset + done);
          if (count === 0) throw new FileChangedError(path);
          done += count;
        }
        return bytes;
      } finally {
        closeSync(descriptor);
      }
    },
  };
}

/** A buffer seen as a file; reads copy. */
export function bufferSource(bytes: Uint8Array, name = 'the buffer'): ByteSource {
  return {
    name,
    size: bytes.byteLength,
    read(offset, length) {
      checkRange(name, bytes.byteLength, offset, length);
      return new Uint8Array(bytes.subarray(offset, offset + length));
    },
  };
}
