#!/usr/bin/env node
// FLAIR #1, second place, from the data to the submission. How it is called: see run-steps.mjs.
// In full the folder of the data holds FLAIR-1's own folders: flair_aerial_train, flair_labels_train, flair_1_aerial_test, ….
import { join } from 'node:path';
import { SIDE } from '../flair-data/aerial.mjs';
import { writeFlairList } from '../flair-data/lists.mjs';
import { makeFlair } from '../flair-data/make.mjs';
import { readStatistics } from '../flair-data/statistics.mjs';
import { openRecipe } from '../run-steps.mjs';
import { NETWORKS } from './networks.mjs';

const { small, data, at, step, always, arpent, train, configure, config, finish } =
  openRecipe('flair1-second-place');
const from = data ?? at('data');
const list = (name) => at('lists', `${name}.csv`);
const CLASSES = ['--classes', 'flair-13'];
const networks = Object.entries(NETWORKS).filter(([, network]) => !small || network.small !== undefined);
const side = small ? SIDE : 512;

if (small) await step('make the data', () => makeFlair(from, { contest: 1, sentinel: false }));
await step('list the patches', () => {
  writeFlairList(list('labelled'), join(from, 'flair_aerial_train'), join(from, 'flair_labels_train'));
  writeFlairList(list('test'), join(from, 'flair_1_aerial_test'), join(from, 'flair_1_labels_test'));
});
// Small validation sets, so that nearly everything trains: 1000 patches, here 10.
const split = [
  'data',
  'split',
  list('labelled'),
  '--by',
  'patch',
  '--validation-size',
  small ? '10' : '1000',
];
await arpent('keep a few patches to validate', [...split, '--overwrite', '-o', at('lists')]);
const stats = ['data', 'stats', list('train'), '--channels', '1-5', '--json'];
await arpent('statistics of the aerial bands', stats, { stdout: at('statistics.jsonl') });

await always(() => {
  const lists = { train: list('train'), validation: list('validation'), test: list('test') };
  for (const [name, { file, statistics, changes, small: less = [] }] of networks) {
    const place = {
      name,
      output: at('models'),
      data: { ...lists, ...(statistics && { channels: statistics }) },
    };
    const normal =
      statistics === null ? {} : { normalization: readStatistics(at('statistics.jsonl'), statistics) };
    const short = small ? [...less, { training: { epochs: 8, batch_size: 8 } }] : [];
    configure(file, { as: `${name}.yaml` }, place, normal, ...changes, ...short);
  }
  const names = networks.map(([name]) => name);
  for (const file of ['vincent.yaml', 'alan.yaml']) {
    configure(file, {}, (group) => {
      group.models = Object.fromEntries(
        Object.entries(group.models).filter(([name]) => names.includes(name)),
      );
      for (const [name, model] of Object.entries(group.models))
        model.checkpoint = at('models', name, 'checkpoints', 'best.ckpt');
    });
  }
  configure('assembly.yaml', {}, { inputs: { vincent: at('vincent-zones'), alan: at('alan-zones') } });
});
for (const [name] of networks) await train(`train ${name}`, config(`${name}.yaml`));

for (const team of ['vincent', 'alan']) {
  const images = ['--images', list('test'), '--overwrite'];
  await arpent(`${team}'s ensemble`, [
    'ensemble',
    'predict',
    config(`${team}.yaml`),
    ...images,
    '-o',
    at(team),
  ]);
  const windows = ['--tile', String(side), '--shifts', '4', '-o', at(`${team}-zones`)];
  await arpent(`the same by zones, 16 shifts`, [
    'ensemble',
    'zones',
    config(`${team}.yaml`),
    ...images,
    ...windows,
  ]);
}
const assembly = ['ensemble', 'combine', config('assembly.yaml'), ...CLASSES, '--overwrite'];
await arpent('classes of both assembled', [...assembly, '-o', at('assembled')]);
const submission = [
  'submit',
  'flair',
  list('test'),
  '--predictions',
  at('assembled'),
  '--side',
  String(side),
];
await arpent('the submission', [...submission, '--overwrite', '-o', at('submission')]);
const folders = networks.map(([name]) => at('models', name, 'predictions'));
const joined = ['vincent', 'vincent-zones', 'alan', 'alan-zones', 'assembled'].map((name) => at(name));
const compared = ['compare', ...folders, ...joined, '--truth', list('test'), ...CLASSES, '--by', 'zone'];
await arpent('the table', [...compared, '--overwrite', '-o', at('study')]);
finish(`The table: ${at('study', 'comparison.txt')}; the submission: ${at('submission')}`);
