import { ArpentError } from '../core/index.ts';
import { BadPatchError } from './errors.ts';
import type { Patch } from './patch-list.ts';

/** What a command that can leave patches out adds to the advice of an error. */
export const SKIP_REMARK = '; or pass --skip-bad to leave such patches out and have them listed';

/**
 * The same error at the line of the list that names the file; what is no foreseeable error, and patches of no list, stay
 * as they are.
 */
export function errorAtLine(patch: Patch, error: unknown, remark = ''): unknown {
  if (error instanceof BadPatchError && error.place.line !== undefined) return error;
  if (!(error instanceof ArpentError)) return error;
  if (patch.list === null || patch.line === null) return error;
  const Kind = error instanceof BadPatchError ? (error.constructor as typeof BadPatchError) : BadPatchError;
  const { file, band } = error.place;
  const subject = file === undefined ? '' : `${file}${band === undefined ? '' : `, band ${band}`}: `;
  return new Kind(`${subject}${error.problem}`, {
    file: patch.list,
    line: patch.line,
    remedy: `${error.remedy}${remark}`,
    cause: error,
  });
}
