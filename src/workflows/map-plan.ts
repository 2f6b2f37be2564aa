import type { MapConfig } from '../config/index.ts';
import {
  DEFAULT_TILE,
  defaultBlend,
  fittingTile,
  type MapPlan,
  type MapRasterOptions,
  measureNetwork,
  type Predictor,
  planMap,
} from '../inference/index.ts';
import { bytesPerCell, commonDataType, readRasterInfo } from '../raster/index.ts';

/** What a plan is asked for. */
export interface PlanWishes {
  /** Most memory, in bytes or as `2GB`; null takes the tile that the configuration says. */
  readonly memory: string | number | null;
  /** Options of the map that win over the configuration. */
  readonly stream?: Partial<MapRasterOptions>;
  readonly allowRemote?: boolean;
}

/** Side and border of a map's windows. */
export interface MapWindows {
  readonly tile: number;
  readonly margin: number;
  readonly overlap?: number;
}

/**
 * The windows of a map without a budget: what was asked for, else what the configuration says. IGN's files name the
 * small squares of its programs; unless their pixels are asked for, larger ones give the same with less work.
 */
export function configuredWindows(config: MapConfig, stream: Partial<MapRasterOptions> = {}): MapWindows {
  const { window, source, compat } = config;
  const larger = source.format !== 'arpent' && compat !== 'ign';
  const tile = stream.tile ?? (larger ? Math.max(window.size, DEFAULT_TILE) : window.size);
  const { overlap } = stream;
  return { tile, margin: stream.margin ?? window.margin, ...(overlap === undefined ? {} : { overlap }) };
}

/** Whether nobody chose the tile, so that a small raster may be seen through a smaller one. */
export function tileIsOpen(config: MapConfig, stream: Partial<MapRasterOptions> = {}): boolean {
  return config.compat !== 'ign' && configuredWindows(config, stream).tile === DEFAULT_TILE;
}

/**
 * The windows of a map: within a budget of memory where there is one, else as configured, and no larger than the raster needs.
 * @throws PlanMemoryError saying how much is needed at least
 */
export async function windowsOf(
  config: MapConfig,
  predictor: Predictor,
  wishes: PlanWishes,
): Promise<MapWindows> {
  const { stream = {}, allowRemote = false } = wishes;
  if (config.memory !== null && config.compat !== 'ign') return planMapOf(config, predictor, wishes);
  const windows = configuredWindows(config, stream);
  // Resampled, the raster has another size.
  if (!tileIsOpen(config, stream) || stream.groundResolution !== undefined) return windows;
  const raster = await readRasterInfo(config.input, { allowRemote });
  const shape = { ...windows, ...(stream.shifts === undefined ? {} : { shifts: stream.shifts }) };
  return { ...windows, tile: fittingTile(raster, shape, predictor.divisor) };
}

/**
 * Chooses tile and margin for a map within a budget of memory, from what the network was measured to need.
 * @throws PlanMemoryError saying how much is needed at least
 */
export async function planMapOf(
  config: MapConfig,
  predictor: Predictor,
  { memory, stream = {}, allowRemote = false }: PlanWishes,
): Promise<MapPlan> {
  const { input, channels, batchSize, output, compat } = config;
  const raster = await readRasterInfo(input, { allowRemote });
  const types = channels.map((band) => raster.bandInfo[band - 1]?.dataType ?? 'uint8');
  const { blend = defaultBlend(compat), shifts, agreement, products } = stream;
  const bands = output.type === 'class_prob' || products?.probabilities ? predictor.classes : 1;
  const configured = configuredWindows(config, stream);
  const fixed = memory === null || compat === 'ign';
  const tile = fixed
    ? (await windowsOf({ ...config, memory: null }, predictor, { memory: null, stream, allowRemote })).tile
    : stream.tile;
  return planMap({
    raster,
    bands: predictor.channels,
    bytesPerCell: bytesPerCell(commonDataType(types)),
    classes: predictor.classes,
    divisor: predictor.divisor,
    network: await measureNetwork(predictor),
    engine: predictor.engine,
    memory: memory ?? Number.POSITIVE_INFINITY,
    blend,
    batchSize,
    outputBands: bands + (products?.confidence ? 1 : 0) + (products?.entropy ? 1 : 0),
    ...(shifts === undefined ? {} : { shifts }),
    ...(agreement === undefined ? {} : { agreement }),
    margin: configured.margin,
    ...(configured.overlap === undefined ? {} : { overlap: configured.overlap }),
    ...(tile === undefined ? {} : { tile }),
  });
}
