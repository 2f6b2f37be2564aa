// Seconds a patch of the loader alone: loader.ts LIST BATCH. One pass after a warm-up.
import { NO_AUGMENTATION } from '../../src/config/index.ts';
import { disposeBatch, maskDecoder, normalizer, PatchLoader, readPatchList } from '../../src/data/index.ts';
import { BANDS, NORMALIZATION } from './network.ts';

const [list = '', batch = '4'] = process.argv.slice(2);
const patches = await readPatchList(list);
const loader = new PatchLoader(patches, {
  channels: [1, 2, 3, 4, 5],
  decodeMask: maskDecoder({ encoding: { kind: 'one-based' }, ignoreValues: [], unknown: 'error' }, 19),
  normalizer: normalizer(NORMALIZATION, BANDS),
  augmentation: { ...NO_AUGMENTATION, verticalFlip: 0.5, horizontalFlip: 0.5, rot90: 0.5 },
  batchSize: Number(batch),
  shuffle: true,
});
const epoch = async (index: number) => {
  for await (const item of loader.batches(index)) disposeBatch(item);
};
await epoch(0);
const began = performance.now();
await epoch(1);
console.log(JSON.stringify({ seconds: [(performance.now() - began) / 1000 / patches.length] }));
