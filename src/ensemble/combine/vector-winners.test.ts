import { describe, expect, it } from 'vitest';
import { Random } from '../../core/index.ts';
import { vectorCells } from './vector-memory.ts';
import { vectorWinners } from './vector-winners.ts';

/** The same, number by number. */
function plainWinners(members: readonly Uint8Array[], weights: readonly number[], classes: number): number[] {
  const pixels = members[0]!.length / classes;
  return Array.from({ length: pixels }, (_, pixel) => {
    let [winner, most] = [255, 0];
    for (let index = 0; index < classes; index++) {
      let sum = 0;
      for (const [i, member] of members.entries()) sum += weights[i]! * member[index * pixels + pixel]!;
      if (sum > most) [winner, most] = [index, sum];
    }
    return winner;
  });
}

const random = new Random(4);
/** Few values, so that sums are often equal. */
const bytes = (length: number, steps: number) =>
  Uint8Array.from({ length }, () => Math.floor((255 * random.below(steps)) / (steps - 1)));

describe('vectorWinners', () => {
  it('gives the greatest sum, the lowest class among equals, none where all are 0', () => {
    // Three pixels, two classes: 255 + 254 against 255 + 255; equal; nothing.
    const one = Uint8Array.of(255, 100, 0, 255, 0, 0);
    const two = Uint8Array.of(254, 0, 0, 255, 100, 0);
    expect([...vectorWinners([one, two], [1, 1], 2)!]).toEqual([1, 0, 255]);
    // Two votes of the second member against one of the first.
    expect([...vectorWinners([one, two], [1, 2], 2)!]).toEqual([1, 1, 255]);
  });

  it.each([
    [[1], 13, 1],
    [[1, 1, 1, 1, 1], 13, 70],
    [[2, 1, 3], 2, 8192],
    [[0.5, 0.25, 0.25], 4, 20_000],
    [[128, 129], 5, 300],
  ])('is what plain sums give: weights %j, %i classes, %i pixels', (weights, classes, pixels) => {
    const members = weights.map(() => bytes(classes * pixels, 4));
    const expected = plainWinners(members, weights, classes);
    expect([...vectorWinners(members, weights, classes)!]).toEqual(expected);
    // The same in the memory that it reaches, and with what others left there.
    const placed = vectorCells(members.map(({ length }) => length + 7))!;
    for (const cells of placed.cells) cells.fill(255);
    const moved = placed.cells.map((cells, i) => {
      const view = cells.subarray(3, 3 + members[i]!.length);
      view.set(members[i]!);
      return view;
    });
    expect([...vectorWinners(moved, weights, classes)!]).toEqual(expected);
    placed.release();
  });

  it('holds the greatest sums of 257 votes', () => {
    const full = new Uint8Array(4).fill(255);
    expect([...vectorWinners([full, full], [256, 1], 2)!]).toEqual([0, 0]);
  });

  it.each([[[1, 257]], [[1, Math.SQRT2]], [[1, 0]]])('leaves weights %j to others', (weights) => {
    expect(vectorWinners([new Uint8Array(4), new Uint8Array(4)], weights, 2)).toBeNull();
  });
});
