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

/** What is kept of one class: all above a step, and so many of the pixels at it. */
interface Border {
  readonly step: number;
  readonly taken: number;
  readonly of: number;
}

function borderOf(histogram: ConfidenceHistogram, index: number, least: number, share: number): Border {
  const at = (place: number) => histogram.counts[index * (STEPS + 1) + place]!;
  const most = Math.floor(histogram.total(index) * share + 1e-6);
  let kept = 0;
  for (let place = STEPS; place >= least; place--) {
    if (kept + at(place) > most) return { step: place, taken: most - kept, of: at(place) };
    kept += at(place);
  }
  return { step: least, taken: 1, of: 1 };
}

/**
 * Chooses the pixels that a rule believes: of each class the most certain ones, at most the rule's share of it. Of equally
 * certain pixels, of which 8-bit probabilities have many, so many are taken as the share still allows, evenly among them.
 *
 * Source: class-balanced self-training, Y. Zou et al., "Unsupervised Domain Adaptation for Semantic Segmentation via
 * Class-Balanced Self-Training", 2018.
 */
export class PseudoSelector {
  /** The least confidence of each class; above 1 where nothing of the class is kept. */
  readonly thresholds: readonly number[];
  readonly #borders: readonly (Border | null)[];
  /** Pixels met so far at the border of each class. */
  readonly #met: number[];

  /**
   * @param histogram of all predictions that masks are made of.
   * @throws {InvalidArgumentError} for a confidence or a share that is none.
   */
  constructor(histogram: ConfidenceHistogram, { confidence, share = 1, without = [] }: PseudoLabelRule) {
    if (!(confidence >= 0 && confidence <= 1 && share > 0 && share <= 1)) {
      throw new InvalidArgumentError(`a confidence of ${confidence} and a share of ${share}`, {
        remedy: 'give a confidence from 0 to 1 and a share above 0, at most 1',
      });
    }
    const least = Math.ceil(confidence * STEPS - 1e-6);
    this.#borders = Array.from({ length: histogram.classes }, (_, index) =>
      without.includes(index) ? null : borderOf(histogram, index, least, share),
    );
    this.thresholds = this.#borders.map((border) =>
      border === null ? 2 : (border.step + Number(border.taken === 0)) / STEPS,
    );
    this.#met = this.#borders.map(() => 0);
  }

  #believes(index: number, confidence: number): boolean {
    const border = this.#borders[index];
    if (border === null || border === undefined) return false;
    const found = step(confidence);
    if (found !== border.step) return found > border.step;
    const met = this.#met[index]!++;
    return Math.floor(((met + 1) * border.taken) / border.of) > Math.floor((met * border.taken) / border.of);
  }

  /**
   * The next pseudo-mask: the predicted class where it is believed, `ignore` elsewhere. Masks are made once, in the order of
   * the histogram or any other.
   */
  mask(predicted: Uint8Array, confidence: Float32Array, ignore = 255): Uint8Array {
    return Uint8Array.from(predicted, (index, pixel) =>
      this.#believes(index, confidence[pixel]!) ? index : ignore,
    );
  }
}
