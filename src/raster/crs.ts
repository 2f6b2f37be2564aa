import { UnknownCrsError } from './errors.ts';
import { gdal } from './gdal.ts';

type SpatialReference = InstanceType<typeof gdal.SpatialReference>;

/** PROJ's object of a CRS given as WKT, `EPSG:2154`, a PROJ string, … @throws UnknownCrsError */
export function spatialReference(crs: string): SpatialReference {
  try {
    return gdal.SpatialReference.fromUserInput(crs);
  } catch (cause) {
    throw new UnknownCrsError(crs, cause);
  }
}

/** WKT of a CRS written in any way PROJ understands. @throws UnknownCrsError */
export function crsToWkt(crs: string): string {
  return spatialReference(crs).toWKT();
}

/** `EPSG:2154` where the CRS carries a code, else its name. @throws UnknownCrsError */
export function crsName(crs: string): string {
  const reference = spatialReference(crs);
  const authority = reference.getAuthorityName(null);
  const code = reference.getAuthorityCode(null);
  if (authority && code) return `${authority}:${code}`;
  return reference.getAttrValue('PROJCS') || reference.getAttrValue('GEOGCS') || 'unnamed CRS';
}

/** Whether two CRSs (or their absence) mean the same coordinates, however they are written. */
export function sameCrs(a: string | null, b: string | null): boolean {
  if (a === null || b === null) return a === b;
  if (a === b) return true;
  const first = spatialReference(a);
  const second = spatialReference(b);
  return first.isSame(second);
}

/** Whether coordinates are degrees. */
export function isGeographic(crs: string): boolean {
  return spatialReference(crs).isGeographic();
}

/** Metres in one unit of a projected CRS. */
export function metresPerUnit(crs: string): number {
  return spatialReference(crs).getLinearUnits().value;
}

/** No place on Earth has such coordinates in any unit in use; PROJ searches for minutes for what is much farther. */
const FARTHEST = 1e9;

/**
 * A map of points `(x, y)` from one CRS to another; longitude comes first in geographic ones. A point that has no place in the
 * other one, far outside of what a projection covers, becomes NaN.
 */
export function coordinateTransform(
  from: string,
  to: string,
): (x: number, y: number) => readonly [number, number] {
  const transformation = new gdal.CoordinateTransformation(spatialReference(from), spatialReference(to));
  return (x, y) => {
    if (!(Math.abs(x) < FARTHEST && Math.abs(y) < FARTHEST)) return [Number.NaN, Number.NaN];
    try {
      const point = transformation.transformPoint(x, y);
      return [point.x, point.y];
    } catch {
      return [Number.NaN, Number.NaN];
    }
  };
}
