import { mkdir, readdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { createGeoTiff, openRaster, pixelBlock } from '../../raster/index.ts';
import { SubmissionError } from '../errors.ts';
import { decodeRunLengths, type PixelOrder } from './run-lengths.ts';
import type { Submission } from './submission-file.ts';

/** Where the images lie and the masks go. */
export interface MaskFilesOptions {
  /** Folder of the images, named after the ids. */
  readonly images: string;
  readonly folder: string;
  readonly order?: PixelOrder;
  readonly overwrite?: boolean;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Makes mask rasters (0 and 1) of run-length texts: a contest's training list becomes something to train on. Each mask has
 * the size of its image.
 * @returns pairs of image and mask, in the order of the list
 * @throws {SubmissionError} for an id without an image
 * @throws {RunLengthError} for runs that do not fit the image
 */
export async function writeMasks(
  { file, rows }: Submission,
  { images, folder, order = 'row', overwrite = false, onProgress }: MaskFilesOptions,
): Promise<{ image: string; mask: string }[]> {
  const names = new Map((await readdir(images)).map((name) => [basename(name, extname(name)), name]));
  await mkdir(folder, { recursive: true });
  const pairs: { image: string; mask: string }[] = [];
  for (const { id, runs, line } of rows) {
    const name = names.get(id);
    if (name === undefined) {
      throw new SubmissionError(`there is no image ${id} in ${images}`, {
        ...{ file, line },
        remedy: 'give the folder of the images, whose names without extension are the ids',
      });
    }
    const image = join(images, name);
    await using raster = await openRaster(image);
    const { width, height, crs, geoTransform } = raster;
    const data = decodeRunLengths(runs, { width, height, order }, { file, line });
    const mask = join(folder, `${id}.tif`);
    const writer = await createGeoTiff(mask, {
      ...{ width, height, bands: 1, dataType: 'uint8', crs, geoTransform, overwrite },
    });
    await writer.write(pixelBlock(data, 1, width, height), 0, 0);
    await writer.close();
    pairs.push({ image, mask });
    onProgress?.(pairs.length, rows.length);
  }
  return pairs;
}
