import { NO_VOTE } from '../votes/class-vote.ts';

/** Sums in binary fractions may miss the threshold they equal by a few last digits. */
const TOLERANCE = 1e-6;

/**
 * The class of each pixel where a class is only given when its share of the pixel's probabilities reaches the class's own
 * threshold. Among those that do the greatest wins, the lowest class among equals; where none does the pixel is `otherwise`
 * or, without it, the greatest all the same. With two classes, `[0.65, 0]` gives class 1 from 0.35 up.
 *
 * @param data `[classes, pixels]`, on any scale; what is not above 0 counts as 0, and a pixel of zeros has no class (255).
 * @param thresholds one a class, 0 to 1.
 */
export function classesAbove(
  data: ArrayLike<number>,
  thresholds: readonly number[],
  otherwise: number | null = null,
): Uint8Array {
  const pixels = data.length / thresholds.length;
  const totals = new Float64Array(pixels);
  for (let i = 0, index = 0; index < thresholds.length; index++) {
    for (let pixel = 0; pixel < pixels; pixel++, i++) if (data[i]! > 0) totals[pixel]! += data[i]!;
  }
  const winners = new Uint8Array(pixels);
  // What reaches its threshold stands above everything that does not: by 2, since shares are at most 1.
  const best = new Float64Array(pixels);
  for (let i = 0, index = 0; index < thresholds.length; index++) {
    const least = thresholds[index]! - TOLERANCE;
    for (let pixel = 0; pixel < pixels; pixel++, i++) {
      if (!(data[i]! > 0)) continue;
      const share = data[i]! / totals[pixel]!;
      const rank = share >= least ? share + 2 : share;
      if (rank > best[pixel]!) {
        best[pixel] = rank;
        winners[pixel] = index;
      }
    }
  }
  for (let pixel = 0; pixel < pixels; pixel++) {
    if (totals[pixel] === 0) winners[pixel] = NO_VOTE;
    else if (otherwise !== null && best[pixel]! < 2) winners[pixel] = otherwise;
  }
  return winners;
}
