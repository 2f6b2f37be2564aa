import { styleText } from 'node:util';
import { ArpentError } from '../core/index.ts';
import { INTERRUPTED } from './interrupt.ts';

/** What to print on stderr for an error that reached the top, and the exit code that goes with it. */
export interface ErrorReport {
  readonly text: string;
  readonly exitCode: number;
}

/** Refusals of the operating system that no defect of ours causes: what they mean, and what to do. */
const REFUSALS: Readonly<Record<string, readonly [problem: string, remedy: string]>> = {
  ENOSPC: ['the disk is full', 'free some space or choose another disk; what was saved before is intact'],
  EDQUOT: ['the disk quota is used up', 'free some space or ask for more; what was saved before is intact'],
  EFBIG: ['the file would be too large for this disk', 'choose another disk'],
  EROFS: ['this disk cannot be written to', 'choose another place for the outputs'],
  EACCES: ['permission is denied', 'check who may read and write here'],
  EPERM: ['permission is denied', 'check who may read and write here'],
  EMFILE: ['too many files are open', 'raise the limit (ulimit -n), or lower --workers'],
};

function refusalText(error: unknown, label: string): string | null {
  const { code, path } = (error ?? {}) as NodeJS.ErrnoException;
  const refusal = code === undefined ? undefined : REFUSALS[code];
  if (refusal === undefined) return null;
  return `${label} ${path === undefined ? '' : `${path}: `}${refusal[0]}\n  → ${refusal[1]}\n`;
}

/**
 * Foreseeable errors show what is wrong and what to do (exit code 1); anything else is a defect of ours and shows its
 * stack with a request to report it.
 *
 * @param colour whether to colour the word "error".
 */
export function describeError(error: unknown, colour: boolean): ErrorReport {
  const label = colour ? styleText(['red', 'bold'], 'error:') : 'error:';
  if (error instanceof ArpentError) return { text: `${label} ${error.message}\n`, exitCode: 1 };
  if (error instanceof Error && error.name === 'AbortError') {
    return { text: 'interrupted\n', exitCode: INTERRUPTED };
  }
  const refused = refusalText(error, label);
  if (refused !== null) return { text: refused, exitCode: 1 };
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const request =
    'This is a defect of arpent. Please report it with the lines above and what `arpent doctor` prints.';
  return { text: `${label} ${stack}\n\n${request}\n`, exitCode: 1 };
}
