import { realpath } from 'node:fs/promises';
import { isAbsolute, relative } from 'node:path';
import { z } from 'zod';
import { type DeclaredFolder, type FoundFile, filesInside } from '../access/folders.ts';
import { NotThereError } from '../errors.ts';

import { identifier, type Route, route } from '../http/route.ts';
import type { Studio } from '../studio.ts';
import { dataSetAnswer, listOf, patchesAnswer } from './answers.ts';

async function lists(studio: Studio): Promise<{ file: FoundFile; folder: DeclaredFolder }[]> {
  const found = await Promise.all(
    studio.folders.declared.data.map(async (folder) => {
      const files = await filesInside(folder, {
        wanted: (name) => name.endsWith('.csv') && name !== 'metrics.csv',
      });
      return files.map((file) => ({ file, folder }));
    }),
  );
  return found.flat();
}

/** The patches of a list, those alone whose files lie in the declared folder. */
async function patchesOf(studio: Studio, id: string) {
  const { readPatchList } = await import('../../data/index.ts');
  const found = (await lists(studio)).find(({ file }) => file.id === id);
  if (found === undefined) throw new NotThereError('list');
  const { folder, file } = found;
  const inFolder = async (path: string | null) => {
    const real = path === null ? null : await realpath(path).catch(() => null);
    if (real === null) return null;
    const way = relative(folder.path, real);
    return way.startsWith('..') || isAbsolute(way) ? null : { path: real, name: way };
  };
  const patches = await readPatchList(file.path);
  return Promise.all(
    patches.map(async ({ image, mask }) => ({ image: await inFolder(image), mask: await inFolder(mask) })),
  );
}

const params = z.object({ list: identifier });
const page = z.object({
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(60).default(12),
});

/** Data sets: lists of patches with their masks. */
export const dataRoutes: readonly Route[] = [
  route({
    ...{ method: 'GET', path: '/api/data', id: 'listDataSets', tag: 'data', summary: 'Lists of patches' },
    answer: listOf(dataSetAnswer),
    handle: async ({ studio }) =>
      (await lists(studio)).map(({ file, folder }) => ({
        id: file.id,
        name: file.name,
        folder: folder.name,
      })),
  }),
  route({
    ...{ method: 'GET', path: '/api/data/{list}', id: 'listPatches', tag: 'data', params, query: page },
    summary: 'Patches of a list: each image and mask as a raster, and the values of its mask',
    answer: patchesAnswer,
    handle: async ({ studio, params: { list }, query: { offset, limit } }) => {
      const patches = await patchesOf(studio, list);
      const shown = await Promise.all(
        patches.slice(offset, offset + limit).map(async ({ image, mask }) => {
          if (image === null) return null;
          const truth = mask === null ? null : studio.openPath(mask.path, mask.name).id;
          const { id, name } = studio.openPath(image.path, image.name);
          const values =
            truth === null
              ? []
              : await studio.readers
                  .run('value-counts', { source: await studio.source(truth) })
                  .catch(() => []);
          const { levels, width, height } = await studio.summary(id);
          return { id, name, width, height, levels, mask: truth, values };
        }),
      );
      return { total: patches.length, offset, patches: shown.filter((each) => each !== null) };
    },
  }),
];
