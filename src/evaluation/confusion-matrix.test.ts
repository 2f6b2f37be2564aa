import { describe, expect, it } from 'vitest';
import { FLAIR_13, Random, valueTable } from '../core/index.ts';
import { ConfusionMatrix, SizeMismatchError } from './confusion-matrix.ts';

function randomPixels(random: Random, length: number, values: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(values));
}

describe('ConfusionMatrix', () => {
  it('counts truth in rows and predictions in columns', () => {
    const matrix = new ConfusionMatrix(3).accumulate(
      Uint8Array.of(0, 0, 1, 2, 2, 2, 255, 7),
      Uint8Array.of(0, 1, 1, 0, 2, 255, 0, 0),
    );
    expect(matrix.toRows()).toEqual([
      [1, 1, 0],
      [0, 1, 0],
      [1, 0, 1],
    ]);
    expect([...matrix.missed]).toEqual([0, 0, 1]);
    expect(matrix.ignored).toBe(2);
    expect([...matrix.truthTotals()]).toEqual([2, 1, 3]);
    expect([...matrix.predictionTotals()]).toEqual([2, 2, 1]);
  });

  it('maps values through tables, and ignores a value of choice or none', () => {
    const truth = Uint8Array.of(1, 12, 13, 19, 0);
    const table = valueTable(FLAIR_13);
    const matrix = new ConfusionMatrix(13).accumulate(truth, Uint8Array.of(0, 11, 12, 0, 0), {
      truthTable: table,
    });
    expect([matrix.at(0, 0), matrix.at(11, 11), matrix.at(12, 12), matrix.at(12, 0), matrix.ignored]).toEqual(
      [1, 1, 1, 1, 1],
    );
    const plain = { truth: Uint8Array.of(0, 1, 1), prediction: Uint8Array.of(0, 0, 1) };
    const without0 = new ConfusionMatrix(2).accumulate(plain.truth, plain.prediction, { ignoreValue: 0 });
    expect(without0.toRows()).toEqual([
      [0, 0],
      [1, 1],
    ]);
    const all = new ConfusionMatrix(256).accumulate(Uint8Array.of(255), Uint8Array.of(255), {
      ignoreValue: null,
    });
    expect(all.at(255, 255)).toBe(1);
  });

  it('counts bytes as it counts any other numbers', () => {
    const random = new Random(5);
    const truth = randomPixels(random, 5000, 9);
    const prediction = randomPixels(random, 5000, 9);
    const options = {
      ignoreValue: 3,
      truthTable: [0, 1, 2, 3, -1, 4, 5, 6],
      predictionTable: [6, 5, 4, 3, 2, 1, 0],
    };
    const bytes = new ConfusionMatrix(6).accumulate(truth, prediction, options);
    const numbers = new ConfusionMatrix(6).accumulate(
      Int32Array.from(truth),
      Float32Array.from(prediction),
      options,
    );
    expect(bytes).toEqual(numbers);
    expect(bytes.counts.reduce((a, b) => a + b) + bytes.ignored + bytes.missed.reduce((a, b) => a + b)).toBe(
      5000,
    );
  });

  it('merges in any grouping to the same counts as the whole', () => {
    const random = new Random(6);
    const parts = [0, 1, 2].map(() => [randomPixels(random, 999, 5), randomPixels(random, 999, 5)] as const);
    const [a, b, c] = parts.map(([t, p]) => new ConfusionMatrix(4).accumulate(t, p)) as [
      ConfusionMatrix,
      ConfusionMatrix,
      ConfusionMatrix,
    ];
    const left = ConfusionMatrix.sum(4, [ConfusionMatrix.sum(4, [a, b]), c]);
    const right = ConfusionMatrix.sum(4, [a, ConfusionMatrix.sum(4, [c, b])]);
    const whole = new ConfusionMatrix(4);
    for (const [truth, prediction] of parts) whole.accumulate(truth, prediction);
    expect(left).toEqual(right);
    expect(left).toEqual(whole);
  });

  it('cuts and joins classes', () => {
    const matrix = ConfusionMatrix.fromRows([
      [50, 5, 3],
      [4, 60, 6],
      [2, 1, 9],
    ]);
    expect(matrix.subset([2, 0]).toRows()).toEqual([
      [9, 2],
      [3, 50],
    ]);
    expect(matrix.regroup([0, 1, 1]).toRows()).toEqual([
      [50, 8],
      [6, 76],
    ]);
    const dropped = matrix.regroup([0, 1, -1]);
    expect([dropped.ignored, ...dropped.missed, ...dropped.counts]).toEqual([12, 3, 6, 50, 5, 4, 60]);
  });

  it('refuses what does not fit', () => {
    expect(() => new ConfusionMatrix(0)).toThrow(SizeMismatchError);
    expect(() => new ConfusionMatrix(2, [1, 2, 3])).toThrow(/3 counts for a 2 × 2 matrix/);
    expect(() => new ConfusionMatrix(2).accumulate([0], [0, 1])).toThrow(/1 truth pixels and 2 predicted/);
    expect(() => new ConfusionMatrix(2).add(new ConfusionMatrix(3))).toThrow(/2 and 3 classes/);
  });
});
