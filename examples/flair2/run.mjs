#!/usr/bin/env node
// FLAIR #2, second place, from the data to the submission. How it is called: see run-steps.mjs.
// In full the folder of the data holds FLAIR-2's own folders and files (flair_aerial_train, flair_sen_train, …).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SIDE } from '../flair-data/aerial.mjs';
import { writeFlairList } from '../flair-data/lists.mjs';
import { makeFlair } from '../flair-data/make.mjs';
import { readStatistics } from '../flair-data/statistics.mjs';
import { openRecipe } from '../run-steps.mjs';

const { small, data, at, step, always, arpent, train, configure, config, finish } = openRecipe('flair2');
const from = data ?? at('data');
/** What the small run changes: the least SegFormer, from random weights, on patches of 64 pixels. */
const SMALL = {
  model: { encoder: 'mit_b0', encoder_weights: null },
  optimizer: { learning_rate: 0.001 },
  training: { epochs: 10, batch_size: 8 },
};
const size = small ? SMALL : {};
const best = (name) => at('models', name, 'checkpoints', 'best.ckpt');
const list = (name) => at('lists', `${name}.csv`);
const CLASSES = ['--classes', 'flair-13'];

if (small) await step('make the data', () => makeFlair(from));
await step('list the patches', () => {
  writeFlairList(list('labelled'), join(from, 'flair_aerial_train'), join(from, 'flair_labels_train'));
  writeFlairList(list('test'), join(from, 'flair_2_aerial_test'), join(from, 'flair_2_labels_test'));
});
const split = ['data', 'split', list('labelled'), '--by', 'domain', '--shares', '80,20', '--overwrite'];
await arpent('keep domains to validate', [...split, '-o', at('lists')]);

// Sentinel-2: the clear dates' mean in the window of each patch; its mean and deviation normalise the patch.
const series = ['--series', join(from, 'flair_sen_train'), join(from, 'flair_2_sen_test')];
const centroids = ['--centroids', join(from, 'flair-2_centroids_sp_to_patch.json')];
const sentinel = ['sentinel', list('train'), list('validation'), list('test'), ...series, ...centroids];
await arpent('cut the Sentinel-2 patches', [...sentinel, '--overwrite', '-o', at('sentinel')]);
const stats = ['data', 'stats', list('train'), '--channels', '1-5', '--json'];
await arpent('statistics of the aerial bands', stats, { stdout: at('statistics.jsonl') });

const statisticsOf = (bands) => readStatistics(at('statistics.jsonl'), bands);

/** The file of each image's statistics, and what images without any take: the usual ones, in the aerial images' units. */
function sentinelStatistics() {
  const file = at('sentinel', 'statistics.json');
  const { means, stds } = JSON.parse(readFileSync(file, 'utf8')).typical;
  const inUnits = (values) => values.map((value) => Number((255 * value).toFixed(3)));
  return { file, means: inUnits(means), stds: inUnits(stds) };
}
const lists = { train: list('train'), validation: list('validation'), test: list('test') };
await always(() => {
  const place = { output: at('models'), data: lists };
  configure('rgb-sentinel.yaml', {}, place, size, { normalization: sentinelStatistics() });
  configure('rgb-aerial.yaml', {}, place, size, { normalization: statisticsOf([1, 2, 3]) });
  configure('rgb-imagenet.yaml', {}, place, size);
  const infrared = { normalization: statisticsOf([4, 2, 3]) };
  configure('igb-aerial.yaml', {}, place, size, infrared);
  const start = { model: { weights: best('igb-aerial') }, data: { train: at('pseudo', 'train.csv') } };
  configure('igb-pseudo.yaml', {}, place, size, infrared, start, { training: { epochs: 2 } });
  for (const file of ['four.yaml', 'pair.yaml']) {
    configure(file, {}, (group) => {
      for (const [name, model] of Object.entries(group.models)) model.checkpoint = best(name);
    });
  }
  configure('blend.yaml', {}, { inputs: { blend: at('blend') } });
});

for (const name of ['rgb-sentinel', 'rgb-aerial', 'rgb-imagenet', 'igb-aerial'])
  await train(`train ${name}`, config(`${name}.yaml`));

const together = ['ensemble', 'predict', config('four.yaml'), '--images', list('test')];
await arpent('the four networks together', [...together, '--overwrite', '-o', at('blend')]);
const blended = ['ensemble', 'combine', config('blend.yaml'), ...CLASSES, '--overwrite'];
await arpent('their classes', [...blended, '-o', at('four')]);
const pseudo = [
  'pseudo-label',
  list('test'),
  '--probabilities',
  at('blend'),
  '--count',
  '13',
  '--first',
  '1',
];
const mixed = ['--confidence', '0.7', '--train', list('train'), '--overwrite', '-o', at('pseudo')];
await arpent('pseudo-labels', [...pseudo, ...mixed]);
await train('two more epochs', config('igb-pseudo.yaml'));

// The infrared network as ONNX in half precision, held against the original on real patches. The other one has no single normalisation
// that a file could name.
const side = String(small ? SIDE : 512);
const half = [
  'export',
  best('igb-pseudo'),
  '--precision',
  'fp16',
  '--size',
  side,
  '--patches',
  list('validation'),
];
await arpent('ONNX in half precision', [...half, '--overwrite', '-o', at('onnx', 'igb-pseudo.onnx')]);

const pair = ['ensemble', 'predict', config('pair.yaml'), '--images', list('test')];
await arpent('the final pair, classes selected', [...pair, '--overwrite', '-o', at('final')]);
const submission = ['submit', 'flair', list('test'), '--predictions', at('final'), '--side', side];
await arpent('the submission', [...submission, '--overwrite', '-o', at('submission')]);
const runs = ['rgb-aerial', 'rgb-sentinel', 'rgb-imagenet', 'igb-aerial', 'igb-pseudo'];
const folders = [...runs.map((name) => at('models', name, 'predictions')), at('four'), at('final')];
const compared = ['compare', ...folders, '--truth', list('test'), ...CLASSES, '--by', 'zone', '--overwrite'];
await arpent('the table', [...compared, '-o', at('study')]);
finish(`The table: ${at('study', 'comparison.txt')}; the submission: ${at('submission')}`);
