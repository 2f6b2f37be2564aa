import type { Command } from 'commander';
import type { ClassFlags } from '../class-options.ts';
import { addCommonOptions, type CommonOptions } from '../common-options.ts';

interface EvaluateFlags extends CommonOptions, ClassFlags {
  readonly truth?: string;
  readonly predictions?: string;
  readonly root?: string;
  readonly output?: string;
}

async function evaluate(file: string | undefined, flags: EvaluateFlags): Promise<void> {
  const { join } = await import('node:path');
  const { FlagError, chooseClasses, MASK_ENCODINGS } = await import('../class-options.ts');
  const { Console } = await import('../console.ts');
  const { scoresText } = await import('../run-view.ts');
  const { readPatchList } = await import('../../data/index.ts');
  const { predictionNames } = await import('../../inference/index.ts');
  const { classDefinitions, scorePredictions } = await import('../../workflows/index.ts');
  if (flags.masks !== undefined && !MASK_ENCODINGS.includes(flags.masks)) {
    throw new FlagError(`"${flags.masks}" is no way of coding masks`, {
      key: '--masks',
      remedy: `choose ${MASK_ENCODINGS.join(', ')}`,
    });
  }
  const { classes, masks, run } = await chooseClasses({
    ...flags,
    ...(file === undefined ? {} : { config: file }),
  });
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
  const folder = flags.predictions ?? (flags.truth === undefined ? run?.outputs.predictions : undefined);
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
  const console = new Console(flags);
  const output = flags.output ?? run?.outputs.metrics ?? 'metrics';
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
    .option('--classes <name>', 'known list of classes (flair-19, cosia, generic-5, …)')
    .option('--config <file>', 'configuration that names the classes')
    .option(
      '--masks <encoding>',
      'how truth masks stand for classes: one-based, zero-based, colors or values',
    )
    .option('-o, --output <folder>', 'folder of metrics.json, confmat.npy and the figures (default: metrics)')
    .action(evaluate);
  addCommonOptions(command, 'overwrite', 'skip-bad', 'quiet', 'json').addHelpText(
    'after',
    '\nExamples:\n  $ arpent evaluate arpent.yaml\n' +
      '  $ arpent evaluate --truth test.csv --predictions predictions --classes flair-19 -o scores',
  );
}
