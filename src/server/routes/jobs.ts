import { basename } from 'node:path';
import { z } from 'zod';
import { JobStateError, NotThereError } from '../errors.ts';

import { identifier, modelList, type Route, route, tilePlace } from '../http/route.ts';
import { liveWindows } from '../live-layout.ts';
import type { Job } from '../store/jobs.ts';
import type { Studio } from '../studio.ts';
import { areaAnswer, jobAnswer, listOf } from './answers.ts';
import { fileResponse } from './file-response.ts';
import { pngResponse } from './tile-response.ts';
import { wmtsCapabilities } from './wmts.ts';

const params = z.object({ job: identifier });

/** A job as clients see it: files by name, no paths. */
function shown({ request, result, ...job }: Job) {
  const { output: _, ...wishes } = request;
  return {
    ...{ ...job, ...wishes },
    statistics: result?.statistics ?? null,
    files: result?.files.map((path) => basename(path)) ?? [],
  };
}

/** The map that a finished job made. @throws JobStateError */
function finishedMap(studio: Studio, id: string): { path: string; remote: false } {
  const { state, request } = studio.jobs.get(id);
  if (state !== 'done') throw new JobStateError(`the job is ${state}`, { remedy: 'wait until it is done' });
  return { path: request.output, remote: false };
}

/** The model whose classes a job's map has. */
const firstModel = (studio: Studio, id: string) => studio.model(studio.jobs.get(id).model.split(',')[0]!);

async function classColors(studio: Studio, id: string): Promise<string[]> {
  const { about } = await firstModel(studio, id);
  if (about === null) throw new NotThereError('model');
  return about.description.classes.map(({ color }) => color);
}

