import { z } from 'zod';
import { type RasterDataType, rasterDataTypes } from '../../raster/pixel-block.ts';
import { NotThereError } from '../errors.ts';

import { identifier, modelList, type Route, route } from '../http/route.ts';
import type { KnownModel } from '../studio.ts';
import { graphAnswer, listOf, modelAnswer } from './answers.ts';
import { fileResponse } from './file-response.ts';

const isOnnx = (name: string) => /\.onnx$/i.test(name);

/** A model as clients see it; null for a checkpoint that does not describe its network. */
function shown({ file, about }: KnownModel) {
  if (about === null) return null;
  const { channels, classes, model } = about.description;
  return {
    ...{ id: file.id, name: file.name, bytes: file.bytes, channels },
    classes: classes.map(({ name, color }) => ({ name, color })),
    architecture: model.architecture,
    onnx: isOnnx(file.name),
  };
}

const one = z.object({ model: identifier });

/** Models that can be chosen. */
export const modelRoutes: readonly Route[] = [
  route({
    ...{ method: 'GET', path: '/api/models', id: 'listModels', tag: 'models' },
    summary: 'Models of the declared folders, with their classes',
    answer: listOf(modelAnswer),
    handle: async ({ studio }) => (await studio.models()).flatMap((model) => shown(model) ?? []),
  }),
  route({
    ...{ method: 'POST', path: '/api/models', id: 'uploadModel', tag: 'models', status: 201, upload: true },
    summary: 'Bring an ONNX file as the body of the request',
    query: z.object({ name: z.string().min(1).max(255) }),
    answer: modelAnswer,
    handle: async ({ studio, request, query }) => {
      const stated = Number(request.headers.get('content-length') ?? 0);
      const name = query.name.replace(/^.*[\\/]/, '');
      const path = await studio.modelUploads.take(request.body, Number.isFinite(stated) ? stated : 0, name);
      const model = shown(await studio.openModelUpload(path));
      if (model === null) throw new NotThereError('model');
      return model;
    },
  }),
  route({
    ...{ method: 'DELETE', path: '/api/models/{model}', id: 'removeModel', tag: 'models', params: one },
    summary: 'Remove a model that was uploaded',
    handle: ({ studio, params }) => studio.removeModelUpload(params.model),
  }),
  route({
    ...{ method: 'GET', path: '/api/models/{model}/graph', id: 'describeGraph', tag: 'models' },
    summary: 'How a page runs an ONNX file by itself: ends, scaling of pixels, windows; null where it cannot',
    params: one,
    query: z.object({ type: z.enum(rasterDataTypes as readonly [RasterDataType]) }),
    answer: graphAnswer.nullable(),
    handle: async ({ studio, params, query, request }) => {
      const { source } = await studio.model(params.model);
      const args = { model: source, dataType: query.type };
      return studio.readers.run('browser-graph', args, { signal: request.signal });
    },
  }),
  route({
    ...{ method: 'GET', path: '/api/models/{model}/file', id: 'downloadModel', tag: 'models', params: one },
    ...{ summary: 'An ONNX file, to be run in the browser', media: 'application/octet-stream' },
    handle: async ({ studio, params, request }) => {
      const { file } = await studio.model(params.model);
      if (!isOnnx(file.name)) throw new NotThereError('ONNX file');
      return fileResponse(file.path, request.headers.get('range'));
    },
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
