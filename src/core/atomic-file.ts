import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { OutputExistsError } from './errors.ts';

/** Whether a writer may replace what is there. */
export interface WriteOptions {
  /** Replace a file that is already there; otherwise that is an error. Default false. */
  readonly overwrite?: boolean;
}

/** A file being written, under a temporary name beside its final one. */
export interface FileSink {
  /** Bytes written so far. */
  readonly position: number;
  write(bytes: Uint8Array): void;
}

/** More than 2 GB in one system call is cut short by the kernel. */
const LARGEST_WRITE = 1 << 30;

function syncFolder(folder: string): void {
  // Windows cannot open folders; there the rename is already durable enough.
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Writes a file so that it appears under its name only when complete and on disk. Makes missing folders.
 * @param fill Writes the content; when it throws, nothing is left behind.
 * @throws OutputExistsError when the file exists and `overwrite` is not set.
 */
export function writeFileAtomically(
  path: string,
  fill: (sink: FileSink) => void,
  { overwrite = false }: WriteOptions = {},
): void {
  if (!overwrite && existsSync(path)) throw new OutputExistsError(path);
  mkdirSync(dirname(path), { recursive: true });
  const partial = `${path}.partial-${process.pid}`;
  const descriptor = openSync(partial, 'w');
  let open = true;
  try {
    let position = 0;
    fill({
      get position() {
        return position;
      },
      write(bytes) {
        for (let done = 0; done < bytes.byteLength; ) {
          const count = writeSync(descriptor, bytes, done, Math.min(bytes.byteLength - done, LARGEST_WRITE));
          done += count;
          position += count;
        }
      },
    });
    fsyncSync(descriptor);
    closeSync(descriptor);
    open = false;
    renameSync(partial, path);
    syncFolder(dirname(path));
  } catch (error) {
    if (open) closeSync(descriptor);
    rmSync(partial, { force: true });
    throw error;
  }
}
