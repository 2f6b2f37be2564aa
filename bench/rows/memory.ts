import { join } from 'node:path';
import { chooseTile, usualMargin } from '../../src/inference/index.ts';
import { bigRaster, folder } from '../data.ts';
import { median, time } from '../pair.ts';
import { subject } from '../peers.ts';
import type { Bench } from '../row.ts';
import { trainedWeights } from '../trained-weights.ts';

/** Largest side of both maps' windows, whatever the computer has. */
const LARGEST = 2304;

/** Resident memory over many training steps, and over a raster twice as tall. */
export const memoryRows: Bench = async ({ quick }) => {
  const steps = quick ? 60 : 500;
  const { samples } = (await time(subject('memory.ts', [steps]))) as unknown as { samples: number[] };
  const fifth = Math.floor(samples.length / 5);
  const early = median(samples.slice(fifth, 2 * fifth));
  const late = median(samples.slice(-fifth));
  const growth = late / early - 1;
  const weights = await trainedWeights();
  const width = quick ? 1024 : 2048;
  // The lower one, too, has several rows of windows: with the first five or so, memory that the garbage collector has not found yet
  // comes to what it stays at.
  const heights = [8 * width, 16 * width];
  const peaks: number[] = [];
  // One plan for both: the side of squares that suits one height best may be another's second best.
  const tile = chooseTile({ width, height: heights[1]! }, { margin: usualMargin() }, 32, LARGEST);
  for (const height of heights) {
    const input = await bigRaster(width, height);
    const result = await time(subject('map.ts', [weights, input, join(folder, 'tall.tif'), 'fp32', tile]));
    peaks.push(result.peakMB as number);
  }
  const taller = peaks[1]! / peaks[0]! - 1;
  const percent = (share: number) => `${share >= 0 ? '+' : ''}${(100 * share).toFixed(1)} %`;
  return [
    {
      name: `resident memory over ${steps} training steps`,
      measured: percent(growth),
      target: '± 5 %',
      met: Math.abs(growth) <= 0.05,
      detail: `${early.toFixed(0)} MB in the second fifth, ${late.toFixed(0)} MB in the last`,
    },
    {
      name: `peak memory, map of ${heights
        .map((height) => `${width}×${height}`)
        .reverse()
        .join(' against ')}`,
      measured: percent(taller),
      target: '± 5 %',
      met: Math.abs(taller) <= 0.05,
      detail: `${peaks[1]!.toFixed(0)} MB against ${peaks[0]!.toFixed(0)} MB`,
    },
  ];
};
