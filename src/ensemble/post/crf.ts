import { InvalidArgumentError } from '../../core/index.ts';
import { gaussianFilter } from './gaussian.ts';
import { PermutohedralLattice } from './permutohedral.ts';

/** How strongly pixels pull each other to one class, and over what distance. */
export interface CrfOptions {
  /** Rounds of mean-field inference. Default 5. */
  readonly iterations?: number | undefined;
  /** Neighbours, whatever they look like: smooths. `sigma` in pixels. Default weight 3, sigma 3; null for none. */
  readonly gaussian?: { readonly weight: number; readonly sigma: number } | null | undefined;
  /**
   * Pixels that look alike: follows edges. `sigma` in pixels, `color` in the image's own units. Default weight 10, sigma 80,
   * color 13; null for none.
   */
  readonly bilateral?:
    | { readonly weight: number; readonly sigma: number; readonly color: number }
    | null
    | undefined;
}

/** An image `[bands, height, width]` that a field follows. */
export interface CrfImage {
  readonly data: ArrayLike<number>;
  readonly bands: number;
}

/** The settings of the authors' examples. */
export const CRF_DEFAULTS = {
  iterations: 5,
  gaussian: { weight: 3, sigma: 3 },
  bilateral: { weight: 10, sigma: 80, color: 13 },
} as const;

/** Probabilities below this count as this much. */
const LEAST = 1e-6;

type Filter = (values: Float32Array, depth: number) => Float32Array;

function bilateralFilter(
  { data, bands }: CrfImage,
  [height, width]: readonly [number, number],
  { sigma, color }: { readonly sigma: number; readonly color: number },
): Filter {
  const pixels = height * width;
  const points = new Float32Array(pixels * (2 + bands));
  for (let pixel = 0, at = 0; pixel < pixels; pixel++) {
    points[at++] = (pixel % width) / sigma;
    points[at++] = Math.floor(pixel / width) / sigma;
    for (let band = 0; band < bands; band++) points[at++] = data[band * pixels + pixel]! / color;
  }
  const lattice = new PermutohedralLattice(points, 2 + bands);
  return (values, depth) => lattice.filter(values, depth);
}

/** The filter with its kernel divided by √(nᵢ nⱼ), n being the kernel's sum at a pixel: no pixel counts for more than others. */
function symmetric(filter: Filter, present: Float32Array): Filter {
  const norm = filter(present, 1).map((sum) => (sum > 0 ? 1 / Math.sqrt(sum) : 0));
  const scaled = (values: Float32Array, depth: number) => {
    const result = new Float32Array(values.length);
    for (let pixel = 0, at = 0; pixel < norm.length; pixel++) {
      for (let k = 0; k < depth; k++, at++) result[at] = values[at]! * norm[pixel]!;
    }
    return result;
  };
  return (values, depth) => scaled(filter(scaled(values, depth), depth), depth);
}

/** Softmax over the classes of each pixel, `[pixels, classes]`; pixels without data stay 0. */
function softmaxRows(logits: Float32Array, classes: number, present: Float32Array): Float32Array {
  const result = new Float32Array(logits.length);
  for (let pixel = 0, at = 0; pixel < present.length; pixel++, at += classes) {
    if (present[pixel] === 0) continue;
    let most = logits[at]!;
    for (let k = 1; k < classes; k++) most = Math.max(most, logits[at + k]!);
    let total = 0;
    for (let k = 0; k < classes; k++) total += result[at + k] = Math.exp(logits[at + k]! - most);
    for (let k = 0; k < classes; k++) result[at + k]! /= total;
  }
  return result;
}

/** `[rows, columns]` to `[columns, rows]`. */
function transposed(values: ArrayLike<number>, rows: number, columns: number): Float32Array {
  const result = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      result[column * rows + row] = values[row * columns + column]!;
  }
  return result;
}

/**
 * Smooths probabilities with a fully connected conditional random field: pixels that are near, and pixels that are near and
 * look alike, agree on a class. Inference is mean field with the Potts model, kernels normalised symmetrically; the bilateral
 * kernel goes through a permutohedral lattice, which approximates it.
 *
 * Source: P. Krähenbühl and V. Koltun, "Efficient Inference in Fully Connected CRFs with Gaussian Edge Potentials", 2011.
 *
 * @param probabilities `[classes, height, width]`; a pixel of zeros has no data: it pulls nobody and stays 0
 * @param image what the bilateral kernel follows; null leaves that kernel out
 * @returns `[classes, height, width]` that sum to 1
 * @throws {InvalidArgumentError} for an image of another size, or sigmas that are not above 0
 */
export function denseCrf(
  probabilities: Float32Array,
  [height, width]: readonly [number, number],
  image: CrfImage | null,
  options: CrfOptions = {},
): Float32Array {
  const pixels = height * width;
  const classes = probabilities.length / pixels;
  const { iterations = CRF_DEFAULTS.iterations } = options;
  const { gaussian = CRF_DEFAULTS.gaussian, bilateral = CRF_DEFAULTS.bilateral } = options;
  const sigmas = [gaussian?.sigma ?? 1, bilateral?.sigma ?? 1, bilateral?.color ?? 1];
  if (!Number.isInteger(classes) || !sigmas.every((sigma) => sigma > 0)) {
    throw new InvalidArgumentError(
      `${probabilities.length} probabilities of ${pixels} pixels, sigmas ${sigmas}`,
      {
        remedy: 'give as many probabilities for every pixel, and sigmas above 0',
      },
    );
  }
  if (image !== null && image.data.length !== image.bands * pixels) {
    throw new InvalidArgumentError(`an image of ${image.data.length / image.bands} pixels for ${pixels}`, {
      remedy: 'give the image of the same pixels',
    });
  }
  const rows = transposed(probabilities, classes, pixels);
  const present = new Float32Array(pixels);
  for (let pixel = 0, at = 0; pixel < pixels; pixel++) {
    for (let k = 0; k < classes; k++, at++) if (rows[at]! > 0) present[pixel] = 1;
  }
  const own = rows.map((value) => Math.log(Math.max(LEAST, value)));
  const kernels: { weight: number; filter: Filter }[] = [];
  if (gaussian !== null && gaussian.weight !== 0) {
    const filter: Filter = (values, depth) => gaussianFilter(values, [height, width, depth], gaussian.sigma);
    kernels.push({ weight: gaussian.weight, filter: symmetric(filter, present) });
  }
  if (bilateral !== null && bilateral.weight !== 0 && image !== null) {
    const filter = bilateralFilter(image, [height, width], bilateral);
    kernels.push({ weight: bilateral.weight, filter: symmetric(filter, present) });
  }
  let belief = softmaxRows(own, classes, present);
  for (let round = 0; round < iterations; round++) {
    const logits = own.slice();
    for (const { weight, filter } of kernels) {
      const message = filter(belief, classes);
      for (let i = 0; i < logits.length; i++) logits[i]! += weight * message[i]!;
    }
    belief = softmaxRows(logits, classes, present);
  }
  return transposed(belief, pixels, classes);
}
