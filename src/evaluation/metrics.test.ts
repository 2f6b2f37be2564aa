import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FLAIR_19_LEARNING_12, Random } from '../core/index.ts';
import { ConfusionMatrix } from './confusion-matrix.ts';
import { contestDice, meanContestDice } from './contest-dice.ts';
import { challengeScores, ignScores, type Scores, strictScores } from './metrics.ts';

const golden = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../test/golden/${name}`, import.meta.url), 'utf8'));

const evenly = (count: number) => Array.from({ length: count }, () => ({ weight: 1 }));

const HAND = ConfusionMatrix.fromRows([
  [50, 5, 3],
  [4, 60, 6],
  [2, 1, 9],
]);
const THIRD_OFF = [{ weight: 1 }, { weight: 1 }, { weight: 0 }];

describe('scores worked by hand', () => {
  it('loses the row and column of an unused class in IGN’s way', () => {
    const scores = ignScores(HAND, THIRD_OFF);
    expect(scores.miou).toBeCloseTo((5000 / 59 + 6000 / 69) / 2, 10);
    expect(scores.miou.toFixed(2)).toBe('85.85');
    expect(scores.overallAccuracy).toBeCloseTo(11000 / 119, 10);
    expect(scores.perClass.map(({ support }) => support)).toEqual([55, 64]);
  });

  it('counts predictions in an unused class as errors in the strict way', () => {
    const scores = strictScores(HAND, THIRD_OFF);
    expect(scores.miou).toBeCloseTo((5000 / 64 + 6000 / 76) / 2, 10);
    expect(scores.miou.toFixed(2)).toBe('78.54');
    expect(scores.overallAccuracy).toBeCloseTo(11000 / 128, 10);
    expect(scores.perClass[0]).toMatchObject({
      precision: 5000 / 56,
      recall: 5000 / 58,
      support: 58,
      predicted: 56,
    });
  });

  it('agrees both ways when every class is used and present', () => {
    const [ign, strict] = [ignScores(HAND, evenly(3)), strictScores(HAND, evenly(3))];
    expect({ ...ign, way: '' }).toEqual({ ...strict, way: '' });
    expect(ign.kappa).toBeCloseTo(
      (119 / 140 - (58 * 56 + 70 * 66 + 12 * 18) / 140 ** 2) / (1 - (58 * 56 + 70 * 66 + 12 * 18) / 140 ** 2),
      12,
    );
    expect(ign.frequencyWeightedIou).toBeCloseTo(
      (58 * (5000 / 64) + 70 * (6000 / 76) + 12 * (900 / 21)) / 140,
      10,
    );
  });

  it('keeps kappa over the pixels whose truth is learned, however many others there are', () => {
    // Truth of the first two: 10 and 10 pixels, of which 8 + 6 are right; predicted among them: 11 and 8 (1 is unused).
    const matrix = ConfusionMatrix.fromRows([
      [8, 2, 0],
      [3, 6, 1],
      [500, 400, 9],
    ]);
    const chance = (10 * 11 + 10 * 8) / 20 ** 2;
    const strict = strictScores(matrix, THIRD_OFF);
    expect(strict.kappa).toBeCloseTo((14 / 20 - chance) / (1 - chance), 12);
    expect(strict.kappa).toBeCloseTo(0.225 / 0.525, 12);
    // IGN's way cuts the column too: 19 pixels, 14 right.
    const cut = (10 * 11 + 9 * 8) / 19 ** 2;
    expect(ignScores(matrix, THIRD_OFF).kappa).toBeCloseTo((14 / 19 - cut) / (1 - cut), 12);
  });

  it('leaves an absent class out of strict means and lets it lower IGN’s', () => {
    const matrix = ConfusionMatrix.fromRows([
      [3, 1, 0],
      [1, 3, 0],
      [0, 0, 0],
    ]);
    expect(strictScores(matrix, evenly(3)).miou).toBeCloseTo(60, 10);
    expect(strictScores(matrix, evenly(3)).perClass[2]!.iou).toBeNaN();
    expect(ignScores(matrix, evenly(3)).miou).toBeCloseTo(40, 10);
  });

  it('counts pixels predicted as no class against the truth, strictly only', () => {
    const matrix = new ConfusionMatrix(2).accumulate([0, 0, 0, 0, 1], [0, 0, 255, 9, 1]);
    expect(strictScores(matrix, evenly(2)).perClass[0]).toMatchObject({
      recall: 50,
      precision: 100,
      iou: 50,
    });
    expect(ignScores(matrix, evenly(2)).perClass[0]).toMatchObject({ recall: 100, iou: 100 });
  });

  it('has no averages for an empty matrix', () => {
    expect(strictScores(new ConfusionMatrix(2), evenly(2)).miou).toBeNaN();
    expect(ignScores(new ConfusionMatrix(2), evenly(2)).miou).toBe(0);
  });
});

describe('the challenges’ mIoU over 12 classes', () => {
  it('joins what lies beyond the twelfth class and keeps its pixels as errors', () => {
    const matrix = new ConfusionMatrix(19);
    for (let i = 0; i < 12; i++) matrix.counts[i * 19 + i] = 8;
    matrix.counts[14 * 19 + 0] = 4; // clear cut taken for building: a false building
    matrix.counts[1 * 19 + 18] = 8; // pervious surface taken for other: a missed pervious surface
    matrix.counts[13 * 19 + 15] = 99; // both beyond the twelfth: no error
    const scores = challengeScores(matrix);
    expect(scores.perClass).toHaveLength(12);
    expect(scores.perClass[0]!.iou).toBeCloseTo((100 * 8) / 12, 10);
    expect(scores.perClass[1]!.iou).toBeCloseTo(50, 10);
    expect(scores.miou).toBeCloseTo((800 / 12 + 50 + 1000) / 12, 10);
    expect(scores.miou).toBeCloseTo(strictScores(matrix, FLAIR_19_LEARNING_12.classes).miou, 10);
  });
});

describe('the contest’s Dice', () => {
  const image = (truth: number[], prediction: number[]) =>
    new ConfusionMatrix(2).accumulate(truth, prediction);

  it('is the mean over images that have a building in truth or prediction', () => {
    const half = image([1, 1, 0, 0], [1, 0, 1, 0]);
    const empty = image([0, 0], [0, 0]);
    const falseAlarm = image([0, 0], [0, 1]);
    expect(contestDice(half)).toBeCloseTo(0.5, 6);
    expect(contestDice(empty)).toBeUndefined();
    expect(contestDice(falseAlarm)).toBeCloseTo(1e-7, 12);
    expect(meanContestDice([half, empty, falseAlarm])).toBeCloseTo(0.25, 6);
    expect(meanContestDice([empty])).toBeNaN();
  });
});

describe('scores of reference implementations', () => {
  const { classes, truth, prediction, matrix, torchmetrics, frequency_weighted_iou, weights, ign } =
    golden('metrics.json');
  const counted = new ConfusionMatrix(classes).accumulate(
    Uint8Array.from(truth),
    Uint8Array.from(prediction),
  );

  it('counts as torchmetrics does', () => {
    expect(counted.toRows()).toEqual(matrix);
  });

  it('gives torchmetrics’ scores the strict way', () => {
    const scores = strictScores(counted, evenly(classes));
    for (const key of ['iou', 'precision', 'recall', 'fscore'] as const) {
      for (const [index, expected] of torchmetrics[key].entries()) {
        // torchmetrics writes 0 for an absent class and leaves it out of its means, as we do.
        expect(scores.perClass[index]![key] || 0).toBeCloseTo(expected, 4);
      }
    }
    expect(scores.miou).toBeCloseTo(torchmetrics.miou, 4);
    expect(scores.precision).toBeCloseTo(torchmetrics.mean_precision, 4);
    expect(scores.recall).toBeCloseTo(torchmetrics.mean_recall, 4);
    expect(scores.meanAccuracy).toBe(scores.recall);
    expect(scores.fscore).toBeCloseTo(torchmetrics.mean_fscore, 4);
    expect(scores.overallAccuracy).toBeCloseTo(torchmetrics.overall_accuracy, 4);
    expect(scores.kappa).toBeCloseTo(torchmetrics.kappa, 6);
    expect(scores.frequencyWeightedIou).toBeCloseTo(frequency_weighted_iou, 9);
  });

  it('gives IGN’s scores IGN’s way', () => {
    const scores = ignScores(
      counted,
      weights.map((weight: number) => ({ weight })),
    );
    for (const key of ['iou', 'precision', 'recall', 'fscore'] as const) {
      expect(scores.perClass.map((row) => row[key])).toEqual(
        ign[key].map((value: number) => expect.closeTo(value, 9)),
      );
    }
    const averages = [scores.miou, scores.overallAccuracy, scores.fscore, scores.precision, scores.recall];
    expect(averages).toEqual(ign.averages.map((value: number) => expect.closeTo(value, 9)));
  });
});

describe('the model card FLAIR-INC_rgbie_12cl_resnet34-unet', () => {
  const { card, averages, matrix } = golden('metrics-model-card.json');

  it.each([
    ['IGN’s way', ignScores],
    ['the strict way', strictScores],
  ])('is reproduced to 1e-3 %s', (_title, score) => {
    const scores: Scores = score(ConfusionMatrix.fromRows(matrix), FLAIR_19_LEARNING_12.classes);
    for (const [place, row] of Object.values<Record<string, number>>(card).entries()) {
      for (const key of ['iou', 'fscore', 'precision', 'recall'] as const) {
        expect(Math.abs(scores.perClass[place]![key] - row[key]!)).toBeLessThan(1e-3);
      }
    }
    for (const key of ['miou', 'fscore', 'precision', 'recall'] as const) {
      expect(Math.abs(scores[key] - averages[key])).toBeLessThan(1e-3);
    }
    expect(Math.abs(scores.overallAccuracy - averages.overall_accuracy)).toBeLessThan(1e-3);
  });
});

describe('what must hold for any matrix', () => {
  const random = new Random(41);
  const size = 6;
  const randomMatrix = () =>
    new ConfusionMatrix(
      size,
      Array.from({ length: size * size }, () => (random.chance(0.3) ? 0 : random.below(1000))),
    );

  it.each([
    ['IGN’s way', ignScores],
    ['strict', strictScores],
  ])('permuting the classes permutes the scores (%s)', (_title, score) => {
    for (let trial = 0; trial < 50; trial++) {
      const matrix = randomMatrix();
      const weights = Array.from({ length: size }, () => ({ weight: random.below(2) }));
      if (weights.filter(({ weight }) => weight > 0).length < 2) continue;
      const order = random.shuffle([...weights.keys()]);
      const plain = score(matrix, weights);
      const permuted = score(
        matrix.subset(order),
        order.map((index) => weights[index]!),
      );
      for (const row of permuted.perClass) {
        const same = plain.perClass.find(({ index }) => index === order[row.index])!;
        expect({ ...row, index: 0 }).toEqual({ ...same, index: 0 });
      }
      expect(permuted.miou).toBeCloseTo(plain.miou, 9);
      expect(permuted.kappa || 0).toBeCloseTo(plain.kappa || 0, 9);
      expect(Math.abs(plain.kappa || 0)).toBeLessThanOrEqual(1);
    }
  });

  it('Dice is the F-score, IoU never above it, all within 0–100', () => {
    for (let trial = 0; trial < 50; trial++) {
      for (const row of strictScores(randomMatrix(), evenly(size)).perClass) {
        expect(row.dice).toBeCloseTo(row.fscore, 9);
        expect(row.iou).toBeLessThanOrEqual(row.dice + 1e-9);
        for (const value of [row.iou, row.precision, row.recall]) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(100);
        }
      }
    }
  });

  it('a perfect prediction scores 100', () => {
    const perfect = new ConfusionMatrix(3, [5, 0, 0, 0, 6, 0, 0, 0, 7]);
    expect(strictScores(perfect, evenly(3))).toMatchObject({
      miou: 100,
      overallAccuracy: 100,
      kappa: 1,
      dice: 100,
    });
  });
});
