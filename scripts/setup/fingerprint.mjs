import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A short hash of any values, in order.
 *
 * @param {...(string | Buffer)} parts
 * @returns {string}
 */
export function fingerprint(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex').slice(0, 16);
}

/**
 * A short hash of the names and contents of the files of a folder (recursive), so that a stamp goes stale exactly
 * when a source changes, whatever the clock and git did to modification times.
 *
 * @param {string} folder
 * @param {(name: string) => boolean} wanted tells by path relative to the folder which files count
 * @returns {string}
 */
export function fingerprintFolder(folder, wanted) {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => wanted(path.slice(folder.length + 1)))
    .sort();
  return fingerprint(...names.flatMap((path) => [path.slice(folder.length), readFileSync(path)]));
}
