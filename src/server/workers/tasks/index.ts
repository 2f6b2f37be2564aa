import type { MapProgress } from '../../../inference/index.ts';
import type { TaskArgs, TaskName, TaskValue } from '../messages.ts';

/** How a task tells of itself and learns that it is no longer wanted. */
export interface TaskContext {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: MapProgress) => void;
}

type Task<Name extends TaskName> = (args: TaskArgs<Name>, context: TaskContext) => Promise<TaskValue<Name>>;

/** Every task by name; what it needs (GDAL, libtorch) is loaded when it is first asked for. */
export const tasks: { readonly [Name in TaskName]: () => Promise<Task<Name>> } = {
  summary: async () => (await import('./summary.ts')).summary,
  'image-tile': async () => (await import('./image-tile.ts')).imageTile,
  'mercator-tile': async () => (await import('./mercator-tile.ts')).mercatorTile,
  pixels: async () => (await import('./pixels.ts')).pixels,
  'value-counts': async () => (await import('./value-counts.ts')).valueCounts,
  'count-classes': async () => (await import('./count-classes.ts')).countMapClasses,
  'describe-model': async () => (await import('./models.ts')).describeModel,
  'check-model': async () => (await import('./check-model.ts')).checkModel,
  'browser-graph': async () => (await import('./browser-graph.ts')).browserGraph,
  'load-models': async () => (await import('./models.ts')).loadModels,
  'predict-tile': async () => (await import('./predict-tile.ts')).predictTile,
  'predict-statistics': async () => (await import('./predict-statistics.ts')).predictStatistics,
  inspect: async () => (await import('./inspect.ts')).inspect,
  map: async () => (await import('./map-job.ts')).mapJob,
};
