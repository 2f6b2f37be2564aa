import { join } from 'node:path';
import type { MapConfig } from '../config/index.ts';
import {
  begunTile,
  chooseTile,
  defaultBlend,
  largestTile,
  type MapPlan,
  type MapRasterOptions,
  measureNetwork,
  type Predictor,
  planMap,
  usualMargin,
} from '../inference/index.ts';
import { bytesPerCell, commonDataType, openRaster, readRasterInfo } from '../raster/index.ts';
import { mapOutputPath } from './output-name.ts';

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

/** The same where the side may be open: null, to be chosen for the raster. */
export type ConfiguredWindows = Omit<MapWindows, 'tile'> & { readonly tile: number | null };

/** Side of the squares of IGN's programs, and what they see and do not keep. */
const IGN_TILE = 512;
const IGN_MARGIN = 128;

/**
 * The windows of a map without a budget: what was asked for, else what the configuration says. IGN's files name the
 * small squares of its programs; unless their pixels are asked for, the side is chosen for the raster, which gives the same with less work.
 */
export function configuredWindows(
  config: MapConfig,
  stream: Partial<MapRasterOptions> = {},
): ConfiguredWindows {
  const { window, source, compat } = config;
  const configured = source.format === 'arpent' || compat === 'ign' ? window.size : null;
  const tile = stream.tile ?? configured ?? (compat === 'ign' ? IGN_TILE : null);
  const { overlap } = stream;
  const usual = compat === 'ign' ? IGN_MARGIN : usualMargin(tile);
  return {
    tile,
    margin: stream.margin ?? window.margin ?? usual,
    ...(overlap === undefined ? {} : { overlap }),
  };
}

/**
 * The windows of a map: as configured; where nobody said their side, that of the run that is gone on with, else one within the budget of memory
 * or, without one, within a share of what the computer has.
 * @throws PlanMemoryError saying how much is needed at least
 */
export async function windowsOf(
  config: MapConfig,
  predictor: Predictor,
  wishes: PlanWishes,
): Promise<MapWindows> {
  const { stream = {}, allowRemote = false } = wishes;
  const { input, channels, compat } = config;
  if (wishes.memory !== null && compat !== 'ign') return planMapOf(config, predictor, wishes);
  const { tile, ...border } = configuredWindows(config, stream);
  const settled = tile ?? (await begunTileOf(config, stream));
  if (settled !== null) return { tile: settled, ...border };
  const { groundResolution } = stream;
  await using raster = await openRaster(input, {
    ...{ allowRemote, bands: channels },
    ...(groundResolution === undefined ? {} : { groundResolution }),
  });
  const { blend, shifts } = stream;
  const largest = await largestTile(predictor, raster);
  return { tile: chooseTile(raster, { ...border, blend, shifts }, predictor.divisor, largest), ...border };
}

/** Side of the windows of the run that will be gone on with; null where there is none. */
async function begunTileOf(
  { output }: MapConfig,
  { restart = false }: Partial<MapRasterOptions>,
): Promise<number | null> {
  if (restart) return null;
  // A finished map is nothing to go on with, and a plan is no reason to complain of it.
  const path = output.existing === 'error' ? join(output.folder, output.name) : mapOutputPath(output);
  return begunTile(path);
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
  // A budget chooses the side that nobody said; without one, it is chosen for the least work.
  const wishes = { memory: null, stream, allowRemote };
  const open = memory !== null && compat !== 'ign';
  const begun = open ? await begunTileOf(config, stream) : null;
  const tile = open ? (configured.tile ?? begun) : (await windowsOf(config, predictor, wishes)).tile;
  return planMap({
    raster,
    bands: predictor.channels,
    bytesPerCell: bytesPerCell(commonDataType(types)),
    classes: predictor.classes,
    divisor: predictor.divisor,
    network: await measureNetwork(predictor),
    engine: predictor.engine,
    // What was begun goes on, though the process may weigh a little more than when it was planned.
    memory: (begun === null ? memory : null) ?? Number.POSITIVE_INFINITY,
    blend,
    batchSize,
    outputBands: bands + (products?.confidence ? 1 : 0) + (products?.entropy ? 1 : 0),
    ...(shifts === undefined ? {} : { shifts }),
    ...(agreement === undefined ? {} : { agreement }),
    margin: configured.margin,
    ...(configured.overlap === undefined ? {} : { overlap: configured.overlap }),
    ...(tile === null ? {} : { tile }),
  });
}
