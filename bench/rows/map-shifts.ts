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

/** Sixteen shifted predictions a pixel against a loop that writes each to disk, and the blend that replaces them. */
export const mapShiftRows: Bench = async ({ quick }) => {
  const side = quick ? 1024 : 3072;
  const precision = hasBf16() ? 'bf16' : 'fp32';
  const note = hasBf16() ? '' : `; ${NO_BF16}`;
  const name = `sixteen shifted predictions of ${side}², ${precision}, against a loop through files in Python`;
  const python = rasterPython(true);
  const input = await bigRaster(side, side);
  const weights = await trainedWeights();
  const ours = (output: string, ...plan: (string | number)[]) =>
    subject('map.ts', [weights, input, join(folder, output), precision, ...plan]);
  const shifted = ours('shifts.tif', 512, 0, 'mean', 0, 4);
  const rows: Row[] = [];
  let votes: number;
  if (python === null) {
    votes = (await time(shifted)).seconds[0]!;
    rows.push(missing(name, '≤ 0.25×', 'no Python with torch and rasterio'));
  } else {
    const loop = peer(python.python, 'map_shifts.py', [weights, input, folder], { PYTHONPATH: python.path });
    const { ratio, ours: mine, theirs } = await pair(shifted, loop, 1);
    votes = mine;
    rows.push({
      name,
      measured: `${ratio.toFixed(2)}×`,
      target: '≤ 0.25×',
      met: ratio <= 0.25,
      detail: `${mine.toFixed(1)} s against ${theirs.toFixed(1)} s${note}`,
    });
  }
  const blends: number[] = [];
  for (let i = 0; i < 3; i++) blends.push((await time(ours('hann.tif'))).seconds[0]!);
  const blended = median(blends);
  const [one, sixteen] = [
    await meanIou(join(folder, 'hann.tif'), side),
    await meanIou(join(folder, 'shifts.tif'), side),
  ];
  rows.push({
    name: `mIoU of hann less that of sixteen shifts, ${side}², ${precision}`,
    measured: `${(one - sixteen).toFixed(2)}`,
    target: '≥ −0.2',
    met: one - sixteen >= -0.2,
    detail: `${one.toFixed(2)} against ${sixteen.toFixed(2)}; made-up land, whose truth is known`,
  });
  rows.push({
    name: `hann at its default overlap against sixteen shifts, ${side}², ${precision}`,
    measured: `${(blended / votes).toFixed(3)}×`,
    target: '≤ 0.125×',
    met: blended / votes <= 0.125,
    detail: `${blended.toFixed(1)} s (median of three) against ${votes.toFixed(1)} s`,
  });
  return rows;
};
