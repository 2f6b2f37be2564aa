import { z } from 'zod';
import { modelList, type Route, route } from '../http/route.ts';

/** Models that can be chosen. */
export const modelRoutes: readonly Route[] = [
  route({
    ...{ method: 'GET', path: '/api/models', id: 'listModels', tag: 'models' },
    summary: 'Models of the declared folders, with their classes',
    handle: async ({ studio }) =>
      (await studio.models()).flatMap(({ file, description }) =>
        description === null
          ? []
          : [
              {
                id: file.id,
                name: file.name,
                bytes: file.bytes,
                channels: description.channels,
                classes: description.classes.map(({ name, color }) => ({ name, color })),
                architecture: description.model.architecture,
              },
            ],
      ),
  }),
  route({
    ...{ method: 'POST', path: '/api/models/{models}/load', id: 'loadModels', tag: 'models' },
    summary: 'Load models before anybody waits for them',
    params: z.object({ models: modelList }),
    answer: z.object({ engine: z.string() }),
    handle: async ({ studio, params, request }) => {
      const models = await Promise.all(params.models.map(async (id) => (await studio.model(id)).source));
      return studio.predictors.run('load-models', { models }, { signal: request.signal });
    },
  }),
];
