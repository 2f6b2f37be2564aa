import { statSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import type { ConfigReading } from './config-reading.ts';
import type { KeyPath } from './config-tree.ts';

/** A reading together with where paths start and whether files must exist. */
export interface RuleContext {
  readonly reading: ConfigReading;
  readonly baseFolder: string;
  readonly checkFiles: boolean;
}

/** Extensions of weights that can be read. */
export const CHECKPOINT_EXTENSIONS = ['.ckpt', '.pth', '.pt', '.safetensors'];

/**
 * Checks that a key names an existing file (or folder) with one of the extensions.
 * @param need why the file is needed, for the message (`tasks.train is on`).
 * @returns whether the path can be used.
 */
export function requireFile(
  { reading, baseFolder, checkFiles }: RuleContext,
  key: KeyPath,
  value: string | null,
  need: string,
  { extensions = [], folder = false }: { extensions?: readonly string[]; folder?: boolean } = {},
): boolean {
  const kind = folder ? 'folder' : 'file';
  if (value === null || value === '') {
    reading.error('missing-key', key, `a ${kind} is needed here because ${need}`);
    return false;
  }
  if (value.includes('\u0000')) {
    reading.error('wrong-value', key, 'a path cannot contain a zero character');
    return false;
  }
  if (extensions.length > 0 && !extensions.includes(extname(value).toLowerCase())) {
    reading.error('wrong-value', key, `"${value}" does not end in ${extensions.join(', ')}`);
    return false;
  }
  if (!checkFiles) return true;
  const full = resolve(baseFolder, value);
  const found = statSync(full, { throwIfNoEntry: false });
  if (found !== undefined && (folder ? found.isDirectory() : found.isFile())) return true;
  const problem = found === undefined ? `there is no ${kind} "${value}"` : `"${value}" is not a ${kind}`;
  const looked = full === value ? '' : ` (looked for ${full})`;
  reading.error('missing-file', key, `${problem}${looked}; it is needed because ${need}`);
  return false;
}
