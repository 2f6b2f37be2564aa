import type { GeoTiffOptions } from './geotiff-options.ts';
import { planGeoTiff } from './geotiff-plan.ts';
import { GeoTiffWriter } from './geotiff-writer.ts';
import type { RasterWriter } from './raster-writer.ts';

/**
 * Write a tiled GeoTIFF of any size as a stream: memory holds the tiles under way, compressed tiles go to a file
 * beside the output, and closing puts the finished file together. Equal cells give equal bytes, whatever the order and the
 * shape of the writes.
 *
 * @throws OutputExistsError, InvalidArgumentError, UnsupportedCompressionError, UnknownCrsError
 */
export async function createGeoTiff(path: string, options: GeoTiffOptions): Promise<RasterWriter> {
  return new GeoTiffWriter(await planGeoTiff(path, options));
}
