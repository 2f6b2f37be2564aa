import type { MapConfig } from '../config/index.ts';
import {
  type MapPlan,
  type MapRasterOptions,
  measureNetwork,
  type Predictor,
  planMap,
} from '../inference/index.ts';
import { bytesPerCell, commonDataType, readRasterInfo } from '../raster/index.ts';

/** What a plan is asked for. */
export interface PlanWishes {
  /** `2GB`, or bytes. */
  readonly memory: string | number;
  /** Sides and borders that are fixed instead of chosen. */
  readonly tile?: number;
  readonly margin?: number;
  readonly stream?: Partial<MapRasterOptions>;
  readonly allowRemote?: boolean;
}

/**
 * Chooses tile and margin for a map within a budget of memory, from what the network was measured to need.
 * @throws PlanMemoryError saying how much is needed at least
 */
export async function planMapOf(
  { input, channels, batchSize, output }: MapConfig,
  predictor: Predictor,
  { memory, tile, margin, stream = {}, allowRemote = false }: PlanWishes,
): Promise<MapPlan> {
  const raster = await readRasterInfo(input, { allowRemote });
  const types = channels.map((band) => raster.bandInfo[band - 1]?.dataType ?? 'uint8');
  const { blend, shifts, overlap, products } = stream;
  const bands = output.type === 'class_prob' || products?.probabilities ? predictor.classes : 1;
  return planMap({
    raster,
    bands: channels.length,
    bytesPerCell: bytesPerCell(commonDataType(types)),
    classes: predictor.classes,
    divisor: predictor.divisor,
    network: await measureNetwork(predictor),
    memory,
    blend: blend ?? 'crop',
    batchSize,
    outputBands: bands + (products?.confidence ? 1 : 0) + (products?.entropy ? 1 : 0),
    ...(shifts === undefined ? {} : { shifts }),
    ...(overlap === undefined ? {} : { overlap }),
    ...(tile === undefined ? {} : { tile }),
    ...(margin === undefined ? {} : { margin }),
  });
}
