import { totalmem } from 'node:os';
import gdal from 'gdal-async';

const megabyte = 2 ** 20;

// Some calls exist only in blocking form; the binding would print a line when one waits for a read.
gdal.eventLoopWarning = false;

/** Set a GDAL option unless the user chose it by an environment variable of the same name. */
function setDefault(key: string, value: string): void {
  if (process.env[key] === undefined) gdal.config.set(key, value);
}

// Sidecars are probed by name; listing a folder of 100,000 patches at each open would cost more than reading them.
setDefault('GDAL_DISABLE_READDIR_ON_OPEN', 'TRUE');
// A JPEG cut short would otherwise decode to grey without a word.
setDefault('GDAL_ERROR_ON_LIBJPEG_WARNING', 'TRUE');
// Coordinates are (x, y) = (longitude, latitude) for every CRS, as in files.
setDefault('OSR_DEFAULT_AXIS_MAPPING_STRATEGY', 'TRADITIONAL_GIS_ORDER');
setDefault('GDAL_CACHEMAX', String(Math.round(Math.min(512, totalmem() / 16 / megabyte))));
setDefault('GDAL_HTTP_MAX_RETRY', '3');
setDefault('GDAL_HTTP_RETRY_DELAY', '1');
setDefault('GDAL_HTTP_CONNECTTIMEOUT', '20');
setDefault('GDAL_INGESTED_BYTES_AT_OPEN', '32768');

/**
 * Bound the cache of decoded blocks that all open rasters share.
 *
 * To decode every block once, it should hold one row of blocks: raster width × block height × bands × bytes per cell.
 * It counts from the next time GDAL needs a block, so call it before the first read.
 */
export function setBlockCacheSize(bytes: number): void {
  gdal.config.set('GDAL_CACHEMAX', String(Math.max(1, Math.round(bytes / megabyte))));
}

/** GDAL's version and drivers, for `arpent doctor`. */
export function gdalInformation(): { version: string; bundled: boolean; drivers: string[] } {
  return { version: gdal.version, bundled: gdal.bundled, drivers: gdal.drivers.getNames() };
}

export { gdal };
