import type { BrowserGraph, Inspection, Polygon, RasterInfo } from '../api.ts';

/** A model as the worker loads it. */
export interface LocalModel {
  readonly id: string;
  readonly graph: BrowserGraph;
}

/** What the worker is asked: what goes in and what comes out. */
export interface LocalTasks {
  /** Names raster and models of all that follows; loads the models. */
  open: { args: { raster: RasterInfo; models: readonly LocalModel[] }; value: { engine: string } };
  /** Classes of a tile, `[256, 256]`, 255 where there are none. */
  tile: { args: { z: number; x: number; y: number }; value: Uint8Array };
  /** Pixels by class below a polygon, and the share of its windows that were counted. */
  count: { args: { polygon: Polygon; finishedOnly: boolean }; value: LocalCount };
  inspect: { args: { x: number; y: number }; value: Inspection };
  /** Maps the whole raster, its windows blended as `arpent map` blends them; tiles show it from then on. */
  map: { args: Record<string, never>; value: { seconds: number } };
}

export interface LocalCount {
  readonly pixels: readonly number[];
  readonly covered: number;
}

export type LocalTask = keyof LocalTasks;

/** From the page to the worker. */
export type LocalOrder =
  | { readonly kind: 'run'; readonly id: number; readonly task: LocalTask; readonly args: unknown }
  | { readonly kind: 'cancel'; readonly id: number };

/** From the worker to the page. */
export type LocalReport =
  | { readonly kind: 'done'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string }
  | { readonly kind: 'progress'; readonly id: number; readonly share: number };
