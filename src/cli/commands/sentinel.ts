import { type Command, InvalidArgumentError as UsageError } from 'commander';
import type { CompositeKind, SentinelPatch } from '../../data/sentinel/index.ts';
import { addCommonOptions, type CommonOptions, parseChannels, parseCount } from '../common-options.ts';

interface SentinelFlags extends CommonOptions {
  readonly series: readonly string[];
  readonly centroids: string;
  readonly output: string;
  readonly cover: number;
  readonly probability: number;
  readonly count: 'once' | 'twice';
  readonly countOn: 'super-patch' | 'surroundings';
  readonly surroundings: number;
  readonly bands: readonly number[];
  readonly side: number;
  readonly scale: number;
  readonly composite: CompositeKind;
  readonly geotiff?: boolean;
}

function oneOf<Name extends string>(...names: readonly Name[]) {
  return (text: string): Name => {
    const found = names.find((name) => name === text);
    if (found !== undefined) return found;
    throw new UsageError(`"${text}" is not ${names.join(', ')}`);
  };
}

function parsePositive(text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new UsageError(`"${text}" is not a number above 0`);
}

/** What is written of a patch: numbers that are not finite have no place in JSON. */
function entryOf({ kept, dates, outside, statistics }: SentinelPatch) {
  const finite = [...statistics!.means, ...statistics!.stds].every(Number.isFinite);
  return finite ? { ...statistics!, kept, dates, outside } : null;
}

async function sentinel(lists: readonly string[], flags: SentinelFlags): Promise<void> {
  const { join } = await import('node:path');
  const { readPatchList } = await import('../../data/index.ts');
  const { readCentroids, sentinelPatches, typicalStatistics } = await import('../../data/sentinel/index.ts');
  const { writeOutput } = await import('../../evaluation/index.ts');
  const { Console } = await import('../console.ts');
  const { writeSentinelPatch } = await import('../sentinel-output.ts');
  const console = new Console(flags);
  const images = (await Promise.all(lists.map((list) => readPatchList(list))))
    .flat()
    .map(({ image }) => image);
  const { series, probability, cover, count, countOn, surroundings, bands, side, scale } = flags;
  const settings = { series, countOn, surroundings, bands, side, scale, composite: flags.composite };
  const filter = { probability, cover, count };
  const centroids = await readCentroids(flags.centroids);
  const output = {
    ...{ folder: flags.output, bands: bands.length, side },
    ...{ geotiff: flags.geotiff ?? false, overwrite: flags.overwrite ?? false },
  };
  const table: Record<string, NonNullable<ReturnType<typeof entryOf>>> = {};
  const outcomes: Record<string, string[]> = {};
  const [atBorder, withoutDay, flat]: [string[], string[], string[]] = [[], [], []];
  let done = 0;
  const unique = [...new Set(images)];
  for await (const patch of sentinelPatches(unique, { ...settings, filter, centroids })) {
    const entry = patch.statistics === null ? null : entryOf(patch);
    const name = patch.name.replace(/^SEN_/, 'IMG_');
    if (entry !== null) table[name] = entry;
    const outcome = patch.outcome;
    outcomes[outcome] = [...(outcomes[outcome] ?? []), name];
    if (patch.outside > 0) atBorder.push(name);
    if (patch.withoutDay > 0) withoutDay.push(name);
    if (entry?.stds.some((std) => !(std > 0))) flat.push(name);
    await writeSentinelPatch(patch, output);
    console.progress({ label: 'sentinel', done: ++done, total: unique.length, unit: 'patches' });
  }
  const file = join(flags.output, 'statistics.json');
  const { made = [], ...left } = outcomes;
  const remarks = { left, atBorder, withoutDay, flat };
  const typical = typicalStatistics(Object.values(table));
  const report = { settings: { ...settings, filter }, ...remarks, typical, images: table };
  await writeOutput(file, `${JSON.stringify(report, null, 1)}\n`, { overwrite: flags.overwrite ?? false });
  const tell = (names: readonly string[], what: string) => {
    if (names.length === 0) return;
    const more = names.length > 5 ? ', …' : '';
    console.warn(`${names.length} of ${done} patches ${what}: ${names.slice(0, 5).join(', ')}${more}`);
  };
  for (const [outcome, names] of Object.entries(left)) tell(names, `have ${outcome}`);
  tell(atBorder, 'reach over the border of their super-patch; what lies beyond is left out');
  tell(withoutDay, 'have images whose product names no day; months leave these images out');
  tell(flat, 'have a channel without any contrast, which their statistics cannot normalise');
  console.result(`written ${flags.output}: ${made.length} of ${done} patches, statistics in ${file}`);
  console.emit('sentinel', { made: made.length, ...remarks, typical, statistics: file });
}

/** `arpent sentinel`: the Sentinel-2 patch of each aerial patch, and its statistics. */
export function register(program: Command): void {
  const command = program
    .command('sentinel')
    .description('cut the Sentinel-2 patch of each aerial patch from FLAIR-2’s series, and its statistics')
    .argument('<csv...>', 'lists of aerial patches')
    .requiredOption('--series <folders...>', 'folders with <domain>/<zone>/sen/SEN2_sp_… below them')
    .requiredOption('--centroids <json>', 'centres of the patches in their super-patch')
    .option('--cover <share>', 'dates are kept with less cloud and snow than this', parsePositive, 0.2)
    .option('--probability <percent>', 'percent from which a pixel is cloud or snow', parsePositive, 20)
    .option('--count <way>', 'pixels of cloud and snow count once or twice', oneOf('once', 'twice'), 'once')
    .option(
      '--count-on <area>',
      'where cover is counted: super-patch or surroundings',
      oneOf('super-patch', 'surroundings'),
      'super-patch',
    )
    .option('--surroundings <pixels>', 'side of the surroundings, 10 m a pixel', parseCount, 40)
    .option(
      '--bands <list>',
      'bands for the channels of the network, in their order',
      parseChannels,
      [3, 2, 1],
    )
    .option('--side <pixels>', 'side of the window, 10 m a pixel', parseCount, 10)
    .option('--scale <n>', 'what reflectances are divided by', parsePositive, 2000)
    .option(
      '--composite <kind>',
      'mean, monthly, clear-pixels or dates',
      oneOf('mean', 'monthly', 'clear-pixels', 'dates'),
      'mean',
    )
    .option('--geotiff', 'also write GeoTIFFs')
    .requiredOption('-o, --output <folder>', 'folder of SEN_ files and statistics.json')
    .action(sentinel);
  addCommonOptions(command, 'overwrite', 'quiet', 'json').addHelpText(
    'after',
    '\nIGN’s own filter: --cover 0.5 --probability 60 --count-on surroundings --composite monthly',
  );
}
