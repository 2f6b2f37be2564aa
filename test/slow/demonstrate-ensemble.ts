import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { stringify } from 'yaml';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dubai = join(root, 'examples/dubai');
/** What starts the command: the sources, or what `$ARPENT_CLI` names, as in the examples. */
const CLI = process.env.ARPENT_CLI?.split(' ') ?? [
  '--import',
  import.meta.resolve('tsx'),
  join(root, 'src/cli/main.ts'),
];
const CLASSES = 5;

/** Three networks that differ in architecture, in the bands they see and in how these are normalised. */
const NETWORKS = {
  linknet: {
    ...{ model: 'linknet', encoder: 'resnet18', seed: 1, epochs: 4, channels: [1, 2, 3] },
    normalization: { means: [108.4, 104.6, 97.3], stds: [46.1, 42.5, 41.4] },
  },
  fpn: {
    ...{ model: 'fpn', encoder: 'mobilenet_v2', seed: 2, epochs: 3, channels: [3, 2, 1] },
    normalization: { type: 'scaling' },
  },
  deeplab: {
    ...{ model: 'deeplabv3plus', encoder: 'mobilenet_v2', seed: 3, epochs: 3, channels: [1, 2] },
    normalization: { means: [108.4, 104.6], stds: [46.1, 42.5] },
  },
} as const;

type Name = keyof typeof NETWORKS;
const names = Object.keys(NETWORKS) as Name[];

interface Changes {
  readonly train?: string;
  readonly weights?: string;
  readonly epochs?: number;
  readonly rate?: number;
}

function configOf(
  name: string,
  network: Name,
  { train, weights, epochs, rate = 0.002 }: Changes = {},
): string {
  const { model, encoder, seed, channels, normalization } = NETWORKS[network];
  return stringify({
    ...{ name, output: 'runs', seed, tasks: { predict: false, metrics: false } },
    data: {
      ...{
        train: train ?? join(dubai, 'train.csv'),
        validation: join(dubai, 'validation.csv'),
        channels,
        workers: 2,
      },
      masks: { encoding: 'colors', ignore: ['#9B9B9B', '#000000'] },
    },
    ...{ classes: 'dubai', class_weights: false, normalization },
    augmentation: { crop: 128, brightness: { probability: 0.5 }, contrast: { probability: 0.5 } },
    model: { name: model, encoder, encoder_weights: null, ...(weights ? { weights } : {}) },
    loss: [{ type: 'cross_entropy' }, { type: 'dice', weight: 0.5 }],
    optimizer: { type: 'adamw', learning_rate: rate, weight_decay: 0.01 },
    scheduler: { type: 'one_cycle', warmup: 0.2 },
    training: { epochs: epochs ?? NETWORKS[network].epochs, batch_size: 4, repeat: 4, early_stopping: null },
    checkpoints: { monitor: 'val_miou', mode: 'max', weights_only: true },
  });
}

const inputs = Object.fromEntries(names.map((name) => [name, `val/${name}`]));
const combination = (rule: unknown, more: object = {}) =>
  stringify({ classes: CLASSES, inputs, rule, ...more });
const mean = { kind: 'mean', of: names };

/**
 * The whole of an ensemble on the Dubai sample: three networks trained briefly, their blends, the search of a blend, smoothing, a
 * round of pseudo-labels, and the table of what each adds. What is in the folder already is not made again.
 * @returns the commands that ran, and what each said
 */
