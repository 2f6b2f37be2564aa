import { OutputExistsError } from '../../../core/index.ts';
import { DiskFullError } from '../../errors.ts';

/** An error on its way between threads, which keep neither its class nor the code of a system error. */
export interface PassedError {
  readonly kind: 'exists' | 'disk-full' | 'other';
  /** The file in question; null where there is none. */
  readonly file: string | null;
  readonly message: string;
  readonly code: string | null;
  readonly cause: PassedError | null;
}

/** Takes an error apart. */
export function passError(error: unknown): PassedError {
  const { message = String(error), code, path, cause } = error as NodeJS.ErrnoException & { cause?: unknown };
  const rest = { message, code: code ?? null, cause: cause instanceof Error ? passError(cause) : null };
  if (error instanceof DiskFullError) return { kind: 'disk-full', file: error.place.file ?? null, ...rest };
  if (error instanceof OutputExistsError) return { kind: 'exists', file: error.place.file ?? null, ...rest };
  return { kind: 'other', file: path ?? null, ...rest };
}

/** Puts an error together again. @param path the raster it came from */
export function passedError(path: string, { kind, file, message, code, cause }: PassedError): Error {
  const reason = cause === null ? undefined : passedError(path, cause);
  if (kind === 'disk-full') return new DiskFullError(file ?? path, reason);
  if (kind === 'exists') return new OutputExistsError(file ?? path);
  const error = new Error(message, { cause: reason });
  return Object.assign(error, code === null ? {} : { code }, file === null ? {} : { path: file });
}
