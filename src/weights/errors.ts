import { ArpentError, type ErrorDetails } from '../core/index.ts';

const LONGEST_PROBLEM = 1000;

/** Names out of a file may be endless, or hold commands to the terminal that shows the message. */
function presentable(problem: string): string {
  const text = problem.length > LONGEST_PROBLEM ? `${problem.slice(0, LONGEST_PROBLEM)}…` : problem;
  return text.replace(/\p{Cc}/gu, '\uFFFD');
}

/** Anything wrong with a file of weights or arrays; the subclasses say what. */
export class WeightsError extends ArpentError {
  constructor(problem: string, { key, ...details }: ErrorDetails) {
    super(presentable(problem), { ...details, key: key === undefined ? undefined : presentable(key) });
  }
}

/** The file ends before what it announces. */
export class TruncatedFileError extends WeightsError {
  constructor(file: string, what: string) {
    super(`the file is truncated: ${what}`, {
      file,
      remedy: 'download or copy the file again and compare its size with the original',
    });
  }
}

/** The bytes contradict the file's own format (wrong marks, sizes, checksums). */
export class CorruptFileError extends WeightsError {
  constructor(file: string, what: string, cause?: unknown) {
    super(`the file is damaged or not what it claims to be: ${what}`, {
      file,
      remedy: 'download or copy the file again; if it came from elsewhere, do not trust it',
      cause,
    });
  }
}

/** Reading would need more memory than the stated bound. */
export class WeightsTooLargeError extends WeightsError {
  constructor(file: string, what: string) {
    super(`the file asks for more memory than it can honestly need: ${what}`, {
      file,
      remedy: 'do not trust this file; if you made it yourself, save a plain state dict instead',
    });
  }
}

/** The file is healthy but holds something that is not read here. */
export class UnsupportedContentError extends WeightsError {}

/** The file is of no known format. */
export class UnknownFormatError extends WeightsError {}