export async function demonstrateEnsemble(folder: string): Promise<{ command: string; said: string }[]> {
  mkdirSync(folder, { recursive: true });
  const log: { command: string; said: string }[] = [];
  const at = (path: string) => join(folder, path);
  const write = (path: string, text: string) => writeFileSync(at(path), text);
  const arpent = async (made: string, ...args: string[]) => {
    if (existsSync(at(made))) return;
    const run = promisify(execFile);
    const options = { cwd: folder, maxBuffer: 2 ** 26 };
    const { stdout } = await run(process.execPath, [...CLI, ...args, '--quiet'], options);
    log.push({ command: `arpent ${args.join(' ')}`.replaceAll(root, ''), said: stdout });
  };
  const lists = { val: join(dubai, 'validation.csv'), test: join(dubai, 'test.csv') };
  const best = (name: string) => `runs/${name}/checkpoints/best.ckpt`;

  for (const name of names) {
    write(`${name}.yaml`, configOf(name, name));
    await arpent(best(name), 'train', `${name}.yaml`, '--overwrite');
  }
  const models = Object.fromEntries(names.map((name) => [name, { checkpoint: best(name) }]));
  write('models.yaml', stringify({ models, output: 'probabilities' }));
  for (const [set, list] of Object.entries(lists)) {
    await arpent(
      `${set}/rule.yaml`,
      'ensemble',
      'predict',
      'models.yaml',
      '--images',
      list,
      '--members',
      '-o',
      set,
    );
  }
  const rules: Record<string, string> = {
    ...Object.fromEntries(
      names.map((name) => [
        name,
        stringify({ classes: CLASSES, inputs: { [name]: inputs[name] }, rule: name }),
      ]),
    ),
    vote: combination({ kind: 'vote', of: names }),
    mean: combination(mean),
    crf: combination(mean, { crf: { bilateral: { weight: 5, sigma: 30, color: 13 } } }),
    geometric: combination({ ...mean, kind: 'geometric' }),
    probabilities: combination(mean, { output: 'probabilities' }),
  };
  const tile = join(dubai, 'tile-3');
  const combine = (rule: string, output: string, ...flags: string[]) =>
    arpent(output, 'ensemble', 'combine', rule, '--inputs', 'test', '-o', output, ...flags);
  for (const [name, text] of Object.entries(rules)) {
    write(`rule-${name}.yaml`, text);
    await combine(`rule-${name}.yaml`, name, ...(name === 'crf' ? ['--images', tile] : []));
  }
  const dataset = ['--config', 'linknet.yaml'];
  const search = ['ensemble', 'search', 'rule-mean.yaml', '--truth', lists.val, ...dataset, '--by', 'patch'];
  await arpent('found.yaml', ...search, '--folds', '4', '-o', 'found.yaml');
  await combine('found.yaml', 'searched');
  await combine('rule-mean.yaml', 'mean-sieve', '--sieve', '60');

  const believed = [
    '--confidence',
    '0.6',
    '--share',
    '0.8',
    '--train',
    join(dubai, 'train.csv'),
    '--weight',
    '2',
  ];
  const labels = ['pseudo-label', lists.test, '--probabilities', 'probabilities', ...dataset, ...believed];
  await arpent('pseudo/train.csv', ...labels, '-o', 'pseudo');
  const round = { train: 'pseudo/train.csv', weights: best('linknet'), epochs: 2, rate: 0.0003 };
  write('linknet-pseudo.yaml', configOf('linknet-pseudo', 'linknet', round));
  await arpent(best('linknet-pseudo'), 'train', 'linknet-pseudo.yaml', '--overwrite');
  const three = { ...models, linknet: { checkpoint: best('linknet-pseudo') } };
  write('models-pseudo.yaml', stringify({ models: three }));
  const predict = ['ensemble', 'predict', 'models-pseudo.yaml', '--images', lists.test, '--members'];
  await arpent('mean-pseudo', ...predict, '-o', 'mean-pseudo');

  const compared = [...names, 'vote', 'mean', 'geometric', 'searched', 'mean-sieve', 'crf'];
  const after = ['mean-pseudo/linknet', 'mean-pseudo'];
  const study = [...compared, ...after, '--truth', lists.test, ...dataset, '--by', 'patch'];
  await arpent('study/comparison.txt', 'compare', ...study, '-o', 'study');
  return log;
}
