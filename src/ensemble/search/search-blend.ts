import { Random } from '../../core/index.ts';
import type { WeightedClass } from '../../evaluation/index.ts';
import { SearchError } from '../errors.ts';
import { type Blend, scoreBlend, type ValidationImage, withOneModel } from './blend.ts';

/** What is searched, in this order. */
export type SearchStep =
  /** Which models take part, each with equal weight: greedy from one model up and from all models down, the better. */
  | 'subset'
  /** A weight for each model that takes part. */
  | 'weights'
  /** A factor for each class: it moves the borders between them. */
  | 'factors'
  /** A threshold for each class: where it is not reached the next class that reaches its own is taken. */
  | 'thresholds';

/** Every step, in the order they are taken. */
export const SEARCH_STEPS = ['subset', 'weights', 'factors', 'thresholds'] as const satisfies SearchStep[];

/** How blends are searched. */
export interface SearchOptions {
  readonly classes: readonly WeightedClass[];
  /** Default all four. */
  readonly steps?: readonly SearchStep[];
  /** Least gain in mean IoU (percent) that keeps a change. Default 0.01. */
  readonly leastGain?: number;
  /** Most rounds over all coordinates. Default 5. */
  readonly rounds?: number;
  /** Orders the coordinates of each round. */
  readonly seed?: number;
}

/** What a search found. */
export interface SearchResult extends Blend {
  readonly thresholds: readonly number[];
  /** Mean IoU (percent) on the images searched on: too good by design, see `crossValidateSearch`. */
  readonly score: number;
  /** Scores after each change that was kept. */
  readonly path: readonly { readonly change: string; readonly score: number }[];
}

const WEIGHT_STEPS = [0, 0.5, 0.8, 1.25, 2];
const FACTOR_STEPS = [0.6, 0.8, 0.9, 1.1, 1.25, 1.6];
const THRESHOLDS = [0, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85];

class Climb {
  blend: Blend;
  score: number;
  readonly path: { change: string; score: number }[] = [];
  #score: (blend: Blend) => number;
  readonly #leastGain: number;

  constructor(start: Blend, score: (blend: Blend) => number, leastGain: number) {
    this.blend = start;
    this.#score = score;
    this.#leastGain = leastGain;
    this.score = score(start);
  }

  /** Scores by other means from now on, which must come to the same. */
  scoreWith(score: (blend: Blend) => number): void {
    this.#score = score;
  }

