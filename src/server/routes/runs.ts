import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import type { PatchScores } from '../../workflows/patch-scores.ts';
import { type DeclaredFolder, type FoundFile, fileInside, filesInside } from '../access/folders.ts';
import { NotThereError } from '../errors.ts';

import { identifier, type Route, route } from '../http/route.ts';
import type { Studio } from '../studio.ts';
import { listOf, runAnswer, runEntryAnswer, scoredPatchesAnswer } from './answers.ts';

/** A run: a folder with the log that training writes. */
interface FoundRun {
  readonly log: FoundFile;
  /** Way of the run's folder below the declared one. */
  readonly name: string;
  readonly folder: DeclaredFolder;
}

async function findRuns(studio: Studio): Promise<FoundRun[]> {
  const runs: FoundRun[] = [];
  for (const folder of studio.folders.declared.runs) {
    for (const log of await filesInside(folder, { wanted: (name) => name === 'metrics.csv' })) {
      const way = dirname(log.name);
      runs.push({ log, folder, name: way === '.' ? folder.name : way });
    }
  }
  return runs.sort((a, b) => b.log.changed - a.log.changed);
}

async function findRun(studio: Studio, id: string): Promise<FoundRun> {
  const run = (await findRuns(studio)).find(({ log }) => log.id === id);
  if (run === undefined) throw new NotThereError('run');
  return run;
}

/** Files of a run by name. */
function runFiles({ folder, log }: FoundRun, wanted: (name: string) => boolean): Promise<FoundFile[]> {
  return filesInside({ name: folder.name, path: dirname(log.path) }, { wanted, depth: 2 });
}

// JSON has no NaN.
const plain = (values: readonly number[]) => values.map((value) => (Number.isFinite(value) ? value : null));

/** The confusion matrix of a run's test list with the names of its classes, where the run was scored. */
async function confusion(run: FoundRun) {
  const { readConfusionMatrix } = await import('../../evaluation/index.ts');
  const [file] = await runFiles(run, (name) => name === 'confmat.npy');
  if (file === undefined) return null;
  const matrix = await readConfusionMatrix(file.path);
  const text = await readFile(join(dirname(file.path), 'metrics.json'), 'utf8').catch(() => '{}');
  const { classes } = JSON.parse(text) as { classes?: unknown };
  return {
    size: matrix.classes,
    counts: Array.from(matrix.counts, Number),
    classes: Array.isArray(classes) ? classes.map(String) : null,
  };
}

/** The scores of a run's patches, where the run was scored. */
async function patchScores(run: FoundRun): Promise<PatchScores | null> {
  const { PATCH_SCORES_FILE } = await import('../../workflows/patch-scores.ts');
  const [file] = await runFiles(run, (name) => name === PATCH_SCORES_FILE);
  if (file === undefined) return null;
  const scores = JSON.parse(await readFile(file.path, 'utf8')) as PatchScores;
  return scores.format === 1 ? scores : null;
}

const params = z.object({ run: identifier });
const page = z.object({
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(60).default(12),
});

/** Training runs, read from what they write while they train. */
export const runRoutes: readonly Route[] = [
  route({
    ...{
      method: 'GET',
      path: '/api/runs',
      id: 'listRuns',
      tag: 'runs',
      summary: 'Training runs, latest first',
    },
    answer: listOf(runEntryAnswer),
    handle: async ({ studio }) =>
      (await findRuns(studio)).map(({ log, name }) => ({ id: log.id, name, changed: log.changed })),
  }),
  route({
    ...{ method: 'GET', path: '/api/runs/{run}', id: 'describeRun', tag: 'runs', params },
    summary: 'Curves, confusion matrix and pictures of a run',
    answer: runAnswer,
    handle: async ({ studio, params: { run: id } }) => {
      const { parseTrainingLog } = await import('../../evaluation/index.ts');
      const run = await findRun(studio, id);
      const text = await readFile(run.log.path, 'utf8');
      const columns = text.trim() === '' ? new Map<string, number[]>() : parseTrainingLog(text);
      const pictures = await runFiles(run, (name) => name.endsWith('.png'));
      return {
        ...{ id, name: run.name, changed: run.log.changed },
        columns: Object.fromEntries([...columns].map(([name, values]) => [name, plain(values)])),
        confusion: await confusion(run),
        pictures: pictures.map(({ name }) => name),
      };
    },
  }),
  route({
    ...{ method: 'GET', path: '/api/runs/{run}/patches', id: 'listScoredPatches', tag: 'runs', params },
    summary: 'Patches of a scored run from worst to best: image, truth and prediction as rasters',
    query: page,
    answer: scoredPatchesAnswer,
    handle: async ({ studio, params: { run: id }, query: { offset, limit } }) => {
      const scores = await patchScores(await findRun(studio, id));
      if (scores === null) return { total: 0, offset, predictionColors: [], truthColors: null, patches: [] };
      const { patches, predictionColors, truthColors } = scores;
      const opened = async (path: string | null) =>
        path === null ? null : ((await studio.openInside(path).catch(() => null))?.id ?? null);
      const shown = patches.slice(offset, offset + limit).map(async (patch) => {
        const [image, truth, prediction] = await Promise.all([
          opened(patch.image),
          opened(patch.truth),
          opened(patch.prediction),
        ]);
        const any = image ?? truth ?? prediction;
        const about = any === null ? null : await studio.summary(any).catch(() => null);
        return {
          name: basename(patch.image ?? patch.truth),
          ...{ miou: patch.miou, accuracy: patch.overallAccuracy, image, truth, prediction },
          size: about && { width: about.width, height: about.height, levels: about.levels },
        };
      });
      const found = await Promise.all(shown);
      return { total: patches.length, offset, predictionColors, truthColors, patches: found };
    },
  }),
  route({
    ...{
      method: 'GET',
      path: '/api/runs/{run}/picture',
      id: 'runPicture',
      tag: 'runs',
      params,
      media: 'image/png',
    },
    summary: 'A picture that the run drew (panels of its worst patches, confusion matrix, curves)',
    query: z.object({
      name: z
        .string()
        .max(512)
        .regex(/\.png$/),
    }),
    handle: async ({ studio, params: { run: id }, query }) => {
      const run = await findRun(studio, id);
      const path = await fileInside({ name: run.name, path: dirname(run.log.path) }, query.name);
      return new Response(await readFile(path), { headers: { 'content-type': 'image/png' } });
    },
  }),
];
