import { describe, expect, it } from 'vitest';
import { InvalidArgumentError, Random } from '../../core/index.ts';
import { type CrfImage, denseCrf } from './crf.ts';
import { gaussianFilter } from './gaussian.ts';
import { PermutohedralLattice } from './permutohedral.ts';

const [HEIGHT, WIDTH, CLASSES, BANDS] = [14, 18, 3, 3];
const PIXELS = HEIGHT * WIDTH;
const SIZE = [HEIGHT, WIDTH] as const;

type Kernel = (a: number, b: number) => number;

/** Two fields of different colours, and noisy probabilities of three classes. */
function scene(seed: number) {
  const random = new Random(seed);
  const left = (pixel: number) => pixel % WIDTH < WIDTH / 2;
  const data = Float32Array.from(
    { length: BANDS * PIXELS },
    (_, i) => (left(i % PIXELS) ? 60 : 170) + random.between(-8, 8),
  );
  const probabilities = new Float32Array(CLASSES * PIXELS);
  for (let pixel = 0; pixel < PIXELS; pixel++) {
    const truth = left(pixel) ? 0 : 1;
    const values = Array.from({ length: CLASSES }, (_, k) => (k === truth ? 0.5 : 0.2) + random.uniform());
    const total = values.reduce((sum, value) => sum + value, 0);
    for (let k = 0; k < CLASSES; k++) probabilities[k * PIXELS + pixel] = values[k]! / total;
  }
  return { image: { data, bands: BANDS } satisfies CrfImage, probabilities };
}

const spatial =
  (sigma: number): Kernel =>
  (a, b) => {
    const [dx, dy] = [(a % WIDTH) - (b % WIDTH), Math.floor(a / WIDTH) - Math.floor(b / WIDTH)];
    return Math.exp(-(dx * dx + dy * dy) / (2 * sigma * sigma));
  };

const alike =
  ({ data, bands }: CrfImage, sigma: number, color: number): Kernel =>
  (a, b) => {
    let distance = 0;
    for (let band = 0; band < bands; band++)
      distance += (data[band * PIXELS + a]! - data[band * PIXELS + b]!) ** 2;
    return spatial(sigma)(a, b) * Math.exp(-distance / (2 * color * color));
  };

/** Mean field as the paper states it, every pixel against every other. */
function bruteForce(
  probabilities: Float32Array,
  kernels: readonly { weight: number; kernel: Kernel }[],
  iterations: number,
): Float64Array {
  const tables = kernels.map(({ weight, kernel }) => {
    const sums = Float64Array.from({ length: PIXELS }, (_, a) => {
      let sum = 0;
      for (let b = 0; b < PIXELS; b++) sum += kernel(a, b);
      return sum;
    });
    return (a: number, b: number) => (weight * kernel(a, b)) / Math.sqrt(sums[a]! * sums[b]!);
  });
  let belief = Float64Array.from(probabilities);
  for (let round = 0; round < iterations; round++) {
    const next = new Float64Array(belief.length);
    for (let a = 0; a < PIXELS; a++) {
      const logits = Array.from({ length: CLASSES }, (_, k) => Math.log(probabilities[k * PIXELS + a]!));
      for (let b = 0; b < PIXELS; b++) {
        const pull = tables.reduce((sum, table) => sum + table(a, b), 0);
        for (let k = 0; k < CLASSES; k++) logits[k]! += pull * belief[k * PIXELS + b]!;
      }
      const powers = logits.map((value) => Math.exp(value));
      const total = powers.reduce((sum, value) => sum + value, 0);
      for (let k = 0; k < CLASSES; k++) next[k * PIXELS + a] = powers[k]! / total;
    }
    belief = next;
  }
  return belief;
}

const differences = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from({ length: a.length }, (_, i) => Math.abs(a[i]! - b[i]!));
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const winners = (values: ArrayLike<number>) =>
  Array.from({ length: PIXELS }, (_, pixel) => {
    const of = Array.from({ length: CLASSES }, (_, k) => values[k * PIXELS + pixel]!);
    return of.indexOf(Math.max(...of));
  });

describe('gaussianFilter', () => {
  it('is the sum over all pixels', () => {
    const random = new Random(1);
    const values = Float32Array.from({ length: 2 * PIXELS }, () => random.uniform());
    const filtered = gaussianFilter(values, [HEIGHT, WIDTH, 2], 2);
    const expected = values.map((_, i) => {
      let sum = 0;
      for (let b = 0; b < PIXELS; b++) sum += spatial(2)(i >> 1, b) * values[2 * b + (i & 1)]!;
      return sum;
    });
    expect(Math.max(...differences(filtered, expected))).toBeLessThan(0.02);
    expect(mean(differences(filtered, expected)) / mean([...expected])).toBeLessThan(2e-4);
  });
});

