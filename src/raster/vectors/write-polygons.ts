import { extname } from 'node:path';
import { InvalidArgumentError } from '../../core/index.ts';
import { spatialReference } from '../crs.ts';
import { outputError, writeWhole } from '../disk.ts';
import { gdal } from '../gdal.ts';
import type { Bounds } from '../geotransform.ts';

/** A closed line of coordinates; the first point is the last as well. */
export type Ring = readonly (readonly [number, number])[];

/** Outer ring first, then holes. */
export type PolygonRings = readonly Ring[];

/** A polygon and its attributes. */
export interface PolygonFeature {
  readonly rings: PolygonRings;
  readonly properties: Readonly<Record<string, string | number>>;
}

/** What kind of layer to write. */
export interface PolygonLayer {
  /** Default: the file's name without extension. */
  readonly name: string;
  readonly crs: string | null;
  /** Attributes in their order. */
  readonly fields: Readonly<Record<string, 'integer' | 'real' | 'text'>>;
}

/** Formats by extension. */
const drivers: Readonly<Record<string, string>> = {
  '.gpkg': 'GPKG',
  '.fgb': 'FlatGeobuf',
  '.geojson': 'GeoJSON',
};

const fieldTypes = { integer: gdal.OFTInteger64, real: gdal.OFTReal, text: gdal.OFTString } as const;

/** The rectangle of bounds as a polygon, from its lower right corner upwards. */
export function rectangleRings({ left, bottom, right, top }: Bounds): PolygonRings {
  return [
    [
      [right, bottom],
      [right, top],
      [left, top],
      [left, bottom],
      [right, bottom],
    ],
  ];
}

function toGeometry(rings: PolygonRings): gdal.Polygon {
  const polygon = new gdal.Polygon();
  for (const ring of rings) {
    const line = new gdal.LinearRing();
    for (const [x, y] of ring) line.points.add(x, y);
    polygon.rings.add(line);
  }
  return polygon;
}

/** How many features go to the file between two turns of the event loop. */
const turn = 500;

/**
 * Write polygons with attributes as GeoPackage, FlatGeobuf or GeoJSON, by the file's extension. Features may come one by
 * one: memory does not grow with them.
 *
 * @throws OutputExistsError, DiskFullError, InvalidArgumentError, UnknownCrsError
 */
export async function writePolygons(
  path: string,
  layer: PolygonLayer,
  features: Iterable<PolygonFeature> | AsyncIterable<PolygonFeature>,
  { overwrite = false }: { readonly overwrite?: boolean } = {},
): Promise<void> {
  const extension = extname(path).toLowerCase();
  const driver = drivers[extension];
  if (driver === undefined) {
    throw new InvalidArgumentError(`"${extension}" is not a vector format to write`, {
      file: path,
      remedy: `name the file ${Object.keys(drivers).join(', ')}`,
    });
  }
  await writeWhole(path, overwrite, async (partial) => {
    const dataset = gdal.open(partial, 'w', driver);
    let open = true;
    try {
      const srs = layer.crs === null ? null : spatialReference(layer.crs);
      const target = dataset.layers.create(layer.name, srs, gdal.wkbPolygon);
      for (const [name, type] of Object.entries(layer.fields)) {
        target.fields.add(new gdal.FieldDefn(name, fieldTypes[type]));
      }
      let count = 0;
      for await (const { rings, properties } of features) {
        const feature = new gdal.Feature(target);
        feature.setGeometry(toGeometry(rings));
        feature.fields.set(properties);
        target.features.add(feature);
        if (++count % turn === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      dataset.flush();
      open = false;
      dataset.close();
    } catch (error) {
      if (open) dataset.close();
      throw outputError(path, error);
    }
  });
}
