import { expect, test } from 'vitest';
import { coordinateTransform, crsName, crsToWkt, isGeographic, metresPerUnit, sameCrs } from './crs.ts';
import { UnknownCrsError } from './errors.ts';
import type { GeoTransform } from './geotransform.ts';
import { groundSamplingDistance } from './ground-distance.ts';

test('a CRS is the same however it is written', () => {
  expect(sameCrs('EPSG:2154', crsToWkt('EPSG:2154'))).toBe(true);
  expect(sameCrs('EPSG:2154', 'EPSG:32631')).toBe(false);
  expect(sameCrs(null, null)).toBe(true);
  expect(sameCrs('EPSG:2154', null)).toBe(false);
  expect(crsName(crsToWkt('EPSG:2154'))).toBe('EPSG:2154');
  expect(crsName('+proj=lcc +lat_1=49 +lat_2=44 +lat_0=46.5 +lon_0=3 +ellps=GRS80 +units=m')).not.toContain(
    'EPSG',
  );
  expect(() => crsName('EPSG:none')).toThrow(UnknownCrsError);
});

test('longitude comes first, and units are told', () => {
  const [x, y] = coordinateTransform('EPSG:4326', 'EPSG:2154')(3, 46.5);
  expect([Math.round(x), Math.round(y)]).toEqual([700000, 6600000]);
  const [longitude, latitude] = coordinateTransform('EPSG:2154', 'EPSG:4326')(700000, 6600000);
  expect(longitude).toBeCloseTo(3, 9);
  expect(latitude).toBeCloseTo(46.5, 9);
  expect([isGeographic('EPSG:4326'), isGeographic('EPSG:2154')]).toEqual([true, false]);
  expect(metresPerUnit('EPSG:2263')).toBeCloseTo(0.3048006, 6);
});

test('the ground sampling distance is in metres in every CRS', () => {
  const at = (crs: string | null, geoTransform: GeoTransform | null) =>
    groundSamplingDistance({ crs, geoTransform, width: 100, height: 100 });
  expect(at('EPSG:2154', [700000, 0.2, 0, 6600000, 0, -0.2])).toBe(0.2);
  expect(at('EPSG:2263', [1e6, 1, 0, 2e5, 0, -1])).toBeCloseTo(0.3048, 4);
  // Web Mercator at 60° north: a metre of the map is half a metre on the ground.
  expect(at('EPSG:3857', [0, 1, 0, 8399738, 0, -1])).toBeCloseTo(0.5, 2);
  // A degree of latitude is 110.6 km at the equator, a degree of longitude 111.3 km.
  expect(at('EPSG:4326', [0, 1e-5, 0, 0, 0, -1e-5])).toBeCloseTo(Math.sqrt(1.1132 * 1.10574), 3);
  expect(at(null, null)).toBeNull();
  // Far outside of what the projection covers, its own unit counts.
  expect(at('EPSG:2154', [1e30, 0.2, 0, 1e30, 0, -0.2])).toBe(0.2);
});

test('a point far beyond the Earth has no place in another system, and is not searched for', () => {
  const toDegrees = coordinateTransform('EPSG:32631', 'EPSG:4326');
  for (const [x, y] of [
    [1e30, 1e30],
    [Number.POSITIVE_INFINITY, 0],
  ] as const)
    expect(toDegrees(x, y)).toEqual([Number.NaN, Number.NaN]);
});
