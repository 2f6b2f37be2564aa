import { InvalidArgumentError } from '../../core/index.ts';

/** Confidences are counted in this many steps, so that any number of images fits in memory. */
const STEPS = 1000;

/** Which pixels of a prediction are believed. */
export interface PseudoLabelRule {
  /** Least probability of the predicted class, 0–1. */
  readonly confidence: number;
  /**
   * Most share of each predicted class that is kept (0–1), the most certain pixels first: it keeps frequent, easy classes
   * from crowding out the others. Default 1, all that pass `confidence`.
   */
  readonly share?: number;
  /** Leave these classes out. */
  readonly without?: readonly number[];
}

/** How often each class was predicted with each confidence. */
export class ConfidenceHistogram {
  readonly classes: number;
  readonly counts: Float64Array;

  constructor(classes: number) {
    this.classes = classes;
    this.counts = new Float64Array(classes * (STEPS + 1));
  }

  /** Counts the pixels of a window. @param confidence 0–1, as long as `predicted` */
  add(predicted: Uint8Array, confidence: Float32Array): void {
    for (let pixel = 0; pixel < predicted.length; pixel++) {
      const index = predicted[pixel]!;
      if (index < this.classes) this.counts[index * (STEPS + 1) + step(confidence[pixel]!)]!++;
    }
  }

  /** Pixels predicted as a class. */
  total(index: number): number {
    let total = 0;
    for (let i = 0; i <= STEPS; i++) total += this.counts[index * (STEPS + 1) + i]!;
    return total;
  }
}

const step = (confidence: number) => Math.floor(Math.min(1, Math.max(0, confidence)) * STEPS + 1e-4);

/**
 * The least confidence of each class that keeps at most the rule's share of it; above 1 for classes left out.
 *
 * Source: class-balanced self-training, Y. Zou et al., "Unsupervised Domain Adaptation for Semantic Segmentation via
 * Class-Balanced Self-Training", 2018.
 */
export function classThresholds(histogram: ConfidenceHistogram, rule: PseudoLabelRule): number[] {
  const { confidence, share = 1, without = [] } = rule;
  if (!(confidence >= 0 && confidence <= 1 && share > 0 && share <= 1)) {
    throw new InvalidArgumentError(`a confidence of ${confidence} and a share of ${share}`, {
      remedy: 'give a confidence from 0 to 1 and a share above 0, at most 1',
    });
  }
  return Array.from({ length: histogram.classes }, (_, index) => {
    if (without.includes(index)) return 2;
    const most = histogram.total(index) * share;
    let kept = 0;
    let least = STEPS + 1;
    while (least > 0) {
      kept += histogram.counts[index * (STEPS + 1) + least - 1]!;
      if (kept > most) break;
      least--;
    }
    return Math.max(confidence, least / STEPS);
  });
}

/** The pseudo-mask: the predicted class where it is certain enough, `ignore` elsewhere. */
export function pseudoMask(
  predicted: Uint8Array,
  confidence: Float32Array,
  thresholds: readonly number[],
  ignore = 255,
): Uint8Array {
  const mask = new Uint8Array(predicted.length).fill(ignore);
  for (let pixel = 0; pixel < mask.length; pixel++) {
    const index = predicted[pixel]!;
    // Compared in the histogram's own steps, so that what was counted as kept is kept.
    const threshold = thresholds[index];
    if (threshold !== undefined && step(confidence[pixel]!) >= threshold * STEPS - 1e-6) mask[pixel] = index;
  }
  return mask;
}
