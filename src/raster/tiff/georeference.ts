import { spatialReference } from '../crs.ts';
import { gdal } from '../gdal.ts';
import type { Grid } from '../geotransform.ts';
import { type Field, readFirstDirectory } from './directory.ts';

// ModelPixelScale, ModelTiepoint, ModelTransformation, GeoKeyDirectory, GeoDoubleParams, GeoAsciiParams (OGC 19-008r4).
const georeferenceTags = [33550, 33922, 34264, 34735, 34736, 34737];

let sequence = 0;

/**
 * The TIFF fields that say where a raster lies.
 *
 * GDAL knows how to put any CRS in GeoTIFF keys, so it writes them in a one-cell file in memory, and they are taken from
 * there.
 */
export function georeferenceFields({ crs, geoTransform }: Pick<Grid, 'crs' | 'geoTransform'>): Field[] {
  if (crs === null && geoTransform === null) return [];
  const name = `/vsimem/arpent-georeference-${sequence++}.tif`;
  const dataset = gdal.open(name, 'w', 'GTiff', 1, 1, 1, gdal.GDT_Byte, ['ENDIANNESS=LITTLE']);
  if (crs !== null) dataset.srs = spatialReference(crs);
  if (geoTransform !== null) dataset.geoTransform = [...geoTransform];
  dataset.close();
  const fields = readFirstDirectory(gdal.vsimem.release(name));
  return georeferenceTags.flatMap((tag) => fields.get(tag) ?? []);
}
