import { NO_VOTE } from '../votes/class-vote.ts';
import type { ScoreLayer } from './layers.ts';
import { vectorWinners } from './vector-winners.ts';

/** A member of a mean with one weight for all classes. */
export interface WeighedMember {
  readonly layer: ScoreLayer;
  readonly weight: number;
}

/** Pixels that are treated together: what is added up for them stays in the first cache. */
const CHUNK = 4096;

function setScaled(sums: Float64Array, data: Uint8Array, from: number, count: number, weight: number): void {
  for (let i = 0; i < count; i++) sums[i] = weight * data[from + i]!;
}

function addScaled(sums: Float64Array, data: Uint8Array, from: number, count: number, weight: number): void {
  for (let i = 0; i < count; i++) sums[i]! += weight * data[from + i]!;
}

/** Any weights, in double precision. */
function sumWinners(members: readonly WeighedMember[], classes: number, pixels: number): Uint8Array {
  const [sums, best] = [new Float64Array(CHUNK), new Float64Array(CHUNK)];
  const winners = new Uint8Array(pixels).fill(NO_VOTE);
  for (let start = 0; start < pixels; start += CHUNK) {
    const count = Math.min(CHUNK, pixels - start);
    best.fill(0);
    for (let index = 0; index < classes; index++) {
      const from = index * pixels + start;
      for (const [member, { layer, weight }] of members.entries()) {
        (member === 0 ? setScaled : addScaled)(sums, layer.data as Uint8Array, from, count, weight);
      }
      for (let i = 0; i < count; i++) {
        if (sums[i]! > best[i]!) {
          best[i] = sums[i]!;
          winners[start + i] = index;
        }
      }
    }
  }
  return winners;
}

/**
 * The classes of a weighted mean of 8-bit probabilities, without the mean itself: nobody divides, and every number is looked
 * at once. Equal sums give the lowest class; a pixel of zeros has none (255).
 * @param members `[classes, pixels]` each
 * @returns null where members are not all bytes on one scale
 */
export function meanClasses(members: readonly WeighedMember[], classes: number): Uint8Array | null {
  const [{ layer }] = members as [WeighedMember];
  const alike = members.every(({ layer: { data, one } }) => data instanceof Uint8Array && one === layer.one);
  if (!alike) return null;
  const weights = members.map(({ weight }) => weight);
  const bytes = members.map(({ layer: { data } }) => data as Uint8Array);
  return vectorWinners(bytes, weights, classes) ?? sumWinners(members, classes, layer.data.length / classes);
}
