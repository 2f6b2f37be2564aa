import type { RasterInfo } from '../api.ts';
import { formatNumber } from '../language.ts';

/** A place in the raster's own coordinates with its CRS; on a plane of cells, which one it is from the upper left. */
export function placeText({ crs, cell, georeferenced }: RasterInfo, x: number, y: number): string {
  if (!georeferenced) return `${formatNumber(Math.floor(x))} ; ${formatNumber(Math.floor(-y))}`;
  const digits = cell < 0.01 ? 6 : 1;
  return `${crs ?? ''} ${formatNumber(x, digits)} ; ${formatNumber(y, digits)}`.trim();
}
