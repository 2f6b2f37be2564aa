import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FLAIR_12, OutputExistsError } from '../core/index.ts';
import { ConfusionMatrix } from './confusion-matrix.ts';
import { readConfusionMatrix, writeMetrics, writeOutput } from './output-files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'arpent-metrics-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('metric files', () => {
  it('are written whole, read back, and not replaced unasked', async () => {
    const classes = FLAIR_12.classes.slice(0, 2);
    const matrix = ConfusionMatrix.fromRows([
      [3, 1],
      [0, 4],
    ]);
    const out = join(folder, 'deep', 'metrics');
    const paths = await writeMetrics(out, matrix, classes);
    expect((await readdir(out)).sort()).toEqual(['confmat.npy', 'metrics.json']);
    expect((await readConfusionMatrix(paths.confmat)).toRows()).toEqual(matrix.toRows());
    expect(JSON.parse(await readFile(paths.metrics, 'utf8')).classes).toEqual([
      'building',
      'pervious surface',
    ]);

    await rm(paths.confmat);
    await expect(writeMetrics(out, matrix, classes)).rejects.toThrow(OutputExistsError);
    expect(existsSync(paths.confmat)).toBe(false);
    await writeMetrics(out, matrix, classes, { overwrite: true });
    expect(existsSync(paths.confmat)).toBe(true);
  });

  it('leave nothing behind when writing fails', async () => {
    const path = join(folder, 'taken');
    await expect(writeOutput(path, 12 as unknown as string)).rejects.toThrow();
    expect(await readdir(folder)).toEqual([]);
    await writeFile(path, 'old');
    await expect(writeOutput(path, 'new')).rejects.toThrow(/already exists/);
    expect(await readFile(path, 'utf8')).toBe('old');
  });
});
