import { join } from 'node:path';
import { openRaster } from '../../src/raster/index.ts';
import { bigRaster, folder } from '../data.ts';
import { pair } from '../pair.ts';
import { peer, rasterPython, subject } from '../peers.ts';
import { hasBf16, NO_BF16 } from '../processor.ts';
import { type Bench, missing, type Row, speedupRow } from '../row.ts';
import { trainedWeights } from '../trained-weights.ts';

/** Share of pixels that two maps have in common. */
async function agreement(a: string, b: string): Promise<number> {
  await using first = await openRaster(a);
  await using second = await openRaster(b);
  const [one, two] = await Promise.all([first.read(), second.read()]);
  let equal = 0;
  for (let i = 0; i < one.data.length; i++) if (one.data[i] === two.data[i]) equal++;
  return equal / one.data.length;
}

/** A whole raster with the default plan, against IGN's way in Python at the same weights. */
export const mapRows: Bench = async ({ quick, repeats }) => {
  const python = rasterPython(true);
  const name = (precision: string, side = 4096) =>
    `map of ${side}², five bands, ${precision}, against IGN's way in Python`;
  if (python === null) {
    return [
      missing(name('fp32'), '≥ 3×', 'no Python with torch and rasterio'),
      missing(name('bf16'), '≥ 6×', 'likewise'),
    ];
  }
  const weights = await trainedWeights();
  const rows: Row[] = [];
  for (const [precision, least, equal] of [['fp32', 3, 0.995] as const, ['bf16', 6, 0.98] as const]) {
    const emulated = precision === 'bf16' && !hasBf16();
    const side = quick || emulated ? 1024 : 4096;
    const input = await bigRaster(side, side);
    const [ours, theirs] = [join(folder, `ours-${precision}.tif`), join(folder, 'theirs.tif')];
    const result = await pair(
      subject('map.ts', [weights, input, ours, precision]),
      peer(python.python, 'map_ign.py', [weights, input, theirs], { PYTHONPATH: python.path }),
      emulated ? 1 : repeats,
    );
    const same = await agreement(ours, theirs);
    const row = speedupRow(
      name(precision, side),
      result,
      least,
      `; ${(100 * same).toFixed(2)} % of pixels equal (≥ ${100 * equal})${emulated ? `; ${NO_BF16}` : ''}`,
    );
    rows.push({ ...row, met: row.met && same >= equal });
  }
  return rows;
};
