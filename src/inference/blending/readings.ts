import type { Inside } from './accumulator.ts';

/** What blended sums of `[K, pixels]` say about each pixel; pure functions over plain arrays. */

/** The class with the highest sum or score, the lowest of several; `[pixels]`. */
export function bestClass(sums: Int32Array | Float32Array, classes: number): Uint8Array {
  const pixels = sums.length / classes;
  const best = new Uint8Array(pixels);
  const highest = sums.slice(0, pixels);
  for (let k = 1; k < classes; k++) {
    const plane = k * pixels;
    for (let i = 0; i < pixels; i++) {
      const value = sums[plane + i]!;
      if (value > highest[i]!) {
        highest[i] = value;
        best[i] = k;
      }
    }
  }
  return best;
}

/**
 * The same of a block `[K, height, width]` but for a rectangle inside it, whose classes are known.
 *
 * @param known class indices of the rectangle, row by row
 */
export function bestClassAround(
  sums: Int32Array,
  classes: number,
  width: number,
  inside: Inside,
  known: Uint8Array,
): Uint8Array {
  const pixels = sums.length / classes;
  const best = new Uint8Array(pixels);
  const highest = new Int32Array(width);
  const search = (start: number, end: number) => {
    highest.set(sums.subarray(start, end));
    for (let k = 1; k < classes; k++) {
      const plane = k * pixels + start;
      for (let i = 0; i < end - start; i++) {
        const value = sums[plane + i]!;
        if (value > highest[i]!) {
          highest[i] = value;
          best[start + i] = k;
        }
      }
    }
  };
  for (let row = 0; row < pixels / width; row++) {
    const start = row * width;
    if (row < inside.y || row >= inside.y + inside.height) search(start, start + width);
    else {
      search(start, start + inside.x);
      search(start + inside.x + inside.width, start + width);
    }
  }
  for (let row = 0; row < inside.height; row++) {
    const line = known.subarray(row * inside.width, (row + 1) * inside.width);
    best.set(line, (inside.y + row) * width + inside.x);
  }
  return best;
}

/** Blended values of `[K, pixels]`: sums divided by their scale. */
export function blendedValues(sums: Int32Array, scale: number): Float32Array {
  const values = new Float32Array(sums.length);
  for (let i = 0; i < sums.length; i++) values[i] = sums[i]! / scale;
  return values;
}

/** Softmax over the classes of scores `[K, pixels]`. */
export function softmaxOverClasses(scores: Float32Array, classes: number): Float32Array {
  const pixels = scores.length / classes;
  const probabilities = new Float32Array(scores.length);
  for (let i = 0; i < pixels; i++) {
    let highest = Number.NEGATIVE_INFINITY;
    for (let at = i; at < scores.length; at += pixels) highest = Math.max(highest, scores[at]!);
    let total = 0;
    for (let at = i; at < scores.length; at += pixels) total += Math.exp(scores[at]! - highest);
    for (let at = i; at < scores.length; at += pixels) {
      probabilities[at] = Math.exp(scores[at]! - highest) / total;
    }
  }
  return probabilities;
}

/** Probabilities as bytes, `round(255 p)`, `[K, pixels]`. */
export function probabilityBytes(probabilities: Float32Array): Uint8Array {
  return Uint8Array.from(probabilities, (value) => Math.round(255 * Math.min(1, Math.max(0, value))));
}

/** Highest probability of each pixel in whole percent, 0 to 100; `[pixels]`. */
export function confidencePercent(probabilities: Float32Array, classes: number): Uint8Array {
  const pixels = probabilities.length / classes;
  const confidence = new Uint8Array(pixels);
  for (let i = 0; i < pixels; i++) {
    let highest = 0;
    for (let at = i; at < probabilities.length; at += pixels) highest = Math.max(highest, probabilities[at]!);
    confidence[i] = Math.round(100 * Math.min(1, highest));
  }
  return confidence;
}

/** Entropy of each pixel's probabilities in whole percent of the highest possible, `100 · H / ln K`; `[pixels]`. */
export function entropyPercent(probabilities: Float32Array, classes: number): Uint8Array {
  const pixels = probabilities.length / classes;
  const most = Math.log(Math.max(2, classes));
  const entropy = new Uint8Array(pixels);
  for (let i = 0; i < pixels; i++) {
    let sum = 0;
    for (let at = i; at < probabilities.length; at += pixels) {
      const p = probabilities[at]!;
      if (p > 0) sum -= p * Math.log(p);
    }
    entropy[i] = Math.round(100 * Math.min(1, sum / most));
  }
  return entropy;
}
