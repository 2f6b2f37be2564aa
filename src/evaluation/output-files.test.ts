import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FLAIR_12, OutputExistsError } from '../core/index.ts';
import { ConfusionMatrix } from './confusion-matrix.ts';
import { readConfusionMatrix, writeMetrics, writeOutput } from './output-files.ts';
import { writeReport } from './report.ts';

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

  it('come with figures in a report', async () => {
    const classes = FLAIR_12.classes.slice(0, 2);
    const matrix = ConfusionMatrix.fromRows([
      [3, 1],
      [0, 4],
    ]);
    await writeFile(join(folder, 'iou.png'), 'mine');
    await expect(writeReport(folder, matrix, classes)).rejects.toThrow(/iou\.png.*already exists/);
    expect(await readdir(folder)).toEqual(['iou.png']);
    const written = await writeReport(folder, matrix, classes, { overwrite: true, name: 'unet' });
    const stems = ['confmat_norm-recall', 'confmat_norm-precision', 'iou', 'class_shares'];
    const names = ['confmat.npy', 'metrics.json', ...stems.flatMap((stem) => [`${stem}.svg`, `${stem}.png`])];
    expect(written).toEqual(names.map((name) => join(folder, name)));
    expect((await readdir(folder)).sort()).toEqual(names.sort());
    expect(await readFile(join(folder, 'iou.svg'), 'utf8')).toContain('unet · strict scores');
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
