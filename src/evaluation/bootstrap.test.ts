import { describe, expect, it } from 'vitest';
import { genericNomenclature, InvalidArgumentError, Random } from '../core/index.ts';
import { bootstrapGain, bootstrapScores } from './bootstrap.ts';
import { compareRuns, comparisonTable } from './compare-runs.ts';
import { ConfusionMatrix } from './confusion-matrix.ts';
import { strictScores } from './metrics.ts';
import { rankImages } from './rank-images.ts';

const { classes } = genericNomenclature(['water', 'forest']);

/** Images of 100 pixels whose share of right pixels varies about a mean. */
function run(seed: number, accuracy: number, count = 60): ConfusionMatrix[] {
  const random = new Random(seed);
  const spread = new Random(77);
  return Array.from({ length: count }, () => {
    const hard = 0.1 * spread.normal();
    const right = [0, 0].map(() =>
      Math.max(0, Math.min(50, Math.round(50 * (accuracy + hard) + random.normal()))),
    );
    return ConfusionMatrix.fromRows([
      [right[0]!, 50 - right[0]!],
      [50 - right[1]!, right[1]!],
    ]);
  });
}

describe('bootstrap intervals', () => {
  const images = run(1, 0.8);
  const whole = strictScores(ConfusionMatrix.sum(2, images), classes);

  it('hold the estimate, grow with the level, and come back with the seed', () => {
    const normal = bootstrapScores(images, classes, { samples: 400 });
    expect(normal.miou.estimate).toBe(whole.miou);
    expect(normal.overallAccuracy.estimate).toBe(whole.overallAccuracy);
    expect(normal.iou.get(1)!.estimate).toBe(whole.perClass[1]!.iou);
    const wide = bootstrapScores(images, classes, { samples: 400, level: 0.99 });
    expect(wide.miou.low).toBeLessThan(normal.miou.low);
    expect(normal.miou.low).toBeLessThan(whole.miou);
    expect(whole.miou).toBeLessThan(normal.miou.high);
    expect(normal.miou.high).toBeLessThan(wide.miou.high);
    expect(bootstrapScores(images, classes, { samples: 400 })).toEqual(normal);
    expect(bootstrapScores(images, classes, { samples: 400, seed: 3 }).miou.low).not.toBe(normal.miou.low);
  });

  it('are as wide as theory says: 1.96 standard errors of the mean accuracy', () => {
    const accuracies = images.map((image) => strictScores(image, classes).overallAccuracy);
    const mean = accuracies.reduce((a, b) => a + b) / accuracies.length;
    const variance =
      accuracies.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (accuracies.length - 1);
    const expected = 2 * 1.96 * Math.sqrt(variance / accuracies.length);
    const { low, high } = bootstrapScores(images, classes, { samples: 4000 }).overallAccuracy;
    expect((high - low) / expected).toBeGreaterThan(0.9);
    expect((high - low) / expected).toBeLessThan(1.1);
  });

  it('collapse for equal images and widen when neighbours are drawn together', () => {
    const same = Array.from({ length: 9 }, () => images[0]!);
    const { miou } = bootstrapScores(same, classes, { samples: 50 });
    expect([miou.low, miou.high]).toEqual([miou.estimate, miou.estimate]);
    const copies = images.flatMap((image) => [image, image, image]);
    const groups = copies.map((_, place) => Math.floor(place / 3));
    const width = ({ miou: { low, high } }: ReturnType<typeof bootstrapScores>) => high - low;
    const alone = width(bootstrapScores(copies, classes));
    const together = width(bootstrapScores(copies, classes, { groups }));
    expect(together / alone).toBeCloseTo(Math.sqrt(3), 0);
    expect(together).toBe(width(bootstrapScores(images, classes)));
  });

  it('tell a small steady gain that lone intervals would not', () => {
    const better = run(2, 0.82);
    const [one, other] = [bootstrapScores(images, classes), bootstrapScores(better, classes)];
    expect(one.miou.high).toBeGreaterThan(other.miou.low);
    const gain = bootstrapGain(images, better, classes);
    expect(gain.miou.low).toBeGreaterThan(0);
    const itself = bootstrapGain(images, images, classes);
    expect(itself.miou).toEqual({ estimate: 0, low: 0, high: 0 });
  });

  it('take scores IGN’s way too', () => {
    const off = [{ weight: 1 }, { weight: 0 }];
    expect(bootstrapScores(images, off, { way: 'ign', samples: 5 }).miou.estimate).toBe(100);
    expect(bootstrapScores(images, off, { samples: 5 }).miou.estimate).toBeLessThan(90);
  });

  it('are none where there is one unit only', () => {
    const groups = images.map(() => 'one zone');
    const alone = bootstrapGain(images, run(2, 0.9), classes, { groups, samples: 5 });
    expect(alone.miou.estimate).toBeGreaterThan(0);
    expect([alone.miou.low, alone.miou.high]).toEqual([Number.NaN, Number.NaN]);
  });

  it('refuse what cannot be resampled', () => {
    expect(() => bootstrapScores([], classes)).toThrow(InvalidArgumentError);
    expect(() => bootstrapScores(images, classes, { groups: ['a'] })).toThrow(/60 images and 1 groups/);
    expect(() => bootstrapGain(images, images.slice(1), classes)).toThrow(/60 images against 59/);
  });
});

describe('comparisons', () => {
  const [base, better] = [run(1, 0.8), run(2, 0.9)];
  const scores = (images: ConfusionMatrix[]) => strictScores(ConfusionMatrix.sum(2, images), classes);
  const runs = [
    { name: 'unet', scores: scores(base) },
    { name: 'fpn', scores: scores(better), gain: bootstrapGain(base, better, classes, { samples: 200 }) },
  ];

  it('give each class’s IoU and its gain', () => {
    const rows = compareRuns(runs, classes);
    expect(rows.map(({ name }) => name)).toEqual(['water', 'forest', 'mean IoU', 'overall accuracy']);
    for (const { values, gains } of rows) expect(gains).toEqual([0, values[1]! - values[0]!]);
    expect(rows[2]!.values).toEqual(runs.map((entry) => entry.scores.miou));
  });

  it('are laid out as a table', () => {
    expect(comparisonTable(runs, classes)).toMatchInlineSnapshot(`
      "IoU (%)            unet    fpn                       gain
      ─────────────────────────────────────────────────────────
      water             66.06  80.38  +14.33 [+13.27, +15.28] *
      forest            66.08  80.35  +14.28 [+13.18, +15.21] *
      ─────────────────────────────────────────────────────────
      mean IoU          66.07  80.37  +14.30 [+13.24, +15.26] *
      overall accuracy  79.57  89.12    +9.55 [+8.98, +10.17] *"
    `);
  });

  it('rank images from worst to best', () => {
    const image = (name: string, rows: number[][]) => ({
      pair: { truth: name, prediction: name },
      matrix: ConfusionMatrix.fromRows(rows),
    });
    const images = [
      image('good', [
        [9, 1],
        [0, 10],
      ]),
      image('empty', [
        [0, 0],
        [0, 0],
      ]),
      image('bad', [
        [2, 8],
        [9, 1],
      ]),
    ];
    expect(rankImages(images, classes).map(({ pair }) => pair.truth)).toEqual(['bad', 'good']);
  });
});
