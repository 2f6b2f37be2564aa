import { describe, expect, it } from 'vitest';
import { Random } from '../../core/index.ts';
import { applyRule } from './apply-rule.ts';
import { assembleClasses, selectClasses } from './assembly.ts';
import { checkCombination } from './check-combination.ts';
import { asClasses, type Layer, softmax } from './layers.ts';
import type { Rule } from './rule.ts';

const layer = (...data: number[]): Layer => ({
  kind: 'probabilities',
  data: Float32Array.from(data),
  one: 1,
});
const classes = (...data: number[]): Layer => ({ kind: 'classes', data: Uint8Array.from(data) });
const of = (rule: Rule, layers: Record<string, Layer>, count = 2) =>
  applyRule(rule, new Map(Object.entries(layers)), count);
const numbers = (result: Layer) => [...result.data].map((value) => Number(value.toFixed(4)));

// Two classes, two pixels: [class 0: pixel 0, pixel 1; class 1: pixel 0, pixel 1].
const A = layer(0.9, 0.4, 0.1, 0.6);
const B = layer(0.2, 0.4, 0.8, 0.6);

describe('means', () => {
  it('are arithmetic, geometric or harmonic, and sum to 1', () => {
    expect(numbers(of({ kind: 'mean', of: ['a', 'b'] }, { a: A, b: B }))).toEqual([0.55, 0.4, 0.45, 0.6]);
    // √0.18 : √0.08 = 3 : 2.
    expect(numbers(of({ kind: 'geometric', of: ['a', 'b'] }, { a: A, b: B }))).toEqual([0.6, 0.4, 0.4, 0.6]);
    // 0.36/1.1 : 0.16/0.9 = 81 : 44.
    expect(numbers(of({ kind: 'harmonic', of: ['a', 'b'] }, { a: A, b: B }))).toEqual([
      0.648, 0.4, 0.352, 0.6,
    ]);
  });

  it('weigh members', () => {
    const rule: Rule = { kind: 'mean', of: [{ take: 'a', weight: 3 }, 'b'] };
    expect(numbers(of(rule, { a: A, b: B }))).toEqual([0.725, 0.4, 0.275, 0.6]);
  });

  it('weigh members by class', () => {
    // Class 0 from a alone, class 1 from b alone: 0.9 and 0.8 at the first pixel.
    const rule: Rule = {
      kind: 'mean',
      of: [
        { take: 'a', weight: [1, 0] },
        { take: 'b', weight: [0, 1] },
      ],
    };
    expect(numbers(of(rule, { a: A, b: B }))).toEqual([0.5294, 0.4, 0.4706, 0.6]);
  });

  it.each(['mean', 'geometric', 'harmonic'] as const)(
    'leave pixels without data to the others (%s)',
    (kind) => {
      const holes = layer(0, 0, 0, 0);
      expect(numbers(of({ kind, of: ['a', 'hole'] }, { a: A, hole: holes }))).toEqual([0.9, 0.4, 0.1, 0.6]);
      const none = of({ kind, of: ['hole'] }, { hole: holes });
      expect([...asClasses(none, 2)]).toEqual([255, 255]);
    },
  );

  it('take no notice of NaN and negative nodata', () => {
    const bad = layer(Number.NaN, -9999, Number.NaN, -9999);
    expect(numbers(of({ kind: 'mean', of: ['a', 'bad'] }, { a: A, bad }))).toEqual([0.9, 0.4, 0.1, 0.6]);
  });

  it('read 8-bit probabilities and classes', () => {
    const bytes: Layer = { kind: 'probabilities', data: Uint8Array.of(51, 102, 204, 153), one: 255 };
    expect(numbers(of({ kind: 'mean', of: ['a', 'b'] }, { a: A, b: bytes }))).toEqual([0.55, 0.4, 0.45, 0.6]);
    expect(numbers(of({ kind: 'mean', of: ['a', 'c'] }, { a: A, c: classes(1, 255) }))).toEqual([
      0.45, 0.4, 0.55, 0.6,
    ]);
  });

  it.each([
    ['equal weights', [1, 1, 1, 1, 1], 13],
    ['whole weights', [3, 1, 2], 13],
    ['weights that fill the lanes', [4, 4], 16],
    ['weights beyond the lanes', [5, 4], 16],
    ['weights as a search finds them', [0.31, 0.47, 0.22], 19],
    ['two classes', [1, 1, 1], 2],
  ])('choose the same classes without the mean itself: %s', (_, weights, count) => {
    const random = new Random(weights.length + count);
    for (const pixels of [5003, 4096, 64, 3]) {
      // Few values, so that sums tie; some pixels without data.
      const layers = weights.map((): Layer => {
        const data = Uint8Array.from({ length: count * pixels }, (_, i) =>
          i % pixels === 1 ? 0 : 85 * random.below(4),
        );
        return { kind: 'probabilities', data, one: 255 };
      });
      const rule: Rule = { kind: 'mean', of: weights.map((weight, i) => ({ take: `m${i}`, weight })) };
      const named = new Map(layers.map((data, i) => [`m${i}`, data]));
      const found = applyRule(rule, named, count, { wanted: 'classes' });
      expect(found.kind).toBe('classes');
      const expected = Uint8Array.from({ length: pixels }, (_, pixel) => {
        const sums = Array.from({ length: count }, (_, k) =>
          layers.reduce((sum, { data }, i) => sum + weights[i]! * data[k * pixels + pixel]!, 0),
        );
        const most = Math.max(...sums);
        return most === 0 ? 255 : sums.indexOf(most);
      });
      expect(Buffer.compare(found.data as Uint8Array, expected)).toBe(0);
    }
  });

  it('average logits as they are', () => {
    const x: Layer = { kind: 'logits', data: Float32Array.of(-4, 1, -1, 3), one: 1 };
    const y: Layer = { kind: 'logits', data: Float32Array.of(2, 1, -5, -7), one: 1 };
    const mean = of({ kind: 'mean_logits', of: ['x', 'y'] }, { x, y });
    expect(numbers(mean)).toEqual([-1, 1, -3, -2]);
    expect([...asClasses(mean, 2)]).toEqual([0, 0]);
    expect([...softmax([0, Math.log(3)], 2)].map((value) => Number(value.toFixed(6)))).toEqual([0.25, 0.75]);
  });

  it('do not depend on the order of members', () => {
    const random = new Random(5);
    const make = () => layer(...Array.from({ length: 60 }, () => random.uniform()));
    const layers = { a: make(), b: make(), c: make() };
    for (const kind of ['mean', 'geometric', 'harmonic'] as const) {
      const forth = numbers(of({ kind, of: ['a', 'b', 'c'] }, layers, 3));
      expect(numbers(of({ kind, of: ['c', 'a', 'b'] }, layers, 3))).toEqual(forth);
    }
  });

  it('move borders by factors', () => {
    expect([...asClasses(of({ kind: 'factors', of: 'b', factors: [1.6, 1] }, { b: B }), 2)]).toEqual([1, 0]);
  });
});

