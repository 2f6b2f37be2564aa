import type { PixelBlock } from '../../pixel-block.ts';
import type { RasterWindow } from '../../window.ts';
import type { GeoTiffPlan } from '../geotiff-plan.ts';
import type { PassedError } from './passed-error.ts';

/** What one raster of the thread is to do. */
export type Task =
  | { readonly kind: 'create'; readonly plan: GeoTiffPlan }
  | {
      readonly kind: 'write';
      readonly block: PixelBlock;
      readonly x: number;
      readonly y: number;
      readonly band: number | undefined;
    }
  | { readonly kind: 'skip'; readonly window: RasterWindow }
  | { readonly kind: 'close' }
  | { readonly kind: 'abort' };

/** To the thread: each order is answered once. */
export interface Order {
  readonly id: number;
  /** Number of the raster it is for. */
  readonly raster: number;
  readonly task: Task;
}

/** From the thread: an order is done, or what went wrong. */
export interface Report {
  readonly id: number;
  readonly error: PassedError | null;
}
