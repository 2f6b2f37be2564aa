import { type Command, InvalidArgumentError as UsageError } from 'commander';
import type { ClassFlags } from '../class-options.ts';
import { addCommonOptions, type CommonOptions, parseCount, parseSize } from '../common-options.ts';
import type { MaskCodes } from '../mask-codes.ts';
import { masksOption } from '../truth-options.ts';

interface PseudoFlags extends CommonOptions, ClassFlags {
  readonly probabilities: string;
  readonly count?: number;
  readonly confidence: number;
  readonly share: number;
  readonly without?: readonly number[];
  readonly first?: number;
  readonly ignore?: number;
  readonly output: string;
  readonly train?: string;
  readonly weight: number;
  readonly seed: number;
}

const parseProbability = parseNumber('a number from 0 to 1', (value) => value >= 0 && value <= 1);
const parseShare = parseNumber('a number above 0, at most 1', (value) => value > 0 && value <= 1);
const parseWeight = parseNumber('a number above 0', (value) => value > 0 && Number.isFinite(value));

/** Reads a number of a kind. The function it returns throws a UsageError. */
function parseNumber(kind: string, fits: (value: number) => boolean): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (fits(value)) return value;
    throw new UsageError(`"${text}" is not ${kind}`);
  };
}

/** How many classes there are and how masks stand for them: as a configuration or a known list has it, or as flags say. */
async function codesOf({ count, first = 0, ignore = 255, ...flags }: PseudoFlags): Promise<MaskCodes> {
  const { chooseClasses, FlagError } = await import('../class-options.ts');
  if (flags.config !== undefined || flags.classes !== undefined) {
    const { maskCodes } = await import('../mask-codes.ts');
    const { classes, masks } = await chooseClasses(flags);
    return maskCodes(masks, classes.length);
  }
  if (count !== undefined) {
    return { values: Array.from({ length: count }, (_, index) => index + first), ignore, colorTable: null };
  }
  throw new FlagError('nothing says which classes there are', {
    key: '--count',
    remedy: 'pass --config with the configuration of the run, --classes with a known list, or --count',
  });
}

async function pseudoLabel(list: string, flags: PseudoFlags): Promise<void> {
  const { join, resolve } = await import('node:path');
  const { Console } = await import('../console.ts');
  const { readPatchList } = await import('../../data/index.ts');
  const { mixLists, writePseudoLabels } = await import('../../ensemble/index.ts');
  const { writeOutput } = await import('../../evaluation/index.ts');
  const { predictionNames } = await import('../../inference/index.ts');
  const patches = await readPatchList(list);
  const names = predictionNames(patches);
  const console = new Console(flags);
  const { confidence, share, overwrite = false } = flags;
  const codes = await codesOf(flags);
  const result = await writePseudoLabels(
    patches.map(({ image }, place) => ({
      image,
      probabilities: { path: join(flags.probabilities, names[place]!), kind: 'probabilities' },
    })),
    {
      ...{ ...codes, classes: codes.values.length, confidence, share, overwrite },
      ...(flags.without === undefined ? {} : { without: flags.without }),
      folder: join(flags.output, 'masks'),
      onProgress: (done, total) => console.progress({ label: 'pseudo-labels', done, total, unit: 'images' }),
    },
  );
  const truth = flags.train === undefined ? [] : await readPatchList(flags.train);
  const mixed = mixLists(
    [
      { patches: truth.map(({ image, mask }) => ({ image, mask: mask ?? '' })), weight: 1 },
      { patches: result.pairs, weight: flags.weight },
    ],
    flags.seed,
  );
  const lines = mixed.map(
    ({ patch }) => `${resolve(patch.image)},${patch.mask === '' ? '' : resolve(patch.mask)}`,
  );
  const output = join(flags.output, 'train.csv');
  await writeOutput(output, `${lines.join('\n')}\n`, { overwrite });
  const report = { confidence, share, weight: flags.weight, ...result };
  await writeOutput(join(flags.output, 'pseudo-labels.json'), `${JSON.stringify(report, null, 2)}\n`, {
    overwrite,
  });
  for (const [index, kept] of result.kept.entries()) {
    const predicted = result.predicted[index]!;
    const part = predicted === 0 ? 0 : (100 * kept) / predicted;
    console.say(
      `class ${index}: ${part.toFixed(1)} % of ${predicted} pixels kept, from ${result.thresholds[index]}`,
    );
  }
  console.result(
    `written ${output}: ${truth.length} true and ${result.pairs.length} pseudo-labelled patches`,
  );
  console.emit('pseudo-labelled', { output, kept: result.kept, predicted: result.predicted });
}

/** `arpent pseudo-label`: confident predictions on unlabelled images become masks to train on. */
export function register(program: Command): void {
  const command = program
    .command('pseudo-label')
    .description('turn confident predictions on unlabelled images into masks and a training list')
    .argument('<list>', 'list of the unlabelled images (CSV)')
    .requiredOption('--probabilities <folder>', 'folder of PRED_ rasters of probabilities')
    .option(
      '--config <file>',
      'configuration whose classes and masks these are: the masks fit beside its own',
    )
    .option('--classes <name>', 'known list of classes')
    .addOption(masksOption())
    .option('--count <n>', 'number of classes, where there is neither configuration nor list', parseCount)
    .option('--confidence <p>', 'least probability of the predicted class', parseProbability, 0.9)
    .option('--share <p>', 'most share of each predicted class that is kept', parseShare, 1)
    .option('--without <classes>', 'classes never kept, counted from 0: 0,12', (text) =>
      text.split(',').map((part) => parseSize(part.trim())),
    )
    .option('--first <value>', 'value of the first class in the masks, with --count (default: 0)', parseSize)
    .option(
      '--ignore <value>',
      'value of pixels that are not believed, with --count (default: 255)',
      parseSize,
    )
    .option('--train <csv>', 'list of true patches to mix in')
    .option('--weight <w>', 'how often a pseudo-labelled patch stands in the list', parseWeight, 1)
    .option('--seed <n>', 'seed of the draw', parseCount, 2022)
    .requiredOption('-o, --output <folder>', 'folder of masks, train.csv and the report')
    .action(pseudoLabel);
  addCommonOptions(command, 'overwrite', 'quiet', 'json');
}
