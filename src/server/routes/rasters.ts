import { z } from 'zod';

import { identifier, modelList, type Route, route, tilePlace } from '../http/route.ts';
import type { Studio } from '../studio.ts';
import { areaAnswer, imageAnswer, inspectionAnswer, listOf, rasterAnswer } from './answers.ts';
import { pngResponse } from './tile-response.ts';

const polygon = z
  .array(
    z
      .array(z.tuple([z.number(), z.number()]))
      .min(3)
      .max(2000),
  )
  .min(1)
  .max(20);

async function describe(studio: Studio, id: string) {
  const { name, kind, truth } = studio.rasters.get(id);
  return { id, name, kind, truth, ...(await studio.summary(id)) };
}

const colorList = (text: string) => text.split(',').map((each) => (each === '-' ? null : `#${each}`));

const rasterParams = z.object({ raster: identifier });

/** Opening images, and what can be asked of them. */
export const rasterRoutes: readonly Route[] = [
  route({
    ...{ method: 'GET', path: '/api/images', id: 'listImages', tag: 'images' },
    summary: 'Images of the declared folders',
    answer: listOf(imageAnswer),
    handle: async ({ studio }) =>
      (await studio.folders.images()).map(({ folder, file, truth }) => ({
        ...{ id: file.id, folder, name: file.name, bytes: file.bytes },
        truth: truth?.id ?? null,
      })),
  }),
  route({
    ...{ method: 'POST', path: '/api/rasters', id: 'openRaster', tag: 'images', status: 201 },
    summary: 'Open an image of the list, a file below a declared folder, or an allowed address',
    body: z.union([
      z.object({ image: identifier }),
      z.object({ folder: z.string().max(255), file: z.string().max(1024) }),
      z.object({ address: z.string().max(2048) }),
    ]),
    answer: rasterAnswer,
    handle: async ({ studio, body }) => {
      const raster =
        'image' in body
          ? await studio.openImage(body.image)
          : 'file' in body
            ? await studio.openFile(body.folder, body.file)
            : studio.openAddress(body.address);
      return describe(studio, raster.id);
    },
  }),
  route({
    ...{ method: 'POST', path: '/api/uploads', id: 'uploadRaster', tag: 'images', status: 201, upload: true },
    summary: 'Bring an image as the body of the request',
    query: z.object({ name: z.string().min(1).max(255) }),
    answer: rasterAnswer,
    handle: async ({ studio, request, query }) => {
      const stated = Number(request.headers.get('content-length') ?? 0);
      const path = await studio.uploads.take(request.body, Number.isFinite(stated) ? stated : 0);
      const raster = await studio.openUpload(path, query.name.replace(/^.*[\\/]/, ''));
      return describe(studio, raster.id);
    },
  }),
  route({
    ...{ method: 'DELETE', path: '/api/uploads/{raster}', id: 'removeUpload', tag: 'images' },
    summary: 'Remove an image that was uploaded',
    params: rasterParams,
    handle: ({ studio, params }) => studio.removeUpload(params.raster),
  }),
  route({
    ...{ method: 'GET', path: '/api/rasters/{raster}', id: 'describeRaster', tag: 'images' },
    summary: 'Size, bands, place on the ground',
    params: rasterParams,
    answer: rasterAnswer,
    handle: ({ studio, params }) => describe(studio, params.raster),
  }),
  route({
    ...{ method: 'GET', path: '/api/rasters/{raster}/tiles/{z}/{x}/{y}', id: 'imageTile', tag: 'tiles' },
    ...{ summary: 'A tile of the image, in its own CRS; y counts down from the top', media: 'image/png' },
    params: rasterParams.extend(tilePlace),
    query: z.object({
      bands: z
        .string()
        .regex(/^\d{1,4}(,\d{1,4}){0,2}$/)
        .optional()
        .describe('Bands shown as red, green, blue'),
      colors: z
        .string()
        .regex(/^(-|[0-9a-f]{6})(,(-|[0-9a-f]{6})){0,255}$/i)
        .optional()
        .describe('Colour of each value of a single band; - for values that are not shown'),
      model: identifier.optional().describe('Colour cell values as the classes of this model'),
    }),
    handle: async ({ studio, params, query, request }) => {
      const { raster, ...tile } = params;
      const model = query.model === undefined ? null : await studio.model(query.model);
      const ofModel = model?.about?.description.classes.map(({ color }) => color) ?? null;
      const png = await studio.readers.run(
        'image-tile',
        {
          source: await studio.source(raster),
          tile,
          bands: query.bands?.split(',').map(Number) ?? null,
          colors: query.colors === undefined ? ofModel : colorList(query.colors),
        },
        { signal: request.signal },
      );
      return pngResponse(png);
    },
  }),
  route({
    ...{ method: 'GET', path: '/api/rasters/{raster}/pixels', id: 'readPixels', tag: 'images' },
    ...{
      summary:
        'Raw cells of a window, planar, mirrored beyond the edge (type in X-Data-Type); where some hold no data, a byte a cell follows that says which do',
      media: 'application/octet-stream',
    },
    params: rasterParams,
    query: z.object({
      ...{ x: z.coerce.number().int(), y: z.coerce.number().int() },
      width: z.coerce.number().int().min(1).max(2048),
      height: z.coerce.number().int().min(1).max(2048),
      bands: z.string().regex(/^\d{1,4}(,\d{1,4}){0,31}$/),
    }),
    handle: async ({ studio, params, query, request }) => {
      const { bands, ...window } = query;
      const { data, dataType, valid } = await studio.readers.run(
        'pixels',
        { source: await studio.source(params.raster), window, bands: bands.split(',').map(Number) },
        { signal: request.signal },
      );
      const body = new Uint8Array(data.length + (valid?.length ?? 0));
      body.set(data);
      if (valid !== null) body.set(valid, data.length);
      return new Response(body, {
        headers: {
          'content-type': 'application/octet-stream',
          ...{ 'x-data-type': dataType, 'x-mask': valid === null ? 'none' : 'appended' },
        },
      });
    },
  }),
  route({
    ...{ method: 'GET', path: '/api/rasters/{raster}/inspect', id: 'inspectPixel', tag: 'predictions' },
    summary: 'Cell values and class probabilities at a place, in the raster’s coordinates',
    params: rasterParams,
    query: z.object({ x: z.coerce.number(), y: z.coerce.number(), models: modelList.optional() }),
    answer: inspectionAnswer,
    handle: async ({ studio, params, query, request }) => {
      const models = await Promise.all((query.models ?? []).map((id) => studio.model(id)));
      const args = { source: await studio.source(params.raster), x: query.x, y: query.y };
      return studio.predictors.run(
        'inspect',
        { ...args, models: models.length === 0 ? [] : [models.map(({ source }) => source)] },
        { signal: request.signal },
      );
    },
  }),
  route({
    ...{
      method: 'GET',
      path: '/api/rasters/{raster}/predictions/{models}/tiles/{z}/{x}/{y}',
      id: 'predictTile',
    },
    ...{ tag: 'predictions', media: 'image/png' },
    summary: 'A tile of the map that models make, predicted now; several models are blended',
    params: rasterParams.extend({ models: modelList, ...tilePlace }),
    query: z.object({
      preview: z
        .enum(['true', 'false'])
        .default('false')
        .describe('Quicker: what is not mapped yet is seen at the tile’s own resolution'),
    }),
    handle: async ({ studio, params, query, request }) => {
      const { raster, models, ...tile } = params;
      const chosen = await Promise.all(models.map((id) => studio.model(id)));
      const sources = chosen.map(({ source }) => source);
      const preview = query.preview === 'true';
      const found = await studio.predictors.run(
        'predict-tile',
        { source: await studio.source(raster), models: sources, tile, preview },
        { signal: request.signal },
      );
      return pngResponse(found?.png ?? null, { 'x-arpent-reduced': String(found?.reduced ?? false) });
    },
  }),
  route({
    ...{
      method: 'POST',
      path: '/api/rasters/{raster}/predictions/{models}/statistics',
      id: 'predictStatistics',
    },
    ...{ tag: 'predictions' },
    summary: 'Areas by class below a polygon of the map that models make',
    params: rasterParams.extend({ models: modelList }),
    body: z.object({
      polygon: polygon.describe('Rings of [x, y] in the raster’s coordinates'),
      finishedOnly: z.boolean().default(false).describe('Count only what is predicted already'),
    }),
    answer: areaAnswer,
    handle: async ({ studio, params, body, request }) => {
      const chosen = await Promise.all(params.models.map((id) => studio.model(id)));
      return studio.predictors.run(
        'predict-statistics',
        { source: await studio.source(params.raster), models: chosen.map(({ source }) => source), ...body },
        { signal: request.signal },
      );
    },
  }),
];
