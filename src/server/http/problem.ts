import { z } from 'zod';
import { ArpentError } from '../../core/index.ts';

/** Shape of a {@link Problem}. */
export const problemAnswer = z.strictObject({
  ...{ type: z.string(), title: z.string(), status: z.number().int(), detail: z.string() },
  remedy: z.string().optional().describe('What to do about it'),
});

/** An error as `application/problem+json` (RFC 9457). */
export type Problem = Readonly<z.output<typeof problemAnswer>>;

/** HTTP statuses of errors by their class; errors of the rooms below are about what the client gave. */
const STATUSES: Readonly<Record<string, number>> = {
  TokenMissingError: 401,
  ForbiddenPathError: 403,
  ForbiddenAddressError: 403,
  ForeignPageError: 403,
  NotThereError: 404,
  RasterNotFoundError: 404,
  JobStateError: 409,
  TooMuchError: 413,
  UnsupportedFileError: 415,
  UntrustedPathError: 415,
  TooManyRequestsError: 429,
  BusyError: 503,
  WorkerLostError: 502,
  StorageFullError: 507,
  DiskFullError: 507,
  BadRequestError: 400,
};

/** An error that happened in a worker process, with the name and words it had there. */
export class RemoteTaskError extends ArpentError {
  constructor(name: string, problem: string, remedy: string) {
    super(problem, { remedy });
    this.name = name;
  }
}

/** What a client is told of an error. Paths of this machine are not: the problem alone is, without its place. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ArpentError) {
    const status = STATUSES[error.name] ?? 422;
    return {
      type: `urn:arpent:${error.name}`,
      title: error.name.replace(/Error$/, '').replace(/(?<=[a-z])(?=[A-Z])/g, ' '),
      status,
      detail: error.problem,
      remedy: error.remedy,
    };
  }
  return {
    type: 'about:blank',
    title: 'Internal error',
    status: 500,
    detail: 'the server met an error of its own',
    remedy: 'look at the output of `arpent serve`',
  };
}

/** Seconds after which a client may ask again, for the statuses that say so. */
const RETRY: Readonly<Record<number, string>> = { 429: '1', 503: '2' };

/** The response that tells a client of an error. */
export function problemResponse(error: unknown): Response {
  const problem = problemOf(error);
  const retry = RETRY[problem.status];
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: {
      'content-type': 'application/problem+json; charset=utf-8',
      ...(retry === undefined ? {} : { 'retry-after': retry }),
      ...(problem.status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    },
  });
}
