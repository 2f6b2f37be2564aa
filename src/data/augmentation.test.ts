import { describe, expect, it } from 'vitest';
import { type AugmentationConfig, NO_AUGMENTATION } from '../config/index.ts';
import { Random } from '../core/index.ts';
import { arange, ops, scope, type Tensor, tensor } from '../engine/index.ts';
import { augment } from './augmentation.ts';
import { IGNORE_INDEX } from './masks.ts';

/** An image whose only channel repeats the mask, so that both can be compared after any move. */
function pair(height: number, width: number): { image: Tensor; mask: Tensor } {
  const cells = ops.reshape(arange(0, height * width), [height, width]);
  return { image: ops.unsqueeze(cells.to({ dtype: 'float32' }), 0), mask: cells.to({ dtype: 'uint8' }) };
}

const changed = (config: Partial<AugmentationConfig>, seed: number, height = 4, width = 4) =>
  scope(() => {
    const result = augment(pair(height, width), { ...NO_AUGMENTATION, ...config }, new Random(seed), 255);
    return { image: result.image.toNumbers(), mask: result.mask!.toNumbers(), shape: result.mask!.shape };
  });

describe('augment', () => {
  it('moves image and mask together', () => {
    for (let seed = 0; seed < 40; seed++) {
      const { image, mask } = changed({ verticalFlip: 0.5, horizontalFlip: 0.5, rot90: 0.5 }, seed);
      expect(image).toEqual(mask);
    }
  });

  it('reaches all eight orientations of a square and nothing else', () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 300; seed++) {
      seen.add(changed({ verticalFlip: 0.5, horizontalFlip: 0.5, rot90: 1 }, seed, 2, 2).mask.join());
    }
    expect(seen.size).toBe(8);
  });

  it('flips as often as asked', () => {
    let flips = 0;
    for (let seed = 0; seed < 400; seed++) {
      if (changed({ horizontalFlip: 0.5 }, seed, 1, 2).mask[0] === 1) flips++;
    }
    expect(flips / 400).toBeGreaterThan(0.4);
    expect(flips / 400).toBeLessThan(0.6);
  });

  it('gives the same change for the same stream', () => {
    const config = {
      rot90: 1,
      rotation: { probability: 1, degrees: 45 },
      brightness: { probability: 1, limit: 0.3 },
    };
    expect(changed(config, 5)).toEqual(changed(config, 5));
  });

  it('ignores corners that a rotation brings in from outside', () => {
    const { mask, image } = changed({ rotation: { probability: 1, degrees: 180 } }, 3, 15, 15);
    expect(mask.filter((value) => value === IGNORE_INDEX).length).toBeGreaterThan(0);
    expect(mask[7 * 15 + 7]).toBe(7 * 15 + 7);
    expect(image.every((value) => value >= 0 && value <= 224)).toBe(true);
  });

  it('keeps colours inside the range and grey grey', () => {
    scope(() => {
      const grey = tensor(new Array(12).fill(100), [3, 2, 2]);
      const config = {
        ...NO_AUGMENTATION,
        saturation: { probability: 1, limit: 0.9 },
        hue: { probability: 1, limit: 0.5 },
      };
      const result = augment({ image: grey, mask: null }, config, new Random(1), 255).image.toNumbers();
      for (const value of result) expect(value).toBeCloseTo(100, 0);
      const bright = augment(
        { image: tensor(new Array(12).fill(250), [3, 2, 2]), mask: null },
        { ...NO_AUGMENTATION, brightness: { probability: 1, limit: 1 } },
        new Random(2),
        255,
      ).image.toNumbers();
      for (const value of bright) expect(value).toBeLessThanOrEqual(255);
    });
  });
});
