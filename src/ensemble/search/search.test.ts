import { describe, expect, it } from 'vitest';
import { Random } from '../../core/index.ts';
import { applyRule } from '../combine/apply-rule.ts';
import { SearchError } from '../errors.ts';
import { blendedClasses, scoreBlend, type ValidationImage } from './blend.ts';
import { crossValidateSearch, foldsOfGroups } from './cross-validate.ts';
import { searchBlend } from './search-blend.ts';

const CLASSES = [{ weight: 1 }, { weight: 1 }];

/** Two classes; each model says the truth with its own share of pixels, noise otherwise. */
function images(count: number, shares: readonly number[], bias = 0, noise = 0.1): ValidationImage[] {
  const random = new Random(11);
  return Array.from({ length: count }, (_, place) => {
    const truth = Uint8Array.from({ length: 60 }, () => random.below(2));
    const models = shares.map((share) => {
      const data = new Float32Array(120);
      for (let pixel = 0; pixel < 60; pixel++) {
        const right = random.chance(share) ? truth[pixel]! : random.below(2);
        const one = Math.min(
          0.99,
          Math.max(0.01, 0.5 + (right - 0.5) * 0.6 + bias + random.between(-noise, noise)),
        );
        data[pixel] = 1 - one;
        data[60 + pixel] = one;
      }
      return data;
    });
    return { name: `image ${place}`, group: `zone ${place % 7}`, truth, models };
  });
}

describe('blends', () => {
  const image: ValidationImage = {
    ...{ name: 'x', group: 'z', truth: Uint8Array.of(0, 1, 1) },
    models: [Float32Array.of(0.6, 0.6, 0.2, 0.4, 0.4, 0.8), Float32Array.of(0.5, 0.1, 0.5, 0.5, 0.9, 0.5)],
  };
  it('weigh models and classes', () => {
    expect([...blendedClasses(image, { weights: [1, 0], factors: [1, 1] })]).toEqual([0, 0, 1]);
    expect([...blendedClasses(image, { weights: [1, 1], factors: [1, 1] })]).toEqual([0, 1, 1]);
    // 0.6 against 0.4 × 2.
    expect([...blendedClasses(image, { weights: [1, 0], factors: [1, 2] })]).toEqual([1, 1, 1]);
    // Equal numbers: the lowest class.
    expect([...blendedClasses(image, { weights: [0, 1], factors: [1, 1] })]).toEqual([0, 1, 0]);
  });
  it('are scored by mean IoU', () => {
    expect(scoreBlend([image], { weights: [1, 1], factors: [1, 1] }, CLASSES)).toBe(100);
    // Class 0: 1 of 2; class 1: 1 of 2.
    expect(scoreBlend([image], { weights: [1, 0], factors: [1, 1] }, CLASSES)).toBe(50);
  });
});

describe('searchBlend', () => {
  it('leaves out a model that only adds noise', () => {
    const found = searchBlend(images(8, [0.8, 0, 0.8]), { classes: CLASSES });
    expect(found.weights[1]).toBe(0);
    expect(found.weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
    expect(found.path[0]!.change).toMatch(/alone$|^all models$/);
    const scores = found.path.map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => a - b));
  });

  it('finds the factor that undoes a bias', () => {
    const set = images(8, [0.9], 0.35);
    const plain = searchBlend(set, { classes: CLASSES, steps: [] });
    const found = searchBlend(set, { classes: CLASSES, steps: ['factors'] });
    expect(found.score).toBeGreaterThan(plain.score + 5);
    expect(found.factors[1]! / found.factors[0]!).toBeLessThan(1);
  });

  it('finds the threshold that keeps a class to where it is sure', () => {
    // Wrong answers of class 1 are never above 0.66, right ones mostly are.
    const random = new Random(9);
    const set = Array.from({ length: 8 }, (_, place): ValidationImage => {
      const truth = Uint8Array.from({ length: 60 }, () => Number(random.chance(0.3)));
      const ones = [...truth].map((index) =>
        index === 1 ? random.between(0.6, 0.95) : random.between(0.2, 0.66),
      );
      const model = Float32Array.from([...ones.map((one) => 1 - one), ...ones]);
      return { name: `image ${place}`, group: `zone ${place}`, truth, models: [model] };
    });
    const plain = searchBlend(set, { classes: CLASSES, steps: [] });
    const found = searchBlend(set, { classes: CLASSES, steps: ['thresholds'] });
    expect(found.thresholds[1]).toBe(0.65);
    expect(found.score).toBeGreaterThan(plain.score + 10);
    expect(found.path.at(-1)!.change).toMatch(/^threshold of class \d: 0\.\d+$/);
    // The blend is the rule that it becomes.
    const [image] = set;
    const rule = { kind: 'thresholds', of: 'm', thresholds: found.thresholds } as const;
    const layers = new Map([
      ['m', { kind: 'probabilities', data: image!.models[0] as Float32Array, one: 1 } as const],
    ]);
    expect(applyRule(rule, layers, 2).data).toEqual(blendedClasses(image!, found));
    const honest = crossValidateSearch(set, {
      classes: CLASSES,
      folds: 4,
      samples: 100,
      steps: ['thresholds'],
    });
    expect(honest.gainOverSingle.miou.low).toBeGreaterThan(5);
  });

  it('gives the same blend for the same seed', () => {
    const set = images(6, [0.6, 0.7, 0.5]);
    const options = { classes: CLASSES, seed: 3 };
    expect(searchBlend(set, options)).toEqual(searchBlend(set, options));
  });

  it('refuses sets that do not fit', () => {
    expect(() => searchBlend([], { classes: CLASSES })).toThrow(SearchError);
    expect(() => searchBlend(images(1, [1]), { classes: [...CLASSES, { weight: 1 }] })).toThrow('do not fit');
  });
});

describe('crossValidateSearch', () => {
  it('reports nothing for models of pure noise, whatever the search believes', () => {
    const result = crossValidateSearch(images(14, [0, 0, 0], 0, 0.4), {
      classes: CLASSES,
      folds: 7,
      samples: 200,
    });
    expect(result.found.score).toBeGreaterThan(result.heldOut);
    expect(result.gainOverMean.miou.low).toBeLessThan(0);
    expect(result.gainOverMean.miou.high).toBeGreaterThan(-5);
  });

  it('reports the gain of models that complete each other', () => {
    const result = crossValidateSearch(images(14, [0.6, 0.6, 0.6]), {
      classes: CLASSES,
      folds: 5,
      samples: 200,
    });
    expect(result.heldOut).toBeGreaterThan(result.bestSingle);
    expect(result.gainOverSingle.miou.low).toBeGreaterThan(0);
    expect(result.gainOverSingle.miou.estimate).toBeCloseTo(result.heldOut - result.bestSingle, 9);
  });
});

describe('foldsOfGroups', () => {
  it('keeps groups whole and folds even', () => {
    const groups = ['a', 'b', 'a', 'c', 'd', 'b', 'e', 'f'];
    const folds = foldsOfGroups(groups, 2, 1);
    for (const [i, group] of groups.entries()) expect(folds[i]).toBe(folds[groups.indexOf(group)]);
    expect(folds.filter((fold) => fold === 0)).toHaveLength(4);
    expect(foldsOfGroups(groups, 2, 1)).toEqual(folds);
    expect(() => foldsOfGroups(['a', 'a'], 2, 1)).toThrow('1 groups for 2 folds');
  });
});
