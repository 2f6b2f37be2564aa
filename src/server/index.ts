export * from './errors.ts';
export type { ServeOptions } from './options.ts';
export { type RunningStudio, startStudio } from './start.ts';
