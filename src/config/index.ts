export type * from './augmentation-config.ts';
export type * from './learning-config.ts';
export type * from './map-config.ts';
export type * from './model-config.ts';
export type * from './run-config.ts';
