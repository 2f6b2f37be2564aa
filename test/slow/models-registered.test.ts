// About 40 minutes on two cores, reckoned from the times of single networks.
import { modelNames } from '../../src/models/index.ts';
import { leanContract, millions, outlineContract } from '../models/lean-contract.ts';
import { isDue } from '../models/record.ts';

/**
 * Every name that `arpent models` lists, the smallest first; those above 110 million parameters, each a larger sibling of
 * one that is not, only in outline. A pattern of names runs what it matches in earnest up to 500 million
 * (`ARPENT_MODELS='swin_large'`). With `ARPENT_CONTRACT_RECORD=test/slow/contract-passed.json` a run that was broken off goes on where it was.
 */
const pattern = process.env.ARPENT_MODELS;
/** Parameters, in millions, up to which weights are drawn and gradients taken. */
const most = pattern ? 500 : 110;

const names = modelNames()
  .filter((name) => new RegExp(pattern ?? '.').test(name))
  .sort((a, b) => millions(a) - millions(b));

for (const name of names) {
  const size = name.endsWith('_pan') ? ([128, 128] as const) : ([64, 64] as const);
  const large = millions(name) > most;
  if (isDue(large ? 'outline' : 'lean', name)) (large ? outlineContract : leanContract)(name, size);
}
