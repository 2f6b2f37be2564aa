import { type Route, route } from '../http/route.ts';

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
];
