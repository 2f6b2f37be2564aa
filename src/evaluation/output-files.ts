import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ClassDefinition, OutputExistsError } from '../core/index.ts';
import type { ConfusionMatrix } from './confusion-matrix.ts';
import { metricsFile } from './ign-report.ts';
import { decodeConfusionMatrix, encodeConfusionMatrix } from './npy.ts';

/** Whether an output that exists may be replaced. */
export interface OutputOptions {
  readonly overwrite?: boolean;
}

/**
 * Writes a file that appears under its name only when complete; missing folders are made.
 * @throws {OutputExistsError} when it exists and `overwrite` is not set.
 */
export async function writeOutput(
  path: string,
  contents: string | Uint8Array,
  { overwrite = false }: OutputOptions = {},
): Promise<void> {
  if (!overwrite && existsSync(path)) throw new OutputExistsError(path);
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.partial-${process.pid}`;
  try {
    await using file = await open(partial, 'w');
    await file.writeFile(contents);
    await file.sync();
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  await rename(partial, path);
}

/**
 * Writes `confmat.npy` (uncut, int64) and `metrics.json` into a folder, as IGN's FLAIR-1 names them.
 * @throws {OutputExistsError} before anything is written, unless `overwrite`.
 */
export async function writeMetrics(
  folder: string,
  matrix: ConfusionMatrix,
  classes: readonly ClassDefinition[],
  { overwrite = false }: OutputOptions = {},
): Promise<{ readonly confmat: string; readonly metrics: string }> {
  const paths = { confmat: join(folder, 'confmat.npy'), metrics: join(folder, 'metrics.json') };
  if (!overwrite) {
    for (const path of Object.values(paths)) if (existsSync(path)) throw new OutputExistsError(path);
  }
  await writeOutput(paths.confmat, encodeConfusionMatrix(matrix), { overwrite });
  await writeOutput(paths.metrics, `${JSON.stringify(metricsFile(matrix, classes), null, 2)}\n`, {
    overwrite,
  });
  return paths;
}

/** Reads a `confmat.npy`. @throws {ConfusionMatrixFileError} when it holds no matrix of counts. */
export async function readConfusionMatrix(path: string): Promise<ConfusionMatrix> {
  return decodeConfusionMatrix(await readFile(path), path);
}