  /** Takes the best of some changes if it gains enough. */
  best(changes: readonly { readonly change: string; readonly blend: Blend }[]): boolean {
    let found: { change: string; blend: Blend; score: number } | null = null;
    for (const candidate of changes) {
      if (!candidate.blend.weights.some((weight) => weight > 0)) continue;
      const score = this.#score(candidate.blend);
      if (score > (found?.score ?? this.score + this.#leastGain)) found = { ...candidate, score };
    }
    if (found === null) return false;
    this.blend = found.blend;
    this.score = found.score;
    this.path.push({ change: found.change, score: found.score });
    return true;
  }
}

const replaced = (values: readonly number[], place: number, value: number) =>
  values.map((old, i) => (i === place ? value : old));

/** Starts from the best single model and adds the model that helps most while one helps. */
function selectForward(climb: Climb, models: number): void {
  const alone = (model: number) => ({
    change: `model ${model + 1} alone`,
    blend: { ...climb.blend, weights: Array.from({ length: models }, (_, i) => Number(i === model)) },
  });
  climb.score = Number.NEGATIVE_INFINITY;
  climb.best(Array.from({ length: models }, (_, model) => alone(model)));
  while (climb.best(changesOf(climb.blend, 0, 1, 'joins')));
}

/** Starts from all models and takes out the one whose absence helps most while one does. */
function selectBackward(climb: Climb): void {
  climb.path.push({ change: 'all models', score: climb.score });
  while (climb.best(changesOf(climb.blend, 1, 0, 'leaves')));
}

/** Every blend in which one model's weight goes from one value to another. */
function changesOf(blend: Blend, from: number, to: number, verb: string) {
  return [...blend.weights.keys()]
    .filter((model) => blend.weights[model] === from)
    .map((model) => ({
      change: `model ${model + 1} ${verb}`,
      blend: { ...blend, weights: replaced(blend.weights, model, to) },
    }));
}

/** Numbers of a blend that are searched one at a time. */
type Coordinates = 'weights' | 'factors' | 'thresholds';

/** What is tried in place of a number: multiples of weights and factors, a fixed row of thresholds. */
const TRIALS: Readonly<Record<Coordinates, (old: number) => readonly number[]>> = {
  weights: (old) => WEIGHT_STEPS.map((step) => old * step),
  factors: (old) => FACTOR_STEPS.map((step) => old * step),
  thresholds: (old) => THRESHOLDS.filter((value) => value !== old),
};

const rounded = (value: number) => Number(value.toPrecision(4));

/** Changes one number at a time, in rounds, until a round changes nothing. */
function climbCoordinates(climb: Climb, key: Coordinates, rounds: number, random: Random): void {
  const name = { weights: 'weight of model', factors: 'factor of class', thresholds: 'threshold of class' }[
    key
  ];
  for (let round = 0; round < rounds; round++) {
    let changed = false;
    const start = climb.blend[key]!;
    // A model that was left out stays out; a class may get a threshold at any time.
    const places = [...start.keys()].filter((place) => key === 'thresholds' || start[place]! > 0);
    for (const place of random.shuffle(places)) {
      const { blend } = climb;
      const values = blend[key]!;
      const changes = TRIALS[key](values[place]!).map((value) => ({
        change: `${name} ${place + 1}: ${rounded(value)}`,
        blend: { ...blend, [key]: replaced(values, place, value) },
      }));
      if (climb.best(changes)) changed = true;
    }
    if (!changed) return;
  }
}

/**
 * Searches a blend on a validation set: which models, with which weights, and factors and thresholds by class. Weights are
 * scaled to sum 1. The same seed gives the same blend.
 *
 * Source: greedy forward selection after R. Caruana et al., "Ensemble Selection from Libraries of Models", 2004.
 * @throws {SearchError} without images, or when models and pixels do not fit.
 */
export function searchBlend(images: readonly ValidationImage[], options: SearchOptions): SearchResult {
  const { classes, steps = SEARCH_STEPS, leastGain = 0.01, rounds = 5, seed = 2022 } = options;
  const models = images[0]?.models.length ?? 0;
  if (models === 0) throw new SearchError('no models or no images', { remedy: 'give at least one of each' });
  for (const image of images) {
    const fits = image.models.every(({ length }) => length === image.truth.length * classes.length);
    if (fits && image.models.length === models) continue;
    throw new SearchError(`the models of ${image.name} do not fit its truth`, {
      remedy: `give ${classes.length} probabilities a pixel for each of ${models} models`,
    });
  }
  const start: Blend = {
    weights: Array.from({ length: models }, () => 1),
    factors: classes.map(() => 1),
    thresholds: classes.map(() => 0),
  };
  const climbFromAll = () => new Climb(start, (blend) => scoreBlend(images, blend, classes), leastGain);
  let climb = climbFromAll();
  const random = new Random(seed, 6);
  if (steps.includes('subset')) {
    // Two equal voters are no better than one, so that growing from one can stop before three would help.
    const shrinking = climbFromAll();
    selectForward(climb, models);
    selectBackward(shrinking);
    if (shrinking.score > climb.score) climb = shrinking;
  }
  if (steps.includes('weights')) climbCoordinates(climb, 'weights', rounds, random);
  const single = images.map((image) => withOneModel(image, climb.blend));
  climb.scoreWith((blend) => scoreBlend(single, { ...blend, weights: [1] }, classes));
  for (const key of ['factors', 'thresholds'] as const) {
    if (steps.includes(key)) climbCoordinates(climb, key, rounds, random);
  }
  const total = climb.blend.weights.reduce((sum, weight) => sum + weight, 0);
  const weights = climb.blend.weights.map((weight) => weight / total);
  const { factors, thresholds = [] } = climb.blend;
  return { weights, factors, thresholds, score: climb.score, path: climb.path };
}
