import { checkOutputFree } from '../disk.ts';
import { compressionTag } from '../tiff/codec.ts';
import type { Field } from '../tiff/directory.ts';
import { georeferenceFields } from '../tiff/georeference.ts';
import type { ImageFormat } from '../tiff/image.ts';
import { type GeoTiffOptions, imageFormatOf } from './geotiff-options.ts';

/** What a GeoTIFF is written from, checked: nothing of GDAL is needed beyond it, which loads in the main thread alone. */
export interface GeoTiffPlan {
  readonly path: string;
  readonly options: GeoTiffOptions;
  readonly format: ImageFormat;
  /** Fields of the file that say where it lies. */
  readonly georeference: readonly Field[];
}

/** @throws OutputExistsError, InvalidArgumentError, UnsupportedCompressionError, UnknownCrsError */
export async function planGeoTiff(path: string, options: GeoTiffOptions): Promise<GeoTiffPlan> {
  await checkOutputFree(path, options.overwrite ?? false);
  const format = imageFormatOf(path, options);
  compressionTag(format.compression);
  return { path, options, format, georeference: georeferenceFields(options) };
}
