import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Combination } from '../../ensemble/index.ts';
import type { ClassFlags } from '../class-options.ts';
import { addCommonOptions, type CommonOptions, parseCount } from '../common-options.ts';
import type { Console } from '../console.ts';
import { imageSizeOption } from '../image-size.ts';
import { parseChoice, parseChoices, parseOrder } from '../parse-choice.ts';
import type { SearchRequest } from '../search-weights.ts';
import { addTruthOptions } from '../truth-options.ts';
import { registerOutOfFold } from './ensemble-out-of-fold.ts';
import { registerPredict } from './ensemble-predict.ts';
import { registerZones } from './ensemble-zones.ts';

interface CombineFlags extends CommonOptions, ClassFlags {
  readonly output: string;
  readonly inputs?: string;
  readonly crf?: boolean;
  readonly images?: string;
  readonly sieve?: number;
  readonly probabilities?: 'uint8' | 'float32';
}

/** The combination of the file with what the flags say besides; the record then says it too. */
function combinationOf(
  combination: Combination,
  { inputs: folder, crf, images, sieve }: CombineFlags,
): Combination {
  const { inputs } = combination;
  const moved = (name: string) => resolve(folder!, name);
  return {
    ...combination,
    ...(folder === undefined
      ? {}
      : {
          inputs: Object.fromEntries(
            Object.entries(inputs).map(([name, input]) => [name, { ...input, path: moved(name) }]),
          ),
        }),
    ...(crf || images !== undefined
      ? { crf: { ...combination.crf, ...(images === undefined ? {} : { image: resolve(images) }) } }
      : {}),
    ...(sieve === undefined ? {} : { sieve: { least: sieve } }),
  };
}

async function combineCommand(file: string, flags: CombineFlags): Promise<void> {
  const { chooseClasses } = await import('../class-options.ts');
  const { Console } = await import('../console.ts');
  const { combine, readCombination } = await import('../../ensemble/index.ts');
  const { rasterClasses } = await import('../../workflows/index.ts');
  const combination = combinationOf(await readCombination(file), flags);
  const named = flags.classes === undefined && flags.config === undefined ? null : await chooseClasses(flags);
  const console = new Console(flags);
  const { rasters, record } = await combine(combination, flags.output, {
    ...(named === null ? {} : { classes: rasterClasses(named.classes) }),
    ...(flags.probabilities === undefined ? {} : { probabilities: flags.probabilities }),
    overwrite: flags.overwrite ?? false,
    onProgress: (done, total) => console.progress({ label: 'combine', done, total, unit: 'parts' }),
  });
  console.result(
    `written ${flags.output} (${rasters === 1 ? 'one raster' : `${rasters} rasters`}), rule ${record}`,
  );
  console.emit('combined', { output: flags.output, rasters, record });
}

interface VoteFlags extends CommonOptions {
  readonly output: string;
  readonly size: { readonly width: number; readonly height: number };
  readonly order: 'row' | 'column';
  readonly sample?: string;
}

async function vote(file: string, flags: VoteFlags): Promise<void> {
  const { stringify } = await import('yaml');
  const { Console } = await import('../console.ts');
  const { writeOutput } = await import('../../evaluation/index.ts');
  const { readSubmission, readVoteRule, voteSubmissions, votingFiles, writeSubmission } = await import(
    '../../ensemble/index.ts'
  );
  const group = await readVoteRule(file);
  const submissions = new Map();
  for (const name of new Set(votingFiles(group))) submissions.set(name, await readSubmission(name));
  const sample = flags.sample === undefined ? null : await readSubmission(flags.sample);
  const console = new Console(flags);
  const rows = [
    ...voteSubmissions(group, submissions, {
      ...{ size: flags.size, order: flags.order },
      ...(sample === null ? {} : { ids: sample.rows.map(({ id }) => id) }),
      onProgress: (done, total) => console.progress({ label: 'vote', done, total, unit: 'images' }),
    }),
  ];
  const overwrite = flags.overwrite ?? false;
  const record = `${flags.output}.rule.yaml`;
  await writeSubmission(flags.output, rows, { overwrite });
  await writeOutput(record, stringify(group, { aliasDuplicateObjects: false }), { overwrite });
  console.result(
    `written ${flags.output}: ${rows.length} images, ${submissions.size} files voted, rule ${record}`,
  );
  console.emit('voted', { output: flags.output, images: rows.length, files: submissions.size, record });
}

async function search(file: string, flags: SearchRequest): Promise<void> {
  const { searchValidation } = await import('../search-weights.ts');
  await searchValidation(file, flags);
}

interface SoupFlags extends CommonOptions {
  readonly output: string;
  readonly greedy?: string;
}

