import { type FileHandle, open, rm } from 'node:fs/promises';
import { outputError, partialName, writeFully } from '../disk.ts';

/** Where a compressed tile lies in a spool. */
export interface SpoolEntry {
  readonly offset: number;
  readonly length: number;
}

/** Small outputs, such as the prediction of one patch, never need the disk before they are finished. */
const memoryLimit = 4 * 2 ** 20;

/**
 * Compressed tiles in the order they come, until the file they belong to can be put together: in memory while they are
 * few, then in a file beside the output.
 */
export class TileSpool {
  readonly #output: string;
  readonly #path: string;
  readonly #limit: number;
  #file: FileHandle | undefined;
  /** Tiles not in the file yet, by offset; the first starts at `#flushed`. */
  #pending = new Map<number, Uint8Array>();
  #pendingBytes = 0;
  #flushed = 0;
  #tail: Promise<unknown> = Promise.resolve();

  /** @param output the file whose tiles these are. */
  constructor(output: string, limit = memoryLimit) {
    this.#output = output;
    this.#path = partialName(output, 'tiles');
    this.#limit = limit;
  }

  /** Keep a tile. Resolves when it is safe in memory or on the disk. @throws DiskFullError */
  append(bytes: Uint8Array): Promise<SpoolEntry> {
    // One after the other: while the disk is behind, tiles wait where they are made instead of piling up here.
    const done = this.#tail.then(() => this.#append(bytes));
    this.#tail = done.catch(() => {});
    return done;
  }

  async #append(bytes: Uint8Array): Promise<SpoolEntry> {
    const entry = { offset: this.#flushed + this.#pendingBytes, length: bytes.length };
    this.#pending.set(entry.offset, bytes);
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes >= this.#limit) await this.#flush();
    return entry;
  }

  /** Move the tiles in memory to the file. */
  async #flush(): Promise<void> {
    try {
      this.#file ??= await open(this.#path, 'wx+');
      await writeFully(this.#file, Buffer.concat([...this.#pending.values()]), this.#flushed);
    } catch (error) {
      throw outputError(this.#output, error);
    }
    this.#flushed += this.#pendingBytes;
    this.#pendingBytes = 0;
    this.#pending.clear();
  }

  /** Bytes of a kept tile. */
  async read({ offset, length }: SpoolEntry): Promise<Uint8Array> {
    const pending = this.#pending.get(offset);
    if (pending !== undefined) return pending;
    const bytes = Buffer.allocUnsafe(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await this.#file!.read(bytes, done, length - done, offset + done);
      if (bytesRead === 0) throw new Error(`the spool ${this.#path} was cut short`);
      done += bytesRead;
    }
    return bytes;
  }

  /** Forget everything and remove the file. */
  async remove(): Promise<void> {
    await this.#tail;
    await this.#file?.close();
    this.#file = undefined;
    this.#pending.clear();
    await rm(this.#path, { force: true });
  }
}
