import { z } from 'zod';
import { openApiDocument } from '../http/openapi.ts';
import { type Route, route } from '../http/route.ts';
import { VERSION } from '../version.ts';
import { dataRoutes } from './data.ts';
import { jobRoutes } from './jobs.ts';
import { modelRoutes } from './models.ts';
import { rasterRoutes } from './rasters.ts';
import { runRoutes } from './runs.ts';

const aboutRoutes: readonly Route[] = [
  route({
    ...{ method: 'GET', path: '/api/status', id: 'status', tag: 'about' },
    summary: 'Version, and how much there is to do',
    answer: z.object({ version: z.string(), waiting: z.number(), running: z.number() }),
    handle: ({ studio }) => {
      const loads = [studio.readers.load, studio.predictors.load];
      const sum = (of: 'waiting' | 'running') => loads.reduce((total, load) => total + load[of], 0);
      return { version: VERSION, waiting: sum('waiting'), running: sum('running') };
    },
  }),
  route({
    ...{ method: 'GET', path: '/api/openapi.json', id: 'openApi', tag: 'about' },
    summary: 'This document',
    answer: z.record(z.string(), z.unknown()),
    handle: () => openApiDocument(routes, VERSION) as Record<string, unknown>,
  }),
];

/** Every route of the API: what answers, and what the OpenAPI document tells. */
export const routes: readonly Route[] = [
  ...aboutRoutes,
  ...rasterRoutes,
  ...modelRoutes,
  ...jobRoutes,
  ...runRoutes,
  ...dataRoutes,
];
