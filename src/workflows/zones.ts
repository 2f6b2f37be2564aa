import type { MapConfig } from '../config/index.ts';
import {
  findPatches,
  type MapProgress,
  type MapRasterOptions,
  mapZones,
  type ZoneMap,
} from '../inference/index.ts';
import { configuredWindows } from './map-plan.ts';
import { type MapPredictorOptions, mapChannels, mapPredictor } from './map-predictor.ts';
import { rasterClasses } from './predict.ts';

/** How patches are mapped by zones, besides what a configuration says. */
export interface ZonesRunOptions extends MapPredictorOptions {
  /** Folder or CSV list of the patches. */
  readonly patches: string;
  /** Receives a map a zone, and `patches/` with the predictions. */
  readonly folder: string;
  /** Value of the first class in the patches' predictions. Default 0. */
  readonly firstValue?: number;
  readonly overwrite?: boolean;
  readonly stream?: Partial<MapRasterOptions>;
  readonly onStart?: (start: { readonly patches: number; readonly engine: string }) => void;
  readonly onProgress?: (zone: string, progress: MapProgress) => void;
  readonly signal?: AbortSignal;
}

/**
 * Maps patches by zones as a configuration says. Zones that an earlier run finished with the same settings are kept.
 * @throws see {@link mapZones}
 */
export async function runZones(config: MapConfig, options: ZonesRunOptions): Promise<ZoneMap[]> {
  const { folder, firstValue = 0, overwrite = false, stream = {}, signal } = options;
  const patches = await findPatches(options.patches);
  const predictor = mapPredictor(config, options);
  try {
    options.onStart?.({ patches: patches.length, engine: predictor.engine });
    // What each zone settles itself is left out.
    const { products: _, groundResolution: __, onProgress: ___, ...zoneStream } = stream;
    return await mapZones({
      ...{ patches, folder, predictor, firstValue, overwrite },
      channels: mapChannels(config, options.members),
      classes: rasterClasses(config.classes),
      batchSize: config.batchSize,
      ...zoneStream,
      ...configuredWindows(config, stream),
      ...(options.onProgress ? { onProgress: options.onProgress } : {}),
      signal,
    });
  } finally {
    predictor.dispose();
  }
}
