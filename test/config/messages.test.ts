import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  ConfigError,
  formatIssue,
  loadRunConfig,
  parseMapConfig,
  parseRunConfig,
  SourceText,
} from '../../src/config/index.ts';
import {
  ARPENT_FULL,
  ARPENT_SMALL,
  DETECT_FILLED,
  FLAIR_2023,
  FLAIR_FILLED,
  FLAIR_FLAT,
  LEGACY,
} from './samples.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'arpent-config-'));
  for (const name of ['train.csv', 'val.csv', 'test.csv', 'weights.pth'])
    writeFileSync(join(folder, name), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A sample with one stretch of text replaced. */
const change = (text: string, from: string, to: string) => {
  if (!text.includes(from)) throw new Error(`the sample has no "${from}"`);
  return text.replace(from, to);
};

const FLAIR: Record<string, string> = {
  'a mistyped key is a warning with the nearest name': change(FLAIR_FILLED, 'batch_size: 5', 'batch_sise: 5'),
  'a nested key at the wrong place is a warning': change(
    FLAIR_FILLED,
    'tasks:\n',
    'tasks:\n  num_epochs: 5\n',
  ),
  'a word that is not allowed': change(FLAIR_FILLED, 'norm_type: custom', 'norm_type: costum'),
  'a number out of range': change(FLAIR_FILLED, 'batch_size: 5', 'batch_size: 0'),
  'a fraction where an integer is wanted': change(FLAIR_FILLED, 'num_epochs: 3', 'num_epochs: 2.5'),
  'a number in quotes': change(FLAIR_FILLED, 'learning_rate: 0.02', "learning_rate: '0.02'"),
  'a boolean in quotes': change(FLAIR_FILLED, 'use_augmentation: True', "use_augmentation: 'True'"),
  'a key without a value': change(FLAIR_FILLED, 'batch_size: 5', 'batch_size:'),
  'not a number at all': change(FLAIR_FILLED, 'learning_rate: 0.02', 'learning_rate: .nan'),
  'a band number below 1': change(FLAIR_FILLED, 'channels: [1,2,3,4,5]', 'channels: [0,1,2,3,4]'),
  'a band listed twice is a warning': change(FLAIR_FILLED, 'channels: [1,2,3,4,5]', 'channels: [1,2,3,4,4]'),
  'a list where a map is wanted': change(FLAIR_FILLED, 'tasks:\n', 'tasks: [train]\nold_tasks:\n'),
  'means and stds of the wrong length': change(
    change(
      FLAIR_FILLED,
      'norm_means: [105.08,110.87,101.82,106.38,53.26]',
      'norm_means: [105.08,110.87,101.82]',
    ),
    'norm_stds: [52.17,45.38,44,39.69,79.3]',
    'norm_stds: [52.17,45.38,44,39.69,79.3,1]',
  ),
  'means left to the default do not fit more channels': change(
    change(FLAIR_FILLED, 'channels: [1,2,3,4,5]', 'channels: [1,2,3,4,5,6]'),
    'norm_means: [105.08,110.87,101.82,106.38,53.26]',
    '',
  ),
  'a standard deviation of 0': change(FLAIR_FILLED, '44,39.69', '0,39.69'),
  'a class without a name': change(FLAIR_FILLED, "[1, 'snow']", '[1]'),
  'a class with a negative weight': change(FLAIR_FILLED, "[1, 'snow']", "[-1, 'snow']"),
  'classes numbered from 0': change(
    FLAIR_2023,
    "1:  [1, 'building']\n    2:  [0.5, 'road']",
    "0:  [1, 'building']\n    1:  [0.5, 'road']",
  ),
  'classes out of order': change(
    FLAIR_2023,
    "1:  [1, 'building']\n    2:  [0.5, 'road']",
    "2:  [1, 'building']\n    1:  [0.5, 'road']",
  ),
  'classes without any weight': change(
    FLAIR_2023,
    "[1, 'building']\n    2:  [0.5,",
    "[0, 'building']\n    2:  [0,",
  ),
  'an empty encoder_decoder': change(FLAIR_FILLED, 'resnet34_unet', ''),
  'an encoder_decoder without a decoder': change(FLAIR_FILLED, 'resnet34_unet', 'resnet34'),
  'an encoder_decoder with a hyphen': change(FLAIR_FILLED, 'resnet34_unet', 'resnet34-unet'),
  'a mistyped decoder': change(FLAIR_FILLED, 'resnet34_unet', 'resnet34_unett'),
  'a Hugging Face name without an organisation': change(
    change(FLAIR_FILLED, 'SegmentationModelsPytorch   #', 'HuggingFace   #'),
    'openmmlab/upernet-swin-small',
    'upernet-swin-small',
  ),
  'a way of sharing the work that is not there': change(
    change(FLAIR_FILLED, 'gpus_per_node: 1', 'gpus_per_node: 4'),
    "strategy: 'auto'",
    'strategy: fsdp',
  ),
  'one patch a step with batch normalisation': change(FLAIR_FILLED, 'batch_size: 5', 'batch_size: 1'),
  'metrics without prediction': change(
    change(FLAIR_FILLED, 'predict: True', 'predict: False'),
    'delete_preds: True',
    'delete_preds: False',
  ),
  'both ways to start': change(
    change(
      change(FLAIR_FILLED, 'init_weights_only_from_ckpt: False', 'init_weights_only_from_ckpt: True'),
      'resume_training_from_ckpt: False',
      'resume_training_from_ckpt: True',
    ),
    'ckpt_model_path: ""',
    'ckpt_model_path: a.ckpt',
  ),
  'a resume without a checkpoint': change(
    FLAIR_FILLED,
    'resume_training_from_ckpt: False',
    'resume_training_from_ckpt: True',
  ),
  'a prediction without weights': change(FLAIR_FILLED, 'train: True', 'train: False'),
  'a list that is not a .csv': change(FLAIR_FILLED, 'train_csv: csv/train.csv', 'train_csv: csv/train.txt'),
  'a monitored value that is never logged': change(
    FLAIR_FILLED,
    'ckpt_monitor: val_loss',
    'ckpt_monitor: val_iou_bulding',
  ),
  'a monitored value watched the wrong way': change(
    FLAIR_FILLED,
    'ckpt_monitor: val_loss',
    'ckpt_monitor: val_miou',
  ),
  'metadata with a Hugging Face network': change(
    change(FLAIR_FILLED, 'SegmentationModelsPytorch   #', 'HuggingFace   #'),
    'use_metadata: False',
    'use_metadata: True',
  ),
  'a run without a name': change(FLAIR_FILLED, 'out_model_name: my_run', "out_model_name: ''"),
  'a run name with a slash': change(FLAIR_FILLED, 'out_model_name: my_run', 'out_model_name: out/my_run'),
  'the same thing said by two keys': `${FLAIR_FLAT}tasks: { train: False }\n`,
  'more means than channels, as IGN’s library takes them': change(
    FLAIR_FILLED,
    'channels: [1,2,3,4,5] ',
    'channels: [1,2,3]     ',
  ),
  'a map of one raster given as a run': DETECT_FILLED,
};

const ARPENT: Record<string, string> = {
  'a mistyped key is an error': change(ARPENT_FULL, 'epochs: 12', 'epoch: 12'),
  'a key of another section': change(ARPENT_FULL, 'epochs: 12', 'learning_rate: 12'),
  'an unknown optimiser': change(ARPENT_FULL, 'type: sgd', 'type: sdg'),
  'a key of another optimiser': change(ARPENT_FULL, 'momentum: 0.9, nesterov: true', 'betas: [0.9, 0.99]'),
  'an unknown loss in a list': change(ARPENT_FULL, 'type: focal', 'type: focall'),
  'a wrong value inside an alternative': change(ARPENT_FULL, 'degrees: 15', 'degrees: 300'),
  'an unknown list of classes': change(ARPENT_SMALL, 'flair-12', 'flair-1 2'),
  'no classes': change(ARPENT_SMALL, 'classes: flair-12', ''),
  'no training list': change(ARPENT_SMALL, '  train: train.csv\n', ''),
  'a class without a colour for colour masks': change(ARPENT_FULL, ", color: '#8429F6'", ''),
  'a class without a value for masks by value': change(ARPENT_FULL, 'encoding: colors', 'encoding: values'),
  'a colour unquoted is a comment': change(
    ARPENT_FULL,
    "color: '#8429F6', weight: 2 }",
    'color: #8429F6\n    }',
  ),
  'a colour that is none': change(ARPENT_FULL, '#8429F6', '#8429Z6'),
  'two classes of one colour': change(ARPENT_FULL, '#8429F6', '#e2a929'),
  'two classes of one name': change(ARPENT_FULL, 'name: land', 'name: Water'),
  'outputs and classes differ': change(ARPENT_FULL, 'classes: 3 }', 'classes: 4 }'),
  'a margin that leaves no centre': change(ARPENT_FULL, 'margin: 64', 'margin: 512'),
  'a tile the network cannot halve': change(ARPENT_FULL, 'tile: 1024', 'tile: 1000'),
  'nesterov without momentum': change(ARPENT_FULL, 'momentum: 0.9, ', ''),
  'a zoom from large to small': change(ARPENT_FULL, 'min: 0.8', 'min: 2'),
  'an unknown device': change(ARPENT_FULL, "'cuda:1'", 'gpu'),
  'memory without a unit we know': change(ARPENT_FULL, '1.5 GB', '2 TB'),
  'several problems come together': change(
    change(change(ARPENT_FULL, 'seed: 7', 'seed: -7'), 'name: fpn', 'nmae: fpn'),
    'epochs: 12',
    'epochs: many',
  ),
};

const DETECT: Record<string, string> = {
  'no output folder': change(DETECT_FILLED, 'output_path: out', 'output_path:'),
  'an output name with a folder': change(DETECT_FILLED, 'output_name: map', 'output_name: out/map'),
  'no raster': change(DETECT_FILLED, 'input_img_path: ../path/to/raster/file.tif', ''),
  'a margin that leaves no centre': change(DETECT_FILLED, 'margin: 128', 'margin: 256'),
  'a square the network cannot halve': change(
    DETECT_FILLED,
    'img_pixels_detection: 512',
    'img_pixels_detection: 500',
  ),
  'an output type that does not exist': change(DETECT_FILLED, '"argmax"', '"agrmax"'),
  'normalisation without': change(DETECT_FILLED, 'norm_type: custom', 'norm_type: without'),
  'means of the wrong length': change(DETECT_FILLED, '106.38, 53.26]', '106.38]'),
  'an unknown key': change(DETECT_FILLED, 'num_worker: 2', 'num_workers: 2'),
  'weights of another kind': change(DETECT_FILLED, 'weights.pth', 'weights.onnx'),
  'a run given as a map': FLAIR_FILLED,
};

const LEGACY_FILES: Record<string, string> = {
  'weights and classes differ': change(LEGACY, 'num_classes: 13', 'num_classes: 12'),
  'a folder is missing from the file': change(LEGACY, '"./flair_labels_train"', ''),
};

const YAML: Record<string, string> = {
  'an empty file': '',
  'only comments': '# nothing\n',
  'a list at the top': '- 1\n- 2\n',
  'a tab as indentation': 'tasks:\n\ttrain: True\n',
  'uneven indentation': 'tasks:\n    train: True\n  predict: False\n',
  'a bracket never closed': 'channels: [1, 2, 3\nseed: 1\n',
  'a quote never closed': "name: 'run\nseed: 1\n",
  'a backslash path in double quotes': 'output: "C:\\Users\\me"\n',
  'two keys on one line': 'name: run: 2\n',
  'a missing colon': 'tasks:\n  train True\n  predict: False\n',
  'a duplicate key': 'seed: 1\nname: a\nseed: 2\n',
  'a duplicate nested key': 'tasks: { train: true, predict: true, train: false }\n',
  'a tag that builds an object': 'name: !!python/object/apply:os.system [ls]\n',
  'a tag of our own': 'name: !secret run\n',
  'an alias without an anchor': 'name: *run\n',
  'an alias inside itself': 'name: &a [*a]\n',
  'a second document': 'classes: flair-19\n---\nseed: 2\n',
  'a merge of something else': 'tasks:\n  <<: yes\n',
  'a key that is a list': '? [1, 2]\n: 3\n',
  'a key that would change objects': '__proto__: { a: 1 }\n',
  'deep nesting': `name: ${'['.repeat(100)}\n`,
  'deep indentation': Array.from({ length: 200 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join(''),
  'aliases that multiply': `a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [${'*a,'.repeat(40)}]\nc: &c [${'*b,'.repeat(40)}]\nd: [${'*c,'.repeat(40)}]\n`,
  'a file that is far too large': `name: ${'x'.repeat(70_000)}\n`,
  'a very long line is cut': `name: run\ndata: { train: ${'x'.repeat(300)}, oops: 1, ${'y'.repeat(100)}: 2 }\n`,
  'a value at the end without a newline': 'classes: flair-19\nsede: 1',
};

/** What a person would see: the error, or the warnings alone. */
function said(parse: typeof parseRunConfig | typeof parseMapConfig, text: string, file: string): string {
  try {
    const { warnings } = parse(new SourceText(text, file), { baseFolder: '/project', checkFiles: false });
    return warnings.map((warning) => formatIssue(warning, file)).join('\n') || 'nothing to say';
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const warnings = error.issues.filter(({ severity }) => severity === 'warning');
    return [String(error), ...warnings.map((warning) => formatIssue(warning, file))].join('\n');
  }
}

test.each([
  ['flair', FLAIR, parseRunConfig, 'flair.yaml'],
  ['arpent', ARPENT, parseRunConfig, 'arpent.yaml'],
  ['flair-detect', DETECT, parseMapConfig, 'detect.yaml'],
  ['flair-legacy', LEGACY_FILES, parseRunConfig, 'legacy.yml'],
  ['yaml', YAML, parseRunConfig, 'file.yaml'],
] as const)('messages about %s files', async (name, cases, parse, file) => {
  const report = Object.entries(cases).map(([title, text]) => `## ${title}\n${said(parse, text, file)}\n`);
  for (const entry of report) expect(entry).not.toContain('nothing to say');
  await expect(report.join('\n')).toMatchFileSnapshot(`golden/messages-${name}.txt`);
});

test('files that are missing are named with where they were looked for', async () => {
  const file = join(folder, 'arpent.yaml');
  writeFileSync(
    file,
    `${ARPENT_SMALL.replace('val.csv', 'vall.csv')}model: { weights: weights.pth }\nmetadata: { file: . }\n`,
  );
  const error = await loadRunConfig(file).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ConfigError);
  const { issues } = error as ConfigError;
  expect(issues.map(({ kind, key, problem, place }) => [kind, key, place?.line, problem])).toEqual([
    [
      'missing-file',
      'data.validation',
      4,
      `there is no file "vall.csv" (looked for ${join(folder, 'vall.csv')}); it is needed because tasks.train is on`,
    ],
    [
      'missing-file',
      'metadata.file',
      8,
      `"." is not a file (looked for ${folder}); it is needed because metadata is set`,
    ],
  ]);
});

test('with every file in place a configuration loads, and its paths start from its folder', async () => {
  const file = join(folder, 'good.yaml');
  writeFileSync(
    file,
    `${ARPENT_SMALL.replace('data:', 'data:\n  root: .')}model: { weights: weights.pth }\n`,
  );
  const { config, warnings } = await loadRunConfig(file);
  expect(warnings).toEqual([]);
  expect(config).toMatchObject({
    source: { file, format: 'arpent' },
    data: { train: join(folder, 'train.csv'), root: folder },
    tasks: { start: { kind: 'weights', checkpoint: join(folder, 'weights.pth') } },
    outputs: { folder: join(folder, 'runs', 'run') },
  });
});

test('classes of IGN keep the order of the file, whatever their numbers', () => {
  const text = FLAIR_2023.replace("1:  [1, 'building']", "7:  [1, 'building']");
  const { config } = parseRunConfig(new SourceText(text, null), { checkFiles: false });
  expect(config.classes.map(({ name }) => name)).toEqual(['building', 'road']);
});

test('a configuration file that is not there is its own error', async () => {
  const error = await loadRunConfig(join(folder, 'none.yaml')).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ name: 'ConfigFileError', place: { file: join(folder, 'none.yaml') } });
});
