import { existsSync } from 'node:fs';
import { copyFile, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { OutputExistsError } from '../../core/index.ts';

/** `PRED_062871.tif`, the name that FLAIR's challenges want, for `PRED_IMG_062871.tif`; other names stay. */
export const flairSubmissionName = (name: string): string => name.replace(/^PRED_IMG_/, 'PRED_');

/** A prediction under our name or the challenge's; null where there is neither. */
export function predictionPath(folder: string, name: string): string | null {
  const paths = [name, flairSubmissionName(name)].map((known) => join(folder, known));
  return paths.find((path) => existsSync(path)) ?? null;
}

/**
 * Copies predictions into a folder under the names that FLAIR's challenges want.
 * @returns the paths written
 * @throws {OutputExistsError} unless `overwrite`
 */
export async function writeFlairSubmission(
  folder: string,
  { names, from, overwrite = false }: { names: readonly string[]; from: string; overwrite?: boolean },
): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const paths = names.map((name) => join(folder, flairSubmissionName(name)));
  const present = overwrite ? undefined : paths.find((path) => existsSync(path));
  if (present !== undefined) throw new OutputExistsError(present);
  for (const [i, path] of paths.entries()) {
    const partial = `${path}.partial-${process.pid}`;
    await copyFile(predictionPath(from, names[i]!) ?? join(from, names[i]!), partial);
    await rename(partial, path);
  }
  return paths;
}
