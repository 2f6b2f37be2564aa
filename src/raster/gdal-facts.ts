import gdal from 'gdal-async';

/** GDAL's version, whether it came inside the binding, and its drivers by short name. */
export function gdalFacts(): { version: string; bundled: boolean; drivers: string[] } {
  return {
    version: gdal.version,
    bundled: gdal.bundled,
    drivers: gdal.drivers.getNames(),
  };
}
