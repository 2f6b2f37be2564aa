import { styleText } from 'node:util';
import { ArpentError } from '../core/index.ts';
import { INTERRUPTED } from './interrupt.ts';

/** What to print on stderr for an error that reached the top, and the exit code that goes with it. */
export interface ErrorReport {
  readonly text: string;
  readonly exitCode: number;
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
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const request =
    'This is a defect of arpent. Please report it with the lines above and what `arpent doctor` prints.';
  return { text: `${label} ${stack}\n\n${request}\n`, exitCode: 1 };
}
