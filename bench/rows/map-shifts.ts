import { join } from 'node:path';
import { openRaster } from '../../src/raster/index.ts';
import { bigRaster, folder } from '../data.ts';
import { median, pair, time } from '../pair.ts';
import { peer, rasterPython, subject } from '../peers.ts';
import { hasBf16, NO_BF16 } from '../processor.ts';
import { type Bench, missing, type Row } from '../row.ts';
import { makeScene } from '../scene.ts';
import { BANDS, CLASSES } from '../subjects/network.ts';
import { trainedWeights } from '../trained-weights.ts';

/** Mean over the classes of a map's intersection over union with the land that was made up, in percent. */
async function meanIou(path: string, side: number): Promise<number> {
  await using raster = await openRaster(path);
  const found = (await raster.read()).data;
  const rows = 512;
  const counts = Array.from({ length: CLASSES }, () => ({ both: 0, either: 0 }));
  for (let top = 0; top < side; top += rows) {
    const { classes } = makeScene({ bands: BANDS, classes: CLASSES }, { width: side, height: rows }, 1, top);
    for (let i = 0; i < classes.length; i++) {
      const [truth, answer] = [counts[classes[i]!]!, counts[found[top * side + i]!]!];
      truth.either++;
      if (truth === answer) truth.both++;
      else answer.either++;
    }
  }
  const seen = counts.filter(({ either }) => either > 0);
  return (100 * seen.reduce((sum, { both, either }) => sum + both / either, 0)) / seen.length;
}

/** Maps of a square raster by the bench's network, to be timed. */
async function mapper(side: number, precision: string) {
  const [weights, input] = [await trainedWeights(), await bigRaster(side, side)];
  return (output: string, ...plan: (string | number)[]) =>
    subject('map.ts', [weights, input, join(folder, output), precision, ...plan]);
}

const SHIFTED = [512, 0, 'mean', 0, 4] as const;

/** Sixteen shifted predictions a pixel against a loop that writes each to disk. */
async function againstLoop(side: number, precision: string): Promise<Row> {
  const note = hasBf16() ? '' : `; ${NO_BF16}`;
  const name = `sixteen shifted predictions of ${side}², ${precision}, against a loop through files in Python`;
  const python = rasterPython(true);
  if (python === null) return missing(name, '≤ 0.25×', 'no Python with torch and rasterio');
  const files = [await trainedWeights(), await bigRaster(side, side), folder];
  const loop = peer(python.python, 'map_shifts.py', files, { PYTHONPATH: python.path });
  const { ratio, ours, theirs } = await pair(
    (await mapper(side, precision))('shifts.tif', ...SHIFTED),
    loop,
    1,
  );
  const detail = `${ours.toFixed(1)} s against ${theirs.toFixed(1)} s${note}`;
  return { name, measured: `${ratio.toFixed(2)}×`, target: '≤ 0.25×', met: ratio <= 0.25, detail };
}

/** The blend that replaces sixteen shifts: its time and its mIoU against theirs. */
async function blendAgainstShifts(side: number, precision: string): Promise<Row[]> {
  const map = await mapper(side, precision);
  const votes = (await time(map('shifts.tif', ...SHIFTED))).seconds[0]!;
  const blends: number[] = [];
  for (let i = 0; i < 3; i++) blends.push((await time(map('hann.tif'))).seconds[0]!);
  const blended = median(blends);
  const [one, sixteen] = [
    await meanIou(join(folder, 'hann.tif'), side),
    await meanIou(join(folder, 'shifts.tif'), side),
  ];
  return [
    {
      name: `mIoU of hann less that of sixteen shifts, ${side}², ${precision}`,
      measured: `${(one - sixteen).toFixed(2)}`,
      target: '≥ −0.2',
      met: one - sixteen >= -0.2,
      detail: `${one.toFixed(2)} against ${sixteen.toFixed(2)}; made-up land, whose truth is known`,
    },
    {
      name: `hann at its default overlap against sixteen shifts, ${side}², ${precision}`,
      measured: `${(blended / votes).toFixed(3)}×`,
      target: '≤ 0.125×',
      met: blended / votes <= 0.125,
      detail: `${blended.toFixed(1)} s (median of three) against ${votes.toFixed(1)} s`,
    },
  ];
}

/** What sixteen shifted predictions a pixel cost, and what replaces them. */
export const mapShiftRows: Bench = async ({ quick }) => {
  const precision = hasBf16() ? 'bf16' : 'fp32';
  // Python's loop takes minutes; the blend is for rasters of several windows.
  const [loopSide, blendSide] = quick ? [1024, 1024] : [3072, 4096];
  return [await againstLoop(loopSide, precision), ...(await blendAgainstShifts(blendSide, precision))];
};
