import { Random } from '../../core/index.ts';
import { bootstrapGain, ConfusionMatrix, type ScoreIntervals, strictScores } from '../../evaluation/index.ts';
import { SearchError } from '../errors.ts';
import { type Blend, countBlend, scoreBlend, type ValidationImage } from './blend.ts';
import { type SearchOptions, type SearchResult, searchBlend } from './search-blend.ts';

/** What cross-validation says of a search. Scores are mean IoU in percent. */
export interface HonestSearch {
  /** The blend searched on all images: the one to use. */
  readonly found: SearchResult;
  /** Score of blends on images they were not searched on. */
  readonly heldOut: number;
  /** Score of the single model that was best on the other folds, on the same images. */
  readonly bestSingle: number;
  /** Score of the plain mean of all models. */
  readonly plainMean: number;
  /** Gain of held-out blends over the best single model, with its interval. */
  readonly gainOverSingle: ScoreIntervals;
  /** The same over the plain mean. */
  readonly gainOverMean: ScoreIntervals;
  readonly folds: number;
}

/** A fold for each image, whole groups together, of about equal numbers of images; seeded. */
export function foldsOfGroups(groups: readonly string[], folds: number, seed: number): number[] {
  const sizes = new Map<string, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  if (sizes.size < folds) {
    throw new SearchError(`${sizes.size} groups for ${folds} folds`, {
      remedy: 'ask for fewer folds, or group the images more finely',
    });
  }
  const names = new Random(seed, 7).shuffle([...sizes.keys()].sort());
  names.sort((a, b) => sizes.get(b)! - sizes.get(a)!);
  const filled = new Array<number>(folds).fill(0);
  const foldOf = new Map<string, number>();
  for (const name of names) {
    const fold = filled.indexOf(Math.min(...filled));
    filled[fold]! += sizes.get(name)!;
    foldOf.set(name, fold);
  }
  return groups.map((group) => foldOf.get(group)!);
}

/**
 * Searches a blend and says honestly what it gains: for each fold a blend (and the best single model) is searched on the
 * other folds and counted on this one, so nothing is scored on images it was chosen by.
 * @throws {SearchError} with fewer groups than folds.
 */
export function crossValidateSearch(
  images: readonly ValidationImage[],
  options: SearchOptions & { readonly folds?: number; readonly samples?: number },
): HonestSearch {
  const { classes, folds = 5, seed = 2022, samples = 1000 } = options;
  const found = searchBlend(images, options);
  const groups = images.map(({ group }) => group);
  const foldOf = foldsOfGroups(groups, folds, seed);
  const models = images[0]!.models.length;
  const factors = classes.map(() => 1);
  const single = (model: number): Blend => ({
    weights: Array.from({ length: models }, (_, i) => Number(i === model)),
    factors,
  });
  const mean: Blend = { weights: Array.from({ length: models }, () => 1), factors };
  const counts = { blend: new Map<number, ConfusionMatrix>(), single: new Map<number, ConfusionMatrix>() };
  for (let fold = 0; fold < folds; fold++) {
    const others = images.filter((_, place) => foldOf[place] !== fold);
    const held = [...images.keys()].filter((place) => foldOf[place] === fold);
    const scores = Array.from({ length: models }, (_, model) => scoreBlend(others, single(model), classes));
    const best = single(scores.indexOf(Math.max(...scores)));
    const blend = searchBlend(others, options);
    const parts = held.map((place) => images[place]!);
    for (const [i, matrix] of countBlend(parts, blend).entries()) counts.blend.set(held[i]!, matrix);
    for (const [i, matrix] of countBlend(parts, best).entries()) counts.single.set(held[i]!, matrix);
  }
  const inOrder = (matrices: Map<number, ConfusionMatrix>) => images.map((_, place) => matrices.get(place)!);
  const [blended, singles, means] = [inOrder(counts.blend), inOrder(counts.single), countBlend(images, mean)];
  const scoreOf = (matrices: ConfusionMatrix[]) =>
    strictScores(ConfusionMatrix.sum(classes.length, matrices), classes).miou;
  const bootstrap = { groups, samples, seed };
  return {
    found,
    folds,
    heldOut: scoreOf(blended),
    bestSingle: scoreOf(singles),
    plainMean: scoreOf(means),
    gainOverSingle: bootstrapGain(singles, blended, classes, bootstrap),
    gainOverMean: bootstrapGain(means, blended, classes, bootstrap),
  };
}
