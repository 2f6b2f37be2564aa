import { pair } from '../pair.ts';
import { peer, subject, torchPython } from '../peers.ts';
import { type Bench, missing, ratioRow } from '../row.ts';

/** What a call of an operator costs beyond its work. */
export const overheadRows: Bench = async ({ quick, repeats }) => {
  const python = torchPython();
  const name = 'operator call, add of two tiny tensors';
  if (python === null) return [missing(name, '≤ 3×', 'no Python with the same torch')];
  const args = [quick ? 20000 : 200000, 5];
  return [
    ratioRow(name, await pair(subject('overhead.ts', args), peer(python, 'overhead.py', args), repeats), 3),
  ];
};
