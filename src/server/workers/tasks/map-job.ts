import { basename, dirname } from 'node:path';
import type { MapConfig } from '../../../config/index.ts';
import { runMap } from '../../../workflows/index.ts';
import { UnsupportedFileError } from '../../errors.ts';
import type { TaskArgs, TaskValue } from '../messages.ts';
import type { TaskContext } from './index.ts';
import { describeModel } from './models.ts';
import { openSource } from './open-source.ts';

/** The files of a map's products beside it. */
function productsOf({ output, vectors, confidence }: TaskArgs<'map'>['request']) {
  const stem = output.replace(/\.tif$/, '');
  return {
    statistics: `${stem}-statistics.csv`,
    style: true,
    ...(confidence ? { confidence: `${stem}-confidence.tif` } : {}),
    ...(vectors ? { vectors: { path: `${stem}.gpkg`, minimumPixels: 4 } } : {}),
  };
}

/**
 * Makes a map as `arpent map` does, with its journal: cancelled it stops after a window, and the same request goes on from
 * there.
 */
export async function mapJob(
  { source, models, request }: TaskArgs<'map'>,
  { signal, onProgress }: TaskContext,
): Promise<TaskValue<'map'>> {
  const members = await Promise.all(
    models.map(async (model) => {
      const described = await describeModel({ model });
      if (described !== null) return { description: described.description, weights: model.path };
      throw new UnsupportedFileError('this checkpoint does not describe its network', {
        remedy: 'use a checkpoint that arpent trained, or name its configuration with --config',
      });
    }),
  );
  const [first, ...others] = members;
  // Opened once under the rules for files of strangers before the map opens it as its own.
  await openSource(source);
  const config: MapConfig = {
    ...first!.description,
    source: { file: null, format: 'arpent' },
    compat: 'none',
    input: source.path,
    weights: first!.weights,
    output: {
      folder: dirname(request.output),
      name: basename(request.output),
      ...{ type: 'argmax', existing: 'error', writeTiles: false, writeLog: false },
    },
    window: { size: request.tile, margin: request.margin },
    ...{ batchSize: 1, workers: 2, memory: null },
    hardware: {
      ...{ device: 'auto', devices: 1, nodes: 1, strategy: 'auto' },
      ...{ threads: null, precision: 'fp32', channelsLast: true },
    },
  };
  const { files, statistics } = await runMap(config, {
    onProgress,
    signal,
    members: others,
    stream: { blend: request.blend, products: productsOf(request) },
  });
  return { files, statistics };
}
