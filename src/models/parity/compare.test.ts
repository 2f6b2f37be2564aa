import { describe, expect, it } from 'vitest';
import { compareMeasurements, relativeToSpread } from './compare.ts';
import type { Measurement } from './measure.ts';
import { perturb } from './recipe.ts';

describe('the difference of two outputs', () => {
  it('is in standard deviations of the reference', () => {
    // Mean 0 and standard deviation 2.
    expect(relativeToSpread([2, -2, 2, -1], [2, -2, 2, -2])).toBeCloseTo(0.5, 12);
  });

  it('is not small for what is no number, or of another length', () => {
    expect(relativeToSpread([Number.NaN, 1], [0, 1])).toBe(Number.POSITIVE_INFINITY);
    expect(relativeToSpread([0], [0, 1])).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('the difference of two measurements', () => {
  const measurement = (gradients: Record<string, number>, loss = 2): Measurement => ({
    outputs: new Map([['logits', new Float32Array([1, -1])]]),
    train: { loss, logits: undefined, gradients: new Map(Object.entries(gradients)) },
  });

  it('names the gradient that differs most', () => {
    const reference = measurement({ a: 1, b: 2 });
    expect(compareMeasurements(measurement({ a: 1.01, b: 2.2 }, 2.002), reference)).toMatchObject({
      outputs: 0,
      loss: expect.closeTo(1e-3, 9),
      gradient: expect.closeTo(0.1, 9),
      gradientName: 'b',
    });
  });

  it('does not ask digits of a gradient that is zero but for rounding', () => {
    const { gradient } = compareMeasurements(measurement({ a: 1, b: 3e-8 }), measurement({ a: 1, b: 1e-8 }));
    expect(gradient).toBeLessThan(1e-3);
  });

  it('does not let NaN pass for equal', () => {
    const broken = compareMeasurements(measurement({ a: Number.NaN, b: 1 }), measurement({ a: 1, b: 1 }));
    expect(broken.gradient).toBe(Number.POSITIVE_INFINITY);
  });

  it('counts a gradient that is missing here or there', () => {
    expect(compareMeasurements(measurement({ a: 1 }), measurement({ a: 1, b: 1 })).gradient).toBe(1);
    expect(compareMeasurements(measurement({ a: 1, b: 1 }), measurement({ a: 1 })).gradient).toBeGreaterThan(
      1,
    );
  });
});

it('moves numbers by a rounding, up and down, the same way each time', () => {
  const values = new Float32Array(1000).fill(1);
  const moved = perturb(values, 'seed');
  expect(moved).toEqual(perturb(values, 'seed'));
  expect(moved).not.toEqual(perturb(values, 'another'));
  expect(Math.max(...moved)).toBe(1 + 2 ** -22);
  expect(Math.min(...moved)).toBe(1 - 2 ** -22);
});