describe('PermutohedralLattice', () => {
  it('keeps what is far apart apart, and does not depend on the order of points', () => {
    const points = Float32Array.of(0, 0, 0.1, 0.05, 50, 50);
    const filtered = new PermutohedralLattice(points, 2).filter(Float32Array.of(1, 0, 0), 1);
    expect(filtered[1]! / filtered[0]!).toBeGreaterThan(0.9);
    expect(filtered[2]).toBe(0);
    const turned = new PermutohedralLattice(Float32Array.of(50, 50, 0, 0, 0.1, 0.05), 2);
    const again = turned.filter(Float32Array.of(0, 1, 0), 1);
    expect([again[1], again[2], again[0]]).toEqual([...filtered]);
  });

  it('filters as the Gaussian does, to a few hundredths', () => {
    const random = new Random(2);
    const { image } = scene(4);
    const points = new Float32Array(PIXELS * 5);
    for (let pixel = 0; pixel < PIXELS; pixel++) {
      points[5 * pixel] = (pixel % WIDTH) / 6;
      points[5 * pixel + 1] = Math.floor(pixel / WIDTH) / 6;
      for (let band = 0; band < 3; band++)
        points[5 * pixel + 2 + band] = image.data[band * PIXELS + pixel]! / 20;
    }
    const lattice = new PermutohedralLattice(points, 5);
    const values = Float32Array.from({ length: PIXELS }, () => random.uniform());
    const [filtered, ones] = [lattice.filter(values, 1), lattice.filter(new Float32Array(PIXELS).fill(1), 1)];
    const kernel = alike(image, 6, 20);
    const errors = Array.from({ length: PIXELS }, (_, a) => {
      let [sum, total] = [0, 0];
      for (let b = 0; b < PIXELS; b++) {
        sum += kernel(a, b) * values[b]!;
        total += kernel(a, b);
      }
      return Math.abs(filtered[a]! / ones[a]! - sum / total);
    });
    expect(mean(errors)).toBeLessThan(0.02);
    expect(Math.max(...errors)).toBeLessThan(0.08);
  });
});

describe('denseCrf', () => {
  it('is the mean field of the paper: exactly with the Gaussian kernel', () => {
    const { probabilities } = scene(5);
    const found = denseCrf(probabilities, SIZE, null, { iterations: 4, gaussian: { weight: 2, sigma: 1.5 } });
    const expected = bruteForce(probabilities, [{ weight: 2, kernel: spatial(1.5) }], 4);
    expect(Math.max(...differences(found, expected))).toBeLessThan(1e-3);
    expect(winners(found)).toEqual(winners(expected));
  });

  it('is the mean field of the paper with both kernels, as near as the lattice comes', () => {
    for (const seed of [5, 6, 7]) {
      const { image, probabilities } = scene(seed);
      const gaussian = { weight: 1, sigma: 1.5 };
      const bilateral = { weight: 2, sigma: 6, color: 20 };
      const found = denseCrf(probabilities, SIZE, image, { iterations: 5, gaussian, bilateral });
      const kernels = [
        { weight: 1, kernel: spatial(1.5) },
        { weight: 2, kernel: alike(image, 6, 20) },
      ];
      const expected = bruteForce(probabilities, kernels, 5);
      expect(mean(differences(found, expected))).toBeLessThan(0.02);
      const [ours, theirs] = [winners(found), winners(expected)];
      expect(ours.filter((index, pixel) => index !== theirs[pixel]).length).toBeLessThanOrEqual(3);
      // The noise is gone, and the border between the fields is where the image has it.
      const wrong = (values: readonly number[]) =>
        values.filter((index, pixel) => index !== (pixel % WIDTH < WIDTH / 2 ? 0 : 1)).length;
      expect(wrong(ours)).toBeLessThan(wrong(winners(probabilities)) / 4);
    }
  });

  it('leaves pixels without data alone and lets them pull nobody', () => {
    const { image, probabilities } = scene(8);
    const hole = (pixel: number) => pixel % WIDTH >= WIDTH - 4;
    const holed = probabilities.map((value, i) => (hole(i % PIXELS) ? 0 : value));
    const found = denseCrf(holed, SIZE, image);
    for (let i = 0; i < found.length; i++) {
      if (hole(i % PIXELS)) expect(found[i]).toBe(0);
    }
    const sums = Array.from({ length: PIXELS }, (_, pixel) =>
      [0, 1, 2].reduce((sum, k) => sum + found[k * PIXELS + pixel]!, 0),
    );
    for (const [pixel, sum] of sums.entries()) expect(sum).toBeCloseTo(hole(pixel) ? 0 : 1, 5);
  });

  it('changes nothing without kernels, and refuses what does not fit', () => {
    const { image, probabilities } = scene(9);
    const same = denseCrf(probabilities, SIZE, image, { gaussian: null, bilateral: null });
    expect(Math.max(...differences(same, probabilities))).toBeLessThan(1e-6);
    expect(() => denseCrf(probabilities, [HEIGHT, WIDTH + 1], null)).toThrow(InvalidArgumentError);
    expect(() => denseCrf(probabilities, SIZE, { ...image, bands: 2 })).toThrow('same pixels');
    expect(() => denseCrf(probabilities, SIZE, image, { gaussian: { weight: 1, sigma: 0 } })).toThrow(
      'above 0',
    );
  });
});
