import { rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Patch } from '../data/index.ts';
import { type MapProgress, mapZones, predictionNames, type ZoneMap } from '../inference/index.ts';
import { moveRaster } from '../raster/index.ts';
import { GroupPredictor, groupChannels } from './group-predictor.ts';
import type { GroupedInferenceOptions } from './grouped-inference.ts';
import type { ModelGroup } from './grouped-models.ts';
import { rasterClasses } from './predict.ts';

/** How zones are rebuilt. */
export interface GroupedZonesOptions
  extends Omit<GroupedInferenceOptions, 'members' | 'names' | 'onProgress'> {
  /** Side of the windows, in pixels. */
  readonly tile: number;
  /** Windows are shifted so many times along each axis. */
  readonly shifts: number;
  readonly agreement: 'majority' | 'mean';
  readonly onProgress?: (zone: string, progress: MapProgress) => void;
}

/**
 * Predicts patches with their surroundings: patches that touch become one raster, which a group of networks maps in shifted
 * windows whose predictions agree by majority or mean; the map is cut back into `PRED_` files, one a patch. The seed is FLAIR #1's
 * second place: 16 predictions of each pixel, windows 128 pixels apart.
 * @returns the maps of the zones; the predictions lie in the folder under the names of {@link predictionNames}.
 * @throws errors of checkpoints, images and outputs
 */
export async function predictZones(
  group: ModelGroup,
  patches: readonly Patch[],
  options: GroupedZonesOptions,
): Promise<ZoneMap[]> {
  const { folder, tile, shifts, agreement, overwrite = false, signal, onProgress } = options;
  const names = predictionNames(patches);
  const nameOf = new Map(patches.map(({ image }, i) => [image, names[i]!]));
  const predictor = new GroupPredictor(group, options);
  try {
    const maps = await mapZones({
      ...{ patches: patches.map(({ image }) => image), folder: join(folder, 'zones'), predictor, overwrite },
      ...{ channels: groupChannels(group), classes: rasterClasses(group.classes) },
      ...{ tile, margin: 0, shifts, agreement, signal },
      ...(onProgress ? { onProgress } : {}),
    });
    for (const { zone, predictions } of maps) {
      for (const [i, prediction] of predictions.entries())
        await moveRaster(prediction, join(folder, nameOf.get(zone.sources[i]!.path)!));
      if (predictions[0] !== undefined) await rmdir(dirname(predictions[0]));
    }
    return maps;
  } finally {
    predictor.dispose();
  }
}
