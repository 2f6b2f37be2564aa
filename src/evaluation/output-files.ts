import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type WriteOptions, writeFileAtomically } from '../core/atomic-file.ts';
import { type ClassDefinition, OutputExistsError } from '../core/index.ts';
import type { ConfusionMatrix } from './confusion-matrix.ts';
import { metricsFile } from './ign-report.ts';
import { decodeConfusionMatrix, encodeConfusionMatrix } from './npy.ts';

/** Whether an output that exists may be replaced. */
export type OutputOptions = WriteOptions;

/**
 * Writes a file that appears under its name only when complete; missing folders are made.
 * @throws {OutputExistsError} when it exists and `overwrite` is not set.
 */
export async function writeOutput(
  path: string,
  contents: string | Uint8Array,
  options: OutputOptions = {},
): Promise<void> {
  writeFileAtomically(
    path,
    (sink) => sink.write(contents instanceof Uint8Array ? contents : Buffer.from(contents)),
    options,
  );
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
