import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

  it('takes the numbers of each image, and those of the data set where an image has none', () => {
    const folder = mkdtempSync(join(tmpdir(), 'normalizer-'));
    const file = join(folder, 'statistics.json');
    // Parts of full brightness: 51 and 102 of 255; the second deviation cannot divide.
    const images = { IMG_1: { means: [0.2, 0.4], stds: [0.1, 0] } };
    writeFileSync(file, JSON.stringify({ images }));
    const { apply } = normalizer({ kind: 'sentinel', file, means: [10, 30], stds: [5, 2] }, 2);
    const own = apply(tensor([51, 76.5, 30, 40], [2, 1, 2]), 'uint8', undefined, 'a/IMG_1.tif').toNumbers();
    expect(own[0]).toBeCloseTo(0, 5);
    expect(own[1]).toBeCloseTo(1, 5);
    expect(own.slice(2)).toEqual([0, 5]);
    expect(apply(twoPixels(), 'uint8', undefined, 'a/IMG_2.tif').toNumbers()).toEqual([0, 2, 0, 5]);
    expect(() => apply(twoPixels(), 'uint8')).toThrow('nothing says which image these pixels are of');
    rmSync(folder, { recursive: true });
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
