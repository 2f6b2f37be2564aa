import type { Span } from './axis.ts';

/**
 * How overlapping predictions share a pixel:
 * `crop` not at all (neighbours meet at a line), `linear` and `hann` fade into each other where they overlap, `gaussian` counts
 * a prediction the less the farther it is from the middle of its window (deviation a quarter of half its side), `mean`
 * counts all alike.
 */
export type BlendWindow = 'crop' | 'linear' | 'hann' | 'gaussian' | 'mean';

/** All windows, for messages and tests. */
export const blendWindows: readonly BlendWindow[] = ['crop', 'linear', 'hann', 'gaussian', 'mean'];

/** Height of a fade at `t` of its way, from 0 to 1; `fade(t) + fade(1 - t) = 1`. */
type Fade = (t: number) => number;

const fades: Readonly<Partial<Record<BlendWindow, Fade>>> = {
  linear: (t) => t,
  hann: (t) => Math.sin((Math.PI / 2) * t) ** 2,
};

/** Weight, before normalisation, of span `i` at pixel `x`: above 0 everywhere. */
function rawWeight(window: BlendWindow, spans: readonly Span[], i: number, x: number): number {
  const { from, to } = spans[i]!;
  if (window === 'gaussian') {
    const half = (to - from) / 2;
    const distance = (x + 0.5 - from - half) / (half / 4);
    return Math.exp((-distance * distance) / 2);
  }
  const fade = fades[window];
  if (fade === undefined) return 1;
  const before = i > 0 ? spans[i - 1]!.to - from : 0;
  const after = i + 1 < spans.length ? to - spans[i + 1]!.from : 0;
  const rise = before > 0 ? fade(Math.min(1, (x - from + 0.5) / before)) : 1;
  const fall = after > 0 ? fade(Math.min(1, (to - x - 0.5) / after)) : 1;
  return rise * fall;
}

/**
 * Weights of each span along an axis, one entry for each of its pixels that count. At every pixel the weights of all spans
 * sum to 1: the sum is known in closed form, so no raster of weights is ever kept; where one span is alone, as at the
 * raster's border, it counts fully.
 *
 * Method: fades over the overlap as in Pielawski & Wählby, PLOS ONE 2020 (Hann was best of five windows); the Gaussian
 * as in nnU-Net (deviation an eighth of the window).
 */
export function axisWeights(window: BlendWindow, spans: readonly Span[]): Float64Array[] {
  const length = spans.at(-1)?.to ?? 0;
  const sums = new Float64Array(length);
  const raw = spans.map(({ from, to }, i) => {
    const weights = new Float64Array(to - from);
    for (let x = from; x < to; x++) {
      weights[x - from] = rawWeight(window, spans, i, x);
      sums[x]! += weights[x - from]!;
    }
    return weights;
  });
  for (const [i, { from }] of spans.entries()) {
    const weights = raw[i]!;
    for (let at = 0; at < weights.length; at++) weights[at]! /= sums[from + at]!;
  }
  return raw;
}
