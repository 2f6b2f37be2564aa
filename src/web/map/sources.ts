import {
  api,
  type ClassName,
  type CountedArea,
  type Inspection,
  type Job,
  type Model,
  type Polygon,
  type RasterInfo,
} from '../api.ts';
import { words } from '../language.ts';
import { CancelledError, type LocalStudio } from '../local/local-studio.ts';
import type { OfTile, Tiles } from './load-tile.ts';
import { paintClasses } from './paint-classes.ts';

/** What makes the map that is shown: the server, this page, or a job that is done. */
export interface MapSource {
  readonly classes: readonly ClassName[];
  readonly tiles: Tiles;
  /** Areas by class below a polygon. @param finishedOnly count what is predicted already */
  count(polygon: Polygon, finishedOnly: boolean, signal: AbortSignal): Promise<CountedArea>;
  inspect(x: number, y: number): Promise<Inspection>;
}

/** Tiles of the server's API. */
export const serverTiles = (path: string, query = ''): { readonly url: OfTile<string> } => ({
  url: (z, x, y) => `${path}/${z}/${x}/${y}${query}`,
});

/** Models on the server. */
export function serverSource(raster: RasterInfo, models: readonly Model[]): MapSource {
  const ids = models.map(({ id }) => id);
  const path = `/api/rasters/${raster.id}/predictions/${ids.join(',')}/tiles`;
  return {
    classes: models[0]?.classes ?? [],
    tiles: { ...serverTiles(path), preview: serverTiles(path, '?preview=true').url },
    count: (polygon, finishedOnly, signal) => api.statistics(raster.id, ids, polygon, finishedOnly, signal),
    inspect: (x, y) => api.inspect(raster.id, x, y, ids),
  };
}

/** The map of a job that is done. */
export function jobSource(raster: RasterInfo, job: Job, models: readonly Model[]): MapSource {
  return {
    classes: models[0]?.classes ?? [],
    tiles: serverTiles(`/api/jobs/${job.id}/tiles`),
    count: (polygon, _, signal) => api.jobStatistics(job.id, polygon, signal),
    inspect: (x, y) =>
      api.inspect(
        raster.id,
        x,
        y,
        models.map(({ id }) => id),
      ),
  };
}

/**
 * ONNX files in this page.
 * @throws Error for models that a page cannot run
 */
export async function localSource(
  local: LocalStudio,
  raster: RasterInfo,
  models: readonly Model[],
): Promise<MapSource & { readonly engine: string }> {
  const dataType = raster.bands[0]?.dataType ?? 'uint8';
  const loaded = await Promise.all(
    models.map(async ({ id, name, onnx }) => {
      const graph = onnx ? await api.graph(id, dataType) : null;
      if (graph === null) throw new Error(`${name}: ${words.serverOnly}`);
      return { id, graph };
    }),
  );
  const { engine } = await local.ask('open', { raster, models: loaded });
  const classes = models[0]?.classes ?? [];
  const cell = raster.groundResolution === null ? null : raster.groundResolution ** 2;
  return {
    ...{ engine, classes },
    tiles: {
      picture: async (z, x, y) => paintClasses(await local.ask('tile', { z, x, y }), classes),
    },
    count: async (polygon, finishedOnly, signal) => {
      const { pixels, covered } = await local.ask('count', { polygon, finishedOnly }, { signal });
      const total = pixels.reduce((sum, count) => sum + count, 0);
      const areas = pixels.map((count, value) => ({
        ...{ value, name: classes[value]?.name ?? String(value), pixels: count },
        squareMetres: cell === null ? null : count * cell,
        share: total === 0 ? 0 : count / total,
      }));
      return { statistics: { classes: areas }, covered };
    },
    inspect: (x, y) => local.ask('inspect', { x, y }),
  };
}

/** Whether an error only says that nobody waits any more. */
export const isCancelled = (error: unknown): boolean =>
  error instanceof CancelledError || (error as Error).name === 'AbortError';