describe('selection and assembly', () => {
  it('select step after step, later steps seeing earlier ones', () => {
    const base = Uint8Array.of(5, 8, 5, 1, 9);
    const first = Uint8Array.of(8, 0, 5, 0, 3);
    const second = Uint8Array.of(7, 7, 7, 7, 7);
    const steps = [
      { class: 5, prediction: first },
      { class: 8, prediction: second },
    ];
    expect([...selectClasses(base, steps)]).toEqual([7, 7, 5, 1, 9]);
    expect([...base]).toEqual([5, 8, 5, 1, 9]);
  });

  it('assemble: the last claim wins, the rest is filled', () => {
    const vincent = { prediction: Uint8Array.of(2, 2, 0, 12), classes: [2, 3, 4, 6, 8, 11] };
    const alan = { prediction: Uint8Array.of(0, 3, 3, 2), classes: [0, 1, 5, 7, 9, 10] };
    expect([...assembleClasses([vincent, alan], 12)]).toEqual([0, 2, 12, 12]);
  });

  it('nest: the selection of FLAIR #2 over a mean', () => {
    const rule: Rule = {
      kind: 'select',
      base: { kind: 'mean', of: ['a', 'b'] },
      steps: [{ class: 0, take: 'b' }],
    };
    // The mean says 0, 1; where it says 0, b's own choice (1) is taken.
    expect([...of(rule, { a: A, b: B }).data]).toEqual([1, 1]);
  });

  it('vote over classes of each member', () => {
    const rule: Rule = { kind: 'vote', of: ['a', 'b', { take: 'c', weight: 2 }] };
    expect([...of(rule, { a: A, b: B, c: classes(1, 0) }).data]).toEqual([1, 0]);
  });
});

