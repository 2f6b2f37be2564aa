import type { GdalFindings, Missing } from './findings.ts';

/** The GDAL drivers that aerial imagery and its labels come in. */
const wanted = [
  'GTiff',
  'COG',
  'VRT',
  'PNG',
  'JPEG',
  'JP2OpenJPEG',
  'WEBP',
  'HDF5',
  'netCDF',
  'Zarr',
  'GPKG',
  'GeoJSON',
];

/** Loads GDAL's binding and asks which formats it opens. */
export async function examineGdal(): Promise<GdalFindings | Missing> {
  try {
    const { gdalFacts } = await import('../../raster/gdal-facts.ts');
    const { version, bundled, drivers } = gdalFacts();
    return {
      version,
      bundled,
      driverCount: drivers.length,
      drivers: wanted.filter((name) => drivers.includes(name)),
      absentDrivers: wanted.filter((name) => !drivers.includes(name)),
    };
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return {
      missing: `GDAL's binding does not load: ${reason}`,
      remedy: 'run `npm run setup` in the project folder',
    };
  }
}
