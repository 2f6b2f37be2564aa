import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import type { ArpentError } from '../core/index.ts';
import { BadPatchError, type MetadataTable, type Patch, readAhead, readPatch } from '../data/index.ts';
import { createGeoTiff, openRaster, pixelBlock, type RasterClass } from '../raster/index.ts';
import { ModelMismatchError } from './errors.ts';
import { padTile } from './pad-tile.ts';
import type { Predictor } from './predictor.ts';

/** How patches are predicted and written. */
export interface PredictPatchesOptions {
  /** 1-based bands, in the order the network sees them. */
  readonly channels: readonly number[];
  /** Folder of the predictions, created when missing. */
  readonly folder: string;
  readonly classes: readonly RasterClass[];
  /** Predictions lie where their images lie. Default true. */
  readonly georeferenced?: boolean;
  readonly overwrite?: boolean;
  readonly skipBad?: boolean;
  readonly workers?: number;
  /** Acquisition metadata of the patches, for networks that take it. */
  readonly metadata?: MetadataTable | null;
  /** `ign` writes files as IGN's program does: LZW, no colour table. Default `none`. */
  readonly compat?: 'none' | 'ign';
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** A patch and the mask predicted for it. */
export interface PatchPrediction {
  readonly patch: Patch;
  readonly prediction: string;
}

/** What came of {@link predictPatches}. */
export interface PatchPredictions {
  readonly predictions: readonly PatchPrediction[];
  readonly bad: readonly { readonly patch: Patch; readonly error: ArpentError }[];
}

/**
 * `PRED_<name of the image>.tif` for each patch; where two images of different folders share a name, a few letters
 * that depend on the path keep them apart.
 */
export function predictionNames(patches: readonly Patch[]): string[] {
  const plain = patches.map(({ image }) => `PRED_${basename(image, extname(image))}`);
  const uses = new Map<string, number>();
  for (const name of plain) uses.set(name, (uses.get(name) ?? 0) + 1);
  return patches.map(({ image }, i) => {
    const name = plain[i]!;
    if (uses.get(name) === 1) return `${name}.tif`;
    return `${name}_${createHash('sha1').update(image).digest('hex').slice(0, 8)}.tif`;
  });
}

/**
 * Predicts each patch as a whole and writes the class indices (uint8, 0-based) as GeoTIFF.
 *
 * @throws BadPatchError naming the line of the list (unless `skipBad`), OutputExistsError (unless `overwrite`),
 * ModelMismatchError for another number of channels than the network has
 */
export async function predictPatches(
  predictor: Predictor,
  patches: readonly Patch[],
  options: PredictPatchesOptions,
): Promise<PatchPredictions> {
  const { folder, channels, classes, workers = 4, overwrite = false } = options;
  if (predictor.channels !== channels.length) {
    throw new ModelMismatchError(
      `the network takes ${predictor.channels} channels, ${channels.length} are chosen`,
      {
        key: 'channels',
        remedy: `choose ${predictor.channels} bands, in the order the network was trained with`,
      },
    );
  }
  await mkdir(folder, { recursive: true });
  const names = predictionNames(patches);
  const predictions: PatchPrediction[] = [];
  const bad: { patch: Patch; error: ArpentError }[] = [];
  const read = async (patch: Patch) => {
    try {
      return await readPatch(patch, { channels, decodeMask: null });
    } catch (error) {
      if (!options.skipBad || !(error instanceof BadPatchError)) throw error;
      bad.push({ patch, error });
      return null;
    }
  };
  let done = 0;
  for await (const sample of readAhead(patches, read, Math.max(2, workers))) {
    options.signal?.throwIfAborted();
    const name = names[done++]!;
    if (sample !== null) {
      const { width, height } = sample;
      const tile = padTile(
        {
          ...{ pixels: sample.image, dataType: sample.dataType, width, height },
          metadata: options.metadata?.([sample.patch]),
          image: sample.patch.image,
        },
        channels.length,
        predictor.divisor,
      );
      const [indices] = await predictor.predict([tile], 'classes', [{ x: 0, y: 0, width, height }]);
      const prediction = join(folder, name);
      await using image = await openRaster(sample.patch.image);
      const placed = options.georeferenced !== false;
      const grid = {
        width,
        height,
        crs: placed ? image.crs : null,
        geoTransform: placed ? image.geoTransform : null,
      };
      const look = options.compat === 'ign' ? ({ compression: 'lzw' } as const) : { classes };
      const writer = await createGeoTiff(prediction, { ...grid, dataType: 'uint8', ...look, overwrite });
      await writer.write(pixelBlock(indices!, 1, height, width), 0, 0);
      await writer.close();
      predictions.push({ patch: sample.patch, prediction });
    }
    options.onProgress?.(done, patches.length);
  }
  return { predictions, bad };
}
