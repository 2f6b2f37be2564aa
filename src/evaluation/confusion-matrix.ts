import { ArpentError } from '../core/index.ts';

/** Two arrays of pixels, or two matrices, whose sizes differ although they describe the same thing. */
export class SizeMismatchError extends ArpentError {}

/** How pixels become classes while they are counted; without a table a pixel's value is its class. */
export interface CountingOptions {
  /** Truth value to leave out (255 by default); `null` leaves none out. */
  readonly ignoreValue?: number | null;
  /** Class index of every truth value, -1 for values without a class (see `valueTable` in core). */
  readonly truthTable?: ArrayLike<number>;
  /** The same for predictions. */
  readonly predictionTable?: ArrayLike<number>;
}

const BYTE_VALUES = 256;
/** Pixels of each pair of bytes (truth, prediction); one scratch table serves every call. */
const pairCounts = new Uint32Array(BYTE_VALUES * BYTE_VALUES);
/** Fewer pixels than any 32-bit count can hold, and than 31-bit loop indexes reach. */
const CHUNK = 2 ** 30;

/**
 * Pixel counts: rows are the truth, columns the prediction. Counts are whole numbers in a Float64Array, exact up to
 * 2^53 (nine million square kilometres at 3 cm), so merging in any order gives the same bits.
 */
export class ConfusionMatrix {
  readonly classes: number;
  /** `[classes × classes]`, row by row. */
  readonly counts: Float64Array;
  /** `[classes]`: pixels with a true class whose prediction is no class (nodata, a value out of range). */
  readonly missed: Float64Array;
  /** Pixels left out because their truth has no class. */
  ignored = 0;

  /** @param counts row-major counts to start from; copied. */
  constructor(classes: number, counts?: ArrayLike<number>) {
    if (!Number.isInteger(classes) || classes < 1 || classes > BYTE_VALUES) {
      throw new SizeMismatchError(`a confusion matrix of ${classes} classes`, {
        remedy: 'use 1 to 256 classes',
      });
    }
    if (counts !== undefined && counts.length !== classes * classes) {
      throw new SizeMismatchError(`${counts.length} counts for a ${classes} × ${classes} matrix`, {
        remedy: 'give one count for each pair of classes',
      });
    }
    this.classes = classes;
    this.counts = counts === undefined ? new Float64Array(classes * classes) : Float64Array.from(counts);
    this.missed = new Float64Array(classes);
  }

  /** A matrix from its rows. */
  static fromRows(rows: readonly (readonly number[])[]): ConfusionMatrix {
    return new ConfusionMatrix(rows.length, rows.flat());
  }

  /** The sum of several matrices of the same classes. */
  static sum(classes: number, matrices: Iterable<ConfusionMatrix>): ConfusionMatrix {
    const total = new ConfusionMatrix(classes);
    for (const matrix of matrices) total.add(matrix);
    return total;
  }

  /** Pixels of class `truth` predicted as class `prediction`. */
  at(truth: number, prediction: number): number {
    return this.counts[truth * this.classes + prediction]!;
  }

