import { describe, expect, it } from 'vitest';
import { strictScores } from '../../evaluation/index.ts';
import { DiversityCounts } from './diversity.ts';

describe('DiversityCounts', () => {
  const truth = Uint8Array.of(0, 0, 0, 0, 1, 1, 1, 1, 255);
  const first = Uint8Array.of(0, 0, 0, 1, 1, 1, 0, 0, 0);
  const second = Uint8Array.of(0, 0, 1, 0, 1, 1, 1, 0, 1);

  it('counts by hand', () => {
    const counts = new DiversityCounts(2, 2);
    counts.add(truth, [first, second]);
    const [pair] = counts.pairs();
    // Both right at 4 pixels, the first alone at 1, the second alone at 2, neither at 1.
    expect(pair!.q).toBeCloseTo((4 * 1 - 1 * 2) / (4 * 1 + 1 * 2), 12);
    // Alike at 5 of 8; first says 0 five times, second four times.
    expect(pair!.agreement).toBe(5 / 8);
    const chance = (5 / 8) * (4 / 8) + (3 / 8) * (4 / 8);
    expect(pair!.kappa).toBeCloseTo((5 / 8 - chance) / (1 - chance), 12);
    // One pixel is missed by both: class 0 has 4 of 5, class 1 has 3 of 4.
    expect(strictScores(counts.oracle, [{ weight: 1 }, { weight: 1 }]).miou).toBeCloseTo(
      50 * (4 / 5 + 3 / 4),
      9,
    );
  });

  it('adds images', () => {
    const whole = new DiversityCounts(2, 2);
    whole.add(truth, [first, second]);
    const parts = new DiversityCounts(2, 2);
    parts.add(truth.subarray(0, 5), [first.subarray(0, 5), second.subarray(0, 5)]);
    parts.add(truth.subarray(5), [first.subarray(5), second.subarray(5)]);
    expect(parts.pairs()).toEqual(whole.pairs());
  });

  it('is 1 for a model against itself', () => {
    const counts = new DiversityCounts(2, 2);
    counts.add(truth, [first, first]);
    expect(counts.pairs()[0]).toMatchObject({ q: 1, kappa: 1, agreement: 1 });
    expect(() => counts.add(truth, [first])).toThrow('1 predictions of 2 models');
  });
});
