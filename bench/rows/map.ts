import { join } from 'node:path';
import { openRaster } from '../../src/raster/index.ts';
import { bigRaster, folder, repeatedRaster } from '../data.ts';
import { pair, time } from '../pair.ts';
import { peer, rasterPython, subject } from '../peers.ts';
import { hasBf16, NO_BF16 } from '../processor.ts';
import { type Bench, duration, missing, type Row, speedupRow } from '../row.ts';
import { trainedWeights } from '../trained-weights.ts';
import { busyRow } from './map-busy.ts';

/** Share of pixels that two maps have in common. */
async function agreement(a: string, b: string): Promise<number> {
  await using first = await openRaster(a);
  await using second = await openRaster(b);
  const [one, two] = await Promise.all([first.read(), second.read()]);
  let equal = 0;
  for (let i = 0; i < one.data.length; i++) if (one.data[i] === two.data[i]) equal++;
  return equal / one.data.length;
}

/** Windows of IGN's loop along one side: 512 pixels with a margin of 128. */
const ignWindows = (side: number) => Math.ceil(side / 256) ** 2;

/** A raster of 10,000² and more; the time of IGN's loop is measured on a part and extrapolated by its windows. */
export const mapLargeRows: Bench = async ({ quick }) => {
  const [part, count] = quick ? [1024, 2] : [2048, 5];
  const side = part * count;
  const name = (precision: string) =>
    `map of ${side}², five bands, ${precision}, against IGN's way in Python (extrapolated)`;
  const python = rasterPython(true);
  if (python === null) return [missing(name('fp32'), '≥ 4×', 'no Python with torch and rasterio')];
  const weights = await trainedWeights();
  const whole = await repeatedRaster(part, count);
  const loop = await time(
    peer(python.python, 'map_ign.py', [weights, await bigRaster(part, part), join(folder, 'part.tif')], {
      PYTHONPATH: python.path,
    }),
  );
  const factor = ignWindows(side) / ignWindows(part);
  const theirs = loop.seconds[0]! * factor;
  const rows: Row[] = [];
  for (const [precision, least] of [['fp32', 4] as const, ['bf16', 8] as const]) {
    if (precision === 'bf16' && !hasBf16()) {
      rows.push(missing(name('bf16'), `≥ ${least}×`, NO_BF16));
      continue;
    }
    const ours = await time(subject('map.ts', [weights, whole, join(folder, 'large.tif'), precision]));
    const seconds = ours.seconds[0]!;
    rows.push({
      name: name(precision),
      measured: `${(theirs / seconds).toFixed(2)}×`,
      target: `≥ ${least}×`,
      met: theirs / seconds >= least,
      detail: `${duration(seconds)} against ${duration(theirs)}: ${factor} times the ${duration(loop.seconds[0]!)} of ${part}²`,
    });
    rows.push(busyRow(`map of ${side}², ${precision}, default plan`, ours));
  }
  return rows;
};

/** A whole raster with the default plan, against IGN's way in Python at the same weights. */
export const mapRows: Bench = async ({ quick, repeats }) => {
  const python = rasterPython(true);
  const name = (precision: string, side = 4096) =>
    `map of ${side}², five bands, ${precision}, against IGN's way in Python`;
  if (python === null) {
    return [
      missing(name('fp32'), '≥ 4×', 'no Python with torch and rasterio'),
      missing(name('bf16'), '≥ 8×', 'likewise'),
    ];
  }
  const weights = await trainedWeights();
  const rows: Row[] = [];
  for (const [precision, least, equal] of [['fp32', 4, 0.995] as const, ['bf16', 8, 0.98] as const]) {
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
