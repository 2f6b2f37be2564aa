import type { ConfusionMatrix } from './confusion-matrix.ts';

/** The scores of one class, in percent; NaN where a ratio has nothing to divide. */
export interface ClassScores {
  /** The class's place in the confusion matrix. */
  readonly index: number;
  /** Intersection over union (Jaccard index). */
  readonly iou: number;
  /** Harmonic mean of precision and recall. */
  readonly fscore: number;
  readonly precision: number;
  readonly recall: number;
  /** 2·intersection / (truth + prediction); equal to the F-score in exact arithmetic. */
  readonly dice: number;
  /** Truth pixels. */
  readonly support: number;
  /** Predicted pixels. */
  readonly predicted: number;
}

/** The way zero-weight classes and absent classes are treated. */
export type ScoringWay = 'ign' | 'strict';

/** The scores of a whole evaluation, in percent except kappa. */
export interface Scores {
  readonly way: ScoringWay;
  /** One entry for each class that is scored (weight above 0), in matrix order. */
  readonly perClass: readonly ClassScores[];
  /** Mean IoU. */
  readonly miou: number;
  readonly overallAccuracy: number;
  /** Mean of the per-class recalls. */
  readonly meanAccuracy: number;
  readonly fscore: number;
  readonly precision: number;
  readonly recall: number;
  readonly dice: number;
  /** Cohen's kappa, -1 to 1. */
  readonly kappa: number;
  /** IoU weighted by each class's share of the truth. */
  readonly frequencyWeightedIou: number;
}

/** Anything with a weight: class definitions, or bare weights as `{ weight }`. */
export type WeightedClass = { readonly weight: number };

function scoreClass(index: number, hits: number, truth: number, predicted: number): ClassScores {
  const precision = (100 * hits) / predicted;
  const recall = (100 * hits) / truth;
  return {
    index,
    iou: (100 * hits) / (truth + predicted - hits),
    fscore: (2 * precision * recall) / (precision + recall),
    precision,
    recall,
    dice: (200 * hits) / (truth + predicted),
    support: truth,
    predicted,
  };
}

