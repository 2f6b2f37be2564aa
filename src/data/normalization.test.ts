import { describe, expect, it } from 'vitest';
import { tensor } from '../engine/index.ts';
import { NormalizationError } from './errors.ts';
import { normalizer } from './normalization.ts';

const twoPixels = () => tensor([10, 20, 30, 40], [2, 1, 2]);

describe('normalizer', () => {
  it('centres and scales each channel by its own numbers', () => {
    const { apply } = normalizer({ kind: 'custom', means: [10, 30], stds: [5, 2] }, 2);
    expect(apply(twoPixels(), 'uint8').toNumbers()).toEqual([0, 2, 0, 5]);
  });

  it('scales integers by the largest value of their type and leaves floats', () => {
    const { apply } = normalizer({ kind: 'scaling' }, 1);
    expect(apply(tensor([255], [1, 1, 1]), 'uint8').toNumbers()).toEqual([1]);
    expect(apply(tensor([65535], [1, 1, 1]), 'uint16').toNumbers()).toEqual([1]);
    expect(apply(tensor([-32767], [1, 1, 1]), 'int16').toNumbers()).toEqual([-1]);
    expect(apply(tensor([0.25], [1, 1, 1]), 'float32').toNumbers()).toEqual([0.25]);
  });

  it('does nothing when asked to', () => {
    const x = twoPixels();
    expect(normalizer({ kind: 'without' }, 2).apply(x, 'uint8')).toBe(x);
  });

  it('refuses numbers that do not fit the channels', () => {
    expect(() => normalizer({ kind: 'custom', means: [1], stds: [1, 1] }, 2)).toThrow(NormalizationError);
    expect(() => normalizer({ kind: 'custom', means: [1], stds: [1, 1] }, 2)).toThrow(
      'key means: there are 1 means for 2 channels',
    );
    expect(() => normalizer({ kind: 'custom', means: [1, 1], stds: [1, 0] }, 2)).toThrow(
      'the standard deviation of channel 2 is 0',
    );
  });
});
