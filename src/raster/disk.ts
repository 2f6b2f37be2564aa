import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { threadId } from 'node:worker_threads';
import { ArpentError, OutputExistsError } from '../core/index.ts';
import { DiskFullError } from './errors.ts';

/** System errors that mean there is no room: disk full, quota, file size limit. */
const noRoom = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** The same in the words of GDAL and the libraries under it, which give no codes. */
const noRoomWords = /no space left|file too large|disk is full|disk i\/o error|write error/i;

/** A file that GDAL wrote without complaint and that is not all there. */
export class IncompleteOutputError extends ArpentError {
  constructor(file: string, cause?: unknown) {
    super('the output could not be written completely', {
      file,
      remedy: 'look whether the disk is full, then run again; no half-written output was left behind',
      cause,
    });
  }
}

/** A writing error as the error a person can act on. */
export function outputError(file: string, error: unknown): unknown {
  if (error instanceof ArpentError && !(error instanceof IncompleteOutputError)) return error;
  const { code, message = '' } = error as NodeJS.ErrnoException;
  const full = error instanceof IncompleteOutputError || noRoom.has(code ?? '') || noRoomWords.test(message);
  return full ? new DiskFullError(file, error) : error;
}

/** @throws OutputExistsError when something is at this path and it may not be replaced. */
export async function checkOutputFree(file: string, overwrite: boolean): Promise<void> {
  if (overwrite) return;
  try {
    await stat(file);
  } catch {
    return;
  }
  throw new OutputExistsError(file);
}

// Each thread of a process has this module to itself, and counts from a place of its own.
let sequence = threadId * 1_000_000;

/** A name beside the output for what is not finished yet; different for each writer, its extension kept. */
export function partialName(file: string, kind = 'partial'): string {
  return `${file}.${kind}-${process.pid}-${sequence++}${extname(file)}`;
}

/** Write all bytes at a position, or from the end of what was written when there is none. */
export async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** Make a rename survive a power cut, where the system lets folders be synchronised. */
async function syncFolder(file: string): Promise<void> {
  try {
    const folder = await open(dirname(file), 'r');
    await folder.sync().finally(() => folder.close());
  } catch {
    // Some file systems cannot; the file's own bytes are safe already.
  }
}

/** Force a file's bytes to the disk and give it its name. */
async function settle(partial: string, file: string): Promise<void> {
  const handle = await open(partial, 'r+');
  await handle.sync().finally(() => handle.close());
  await rename(partial, file);
}

/**
 * Make a file that appears under its name only when it is whole: it is written beside, forced to the disk and renamed.
 * When writing fails nothing is left.
 *
 * @param write writes the file at the path it is given, and its sidecars at that path with their suffixes.
 * @param sidecars suffixes of companion files; they appear before the file itself.
 * @throws OutputExistsError, DiskFullError
 */
export async function writeWhole(
  file: string,
  overwrite: boolean,
  write: (partial: string) => Promise<void>,
  sidecars: readonly string[] = [],
): Promise<void> {
  await checkOutputFree(file, overwrite);
  const partial = partialName(file);
  try {
    await write(partial);
    for (const suffix of [...sidecars, '']) await settle(partial + suffix, file + suffix);
    await syncFolder(file);
  } catch (error) {
    for (const suffix of [...sidecars, '']) await rm(partial + suffix, { force: true });
    throw outputError(file, error);
  }
}
