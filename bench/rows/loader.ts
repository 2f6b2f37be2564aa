import { patchList } from '../data.ts';
import { pair } from '../pair.ts';
import { peer, rasterPython, subject } from '../peers.ts';
import { type Bench, missing, speedupRow } from '../row.ts';

/** Reading, augmenting and normalising patches, without a network. */
export const loaderRows: Bench = async ({ quick, repeats }) => {
  const name = 'loader alone, patches of 5×512², against rasterio and NumPy in one process';
  const python = rasterPython(false);
  if (python === null) return [missing(name, '≥ 2×', 'no Python with rasterio (Debian: python3-rasterio)')];
  const list = await patchList(quick ? 16 : 96);
  const theirs = peer(python.python, 'loader.py', [list, 4], { PYTHONPATH: python.path });
  const result = await pair(subject('loader.ts', [list, 4]), theirs, repeats);
  return [
    speedupRow(
      name,
      result,
      2,
      `; ${(1 / result.ours).toFixed(0)} patches/s against ${(1 / result.theirs).toFixed(0)}`,
    ),
  ];
};