describe('thresholds', () => {
  // Three classes, four pixels.
  const C = layer(0.5, 0.4, 0.2, 0, 0.3, 0.35, 0.2, 0, 0.2, 0.25, 0.6, 0);
  it('give a class only where its share reaches its own', () => {
    const cells = (thresholds: number[], otherwise?: number) => [
      ...of(
        { kind: 'thresholds', of: 'c', thresholds, ...(otherwise === undefined ? {} : { otherwise }) },
        { c: C },
        3,
      ).data,
    ];
    expect(cells([0, 0, 0])).toEqual([0, 0, 2, 255]);
    // Class 0 needs 0.45: the second pixel goes to the next class that may have it.
    expect(cells([0.45, 0, 0])).toEqual([0, 1, 2, 255]);
    expect(cells([0.5, 0.35, 0.7])).toEqual([0, 1, 2, 255]);
    // Where no class reaches its own the greatest stays, or what the rule says.
    expect(cells([0.6, 0.6, 0.7])).toEqual([0, 0, 2, 255]);
    expect(cells([0.6, 0.6, 0.7], 255)).toEqual([255, 255, 255, 255]);
    expect(cells([0.6, 0.6, 0.6], 1)).toEqual([1, 1, 2, 255]);
  });
  it('count shares of whatever scale, a share that equals the threshold being enough', () => {
    const bytes: Layer = { kind: 'probabilities', data: Uint8Array.of(65, 66, 35, 34), one: 255 };
    expect([...of({ kind: 'thresholds', of: 'b', thresholds: [0.66, 0] }, { b: bytes }).data]).toEqual([
      1, 0,
    ]);
    expect([...of({ kind: 'thresholds', of: 'b', thresholds: [0.65, 0] }, { b: bytes }).data]).toEqual([
      0, 0,
    ]);
  });
  it('stand over factors and means', () => {
    const rule: Rule = {
      kind: 'thresholds',
      of: { kind: 'factors', of: { kind: 'mean', of: ['a', 'b'] }, factors: [2, 1] },
      thresholds: [0.6, 0],
    };
    // Means 0.55 and 0.45, 0.4 and 0.6; with factors shares of class 0 are 1.1 / 1.55 and 0.8 / 1.4.
    expect([...of(rule, { a: A, b: B }).data]).toEqual([0, 1]);
  });
});

describe('votes over rasters', () => {
  const members = { a: classes(1, 1, 2, 0), b: classes(1, 2, 2, 255), c: classes(0, 0, 1, 255) };
  const vote = (more: object) => [...of({ kind: 'vote', of: ['a', 'b', 'c'], ...more }, members, 3).data];
  it('decide ties as stated', () => {
    expect(vote({})).toEqual([1, 0, 2, 0]);
    expect(vote({ ties: 'first-member' })).toEqual([1, 1, 2, 0]);
  });
  it('may need k of n', () => {
    expect(vote({ least: 2 })).toEqual([1, 255, 2, 255]);
    expect(vote({ least: 2, otherwise: 0 })).toEqual([1, 0, 2, 0]);
    expect(vote({ least: 3 })).toEqual([255, 255, 255, 255]);
  });
  it('may be about one class: 1 of 3, 2 of 3', () => {
    expect(vote({ class: 1, least: 1, otherwise: 0 })).toEqual([1, 1, 1, 0]);
    expect(vote({ class: 1, least: 2, otherwise: 0 })).toEqual([1, 0, 0, 0]);
  });
});

describe('checkCombination', () => {
  const inputs = { a: { path: 'a.tif' }, b: { path: 'b.tif' } };
  const check = (rule: Rule, output: 'classes' | 'probabilities' = 'classes') =>
    checkCombination({ classes: 2, inputs, rule, output });
  it.each<[Rule, string]>([
    [{ kind: 'mean', of: ['a', 'b', 'c'] }, '"c"'],
    [{ kind: 'mean', of: ['a'] }, 'does not use the input "b"'],
    [{ kind: 'mean', of: [{ take: 'a', weight: [1] }, 'b'] }, '1 numbers for 2 classes'],
    [{ kind: 'vote', of: [{ take: 'a', weight: [1, 1] }, 'b'] }, 'weights by class'],
    [{ kind: 'vote', of: ['a', 'b'], class: 2, least: 1 }, 'class 2 of 2'],
    [{ kind: 'vote', of: ['a', 'b'], class: 1 }, 'how many votes'],
    [{ kind: 'vote', of: ['a', 'b'], least: 3 }, '3 votes of 2'],
    [
      { kind: 'thresholds', of: { kind: 'mean', of: ['a', 'b'] }, thresholds: [0.5] },
      '1 numbers for 2 classes',
    ],
    [{ kind: 'select', base: 'a', steps: [{ class: 2, take: 'b' }] }, 'class 2 of 2'],
  ])('refuses a rule that does not fit', (rule, why) => {
    expect(() => check(rule)).toThrow(why);
  });
  it('refuses probabilities of a vote', () => {
    expect(() => check({ kind: 'vote', of: ['a', 'b'] }, 'probabilities')).toThrow('gives classes');
    const mean: Rule = { kind: 'mean', of: ['a', 'b'] };
    const thresholds: Rule = { kind: 'thresholds', of: mean, thresholds: [0, 0.5] };
    expect(() => check(thresholds, 'probabilities')).toThrow('gives classes');
    expect(() => check({ kind: 'mean', of: ['a', 'b'] }, 'probabilities')).not.toThrow();
  });
});
