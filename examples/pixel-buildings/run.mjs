#!/usr/bin/env node
// PIXEL team, buildings of DACON 236092, from the data to the submission. How it is called: see run-steps.mjs.
// In full the folder of the data holds the contest's files: train.csv, train_img, test.csv, test_img, sample_submission.csv, and
// InternImage's weights.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { openRecipe } from '../run-steps.mjs';
import { makeContest } from './make-data.mjs';

const { small, data, at, step, always, needs, arpent, train, configure, config, finish } =
  openRecipe('pixel-buildings');
const from = data ?? at('data');
/** The other networks' weights come by name. */
const INTERNIMAGE = 'internimage_l_22k_192to384.pth';
if (!small)
  needs(join(from, INTERNIMAGE), `hf download OpenGVLab/InternImage ${INTERNIMAGE} --local-dir ${from}`);
/** The submissions of each family: the fold that its network was trained on. */
const FAMILIES = { internimage: ['all', 'k1', 'k3', 'k4'], mask2former: ['k2', 'k3', 'k4'], swin: ['all'] };
const members = Object.entries(FAMILIES).flatMap(([family, folds]) =>
  folds.map((fold) => ({ family, fold, name: folds.length === 1 ? family : `${family}-${fold}` })),
);
/** What the small run changes: small networks from random weights, on crops of the tiles. */
const least = (model) => ({
  model: { ...model, encoder_weights: null, weights: null },
  augmentation: { crop: 96 },
  optimizer: { learning_rate: 0.002 },
  scheduler: { warmup: 0.5 },
  training: { epochs: 4, repeat: 6, batch_size: 8, gradient_clip: 1.0, layer_decay: null },
});
const SMALL = {
  internimage: least({ name: 'linknet', encoder: 'mobilenet_v2' }),
  mask2former: least({ name: 'deeplabv3plus', encoder: 'mobilenet_v2' }),
  swin: least({ name: 'segformer', encoder: 'mit_b0' }),
};

if (small) await step('make the data', () => makeContest(from));
const masks = [
  'submit',
  'masks',
  join(from, 'train.csv'),
  '--images',
  join(from, 'train_img'),
  '--overwrite',
];
await arpent('masks of the training images', [...masks, '-o', at('train')]);
const tiles = ['submit', 'cut', at('train', 'list.csv'), '--tile', '224', '--stride', '200', '--overwrite'];
await arpent('tiles of 224 pixels', [...tiles, '-o', at('tiles')]);

// Images, not tiles, are dealt out, so that no image trains and validates; buildings are spread evenly over the parts.
await always(() => configure('internimage.yaml', { as: 'classes.yaml' }));
const deal = ['data', 'split', at('train', 'list.csv'), '--by', 'patch', '--config', config('classes.yaml')];
await arpent('15 % to validate', [...deal, '--shares', '85,15', '--overwrite', '-o', at('split', 'all')]);
await arpent('four folds', [...deal, '--folds', '4', '--overwrite', '-o', at('split', 'folds')]);

/** The tiles of a list of images. */
function tilesOf(list) {
  const stem = (line) => basename(line.split(',')[0]).replace(/\.[^.]+$/, '');
  const images = new Set(readFileSync(list, 'utf8').trim().split('\n').map(stem));
  const lines = readFileSync(at('tiles', 'tiles.csv'), 'utf8').trim().split('\n');
  return lines.filter((line) => images.has(stem(line).replace(/_\d+_\d+$/, ''))).map((line) => `${line}\n`);
}
await always(() => {
  for (const { family, fold, name } of members) {
    const folder = fold === 'all' ? at('split', 'all') : at('split', 'folds', `fold-${fold.slice(1)}`);
    const lists = {};
    for (const part of ['train', 'validation']) {
      lists[part] = at('split', `${fold}-${part}-tiles.csv`);
      writeFileSync(lists[part], tilesOf(join(folder, `${part}.csv`)).join(''));
    }
    const place = { name, output: at('models'), data: lists };
    const start = family === 'internimage' && !small ? { model: { weights: join(from, INTERNIMAGE) } } : {};
    configure(`${family}.yaml`, { as: `${name}.yaml` }, place, small ? SMALL[family] : start);
  }
});

const sample = ['--sample', join(from, 'sample_submission.csv')];
const test = ['--images', join(from, 'test_img'), '--overwrite'];
for (const { name } of members) {
  await train(`train ${name}`, config(`${name}.yaml`));
  const weights = ['--model', at('models', name, 'checkpoints', 'best.ckpt')];
  await arpent(`predict with ${name}`, ['predict', ...weights, ...test, '-o', at('predictions', name)]);
  // A false building on an empty image costs it all: objects of a few pixels go.
  const form = ['--predictions', at('predictions', name), '--least', '30', '--overwrite'];
  const csv = at('submissions', `${name}.csv`);
  await arpent('its submission', ['submit', 'write', join(from, 'test_img'), ...form, '-o', csv]);
}

/** Mean Dice of a submission, where the truth is known. */
const scored = (name, part) => at('scores', `${name}-${part}.jsonl`);
async function score(names) {
  for (const name of names) {
    for (const part of ['public', 'private']) {
      const words = [
        'submit',
        'score',
        at('submissions', `${name}.csv`),
        '--truth',
        join(from, `${part}.csv`),
      ];
      await arpent(`${part} score of ${name}`, [...words, '--json'], { stdout: scored(name, part) });
    }
  }
}
const meanDice = (name, part) => 100 * JSON.parse(readFileSync(scored(name, part), 'utf8')).meanDice;
if (small) await score(members.map(({ name }) => name));

await always(() => {
  configure('vote.yaml', {}, (vote) => placed(vote));
  configure('weighted.yaml', {}, (vote) => {
    // The small run weighs its own submissions by their own public scores.
    if (small)
      vote.members = members.map(({ name }) => ({ file: `${name}.csv`, score: meanDice(name, 'public') }));
    placed(vote);
  });
});
/** Puts the submissions' folder before their names. */
function placed(vote) {
  vote.members = vote.members.map((member) => {
    if (typeof member === 'string') return at('submissions', member);
    if (member.file !== undefined) return { ...member, file: at('submissions', member.file) };
    placed(member);
    return member;
  });
}
for (const [name, rule] of [
  ['families', 'vote.yaml'],
  ['weighted', 'weighted.yaml'],
]) {
  const csv = at('submissions', `${name}.csv`);
  await arpent(`vote: ${name}`, ['ensemble', 'vote', config(rule), ...sample, '--overwrite', '-o', csv]);
  await arpent('check it', ['submit', 'check', csv, ...sample]);
}
if (small) {
  await score(['families', 'weighted']);
  await step('the table', () => {
    const names = [...members.map(({ name }) => name), 'families', 'weighted'];
    const line = (name, ...cells) => `${name.padEnd(18)}${cells.map((cell) => cell.padStart(9)).join('')}\n`;
    const rows = names.map((name) =>
      line(name, ...['public', 'private'].map((part) => meanDice(name, part).toFixed(2))),
    );
    writeFileSync(at('scores.txt'), line('mean Dice (%)', 'public', 'private') + rows.join(''));
    console.log(readFileSync(at('scores.txt'), 'utf8'));
  });
}
finish(`The submissions: ${at('submissions', 'families.csv')}, ${at('submissions', 'weighted.csv')}`);
