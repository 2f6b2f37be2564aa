import type { ScoreLayer } from './layers.ts';

/** Which mean of the members' probabilities is taken. */
export type MeanKind = 'mean' | 'geometric' | 'harmonic';

/** A member of a mean and its weight, one for all classes or one a class. */
export interface WeightedLayer {
  readonly layer: ScoreLayer;
  readonly weight: number | readonly number[];
}

/** Probabilities below this count as this much where a logarithm or a reciprocal is taken. */
const LEAST = 1e-6;

/** Adds `factor × data` to sums; values that are not above 0 add nothing. */
function addScaled(sums: Float32Array, data: Float32Array | Uint16Array, factor: number): void {
  for (let i = 0; i < sums.length; i++) {
    const value = data[i]!;
    if (value > 0) sums[i]! += factor * value;
  }
}

/** The same for bytes, which are never below 0; a function of its own keeps the loop to one kind of array. */
function addScaledBytes(sums: Float32Array, data: Uint8Array, factor: number): void {
  for (let i = 0; i < sums.length; i++) sums[i]! += factor * data[i]!;
}

/** Scales the classes of every pixel to the sum 1; pixels without data stay 0. */
export function normalise(data: Float32Array, classes: number): void {
  const pixels = data.length / classes;
  const sums = new Float32Array(pixels);
  for (let i = 0, index = 0; index < classes; index++) {
    for (let pixel = 0; pixel < pixels; pixel++, i++) sums[pixel]! += data[i]!;
  }
  for (let pixel = 0; pixel < pixels; pixel++) sums[pixel] = sums[pixel]! > 0 ? 1 / sums[pixel]! : 0;
  for (let i = 0, index = 0; index < classes; index++) {
    for (let pixel = 0; pixel < pixels; pixel++, i++) data[i]! *= sums[pixel]!;
  }
}

/** The arithmetic mean with one weight a member: sums need no count of who has data, since only ratios matter. */
function plainMean(members: readonly { layer: ScoreLayer; weight: number }[], length: number): Float32Array {
  const total = members.reduce((sum, { weight }) => sum + weight, 0);
  const sums = new Float32Array(length);
  for (const { layer, weight } of members) {
    const factor = weight / total / layer.one;
    if (layer.data instanceof Uint8Array) addScaledBytes(sums, layer.data, factor);
    else addScaled(sums, layer.data, factor);
  }
  return sums;
}

/** Which pixels have data: some class above 0. */
function pixelsWithData({ data }: ScoreLayer, classes: number): Uint8Array {
  const pixels = data.length / classes;
  const present = new Uint8Array(pixels);
  for (let i = 0; i < data.length; i++) if (data[i]! > 0) present[i % pixels] = 1;
  return present;
}

/** Any mean with weights by class; each class is divided by the weights of the members that have data there. */
function classMean(members: readonly WeightedLayer[], kind: MeanKind, classes: number): Float32Array {
  const length = members[0]!.layer.data.length;
  const pixels = length / classes;
  const [sums, weights] = [new Float64Array(length), new Float64Array(length)];
  for (const { layer, weight } of members) {
    const present = pixelsWithData(layer, classes);
    for (let index = 0, i = 0; index < classes; index++) {
      const share = typeof weight === 'number' ? weight : weight[index]!;
      for (let pixel = 0; pixel < pixels; pixel++, i++) {
        if (present[pixel] === 0) continue;
        const value = Math.max(0, layer.data[i]! / layer.one || 0);
        if (kind === 'mean') sums[i]! += share * value;
        else if (kind === 'geometric') sums[i]! += share * Math.log(Math.max(LEAST, value));
        else sums[i]! += share / Math.max(LEAST, value);
        weights[i]! += share;
      }
    }
  }
  const result = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    const weight = weights[i]!;
    if (weight === 0) continue;
    if (kind === 'mean') result[i] = sums[i]! / weight;
    else result[i] = kind === 'geometric' ? Math.exp(sums[i]! / weight) : weight / sums[i]!;
  }
  return result;
}

/**
 * A weighted mean of probabilities, class by class: arithmetic, geometric or harmonic. Members without data at a pixel
 * leave it to the others; where none has data the result is 0 for all classes. With weights by class each class is
 * divided by the sum of its own weights. Probabilities below 10⁻⁶ count as 10⁻⁶ in the last two.
 * @returns probabilities `[classes, pixels]` that sum to 1.
 */
export function meanOf(
  members: readonly WeightedLayer[],
  kind: MeanKind,
  classes: number,
  { normalised = true }: { readonly normalised?: boolean } = {},
): ScoreLayer {
  const plain = members.flatMap(({ layer, weight }) =>
    typeof weight === 'number' ? [{ layer, weight }] : [],
  );
  const data =
    kind === 'mean' && plain.length === members.length
      ? plainMean(plain, members[0]!.layer.data.length)
      : classMean(members, kind, classes);
  if (normalised) normalise(data, classes);
  return { kind: 'probabilities', data, one: 1 };
}

/** The weighted mean of logits as they are, as FLAIR #2's second place averaged its networks. */
export function meanLogits(members: readonly { layer: ScoreLayer; weight: number }[]): ScoreLayer {
  const total = members.reduce((sum, { weight }) => sum + weight, 0);
  const data = new Float32Array(members[0]!.layer.data.length);
  for (const { layer, weight } of members) {
    const factor = weight / total;
    for (let i = 0; i < data.length; i++) data[i]! += factor * layer.data[i]!;
  }
  return { kind: 'logits', data, one: 1 };
}
