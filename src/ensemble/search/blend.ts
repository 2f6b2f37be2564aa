import { ConfusionMatrix, strictScores, type WeightedClass } from '../../evaluation/index.ts';
import { classesAbove } from '../combine/thresholds.ts';

/** One image of a validation set: its truth and what every model says, at the same (possibly sampled) pixels. */
export interface ValidationImage {
  readonly name: string;
  /** Zone or domain: images of one group are never on both sides of a fold. */
  readonly group: string;
  /** Class indexes `[pixels]`, 255 where nothing is scored. */
  readonly truth: Uint8Array;
  /** Probabilities `[classes, pixels]` of each model, all on one scale. */
  readonly models: readonly (Uint8Array | Float32Array | Float64Array)[];
}

/** A weighted mean of models, factors that move the borders between classes, and thresholds that classes must reach. */
export interface Blend {
  /** One a model, 0 or above. */
  readonly weights: readonly number[];
  /** One a class, above 0; a class wins where its mean times its factor is greatest. */
  readonly factors: readonly number[];
  /** One a class, 0–1: the least share of the (factored) probabilities that gives a pixel the class; default none. */
  readonly thresholds?: readonly number[] | undefined;
}

/** Weighted sums `[classes, pixels]`, times the factors. */
function blended({ truth, models }: ValidationImage, { weights, factors }: Blend): Float64Array {
  const pixels = truth.length;
  const sums = new Float64Array(factors.length * pixels);
  for (const [place, model] of models.entries()) {
    for (const [index, factor] of factors.entries()) {
      const weight = weights[place]! * factor;
      if (weight === 0) continue;
      for (let i = index * pixels; i < (index + 1) * pixels; i++) sums[i]! += weight * model[i]!;
    }
  }
  return sums;
}

/** The image with its models blended to one: what is searched on with fixed weights needs no more. */
export function withOneModel(image: ValidationImage, { weights, factors }: Blend): ValidationImage {
  return { ...image, models: [blended(image, { weights, factors: factors.map(() => 1) })] };
}

/** The classes that a blend gives an image, the lowest among equals. */
export function blendedClasses(image: ValidationImage, blend: Blend): Uint8Array {
  const { truth, models } = image;
  const { weights, factors, thresholds } = blend;
  if (thresholds?.some((least) => least > 0)) return classesAbove(blended(image, blend), thresholds);
  const pixels = truth.length;
  const winners = new Uint8Array(pixels);
  const most = new Float64Array(pixels).fill(-1);
  const sums = new Float64Array(pixels);
  for (const [index, factor] of factors.entries()) {
    sums.fill(0);
    for (const [place, model] of models.entries()) {
      const weight = weights[place]! * factor;
      if (weight === 0) continue;
      const start = index * pixels;
      for (let pixel = 0; pixel < pixels; pixel++) sums[pixel]! += weight * model[start + pixel]!;
    }
    for (let pixel = 0; pixel < pixels; pixel++) {
      if (sums[pixel]! > most[pixel]!) {
        most[pixel] = sums[pixel]!;
        winners[pixel] = index;
      }
    }
  }
  return winners;
}

/** The counts of a blend on each image. */
export function countBlend(images: readonly ValidationImage[], blend: Blend): ConfusionMatrix[] {
  return images.map((image) =>
    new ConfusionMatrix(blend.factors.length).accumulate(image.truth, blendedClasses(image, blend)),
  );
}

/** Mean IoU in percent (strict) of a blend over all images; 0 where nothing can be scored. */
export function scoreBlend(
  images: readonly ValidationImage[],
  blend: Blend,
  classes: readonly WeightedClass[],
): number {
  const matrix = ConfusionMatrix.sum(classes.length, countBlend(images, blend));
  return strictScores(matrix, classes).miou || 0;
}