/** The same scores with every undefined ratio set to 0. */
function undefinedAsZero({ index, support, predicted, ...ratios }: ClassScores): ClassScores {
  const { iou, fscore, precision, recall, dice } = ratios;
  return {
    index,
    iou: iou || 0,
    fscore: fscore || 0,
    precision: precision || 0,
    recall: recall || 0,
    dice: dice || 0,
    support,
    predicted,
  };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/**
 * @param hits correct pixels of all learned classes
 * @param predictedAmong pixels predicted as each class among those whose truth is a learned class: accuracy and kappa are over
 *   these, and both of kappa's raters must have seen the same pixels
 */
function summarise(
  way: ScoringWay,
  perClass: readonly ClassScores[],
  hits: number,
  predictedAmong: readonly number[],
): Scores {
  const counted = perClass.filter(({ iou }) => !Number.isNaN(iou));
  const mean = (key: keyof ClassScores) => sum(counted.map((scores) => scores[key])) / counted.length;
  const total = sum(counted.map(({ support }) => support));
  const byChance = sum(perClass.map(({ support }, i) => (support / total) * (predictedAmong[i]! / total)));
  return {
    way,
    perClass,
    miou: mean('iou'),
    overallAccuracy: (100 * hits) / total,
    meanAccuracy: mean('recall'),
    fscore: mean('fscore'),
    precision: mean('precision'),
    recall: mean('recall'),
    dice: mean('dice'),
    kappa: (hits / total - byChance) / (1 - byChance),
    frequencyWeightedIou: sum(counted.map(({ support, iou }) => (support / total) * iou)),
  };
}

/** Indexes of the classes whose weight is above 0. */
export function learnedClasses(classes: readonly WeightedClass[]): number[] {
  return [...classes.keys()].filter((index) => classes[index]!.weight > 0);
}

/** Numbers that {@link ClassTotals} keeps of a class. */
export const TOTALS_PER_CLASS = 4;

/** All that scores are made of, in pixels of each learned class. Totals of images add up. */
export interface ClassTotals {
  /** The learned classes' places in the matrix. */
  readonly indexes: readonly number[];
  /** `[hits, truth, predicted, predicted where the truth is learned]` of the first learned class, then of the next, … */
  readonly pixels: Float64Array;
}

/** The totals of a matrix, cut to the learned classes first (IGN's way) or not (strict). */
export function classTotals(
  matrix: ConfusionMatrix,
  classes: readonly WeightedClass[],
  way: ScoringWay,
): ClassTotals {
  const indexes = learnedClasses(classes);
  const source = way === 'ign' ? matrix.subset(indexes) : matrix;
  if (way === 'ign') source.missed.fill(0);
  const [truth, predicted] = [source.truthTotals(), source.predictionTotals()];
  const pixels = indexes.flatMap((index, kept) => {
    const place = way === 'ign' ? kept : index;
    const among = sum(indexes.map((row, i) => source.at(way === 'ign' ? i : row, place)));
    return [source.at(place, place), truth[place]!, predicted[place]!, among];
  });
  return { indexes, pixels: Float64Array.from(pixels) };
}

/** The scores of some totals. */
export function scoresOfTotals({ indexes, pixels }: ClassTotals, way: ScoringWay): Scores {
  let allHits = 0;
  const predictedAmong: number[] = [];
  const perClass = indexes.map((index, place) => {
    const start = place * TOTALS_PER_CLASS;
    const [hits, truth, predicted, among] = pixels.subarray(start, start + TOTALS_PER_CLASS);
    allHits += hits!;
    predictedAmong.push(among!);
    const scores = scoreClass(index, hits!, truth!, predicted!);
    return way === 'strict' && Number.isNaN(scores.iou) ? scores : undefinedAsZero(scores);
  });
  return summarise(way, perClass, allHits, predictedAmong);
}

/**
 * Scores as IGN's FLAIR-1 computes them: rows and columns of zero-weight classes are cut out of the matrix first, so
 * that confusions with them vanish; undefined ratios count as 0, so that a class absent everywhere lowers the mean.
 */
export function ignScores(matrix: ConfusionMatrix, classes: readonly WeightedClass[]): Scores {
  return scoresOfTotals(classTotals(matrix, classes, 'ign'), 'ign');
}

/**
 * Scores over the uncut matrix, averaged over the learned classes: a pixel predicted as an unused class (or as no
 * class) is an error of its true class, a pixel of an unused class predicted as a learned one is an error of that one.
 * A class absent from truth and prediction is left out of the means (its scores are NaN); any other undefined ratio is
 * 0. Overall accuracy and kappa are over the pixels whose truth is a learned class. With the 13-class nomenclature of
 * the FLAIR challenges the mean IoU is the challenges' score.
 */
export function strictScores(matrix: ConfusionMatrix, classes: readonly WeightedClass[]): Scores {
  return scoresOfTotals(classTotals(matrix, classes, 'strict'), 'strict');
}

const CHALLENGE_CLASSES = 12;

/**
 * The FLAIR challenges' mIoU-12: FLAIR's 19 (or 13) classes with everything beyond the twelfth joined into "other",
 * IoU over the uncut 13 × 13 matrix, mean over the first twelve.
 * @param matrix in FLAIR order (mask value minus 1), 12 classes or more.
 */
export function challengeScores(matrix: ConfusionMatrix): Scores {
  const grouped = matrix.regroup(
    Array.from({ length: matrix.classes }, (_, index) => Math.min(index, CHALLENGE_CLASSES)),
  );
  const weights = Array.from({ length: grouped.classes }, (_, index) => ({
    weight: index < CHALLENGE_CLASSES ? 1 : 0,
  }));
  return strictScores(grouped, weights);
}