  /**
   * Counts the pixels of an image and returns this matrix. Bytes take a fast path: one table of pairs is filled in a
   * branch-free pass and read out per class afterwards, so value tables cost nothing per pixel.
   * @param truth one value a pixel, in any order.
   * @param prediction as long as `truth`.
   * @throws {SizeMismatchError} when the lengths differ.
   */
  accumulate(truth: ArrayLike<number>, prediction: ArrayLike<number>, options: CountingOptions = {}): this {
    if (truth.length !== prediction.length) {
      throw new SizeMismatchError(`${truth.length} truth pixels and ${prediction.length} predicted pixels`, {
        remedy: 'compare images of the same width and height',
      });
    }
    if (truth instanceof Uint8Array && prediction instanceof Uint8Array) {
      for (let start = 0; start < truth.length; start += CHUNK) {
        this.#countBytes(
          truth.subarray(start, start + CHUNK),
          prediction.subarray(start, start + CHUNK),
          options,
        );
      }
    } else {
      const [classOfTruth, classOfPrediction] = this.#lookups(options);
      for (let pixel = 0; pixel < truth.length; pixel++) {
        this.#count(classOfTruth(truth[pixel]!), classOfPrediction(prediction[pixel]!), 1);
      }
    }
    return this;
  }

  /** Adds another matrix of the same classes to this one and returns this one. */
  add(other: ConfusionMatrix): this {
    if (other.classes !== this.classes) {
      throw new SizeMismatchError(`matrices of ${this.classes} and ${other.classes} classes`, {
        remedy: 'add matrices made with the same nomenclature',
      });
    }
    for (let i = 0; i < this.counts.length; i++) this.counts[i]! += other.counts[i]!;
    for (let i = 0; i < this.classes; i++) this.missed[i]! += other.missed[i]!;
    this.ignored += other.ignored;
    return this;
  }

  /** A new matrix of some classes only, in the given order: other rows and columns are cut away and forgotten. */
  subset(kept: readonly number[]): ConfusionMatrix {
    const cut = new ConfusionMatrix(
      kept.length,
      kept.flatMap((row) => kept.map((column) => this.at(row, column))),
    );
    for (const [place, row] of kept.entries()) cut.missed[place] = this.missed[row]!;
    cut.ignored = this.ignored;
    return cut;
  }

  /**
   * A new matrix in which classes are joined.
   * @param target the new class of each present class; -1 drops it (its truth is ignored, its predictions are missed).
   */
  regroup(target: readonly number[]): ConfusionMatrix {
    const grouped = new ConfusionMatrix(Math.max(...target) + 1);
    grouped.ignored = this.ignored;
    for (let row = 0; row < this.classes; row++) {
      const truth = target[row] ?? -1;
      for (let column = 0; column < this.classes; column++) {
        grouped.#count(truth, target[column] ?? -1, this.at(row, column));
      }
      grouped.#count(truth, -1, this.missed[row]!);
    }
    return grouped;
  }

  /** Truth pixels of each class, missed ones included. */
  truthTotals(): Float64Array {
    const totals = Float64Array.from(this.missed);
    for (let i = 0; i < this.counts.length; i++) totals[Math.floor(i / this.classes)]! += this.counts[i]!;
    return totals;
  }

  /** Predicted pixels of each class. */
  predictionTotals(): Float64Array {
    const totals = new Float64Array(this.classes);
    for (let i = 0; i < this.counts.length; i++) totals[i % this.classes]! += this.counts[i]!;
    return totals;
  }

  /** Rows of counts as plain arrays. */
  toRows(): number[][] {
    return Array.from({ length: this.classes }, (_, row) =>
      Array.from(this.counts.subarray(row * this.classes, (row + 1) * this.classes)),
    );
  }

  #count(truth: number, prediction: number, pixels: number): void {
    if (truth < 0) this.ignored += pixels;
    else if (prediction < 0) this.missed[truth]! += pixels;
    else this.counts[truth * this.classes + prediction]! += pixels;
  }

  /** The class of a truth value and of a predicted value, -1 for none. */
  #lookups({ ignoreValue = 255, truthTable, predictionTable }: CountingOptions) {
    const within = (index: number | undefined) =>
      index !== undefined && index >= 0 && index < this.classes ? index : -1;
    const look = (table: ArrayLike<number> | undefined) => (value: number) =>
      within(table === undefined ? value : table[value]);
    const classOfTruth = look(truthTable);
    return [
      (value: number) => (value === ignoreValue ? -1 : classOfTruth(value)),
      look(predictionTable),
    ] as const;
  }

  #countBytes(truth: Uint8Array, prediction: Uint8Array, options: CountingOptions): void {
    pairCounts.fill(0);
    for (let pixel = 0; pixel < truth.length; pixel++) {
      pairCounts[(truth[pixel]! << 8) | prediction[pixel]!]!++;
    }
    const [classOfTruth, classOfPrediction] = this.#lookups(options);
    const columns = Int16Array.from({ length: BYTE_VALUES }, (_, value) => classOfPrediction(value));
    for (let value = 0; value < BYTE_VALUES; value++) {
      const row = classOfTruth(value);
      for (let other = 0; other < BYTE_VALUES; other++) {
        const pixels = pairCounts[(value << 8) | other]!;
        if (pixels > 0) this.#count(row, columns[other]!, pixels);
      }
    }
  }
}
