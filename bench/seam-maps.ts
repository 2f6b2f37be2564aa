import { join } from 'node:path';
import { openRaster } from '../src/raster/index.ts';
import { bigRaster, folder } from './data.ts';
import { time } from './pair.ts';
import { subject } from './peers.ts';
import { trainedWeights } from './trained-weights.ts';

/** How tiles meet. */
export interface SeamWay {
  readonly name: string;
  readonly blend: string;
  readonly margin: number;
  readonly overlap: number;
}

export const SEAM_TILE = 512;

/** The last two are the default border of 128 pixels: the same windows and the same work. */
export const seamWays: readonly SeamWay[] = [
  { name: 'no overlap', blend: 'crop', margin: 0, overlap: 0 },
  { name: 'crop', blend: 'crop', margin: 128, overlap: 0 },
  { name: 'hann', blend: 'hann', margin: 64, overlap: 128 },
];

/** How far apart windows are. */
export const seamStep = ({ margin, overlap }: SeamWay): number => SEAM_TILE - 2 * margin - overlap;

/** A map of the bench's scene `[side, side]` each way, and one from a window that sees it whole. */
export async function seamMaps(side: number): Promise<{ whole: Uint8Array; maps: readonly Uint8Array[] }> {
  const input = await bigRaster(side, side);
  const weights = await trainedWeights();
  const map = async (name: string, tile: number, way: SeamWay): Promise<Uint8Array> => {
    const output = join(folder, `seam-${name.replace(' ', '-')}.tif`);
    await time(subject('map.ts', [weights, input, output, 'fp32', tile, way.margin, way.blend, way.overlap]));
    await using raster = await openRaster(output);
    return (await raster.read()).data as Uint8Array;
  };
  const whole = await map('whole', side, seamWays[0]!);
  const maps: Uint8Array[] = [];
  for (const way of seamWays) maps.push(await map(way.name, SEAM_TILE, way));
  return { whole, maps };
}
