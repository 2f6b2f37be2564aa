import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SentinelSeriesError } from './errors.ts';
import { decodeNpy, type NpyArray } from './npy-array.ts';
import { type ProductDate, productDates } from './product-dates.ts';

/** The Sentinel-2 images of one super-patch (a FLAIR zone and its surroundings), 10 m a pixel. */
export interface TimeSeries {
  readonly dates: number;
  readonly bands: number;
  readonly height: number;
  readonly width: number;
  /** Reflectances `[dates, bands, height, width]`, 10 000 for 1. */
  readonly data: NpyArray['data'];
  /** Probabilities in percent `[dates, 2, height, width]`: snow, then cloud. */
  readonly masks: NpyArray['data'];
  /** The day of each time step; null where the product's name gives none. */
  readonly days: readonly (ProductDate | null)[];
}

async function fileEndingWith(folder: string, names: readonly string[], end: string): Promise<string> {
  const found = names.filter((name) => name.endsWith(end));
  if (found.length === 1) return join(folder, found[0]!);
  throw new SentinelSeriesError(
    `${found.length === 0 ? 'no file ends' : `${found.length} files end`} with ${end}`,
    { file: folder, remedy: 'keep one SEN2_sp_…_data.npy, …_masks.npy and …_products.txt in a "sen" folder' },
  );
}

/**
 * Reads the series of a `sen` folder as FLAIR-2 lays it out: `SEN2_sp_<zone>_data.npy`, `_masks.npy`, `_products.txt`.
 * @throws {SentinelSeriesError | NpyArrayError}
 */
export async function readTimeSeries(folder: string): Promise<TimeSeries> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (cause) {
    throw new SentinelSeriesError('there is no series here', {
      file: folder,
      remedy: 'give the folder of FLAIR-2’s Sentinel images (<domain>/<zone>/sen) as --series',
      cause,
    });
  }
  const [dataFile, masksFile, productsFile] = await Promise.all(
    ['_data.npy', '_masks.npy', '_products.txt'].map((end) => fileEndingWith(folder, names, end)),
  );
  const array = async (file: string) => decodeNpy(await readFile(file), file);
  const [data, masks] = await Promise.all([array(dataFile!), array(masksFile!)]);
  const days = productDates(await readFile(productsFile!, 'utf8'));
  const [dates, bands, height, width] = data.shape;
  if (data.shape.length !== 4 || masks.shape.join() !== [dates, 2, height, width].join()) {
    throw new SentinelSeriesError(
      `images of shape [${data.shape}] and masks of shape [${masks.shape}] do not belong together`,
      {
        file: masksFile,
        remedy: 'images are [dates, bands, height, width], masks [dates, 2, height, width]',
      },
    );
  }
  if (days.length !== dates) {
    throw new SentinelSeriesError(`${days.length} products for ${dates} images`, {
      file: productsFile,
      remedy: 'write one product name a line, one for each image',
    });
  }
  return {
    ...{ dates: dates!, bands: bands!, height: height!, width: width! },
    ...{ data: data.data, masks: masks.data, days },
  };
}
