import type { SegmentationNetwork } from '../models/index.ts';
import type { ExportedOutput } from './export-model.ts';
import { referenceAnswer } from './reference-answer.ts';
import type { ImageScaling } from './scaling.ts';

/** Key of the test that a file carries. */
export const SELF_TEST_KEY = 'arpent_self_test';

/** A picture that a formula makes, and what the network answers for it in libtorch: any host can check itself. */
export interface SelfTest {
  /** `[N, C, H, W]`. */
  readonly shape: readonly number[];
  /** Places in the answer and its values there. */
  readonly places: readonly number[];
  readonly values: readonly number[];
  /** Largest difference to be expected, in the values' own units; for classes the part of them that may differ. */
  readonly tolerance: number;
}

/** The pixels of the picture, from 0 to 1. */
export function selfTestImages(shape: readonly number[]): Float32Array {
  const [, channels, height, width] = shape as [number, number, number, number];
  const plane = height * width;
  return Float32Array.from({ length: shape.reduce((product, side) => product * side) }, (_, i) => {
    const [channel, y, x] = [Math.floor(i / plane) % channels, Math.floor(i / width) % height, i % width];
    const wave = Math.sin(x / (5 + channel)) + Math.cos(y / (7 + 2 * channel)) + Math.sin((x * y) / 97);
    return Math.fround(0.5 + wave / 6);
  });
}

const SAMPLES = 256;

/** Parts of the largest score that a precision may be wrong by, and parts of the pixels whose class may differ. */
const SCORES = { fp32: 1e-4, fp16: 1e-2, int8: 0.5 } as const;
const CLASSES = { fp32: 0.005, fp16: 0.02, int8: 0.3 } as const;

/**
 * Writes down what a network answers for the picture of the test.
 * @param scaling what the graph does to the picture first, where it normalises
 */
export function recordSelfTest(
  network: SegmentationNetwork,
  shape: readonly number[],
  output: ExportedOutput,
  precision: keyof typeof SCORES,
  scaling: ImageScaling | null,
): SelfTest {
  const plane = (shape[2] as number) * (shape[3] as number);
  const images = selfTestImages(shape).map((value, i) => {
    if (scaling === null) return value;
    const channel = Math.floor(i / plane) % shape[1]!;
    return (value - scaling.offset[channel]!) * scaling.factor[channel]!;
  });
  const answer = referenceAnswer(network, images, shape, output);
  const step = Math.max(1, Math.floor(answer.length / SAMPLES));
  const places = Array.from({ length: Math.floor(answer.length / step) }, (_, i) => i * step);
  const largest = answer.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return {
    ...{ shape, places },
    values: places.map((place) => Number(answer[place]!.toPrecision(8))),
    tolerance:
      output === 'classes' ? CLASSES[precision] : SCORES[precision] * (output === 'logits' ? largest : 1),
  };
}

/** How an answer compares with the test: the largest difference, and whether it is within what was to be expected. */
export function compareSelfTest(
  { places, values, tolerance }: SelfTest,
  answer: ArrayLike<number | bigint>,
  output: ExportedOutput,
): { readonly difference: number; readonly passed: boolean } {
  const differences = places.map((place, i) => Math.abs(Number(answer[place]) - values[i]!));
  const difference =
    output === 'classes'
      ? differences.filter((one) => one !== 0).length / places.length
      : Math.max(...differences);
  // Not the other way round: a difference that is no number fails.
  return { difference, passed: difference <= tolerance };
}
