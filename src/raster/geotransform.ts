import { InvalidArgumentError } from '../core/index.ts';
import type { Pixels } from './units.ts';
import type { RasterWindow, Size } from './window.ts';

/**
 * The affine map from cells to coordinates, in GDAL's order: `[x0, dx/dcol, dx/drow, y0, dy/dcol, dy/drow]`,
 * where `(x0, y0)` is the outer corner of the upper-left cell.
 */
export type GeoTransform = readonly [number, number, number, number, number, number];

/** A rectangle in the coordinates of a CRS. */
export interface Bounds {
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
  readonly top: number;
}

/** Where a raster lies: its size, its CRS as WKT and its affine map, either of them null when unknown. */
export interface Grid extends Size {
  readonly crs: string | null;
  readonly geoTransform: GeoTransform | null;
}

/** Coordinates of a position in cells (fractions allowed; whole numbers are cell corners). */
export function pixelToGeo(transform: GeoTransform, column: Pixels, row: Pixels): readonly [number, number] {
  const [x0, a, b, y0, d, e] = transform;
  return [x0 + a * column + b * row, y0 + d * column + e * row];
}

/** The inverse map. @throws InvalidArgumentError when the map is degenerate (cells without area). */
export function invertGeoTransform([x0, a, b, y0, d, e]: GeoTransform): GeoTransform {
  const determinant = a * e - b * d;
  if (determinant === 0 || !Number.isFinite(determinant)) {
    throw new InvalidArgumentError('the geotransform maps cells to nothing', {
      remedy: 'check the georeference of the raster with gdalinfo',
    });
  }
  return [
    (b * y0 - e * x0) / determinant,
    e / determinant,
    -b / determinant,
    (d * x0 - a * y0) / determinant,
    -d / determinant,
    a / determinant,
  ];
}

/** Position in cells (column, row; fractional) of a coordinate. */
export function geoToPixel(transform: GeoTransform, x: number, y: number): readonly [Pixels, Pixels] {
  return pixelToGeo(invertGeoTransform(transform), x, y);
}

/** Whether rows and columns do not run along the axes of the CRS. */
export function isRotated([, , b, , d]: GeoTransform): boolean {
  return b !== 0 || d !== 0;
}

/** Whether the first row is the southernmost. */
export function isSouthUp([, , , , , e]: GeoTransform): boolean {
  return e > 0;
}

/** Length of a cell's side along columns and rows, in units of the CRS. */
export function cellSize([, a, b, , d, e]: GeoTransform): readonly [number, number] {
  return [Math.hypot(a, d), Math.hypot(b, e)];
}

/** The affine map of a window of a raster, whose cells stay those of the raster. */
export function windowGeoTransform(
  transform: GeoTransform,
  { x, y }: Pick<RasterWindow, 'x' | 'y'>,
): GeoTransform {
  const [x0, y0] = pixelToGeo(transform, x, y);
  const [, a, b, , d, e] = transform;
  return [x0, a, b, y0, d, e];
}

/** The affine map of the same extent cut in cells `factorX`, `factorY` times as large. */
export function scaleGeoTransform(
  [x0, a, b, y0, d, e]: GeoTransform,
  factorX: number,
  factorY = factorX,
): GeoTransform {
  return [x0, a * factorX, b * factorY, y0, d * factorX, e * factorY];
}

/** Bounds of a window in the CRS; of its four corners when the raster is rotated. */
export function windowBounds(transform: GeoTransform, { x, y, width, height }: RasterWindow): Bounds {
  const corners = [
    pixelToGeo(transform, x, y),
    pixelToGeo(transform, x + width, y),
    pixelToGeo(transform, x, y + height),
    pixelToGeo(transform, x + width, y + height),
  ];
  const xs = corners.map(([cornerX]) => cornerX);
  const ys = corners.map(([, cornerY]) => cornerY);
  return { left: Math.min(...xs), bottom: Math.min(...ys), right: Math.max(...xs), top: Math.max(...ys) };
}

/**
 * The smallest window of whole cells that covers the bounds; it may reach beyond the raster.
 *
 * Corners within a millionth of a cell of a cell border count as lying on it, so that bounds computed from a window give
 * that window back.
 */
export function boundsWindow(transform: GeoTransform, { left, bottom, right, top }: Bounds): RasterWindow {
  const corners = [
    geoToPixel(transform, left, top),
    geoToPixel(transform, right, top),
    geoToPixel(transform, left, bottom),
    geoToPixel(transform, right, bottom),
  ];
  const columns = corners.map(([column]) => column);
  const rows = corners.map(([, row]) => row);
  const tolerance = 1e-6;
  const x = Math.floor(Math.min(...columns) + tolerance);
  const y = Math.floor(Math.min(...rows) + tolerance);
  return {
    x,
    y,
    width: Math.ceil(Math.max(...columns) - tolerance) - x,
    height: Math.ceil(Math.max(...rows) - tolerance) - y,
  };
}