/** Maps that are made in the background, and what can be done with finished ones. */
export const jobRoutes: readonly Route[] = [
  route({
    ...{ method: 'GET', path: '/api/jobs', id: 'listJobs', tag: 'jobs', summary: 'All jobs, newest first' },
    answer: listOf(jobAnswer),
    handle: ({ studio }) => studio.jobs.list().map(shown),
  }),
  route({
    ...{ method: 'POST', path: '/api/jobs', id: 'addJob', tag: 'jobs', status: 201 },
    summary: 'Have a raster mapped',
    body: z.object({
      raster: identifier,
      model: modelList.describe('One model, or several to blend, joined by commas'),
      tile: z.number().int().min(32).max(4096).optional(),
      margin: z.number().int().min(0).max(1024).optional(),
      blend: z.enum(['crop', 'hann', 'linear', 'gaussian', 'mean']).default('hann'),
      vectors: z.boolean().default(true),
      confidence: z.boolean().default(false),
    }),
    answer: jobAnswer,
    handle: async ({ studio, body }) => {
      const { raster, model, tile, margin, ...wishes } = body;
      const chosen = await Promise.all(model.map((id) => studio.model(id)));
      const side = chosen.find(({ about }) => typeof about?.side === 'number')?.about?.side ?? null;
      const usual = liveWindows(1, side);
      const windows = { tile: tile ?? usual.tile, margin: margin ?? usual.margin };
      const { name } = studio.rasters.get(raster);
      return shown(await studio.jobs.add(raster, model.join(','), basename(name), { ...wishes, ...windows }));
    },
  }),
  route({
    ...{ method: 'GET', path: '/api/jobs/{job}', id: 'describeJob', tag: 'jobs', params },
    summary: 'State, progress and stages of a job',
    answer: jobAnswer,
    handle: ({ studio, params: { job } }) => shown(studio.jobs.get(job)),
  }),
  route({
    ...{ method: 'POST', path: '/api/jobs/{job}/pause', id: 'pauseJob', tag: 'jobs', params },
    summary: 'Stop a job after its window; what it made stays',
    answer: jobAnswer,
    handle: ({ studio, params: { job } }) => shown(studio.jobs.pause(job)),
  }),
  route({
    ...{ method: 'POST', path: '/api/jobs/{job}/resume', id: 'resumeJob', tag: 'jobs', params },
    summary: 'Go on with a job where it stopped',
    answer: jobAnswer,
    handle: ({ studio, params: { job } }) => shown(studio.jobs.resume(job)),
  }),
  route({
    ...{ method: 'DELETE', path: '/api/jobs/{job}', id: 'removeJob', tag: 'jobs', params },
    summary: 'Remove a job and its files',
    handle: ({ studio, params: { job } }) => studio.jobs.remove(job),
  }),
  route({
    ...{ method: 'GET', path: '/api/jobs/{job}/files/{file}', id: 'downloadFile', tag: 'jobs' },
    ...{ summary: 'One of a finished job’s files', media: 'application/octet-stream' },
    params: params.extend({ file: z.string().max(255) }),
    handle: ({ studio, params: { job, file }, request }) =>
      fileResponse(studio.jobs.file(job, file), request.headers.get('range')),
  }),
  route({
    ...{
      method: 'GET',
      path: '/api/jobs/{job}/tiles/{z}/{x}/{y}',
      id: 'mapTile',
      tag: 'tiles',
      shared: true,
    },
    ...{ summary: 'A tile of a finished map, in its own CRS', media: 'image/png' },
    params: params.extend(tilePlace),
    handle: async ({ studio, params: { job, ...tile }, request }) => {
      const args = {
        source: finishedMap(studio, job),
        tile,
        bands: null,
        colors: await classColors(studio, job),
      };
      return pngResponse(await studio.readers.run('image-tile', args, { signal: request.signal }));
    },
  }),
  route({
    ...{
      method: 'GET',
      path: '/api/jobs/{job}/xyz/{z}/{x}/{y}',
      id: 'mapTileMercator',
      tag: 'tiles',
      shared: true,
    },
    ...{ summary: 'A tile of a finished map on the web’s grid (EPSG:3857)', media: 'image/png' },
    params: params.extend({
      ...tilePlace,
      y: z
        .string()
        .regex(/^\d+(\.png)?$/)
        .transform((text) => Number.parseInt(text, 10)),
    }),
    handle: async ({ studio, params: { job, ...tile }, request }) => {
      const args = { source: finishedMap(studio, job), tile, colors: await classColors(studio, job) };
      return pngResponse(await studio.readers.run('mercator-tile', args, { signal: request.signal }));
    },
  }),
  route({
    ...{
      method: 'GET',
      path: '/api/jobs/{job}/wmts',
      id: 'wmtsCapabilities',
      tag: 'tiles',
      shared: true,
      params,
    },
    ...{ summary: 'WMTS capabilities of a finished map, for QGIS', media: 'text/xml' },
    handle: async ({ studio, params: { job }, request }) => {
      const found = await studio.readers.run('summary', { source: finishedMap(studio, job) });
      const url = new URL(request.url);
      const token = url.searchParams.get('token');
      const base = `${url.origin}/api/jobs/${job}`;
      const xml = wmtsCapabilities(studio.jobs.get(job).name, found, base, token);
      return new Response(xml, { headers: { 'content-type': 'text/xml; charset=utf-8' } });
    },
  }),
  route({
    ...{ method: 'POST', path: '/api/jobs/{job}/statistics', id: 'mapStatistics', tag: 'jobs', params },
    summary: 'Areas by class below a polygon of a finished map',
    body: z.object({
      polygon: z
        .array(
          z
            .array(z.tuple([z.number(), z.number()]))
            .min(3)
            .max(2000),
        )
        .min(1)
        .max(20),
    }),
    answer: areaAnswer,
    handle: async ({ studio, params: { job }, body, request }) => {
      const { about } = await firstModel(studio, job);
      const classes = about?.description.classes.map(({ name, color }) => ({ name, color })) ?? [];
      const args = { source: finishedMap(studio, job), classes, polygon: body.polygon };
      return studio.readers.run('count-classes', args, { signal: request.signal });
    },
  }),
];
