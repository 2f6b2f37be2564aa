import type { Command } from 'commander';
import type { ClassFlags } from '../class-options.ts';
import { addCommonOptions, type CommonOptions, parseChannels, parseCount } from '../common-options.ts';
import { masksOption } from '../truth-options.ts';
import { registerSplit } from './data-split.ts';

interface DataFlags extends CommonOptions, ClassFlags {
  readonly channels?: readonly number[];
  readonly root?: string;
  readonly workers?: number;
  readonly output?: string;
}

/** Reads the lists and everything that they name. */
async function audit(files: readonly string[], flags: DataFlags) {
  const { basename } = await import('node:path');
  const { auditSet, readPatchList } = await import('../../data/index.ts');
  const { chooseClasses } = await import('../class-options.ts');
  const { Console } = await import('../console.ts');
  const { onInterrupt } = await import('../interrupt.ts');
  const console = new Console(flags);
  const chosen =
    flags.classes === undefined && flags.config === undefined ? null : await chooseClasses(flags);
  const run = chosen?.run ?? null;
  const channels = flags.channels ?? run?.data.channels;
  const interrupt = onInterrupt(() => console.warn('stopping'));
  const sets = [];
  try {
    for (const file of files) {
      const root = flags.root ?? run?.data.root ?? null;
      const relativeTo = run?.source.format === 'arpent' ? null : (run?.data.relativeTo ?? null);
      const patches = await readPatchList(file, { root, relativeTo });
      const label = basename(file, '.csv');
      const name = files.filter((other) => basename(other, '.csv') === label).length > 1 ? file : label;
      const set = await auditSet(name, patches, {
        channels,
        maskColors: chosen?.masks.encoding.kind === 'colors',
        workers: flags.workers ?? 4,
        onProgress: (done, total) => console.progress({ label: name, done, total, unit: 'patches' }),
        signal: interrupt.signal,
      });
      sets.push(set);
    }
  } finally {
    interrupt.release();
    console.close();
  }
  return { console, sets, channels, chosen };
}

async function check(files: readonly string[], flags: DataFlags): Promise<void> {
  const { join } = await import('node:path');
  const { classShares, findDuplicates, findSharedZones } = await import('../../data/index.ts');
  const { sharesFigure, writeFigure } = await import('../../evaluation/index.ts');
  const { classDefinitions } = await import('../../workflows/index.ts');
  const text = await import('../audit-text.ts');
  const { console, sets, channels, chosen } = await audit(files, flags);
  const shares = chosen ? sets.map((set) => classShares(set, chosen.masks, chosen.classes.length)) : [];
  const [duplicates, zones] = [findDuplicates(sets), findSharedZones(sets)];
  const problems = text.auditProblems(sets, shares, duplicates, zones);
  console.result(text.setsTable(sets));
  console.result(`\n${text.channelsTable(sets, channels)}`);
  if (chosen) console.result(`\n${text.sharesTable(sets, shares, chosen.classes)}`);
  else console.say('\nClass shares need the classes: pass --classes or --config.');
  if (flags.output !== undefined && chosen) {
    const bars = sets.map(({ name }, i) => ({ name, pixels: shares[i]!.pixels }));
    const path = join(flags.output, 'class_shares.png');
    const figure = sharesFigure(bars, classDefinitions(chosen.classes));
    await writeFigure(path, figure, { overwrite: flags.overwrite ?? false });
    console.say(`\nwritten ${path}`);
  }
  const verdict = problems.length === 0 ? 'No problem found.' : `${problems.length} findings:`;
  console.result(`\n${[verdict, ...problems.map((problem) => `  ${problem}`)].join('\n')}`);
  console.emit('audit', { sets: sets.map(summary), shares, duplicates, zones, problems });
  if (sets.some(({ bad }) => bad.length > 0)) process.exitCode = 1;
}

/** A set in a form that JSON can say. */
function summary(set: Awaited<ReturnType<typeof audit>>['sets'][number]) {
  const { name, patches, withoutMask, bad } = set;
  const tallies = Object.fromEntries(
    (['sizes', 'bands', 'dataTypes', 'crs', 'resolutions'] as const).map((key) => [
      key,
      Object.fromEntries([...set[key]].map(([value, { patches: count }]) => [value, count])),
    ]),
  );
  return {
    ...{ name, patches, withoutMask, ...tallies },
    displaced: set.displaced.map(({ line }) => line),
    channels: set.channels.map((channel) => channel.summary()),
    bad: bad.map(({ patch, error }) => ({ image: patch.image, line: patch.line, problem: error.problem })),
  };
}

async function stats(files: readonly string[], flags: DataFlags): Promise<void> {
  const { classShares, joinAudits } = await import('../../data/index.ts');
  const { statisticsYaml } = await import('../audit-text.ts');
  const { console, sets, channels, chosen } = await audit(files, flags);
  for (const { error } of sets.flatMap(({ bad }) => bad))
    console.warn(`left out: ${error.message.split('\n')[0]}`);
  const together = sets.length > 1 ? [joinAudits('all lists', sets)] : [];
  for (const set of [...sets, ...together]) {
    const shares = chosen ? classShares(set, chosen.masks, chosen.classes.length) : null;
    if (sets.length > 1) console.result(`# ${set.name}`);
    console.result(statisticsYaml(set, channels, shares, chosen?.classes ?? []));
    console.emit('statistics', { ...summary(set), shares });
  }
}

function addDataOptions(command: Command): Command {
  command
    .argument('<csv...>', 'lists of "image,mask" pairs')
    .option('--classes <name>', 'known list of classes (flair-19, cosia, generic-5, …)')
    .option('--config <file>', 'configuration that names classes, masks and channels')
    .addOption(masksOption())
    .option('--channels <bands>', 'bands to look at: 1,2,3 or 1-5; default all', parseChannels)
    .option('--root <folder>', 'folder that replaces the beginning of the paths in the lists')
    .option('--workers <n>', 'images read at once', parseCount);
  return addCommonOptions(command, 'quiet', 'json');
}

/** `arpent data check` and `arpent data stats`. */
export function register(program: Command): void {
  const data = program.command('data').description('audit labelled data, or compute its statistics');
  const checking = data
    .command('check')
    .description('sizes, bands, CRS, class shares, unknown values, duplicates, leakage between lists')
    .option('-o, --output <folder>', 'folder of the figure of class shares')
    .addHelpText('after', '\nExample:\n  $ arpent data check train.csv val.csv test.csv --classes flair-19')
    .action(check);
  addCommonOptions(addDataOptions(checking), 'overwrite');
  const computing = data
    .command('stats')
    .description(
      'mean and standard deviation of each channel (of all lists together too), as YAML to paste into a configuration',
    )
    .addHelpText('after', '\nExample:\n  $ arpent data stats train.csv --channels 1-5')
    .action(stats);
  addDataOptions(computing);
  registerSplit(data);
}
