import { basename, dirname, join, relative, resolve } from 'node:path';
import { stringify } from 'yaml';
import { readPatchList } from '../data/index.ts';
import {
  crossValidateSearch,
  type HonestSearch,
  type Rule,
  readCombination,
  readValidation,
  type SearchResult,
  type SearchStep,
  type ValidationFiles,
} from '../ensemble/index.ts';
import { writeOutput } from '../evaluation/index.ts';
import { predictionNames } from '../inference/index.ts';
import { flairZone } from '../raster/index.ts';
import { classDefinitions, truthCoding } from '../workflows/index.ts';
import { type ClassFlags, chooseClasses, FlagError } from './class-options.ts';
import type { CommonOptions } from './common-options.ts';
import { Console } from './console.ts';

/** What `arpent ensemble search` was called with. */
export interface SearchRequest extends CommonOptions, ClassFlags {
  readonly truth: string;
  readonly root?: string;
  readonly output: string;
  readonly pixels?: number;
  readonly folds: number;
  readonly seed: number;
  readonly steps?: readonly SearchStep[];
  readonly by?: 'patch' | 'zone';
}

const percent = (value: number) => value.toFixed(2);

function summary({
  found,
  heldOut,
  bestSingle,
  plainMean,
  gainOverSingle,
  gainOverMean,
  folds,
}: HonestSearch) {
  const gain = ({ miou }: HonestSearch['gainOverMean']) =>
    `${miou.estimate >= 0 ? '+' : ''}${percent(miou.estimate)} [${percent(miou.low)}, ${percent(miou.high)}]`;
  return [
    `mean IoU of the blend on images it was not searched on (${folds} folds): ${percent(heldOut)}`,
    `  over the best single model (${percent(bestSingle)}): ${gain(gainOverSingle)}`,
    `  over the plain mean (${percent(plainMean)}): ${gain(gainOverMean)}`,
    `on the images it was searched on: ${percent(found.score)}, too good by design`,
  ].join('\n');
}

/** The rule that does what a search found: the mean, then factors and thresholds where there are any. */
function ruleOf(
  used: readonly { readonly name: string; readonly weight: number }[],
  { factors, thresholds }: SearchResult,
): Rule {
  const round = (value: number) => Number(value.toPrecision(6));
  let rule: Rule = {
    kind: 'mean',
    of: used.map(({ name, weight }) => ({ take: name, weight: round(weight) })),
  };
  if (factors.some((factor) => factor !== 1))
    rule = { kind: 'factors', of: rule, factors: factors.map(round) };
  if (thresholds.some((least) => least > 0)) rule = { kind: 'thresholds', of: rule, thresholds };
  return rule;
}

/** Searches a blend on a validation set, writes it as a rule and says what it gains. */
export async function searchValidation(file: string, flags: SearchRequest): Promise<void> {
  const combination = await readCombination(file);
  const { classes, masks } = await chooseClasses(flags);
  if (classes.length !== combination.classes) {
    throw new FlagError(`the rule has ${combination.classes} classes, the list ${classes.length}`, {
      file,
      remedy: 'name the classes that the networks were trained on',
    });
  }
  const patches = await readPatchList(flags.truth, { root: flags.root ?? null });
  const names = predictionNames(patches);
  const models = Object.entries(combination.inputs);
  const files = patches.flatMap(({ image, mask }, place): ValidationFiles[] => {
    if (mask === null) return [];
    const inputs = models.map(([, input]) => ({ ...input, path: join(input.path, names[place]!) }));
    const group = flags.by === 'patch' ? image : (flairZone(image) ?? dirname(image));
    return [{ name: basename(image), group, truth: mask, models: inputs }];
  });
  const console = new Console(flags);
  const images = await readValidation(files, {
    classes: classes.length,
    truth: truthCoding(masks, classes.length),
    seed: flags.seed,
    ...(flags.pixels === undefined ? {} : { pixels: flags.pixels }),
    onProgress: (done, total) => console.progress({ label: 'read', done, total, unit: 'images' }),
  });
  const groups = new Set(images.map(({ group }) => group)).size;
  if (groups < 2) {
    throw new FlagError('all images lie in one zone, and a zone is never on both sides of a fold', {
      file: flags.truth,
      remedy: 'list images of several zones, or pass --by patch (gains then look surer than they are)',
    });
  }
  const result = crossValidateSearch(images, {
    classes: classDefinitions(classes),
    seed: flags.seed,
    folds: Math.min(Math.max(2, flags.folds), groups),
    ...(flags.steps === undefined ? {} : { steps: flags.steps }),
  });
  const used = models.flatMap(([name, input], place) => {
    const weight = result.found.weights[place]!;
    return weight > 0 ? [{ name, input, weight }] : [];
  });
  const rule = ruleOf(used, result.found);
  const folder = dirname(resolve(flags.output));
  const inputs = Object.fromEntries(
    used.map(({ name, input }) => [name, { ...input, path: relative(folder, input.path) || '.' }]),
  );
  const text = `# ${summary(result).replaceAll('\n', '\n# ')}\n`;
  const body = stringify({ classes: classes.length, inputs, rule, output: 'classes' });
  await writeOutput(flags.output, text + body, { overwrite: flags.overwrite ?? false });
  console.result(summary(result));
  for (const { name, weight } of used) console.say(`  ${name}: weight ${weight.toFixed(3)}`);
  for (const [index, { name }] of classes.entries()) {
    const [factor, least] = [result.found.factors[index]!, result.found.thresholds[index]!];
    if (factor !== 1 || least > 0)
      console.say(`  ${name}: factor ${factor.toFixed(2)}, given from ${percent(100 * least)} % up`);
  }
  console.say(`written ${flags.output}`);
  const { heldOut, bestSingle, plainMean, gainOverSingle, gainOverMean, found } = result;
  console.emit('searched', {
    ...{
      output: flags.output,
      heldOut,
      bestSingle,
      plainMean,
      weights: found.weights,
      factors: found.factors,
      thresholds: found.thresholds,
    },
    gainOverSingle: gainOverSingle.miou,
    gainOverMean: gainOverMean.miou,
  });
}
