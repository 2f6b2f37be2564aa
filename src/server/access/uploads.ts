import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  BadRequestError,
  StorageFullError,
  TooManyRequestsError,
  TooMuchError,
  UnsupportedFileError,
} from '../errors.ts';
import { imageFormat, type UploadFormat } from './upload-format.ts';

/** How much may be uploaded. */
export interface UploadLimits {
  /** Bytes of one file. */
  readonly bytes: number;
  /** Bytes of all files together. */
  readonly disk: number;
  /** Number of files that are kept. */
  readonly files: number;
  /** Uploads at the same time. */
  readonly atOnce: number;
  /** Milliseconds that one may take. */
  readonly time: number;
}

/** Which files are taken in, and what a client is told of others. */
export interface UploadKind {
  /** The format by the first 16 bytes; null for files that are not taken. */
  readonly formatOf: (head: Uint8Array) => UploadFormat | null;
  readonly refusal: string;
  readonly remedy: string;
}

/** Bytes of a refused upload that are read and forgotten: a client that is cut off while it sends does not hear why. */
const READ_AWAY = 64 * 2 ** 20;

/** Reads a body that nobody wants, up to {@link READ_AWAY}. */
async function readAway(body: ReadableStream<Uint8Array>, time: number): Promise<void> {
  const reader = body.getReader();
  const end = Date.now() + time;
  for (let length = 0; length < READ_AWAY && Date.now() < end; ) {
    const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }));
    if (done) return;
    length += value?.length ?? 0;
  }
}

/** Images of the formats that the studio shows. */
export const IMAGE_UPLOADS: UploadKind = {
  formatOf: imageFormat,
  refusal: 'this is no GeoTIFF, PNG, JPEG, JPEG 2000 or WebP',
  remedy: 'bring an image of one of these formats',
};

/** Files that clients brought, in a folder of the server's own, under names of the server's own. */
export class Uploads {
  readonly folder: string;
  private readonly limits: UploadLimits;
  private readonly kind: UploadKind;
  private running = 0;
  private reserved = 0;

  constructor(folder: string, limits: UploadLimits, kind: UploadKind = IMAGE_UPLOADS) {
    this.folder = folder;
    this.limits = limits;
    this.kind = kind;
  }

  private async used(): Promise<{ bytes: number; files: number }> {
    await mkdir(this.folder, { recursive: true });
    const names = (await readdir(this.folder)).filter((name) => !name.includes('.partial'));
    const sizes = await Promise.all(names.map((name) => stat(join(this.folder, name)).catch(() => null)));
    return { files: names.length, bytes: sizes.reduce((sum, about) => sum + (about?.size ?? 0), 0) };
  }

  /**
   * Takes a file in. Its name on disk is random, with plain letters of the given one; its kind is told by its first bytes.
   * @param stated the length that the client announces, 0 when it does not
   * @throws TooMuchError, UnsupportedFileError, TooManyRequestsError, StorageFullError, BadRequestError
   */
  async take(body: ReadableStream<Uint8Array> | null, stated: number, name = ''): Promise<string> {
    const { limits } = this;
    const tooLong = () =>
      new TooMuchError(`an upload may have ${Math.round(limits.bytes / 2 ** 20)} MiB at most`, {
        remedy: 'put the file in a declared folder, or cut it',
      });
    if (body === null) throw new BadRequestError('the upload is empty', { remedy: 'send the file as body' });
    const refuse = async (error: Error) => {
      await readAway(body, limits.time);
      throw error;
    };
    if (stated > limits.bytes) await refuse(tooLong());
    if (this.running >= limits.atOnce)
      await refuse(new TooManyRequestsError(`${this.running} uploads are under way`));
    this.running++;
    // An upload of unknown length counts as the longest allowed, so that several at once cannot pass the limit.
    const claim = stated > 0 ? stated : limits.bytes;
    this.reserved += claim;
    try {
      const { bytes, files } = await this.used();
      if (files >= limits.files || bytes + this.reserved > limits.disk) {
        const remedy = 'remove uploads, or start `arpent serve` with a larger --upload-disk';
        await refuse(new StorageFullError('the room for uploads is used up', { remedy }));
      }
      return await this.write(body, claim, name, tooLong);
    } finally {
      this.running--;
      this.reserved -= claim;
    }
  }

  private async write(
    body: ReadableStream<Uint8Array>,
    claim: number,
    name: string,
    tooLong: () => TooMuchError,
  ): Promise<string> {
    const { formatOf, refusal, remedy } = this.kind;
    const unsupported = () => new UnsupportedFileError(refusal, { remedy });
    const letters = name.replace(/\.[^.]*$/, '').replace(/[^A-Za-z0-9_-]+/g, '-');
    const stem = `${letters.slice(0, 60)}${letters === '' ? '' : '-'}${randomBytes(12).toString('hex')}`;
    const partial = join(this.folder, `${stem}.partial-${process.pid}`);
    let head = Buffer.alloc(0);
    let length = 0;
    let format: UploadFormat | null = null;
    let refused: Error | null = null;
    let forgotten = 0;
    const inspect = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        length += chunk.length;
        if (refused === null && length > claim) refused = tooLong();
        if (refused === null && format === null) {
          head = Buffer.concat([head, chunk.subarray(0, 16)]);
          if (head.length >= 16) format = formatOf(head);
          if (head.length >= 16 && format === null) refused = unsupported();
        }
        if (refused === null) return done(null, chunk);
        forgotten += chunk.length;
        return forgotten > READ_AWAY ? done(refused) : done();
      },
    });
    try {
      const signal = AbortSignal.timeout(this.limits.time);
      const source = Readable.fromWeb(body as import('node:stream/web').ReadableStream);
      await pipeline(source, inspect, createWriteStream(partial, { flags: 'wx' }), { signal });
      if (refused !== null) throw refused;
      const found = format as UploadFormat | null;
      if (found === null) throw unsupported();
      const path = partial.replace(/\.partial-\d+$/, found.ending);
      await rename(partial, path);
      return path;
    } catch (error) {
      await rm(partial, { force: true });
      if (error instanceof Error && error.name === 'AbortError') {
        throw new BadRequestError('the upload took too long', { remedy: 'try again on a faster line' });
      }
      if ((error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE') {
        throw new BadRequestError('the upload was cut short', {
          remedy: 'send the file again',
          cause: error,
        });
      }
      throw error;
    }
  }
}
