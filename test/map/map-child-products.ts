import type { MapProducts } from '../../src/inference/index.ts';

/** The products of a map that is killed. */
export function productsBeside(output: string) {
  const beside = (suffix: string) => output.replace('.tif', suffix);
  return {
    confidence: beside('-confidence.tif'),
    statistics: beside('-areas.csv'),
    vectors: { path: beside('-polygons.geojson') },
  } satisfies MapProducts;
}
