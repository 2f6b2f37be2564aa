import { join } from 'node:path';
import { bigRaster, folder } from '../data.ts';
import { pair, time } from '../pair.ts';
import { peer, rasterPython, subject } from '../peers.ts';
import { type Bench, missing, type Row } from '../row.ts';
import { trainedWeights } from '../trained-weights.ts';

/** Sixteen shifted predictions a pixel against a loop that writes each to disk, and the blend that replaces them. */
export const mapShiftRows: Bench = async ({ quick }) => {
  const side = quick ? 1024 : 2048;
  const name = `sixteen shifted predictions of ${side}², bf16, against a loop through files in Python`;
  const python = rasterPython(true);
  const input = await bigRaster(side, side);
  const weights = await trainedWeights();
  const ours = (output: string, ...plan: (string | number)[]) =>
    subject('map.ts', [weights, input, join(folder, output), 'bf16', ...plan]);
  const shifted = ours('shifts.tif', 512, 0, 'mean', 0, 4);
  const rows: Row[] = [];
  if (python === null) rows.push(missing(name, '≤ 0.25×', 'no Python with torch and rasterio'));
  else {
    const loop = peer(python.python, 'map_shifts.py', [weights, input, folder], { PYTHONPATH: python.path });
    const { ratio, ours: mine, theirs } = await pair(shifted, loop, quick ? 1 : 3);
    rows.push({
      name,
      measured: `${ratio.toFixed(2)}×`,
      target: '≤ 0.25×',
      met: ratio <= 0.25,
      detail: `${mine.toFixed(1)} s against ${theirs.toFixed(1)} s`,
    });
  }
  const blended = (await time(ours('hann.tif', 1088, 64, 'hann', 128))).seconds[0]!;
  const votes = (await time(shifted)).seconds[0]!;
  rows.push({
    name: `hann at its default overlap against sixteen shifts, ${side}², bf16`,
    measured: `${(blended / votes).toFixed(3)}×`,
    target: '≤ 0.125×',
    met: blended / votes <= 0.125,
    detail: `${blended.toFixed(1)} s against ${votes.toFixed(1)} s`,
  });
  return rows;
};
