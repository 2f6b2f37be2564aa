import { extname } from 'node:path';
import { InvalidArgumentError } from '../../core/index.ts';
import { writeWhole } from '../disk.ts';
import { writeGdalPolygons } from './gdal-polygons.ts';
import { writeGeoJson } from './geojson.ts';
import type { PolygonLayer, PolygonSource } from './polygon-layer.ts';

type Writer = (path: string, layer: PolygonLayer, features: PolygonSource) => Promise<void>;

/** Formats by extension. */
const writers: Readonly<Record<string, Writer>> = {
  '.gpkg': (path, layer, features) => writeGdalPolygons(path, 'GPKG', layer, features),
  '.fgb': (path, layer, features) => writeGdalPolygons(path, 'FlatGeobuf', layer, features),
  '.geojson': writeGeoJson,
};

/**
 * Write polygons with attributes as GeoPackage, FlatGeobuf or GeoJSON (there in longitude and latitude), by the file's
 * extension.
 *
 * @throws OutputExistsError, DiskFullError, InvalidArgumentError, UnknownCrsError
 */
export async function writePolygons(
  path: string,
  layer: PolygonLayer,
  features: PolygonSource,
  { overwrite = false }: { readonly overwrite?: boolean } = {},
): Promise<void> {
  const extension = extname(path).toLowerCase();
  const write = writers[extension];
  if (write === undefined) {
    throw new InvalidArgumentError(`"${extension}" is no vector format that is written here`, {
      file: path,
      remedy: `name the file ${Object.keys(writers).join(', ')}`,
    });
  }
  await writeWhole(path, overwrite, (partial) => write(partial, layer, features));
}
