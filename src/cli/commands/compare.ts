import type { Command } from 'commander';
import type { ClassFlags } from '../class-options.ts';
import { addCommonOptions, type CommonOptions, parseCount } from '../common-options.ts';
import { parseChoice } from '../parse-choice.ts';
import { addTruthOptions } from '../truth-options.ts';

interface CompareFlags extends CommonOptions, ClassFlags {
  readonly truth: string;
  readonly root?: string;
  readonly by: 'patch' | 'zone';
  readonly seed: number;
  readonly output?: string;
}

/** Runs beside the first that a table of classes holds: more are too wide to read. */
const RUNS_PER_TABLE = 3;

async function compare(folders: readonly string[], flags: CompareFlags): Promise<void> {
  const { dirname, join } = await import('node:path');
  const { runNames } = await import('../run-names.ts');
  const { chooseClasses } = await import('../class-options.ts');
  const { Console } = await import('../console.ts');
  const { readPatchList } = await import('../../data/index.ts');
  const { DiversityCounts } = await import('../../ensemble/index.ts');
  const evaluation = await import('../../evaluation/index.ts');
  const { predictionNames } = await import('../../inference/index.ts');
  const { flairZone, openRaster } = await import('../../raster/index.ts');
  const { classDefinitions, truthCoding } = await import('../../workflows/index.ts');
  const { intervalTable, meanIntervals } = await import('../mean-intervals.ts');
  const { ConfusionMatrix, bootstrapGain, classIndexes, comparisonTable, indexCoding, strictScores } =
    evaluation;
  const chosen = await chooseClasses(flags);
  const classes = classDefinitions(chosen.classes);
  const coding = truthCoding(chosen.masks, classes.length);
  const patches = await readPatchList(flags.truth, { root: flags.root ?? null });
  const names = predictionNames(patches);
  const console = new Console(flags);
  const titles = runNames(folders);
  const runs = folders.map((folder, place) => ({
    name: titles[place]!,
    folder,
    images: [] as InstanceType<typeof ConfusionMatrix>[],
  }));
  const diversity = new DiversityCounts(runs.length, classes.length);
  const units: Record<CompareFlags['by'], string[]> = { patch: [], zone: [] };
  for (const [place, { image, mask }] of patches.entries()) {
    if (mask === null) continue;
    await using truth = await openRaster(
      mask,
      coding.kind === 'colors' ? { palette: 'rgb' } : { bands: [1] },
    );
    const expected = classIndexes(await truth.read(), coding, mask);
    const predictions: Uint8Array[] = [];
    for (const run of runs) {
      const path = join(run.folder, names[place]!);
      await using raster = await openRaster(path, { bands: [1] });
      const predicted = classIndexes(await raster.read(), indexCoding(classes.length), path);
      run.images.push(new ConfusionMatrix(classes.length).accumulate(expected, predicted));
      predictions.push(predicted);
    }
    diversity.add(expected, predictions);
    units.patch.push(image);
    units.zone.push(flairZone(image) ?? dirname(image));
    console.progress({ label: 'compare', done: place + 1, total: patches.length, unit: 'patches' });
  }
  const drawn = { groups: units[flags.by], seed: flags.seed };
  const compared = runs.map(({ name, images }, place) => ({
    name,
    scores: strictScores(ConfusionMatrix.sum(classes.length, images), classes),
    ...(place === 0 ? {} : { gain: bootstrapGain(runs[0]!.images, images, classes, drawn) }),
  }));
  const pairs = diversity.pairs();
  const oracle = strictScores(diversity.oracle, classes).miou;
  const right = (title: string) => ({ title, align: 'right' as const });
  const pairTable = evaluation.textTable(
    [{ title: 'pair' }, right('Q'), right('kappa'), right('agreement (%)')],
    pairs.map(({ first, second, q, kappa, agreement }) => [
      `${runs[first]!.name}, ${runs[second]!.name}`,
      ...[evaluation.cell(q, 3), evaluation.cell(kappa, 3), evaluation.cell(100 * agreement)],
    ]),
  );
  const intervals = meanIntervals(runs, classes, units, flags.seed);
  const [base, ...others] = compared;
  const tables = Array.from({ length: Math.max(1, Math.ceil(others.length / RUNS_PER_TABLE)) }, (_, i) =>
    comparisonTable([base!, ...others.slice(i * RUNS_PER_TABLE, (i + 1) * RUNS_PER_TABLE)], classes),
  );
  const text = [
    tables.join('\n\n'),
    `intervals: 95 %, drawn by ${flags.by}`,
    '',
    intervalTable(intervals),
    `95 % of 1000 draws of ${units.patch.length} patches, or of ${new Set(units.zone).size} zones whole`,
    '',
    pairTable,
    `oracle mean IoU: ${oracle.toFixed(2)}`,
  ].join('\n');
  console.result(text);
  if (flags.output !== undefined) {
    const overwrite = flags.overwrite ?? false;
    await evaluation.writeOutput(join(flags.output, 'comparison.txt'), `${text}\n`, { overwrite });
    const bars = compared.map((run, place) => {
      const { iou } = evaluation.bootstrapScores(runs[place]!.images, classes, drawn);
      const bounds = [...iou].map(([index, { low, high }]) => [index, [low, high] as const] as const);
      return { ...run, intervals: new Map(bounds.filter(([, [low]]) => Number.isFinite(low))) };
    });
    const figure = evaluation.iouBarsFigure(bars, classes, 'IoU by class', `95 % intervals by ${flags.by}`);
    await evaluation.writeFigure(join(flags.output, 'comparison.svg'), figure, { overwrite });
    const gains = intervals.flatMap(({ name, gain }) =>
      gain === null ? [] : [{ name, intervals: [gain.patch, gain.zone] }],
    );
    if (gains.length > 0) {
      const title = `Mean IoU gained over ${runs[0]!.name}`;
      const drawing = evaluation.gainsFigure(
        gains,
        ['by patch', 'by zone'],
        title,
        '95 % intervals, in points',
      );
      await evaluation.writeFigure(join(flags.output, 'gains.svg'), drawing, { overwrite });
    }
    console.say(`written ${flags.output}`);
  }
  console.emit('compared', {
    runs: compared.map(({ name, scores, gain }) => ({ name, miou: scores.miou, gain: gain?.miou ?? null })),
    ...{ intervals, pairs, oracle },
  });
}

/** `arpent compare`: runs side by side, what each gains and how much they differ. */
export function register(program: Command): void {
  const command = addTruthOptions(program.command('compare'))
    .description('compare runs on the same images: IoU by class, gains with intervals, diversity')
    .argument('<folders...>', 'folders of PRED_ masks; the first is what the others are compared to')
    .option(
      '--by <unit>',
      'what the intervals of the classes draw: patch or zone',
      parseChoice('patch', 'zone'),
      'zone',
    )
    .option('--seed <n>', 'seed of the draws', parseCount, 2022)
    .option('-o, --output <folder>', 'folder of the table and the figure')
    .action(compare);
  addCommonOptions(command, 'overwrite', 'quiet', 'json');
}
