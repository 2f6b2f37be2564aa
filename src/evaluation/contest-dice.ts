import type { ConfusionMatrix } from './confusion-matrix.ts';

const SMOOTHING = 1e-7;

/**
 * Dice of one image as the DACON 236092 building contest computes it, 0–1, or `undefined` when neither truth nor
 * prediction holds the class: such images are left out of the contest's mean. A false building on an empty image
 * scores about 0.
 * @param matrix the counts of one image.
 * @param foreground the class that is scored.
 */
export function contestDice(matrix: ConfusionMatrix, foreground = 1): number | undefined {
  const truth = matrix.truthTotals()[foreground]!;
  const predicted = matrix.predictionTotals()[foreground]!;
  if (truth === 0 && predicted === 0) return undefined;
  return (2 * matrix.at(foreground, foreground) + SMOOTHING) / (truth + predicted + SMOOTHING);
}

/** The contest's score: the mean of {@link contestDice} over the images that have one; NaN when none has. */
export function meanContestDice(images: Iterable<ConfusionMatrix>, foreground = 1): number {
  let total = 0;
  let counted = 0;
  for (const image of images) {
    const dice = contestDice(image, foreground);
    if (dice === undefined) continue;
    total += dice;
    counted++;
  }
  return total / counted;
}
