import type { Command } from 'commander';
import type { ClassFlags } from '../class-options.ts';
import { addCommonOptions, type CommonOptions, parseCount, parseNumbers } from '../common-options.ts';
import { parseChoice } from '../parse-choice.ts';
import { masksOption } from '../truth-options.ts';

interface SplitFlags extends CommonOptions, ClassFlags {
  readonly by: 'patch' | 'zone' | 'domain' | 'block';
  readonly block: number;
  readonly folds?: number;
  readonly shares?: readonly number[];
  readonly validationSize?: number;
  readonly seed: number;
  readonly root?: string;
  readonly output: string;
}

const PARTS = ['train', 'validation', 'test'] as const;

/** What is wrong with the parts that are asked for: folds or shares, and no more shares than there are parts. */
function wrongParts({ folds, shares, validationSize }: SplitFlags) {
  if (folds !== undefined && (shares !== undefined || validationSize !== undefined)) {
    const remedy = 'leave out --folds, or --shares and --validation-size';
    return { key: '--folds', problem: 'folds are of one size, and each validates in turn', remedy };
  }
  if (shares === undefined) return null;
  if (shares.length >= 2 && shares.length <= PARTS.length && shares.every((share) => share > 0)) return null;
  const remedy = 'give two or three numbers above 0: train, validation and, if wanted, test';
  return { key: '--shares', problem: `${shares.length} shares: ${shares.join(', ')}`, remedy };
}

async function split(list: string, flags: SplitFlags): Promise<void> {
  const { join, resolve } = await import('node:path');
  const { chooseClasses, FlagError } = await import('../class-options.ts');
  const { Console } = await import('../console.ts');
  const { maskDecoder, readPatchList } = await import('../../data/index.ts');
  const { classShares, foldLists, splitPatches } = await import('../../data/splits.ts');
  const { readSplitPatches } = await import('../../data/splits-read.ts');
  const { writeOutput } = await import('../../evaluation/index.ts');
  const wrong = wrongParts(flags);
  if (wrong !== null) throw new FlagError(wrong.problem, wrong);
  const chosen =
    flags.classes === undefined && flags.config === undefined ? null : await chooseClasses(flags);
  const console = new Console(flags);
  const { seed, by, overwrite = false } = flags;
  const patches = await readSplitPatches(await readPatchList(list, { root: flags.root ?? null }), {
    decodeMask:
      chosen === null ? null : maskDecoder({ ...chosen.masks, unknown: 'ignore' }, chosen.classes.length),
    maskColors: chosen?.masks.encoding.kind === 'colors',
    classes: chosen?.classes.length ?? 0,
    places: by === 'block',
    onProgress: (done, total) => console.progress({ label: 'read', done, total, unit: 'patches' }),
  });
  const shares = flags.shares ?? [80, 20];
  const parts = splitPatches(patches, {
    ...{ by, seed, blockSize: flags.block },
    parts: flags.folds ?? Object.fromEntries(shares.map((share, i) => [PARTS[i]!, share])),
    ...(flags.validationSize === undefined ? {} : { validationSize: flags.validationSize }),
  });
  const write = (name: string, of: typeof patches) => {
    const lines = of.map(
      ({ patch }) => `${resolve(patch.image)},${patch.mask === null ? '' : resolve(patch.mask)}`,
    );
    return writeOutput(join(flags.output, `${name}.csv`), `${lines.join('\n')}\n`, { overwrite });
  };
  if (flags.folds === undefined) for (const part of parts) await write(part.name, [...part.patches]);
  else {
    for (const { fold, train, heldOut } of foldLists(parts)) {
      await write(`fold-${fold}/train`, [...train]);
      await write(`fold-${fold}/validation`, [...heldOut]);
    }
  }
  const report = parts.map((part) => ({
    name: part.name,
    patches: part.patches.length,
    shares: Object.fromEntries(classShares(part).map((share, i) => [chosen!.classes[i]!.name, share])),
  }));
  const settings = { list: resolve(list), by, seed, parts: report };
  await writeOutput(join(flags.output, 'split.json'), `${JSON.stringify(settings, null, 2)}\n`, {
    overwrite,
  });
  for (const { name, patches: count } of report) console.say(`${name}: ${count} patches`);
  console.result(`written ${flags.output}`);
  console.emit('split', settings);
}

/** Adds `split` to `arpent data`. */
export function registerSplit(data: Command): void {
  const command = data
    .command('split')
    .description('folds or train, validation and test lists: groups kept whole, classes spread evenly')
    .argument('<list>', 'list of "image,mask" pairs')
    .option(
      '--by <group>',
      'what stays together: patch, zone, domain or block',
      parseChoice('patch', 'zone', 'domain', 'block'),
      'zone',
    )
    .option('--block <metres>', 'side of a block on the ground', parseCount, 1000)
    .option('--folds <n>', 'so many folds', parseCount)
    .option('--shares <list>', 'shares of train, validation and test (default: 80,20)', parseNumbers)
    .option('--validation-size <n>', 'most patches that validate; the rest trains', parseCount)
    .option('--seed <n>', 'seed of the split', parseCount, 2022)
    .option('--root <folder>', 'folder that replaces the beginning of the paths in the list')
    .option('--classes <name>', 'known list of classes, to spread them evenly')
    .option('--config <file>', 'configuration that names classes and masks')
    .addOption(masksOption())
    .requiredOption('-o, --output <folder>', 'folder of the lists and split.json')
    .action(split);
  addCommonOptions(command, 'overwrite', 'quiet', 'json');
}
