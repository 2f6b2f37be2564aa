import type { Command } from 'commander';
import type { ClassFlags } from '../class-options.ts';
import { addCommonOptions, addComputeOptions, addProviderOption } from '../common-options.ts';
import type { PredictImagesFlags } from '../predict-images.ts';
import { masksOption } from '../truth-options.ts';
import { addNetworkOptions } from './map.ts';

interface EvaluateFlags extends Omit<PredictImagesFlags, 'masks'>, ClassFlags {
  readonly truth?: string;
  readonly predictions?: string;
  readonly root?: string;
  readonly output?: string;
}

/** The classes that a model file says it has, where nothing else names them. */
async function classesOfModel(model: string, masks: ClassFlags['masks']) {
  const { FlagError } = await import('../class-options.ts');
  const { describeModelFile } = await import('../../workflows/index.ts');
  const description = describeModelFile(model);
  if (description === null || (masks !== 'one-based' && masks !== 'zero-based')) {
    throw new FlagError('nothing says how masks stand for classes', {
      key: '--masks',
      remedy: 'pass --masks one-based or zero-based, or --classes, or --config',
    });
  }
  const encoding = { kind: masks } as const;
  const config = { encoding, ignoreValues: [], unknown: 'ignore' } as const;
  return { classes: description.classes, masks: config, run: null };
}

async function evaluate(file: string | undefined, flags: EvaluateFlags): Promise<void> {
  const { join } = await import('node:path');
  const { FlagError, chooseClasses } = await import('../class-options.ts');
  const { Console } = await import('../console.ts');
  const { scoresText } = await import('../run-view.ts');
  const { readPatchList } = await import('../../data/index.ts');
  const { predictionNames } = await import('../../inference/index.ts');
  const { classDefinitions, scorePredictions } = await import('../../workflows/index.ts');
  const settings = file === undefined ? {} : { config: file };
  const named = { ...flags, ...settings };
  const { classes, masks, run } =
    flags.model !== undefined && named.classes === undefined && named.config === undefined
      ? await classesOfModel(flags.model, flags.masks)
      : await chooseClasses(named);
  const list = flags.truth ?? run?.data.test ?? null;
  if (list === null) {
    throw new FlagError('nothing says what to compare with', {
      key: '--truth',
      remedy: 'pass --truth with a CSV of truth masks, or a configuration that names a test list',
    });
  }
  const relativeTo = flags.truth === undefined ? (run?.data.relativeTo ?? null) : null;
  const root = flags.root ?? run?.data.root ?? null;
  const patches = await readPatchList(list, { root, relativeTo });
  const console = new Console(flags);
  const output = flags.output ?? run?.outputs.metrics ?? 'metrics';
  const made = flags.model === undefined ? undefined : (flags.predictions ?? join(output, 'predictions'));
  if (made !== undefined) {
    const { predictImages } = await import('../predict-images.ts');
    const masked = patches.filter(({ mask }) => mask !== null);
    await predictImages({ ...flags, ...settings }, masked, made, console);
  }
  const folder =
    made ?? flags.predictions ?? (flags.truth === undefined ? run?.outputs.predictions : undefined);
  const names = predictionNames(patches);
  const pairs = patches.flatMap(({ image, mask, line }, i) => {
    if (mask === null) return [];
    const [truth, prediction] =
      folder === undefined ? ([image, mask] as const) : ([mask, join(folder, names[i]!)] as const);
    return [{ truth, prediction, list, line: line ?? undefined }];
  });
  if (pairs.length === 0) {
    throw new FlagError('no line of the list has a truth and a prediction', {
      file: list,
      remedy:
        folder === undefined
          ? 'write "truth path,prediction path" on each line, or pass --predictions with a folder of PRED_ files'
          : 'write "image path,mask path" on each line',
    });
  }
  const images = new Map(patches.map(({ image, mask }) => [mask, image]));
  const scores = await scorePredictions(
    {
      ...{ pairs, classes, masks },
      imageOf: (truth) => (folder === undefined ? undefined : images.get(truth)),
      channels: run?.data.channels ?? [1, 2, 3],
      folder: output,
      name: run?.name ?? 'evaluation',
      overwrite: flags.overwrite ?? false,
      skipBad: flags.skipBad ?? false,
    },
    { onProgress: (done, total) => console.progress({ label: 'metrics', done, total, unit: 'patches' }) },
  );
  console.result(scoresText(scores, classDefinitions(classes)));
  for (const { error } of scores.evaluation.skipped)
    console.warn(`left out: ${error.message.split('\n')[0]}`);
  console.say(`written ${output}`);
  console.emit('scores', { folder: output, strict: scores.strict, ign: scores.ign });
}

/** `arpent evaluate`: scores predictions that are there already. */
export function register(program: Command): void {
  const command = program
    .command('evaluate')
    .description(
      'score predictions against truth masks, the strict way and IGN’s way, with tables and figures',
    )
    .argument('[file]', 'configuration of the run whose predictions are scored (YAML)')
    .option('--truth <csv>', 'list of "truth,prediction" pairs, or with --predictions of "image,mask" pairs')
    .option('--predictions <folder>', 'folder of the PRED_ files')
    .option('--root <folder>', 'folder that replaces the beginning of the paths in the list')
    .addOption(masksOption())
    .option('-o, --output <folder>', 'folder of metrics.json, confmat.npy and the figures (default: metrics)')
    .action(evaluate);
  addProviderOption(addComputeOptions(addNetworkOptions(command)));
  addCommonOptions(command, 'overwrite', 'skip-bad', 'quiet', 'json').addHelpText(
    'after',
    '\nExamples:\n  $ arpent evaluate arpent.yaml\n' +
      '  $ arpent evaluate --truth test.csv --predictions predictions --classes flair-19 -o scores\n' +
      '  $ arpent evaluate --model dubai.onnx --truth test.csv --masks zero-based -o scores',
  );
}