async function greedyWeights(files: readonly string[], config: string, console: Console) {
  const { loadRunConfig } = await import('../../config/index.ts');
  const { greedySoupOfRun } = await import('../../workflows/soup.ts');
  const { config: run } = await loadRunConfig(config);
  const { weights, taken, score } = await greedySoupOfRun(run, files, {
    onScore: (value) => console.say(`mean IoU ${value.toFixed(2)} on the validation list`),
  });
  return { weights, score, taken: taken.map((place) => files[place]!) };
}

async function soup(files: readonly string[], flags: SoupFlags): Promise<void> {
  const { Console } = await import('../console.ts');
  const { averageWeights } = await import('../../ensemble/index.ts');
  const { readCheckpoint, writeSafetensors } = await import('../../weights/index.ts');
  const console = new Console(flags);
  const mixed =
    flags.greedy === undefined
      ? {
          weights: averageWeights(files.map((file) => readCheckpoint(file).stateDict)),
          taken: files,
          score: null,
        }
      : await greedyWeights(files, flags.greedy, console);
  const metadata = { soup: mixed.taken.join(', ') };
  writeSafetensors(flags.output, mixed.weights, metadata, { overwrite: flags.overwrite ?? false });
  const scored = mixed.score === null ? '' : `, mean IoU ${mixed.score.toFixed(2)} on the validation list`;
  console.result(
    `written ${flags.output}, the mean of ${mixed.taken.length} of ${files.length} checkpoints${scored}`,
  );
  console.emit('soup', {
    output: flags.output,
    checkpoints: files.length,
    taken: mixed.taken,
    miou: mixed.score,
  });
}

/** `arpent ensemble`: several predictions, submissions or checkpoints become one. */
export function register(program: Command): void {
  const ensemble = program
    .command('ensemble')
    .description('combine predictions, submissions or checkpoints into one');
  registerPredict(ensemble);
  registerZones(ensemble);
  registerOutOfFold(ensemble);
  const combining = ensemble
    .command('combine')
    .description('combine prediction rasters (or folders of them) by the rule of a YAML file')
    .argument('<rule>', 'YAML: classes, inputs and rule (see docs/ensembles.md)')
    .requiredOption('-o, --output <path>', 'GeoTIFF, or folder where the inputs are folders')
    .option(
      '--inputs <folder>',
      'where the inputs are: <folder>/<name of the input> instead of their own paths',
    )
    .option('--crf', 'smooth with a dense CRF that follows the images')
    .option('--images <path>', 'the image (or folder of images) that the CRF follows')
    .option('--sieve <pixels>', 'remove regions of fewer pixels', parseCount)
    .option('--classes <name>', 'known list of classes, for colours and names')
    .option('--config <file>', 'configuration that names the classes')
    .option(
      '--probabilities <type>',
      'how probabilities are stored: uint8 or float32',
      parseChoice('uint8', 'float32'),
    )
    .action(combineCommand);
  addCommonOptions(combining, 'overwrite', 'quiet', 'json');
  const voting = ensemble
    .command('vote')
    .description('let run-length submissions vote: k of n, nested groups, weights or scores')
    .argument('<rule>', 'YAML: threshold and members')
    .requiredOption('-o, --output <csv>', 'the submission to write')
    .addOption(imageSizeOption())
    .option('--order <order>', 'how pixels are numbered: row or column', parseOrder, 'row')
    .option('--sample <csv>', 'submission whose images and order are taken')
    .action(vote);
  addCommonOptions(voting, 'overwrite', 'quiet', 'json');
  const searching = addTruthOptions(ensemble.command('search'))
    .description(
      'search models, weights, class factors and thresholds on a validation set, and say honestly what they gain',
    )
    .argument('<rule>', 'YAML: classes and inputs, folders of PRED_ probability rasters')
    .requiredOption('-o, --output <yaml>', 'the rule found, ready for ensemble combine')
    .option('--pixels <n>', 'pixels drawn from each image (default: 20000)', parseCount)
    .option(
      '--steps <list>',
      'what is searched (default: subset,weights,factors,thresholds)',
      parseChoices('subset', 'weights', 'factors', 'thresholds'),
    )
    .option(
      '--by <unit>',
      'what stays together in a fold: patch or zone (default: zone)',
      parseChoice('patch', 'zone'),
    )
    .option('--folds <n>', 'folds of the nested cross-validation', parseCount, 5)
    .option('--seed <n>', 'seed of draws and folds', parseCount, 2022)
    .action(search);
  addCommonOptions(searching, 'overwrite', 'quiet', 'json');
  const mixing = ensemble
    .command('soup')
    .description('average the weights of several checkpoints of one network')
    .argument('<checkpoints...>', 'checkpoints of one network')
    .requiredOption('-o, --output <file>', 'safetensors file to write')
    .option(
      '--greedy <config>',
      'take only what does not lower the score on the validation list of this configuration',
    )
    .action(soup);
  addCommonOptions(mixing, 'overwrite', 'quiet', 'json');
}
