import { join } from 'node:path';
import { type BlendWindow, usualMargin } from '../src/inference/index.ts';
import { borderOf, mapLayout } from '../src/inference/map/layout.ts';
import { openRaster } from '../src/raster/index.ts';
import { bigRaster, folder } from './data.ts';
import { time } from './pair.ts';
import { subject } from './peers.ts';
import { trainedWeights } from './trained-weights.ts';

/** What the bench's network needs sides to be a multiple of. */
const DIVISOR = 32;

/** How tiles meet. */
export interface SeamWay {
  readonly name: string;
  readonly tile: number;
  readonly blend: BlendWindow;
  readonly margin: number;
  readonly overlap: number;
}

/** Squares small enough to show many seams. */
const TILE = 512;

/** The last two take the same windows and the same work. */
export const smallWays: readonly SeamWay[] = [
  { name: 'no overlap', tile: TILE, blend: 'crop', margin: 0, overlap: 0 },
  { name: 'crop', tile: TILE, blend: 'crop', margin: 128, overlap: 0 },
  { name: 'hann', tile: TILE, blend: 'hann', margin: 64, overlap: 128 },
];

/** The border that `arpent map` takes when nobody says, in squares so small that there are seams. */
export function usualWay(): SeamWay {
  return { name: 'hann, default border', tile: 1280, blend: 'hann', ...borderOf('hann', usualMargin()) };
}

/** Where windows hand over to the next, along one side of a square raster. */
export function handovers(side: number, way: SeamWay): number[] {
  const { columns } = mapLayout({ width: side, height: side }, way, DIVISOR);
  return columns.slice(1).map(({ from }, i) => (columns[i]!.to + from) / 2);
}

/** A map of the bench's scene `[side, side]` each way, and one from a window that sees it whole. */
export async function seamMaps(
  side: number,
  ways: readonly SeamWay[],
): Promise<{ whole: Uint8Array; maps: readonly Uint8Array[] }> {
  const input = await bigRaster(side, side);
  const weights = await trainedWeights();
  const map = async (name: string, way: SeamWay): Promise<Uint8Array> => {
    const output = join(folder, `seam-${name.replace(/\W+/g, '-')}.tif`);
    const plan = [way.tile, way.margin, way.blend, way.overlap];
    await time(subject('map.ts', [weights, input, output, 'fp32', ...plan]));
    await using raster = await openRaster(output);
    return (await raster.read()).data as Uint8Array;
  };
  const whole = await map('whole', { ...smallWays[0]!, tile: side });
  const maps: Uint8Array[] = [];
  for (const way of ways) maps.push(await map(way.name, way));
  return { whole, maps };
}
