import { NO_VOTE } from '../votes/class-vote.ts';

/** What one input (or one part of a rule) says about the pixels of a window. */
export type Layer = ClassLayer | ScoreLayer;

/** A class for each pixel. */
export interface ClassLayer {
  readonly kind: 'classes';
  /** `[pixels]`, 255 where there is no class. */
  readonly data: Uint8Array;
}

/** A number for each class and pixel. */
export interface ScoreLayer {
  /** Logits may be negative; of probabilities, anything not above 0 (NaN too) counts as 0. */
  readonly kind: 'probabilities' | 'logits';
  /** `[classes, pixels]`. A pixel whose probabilities are all 0 has no data. */
  readonly data: Uint8Array | Uint16Array | Float32Array;
  /** The number that stands for probability 1: 255 in 8-bit files. */
  readonly one: number;
}

/** Probabilities from logits: softmax over the classes of each pixel. */
export function softmax(data: ArrayLike<number>, classes: number): Float32Array {
  const pixels = data.length / classes;
  const result = new Float32Array(data.length);
  for (let pixel = 0; pixel < pixels; pixel++) {
    let most = Number.NEGATIVE_INFINITY;
    for (let i = pixel; i < data.length; i += pixels) most = Math.max(most, data[i]!);
    let total = 0;
    for (let i = pixel; i < data.length; i += pixels) {
      const power = Math.exp(data[i]! - most);
      result[i] = power;
      total += power;
    }
    for (let i = pixel; i < data.length; i += pixels) result[i] = total > 0 ? result[i]! / total : 0;
  }
  return result;
}

/** The layer as probabilities: logits by softmax, classes as 0 and 1. */
export function asProbabilities(layer: Layer, classes: number): ScoreLayer {
  if (layer.kind === 'probabilities') return layer;
  if (layer.kind === 'logits') {
    return { kind: 'probabilities', data: softmax(layer.data, classes), one: 1 };
  }
  const pixels = layer.data.length;
  const data = new Uint8Array(classes * pixels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const index = layer.data[pixel]!;
    if (index < classes) data[index * pixels + pixel] = 1;
  }
  return { kind: 'probabilities', data, one: 1 };
}

/** The layer as classes: the greatest number's, the lowest class among equals; no class where there is no data. */
export function asClasses(layer: Layer, classes: number): Uint8Array {
  if (layer.kind === 'classes') return layer.data;
  const { data } = layer;
  const pixels = data.length / classes;
  const winners = new Uint8Array(pixels).fill(NO_VOTE);
  const most = new Float32Array(pixels).fill(layer.kind === 'logits' ? Number.NEGATIVE_INFINITY : 0);
  for (let index = 0, i = 0; index < classes; index++) {
    for (let pixel = 0; pixel < pixels; pixel++, i++) {
      const value = data[i]!;
      if (value > most[pixel]!) {
        most[pixel] = value;
        winners[pixel] = index;
      }
    }
  }
  return winners;
}
