import { coordinateTransform, isGeographic, metresPerUnit } from './crs.ts';
import { cellSize, type Grid, pixelToGeo } from './geotransform.ts';
import type { Metres } from './units.ts';

/** Length in metres of a small step in degrees on the WGS 84 ellipsoid (its two radii of curvature). */
function stepLength(
  [longitude, latitude]: readonly [number, number],
  [nextLongitude, nextLatitude]: readonly [number, number],
): number {
  const semiMajorAxis = 6378137;
  const squaredEccentricity = 6.6943799901413e-3;
  const radians = Math.PI / 180;
  const sine = Math.sin(latitude * radians);
  const root = Math.sqrt(1 - squaredEccentricity * sine * sine);
  const alongParallel = (semiMajorAxis / root) * Math.cos(latitude * radians);
  const alongMeridian = (semiMajorAxis * (1 - squaredEccentricity)) / root ** 3;
  return Math.hypot(
    (nextLongitude - longitude) * radians * alongParallel,
    (nextLatitude - latitude) * radians * alongMeridian,
  );
}

/** Side of the cell in the middle of the raster, measured on the ellipsoid; NaN or 0 where its CRS has no such place. */
function measuredCell({ crs, geoTransform, width, height }: Grid): number {
  const toDegrees = (() => {
    try {
      return coordinateTransform(crs!, 'EPSG:4326');
    } catch {
      return null;
    }
  })();
  if (toDegrees === null) return Number.NaN;
  const place = (column: number, row: number) => toDegrees(...pixelToGeo(geoTransform!, column, row));
  const [column, row] = [Math.floor(width / 2), Math.floor(height / 2)];
  const middle = place(column, row);
  return Math.sqrt(stepLength(middle, place(column + 1, row)) * stepLength(middle, place(column, row + 1)));
}

/** A projection that stretches less than this is taken at its word: 0.2 m stays 0.2 m. */
const tolerance = 0.005;

/**
 * Side of a cell on the ground, in metres, whatever the units of the CRS; in the middle of the raster where it varies.
 * Web Mercator's stretch away from the equator is taken out. Null without georeference, and for degrees that are none.
 */
export function groundSamplingDistance(grid: Grid): Metres | null {
  const { crs, geoTransform } = grid;
  if (crs === null || geoTransform === null) return null;
  const measured = measuredCell(grid);
  if (isGeographic(crs)) return Number.isNaN(measured) ? null : measured;
  const [width, height] = cellSize(geoTransform);
  const stated = Math.sqrt(width * height) * metresPerUnit(crs);
  return measured > 0 && Math.abs(measured / stated - 1) > tolerance ? measured : stated;
}
