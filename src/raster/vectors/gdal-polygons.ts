import { spatialReference } from '../crs.ts';
import { IncompleteOutputError } from '../disk.ts';
import { gdal } from '../gdal.ts';
import type { PolygonLayer, PolygonRings, PolygonSource } from './polygon-layer.ts';

const fieldTypes = { integer: gdal.OFTInteger64, real: gdal.OFTReal, text: gdal.OFTString } as const;

const WKB_POLYGON = 3;

/** How many features go to the file between two turns of the event loop. */
const turn = 500;

/** Well-known binary, little-endian: one call of GDAL a polygon instead of one a point. */
function toGeometry(rings: PolygonRings): gdal.Geometry {
  const points = rings.reduce((sum, ring) => sum + ring.length, 0);
  const bytes = Buffer.allocUnsafe(9 + 4 * rings.length + 16 * points);
  let at = bytes.writeUInt8(1, 0);
  at = bytes.writeUInt32LE(WKB_POLYGON, at);
  at = bytes.writeUInt32LE(rings.length, at);
  for (const ring of rings) {
    at = bytes.writeUInt32LE(ring.length, at);
    for (const [x, y] of ring) {
      at = bytes.writeDoubleLE(x, at);
      at = bytes.writeDoubleLE(y, at);
    }
  }
  return gdal.Geometry.fromWKB(bytes);
}

/** Run a statement that returns no rows; the binding reports its lack of a result as an error without words. */
function execute(dataset: gdal.Dataset, statement: string): void {
  try {
    dataset.executeSQL(statement);
  } catch (error) {
    if ((error as Error).message !== '') throw error;
  }
}

async function addFeatures(layer: gdal.Layer, features: PolygonSource): Promise<number> {
  let count = 0;
  for await (const { rings, properties } of features) {
    const feature = new gdal.Feature(layer);
    feature.setGeometry(toGeometry(rings));
    feature.fields.set(properties);
    layer.features.add(feature);
    if (++count % turn === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return count;
}

/** Closing a dataset tells of no error, so the file is opened again and its last feature looked for. */
function checkComplete(path: string, count: number): void {
  let found = -1;
  try {
    const dataset = gdal.open(path);
    try {
      const { features } = dataset.layers.get(0);
      found = features.count();
      if (count > 0 && features.get(dataset.driver.description === 'GPKG' ? count : count - 1) === null)
        found = -1;
    } finally {
      dataset.close();
    }
  } catch (cause) {
    throw new IncompleteOutputError(path, cause);
  }
  if (found !== count) throw new IncompleteOutputError(path);
}

/** Write polygons by a GDAL driver (`GPKG` or `FlatGeobuf`) to a path that has its extension. */
export async function writeGdalPolygons(
  path: string,
  driver: string,
  { name, crs, fields }: PolygonLayer,
  features: PolygonSource,
): Promise<void> {
  const dataset = gdal.open(path, 'w', driver);
  let count: number;
  try {
    const layer = dataset.layers.create(name, crs === null ? null : spatialReference(crs), gdal.wkbPolygon);
    for (const [field, type] of Object.entries(fields))
      layer.fields.add(new gdal.FieldDefn(field, fieldTypes[type]));
    // One transaction instead of one a feature: four times as fast.
    if (driver === 'GPKG') execute(dataset, 'BEGIN');
    count = await addFeatures(layer, features);
    if (driver === 'GPKG') execute(dataset, 'COMMIT');
    dataset.flush();
  } finally {
    dataset.close();
  }
  checkComplete(path, count);
}
