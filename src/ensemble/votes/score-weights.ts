import { VoteError } from '../errors.ts';

/**
 * Weights that grow with the logarithm of a score: `ln(s − min(s) + 1) + 1`, divided by their sum. The weakest member
 * still counts, and equal scores give equal weights.
 *
 * Source: the weighted vote of the PIXEL team (DACON 236092), with public scores in percent.
 * @throws {VoteError} without scores, or for one that is no number.
 */
export function scoreWeights(scores: readonly number[]): number[] {
  if (scores.length === 0 || !scores.every(Number.isFinite)) {
    throw new VoteError(`weights from the scores [${scores.join(', ')}]`, {
      remedy: 'give one finite score for each member',
    });
  }
  const least = Math.min(...scores);
  const raw = scores.map((score) => Math.log(score - least + 1) + 1);
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  return raw.map((weight) => weight / total);
}
