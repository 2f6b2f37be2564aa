import { InvalidArgumentError } from '../../core/index.ts';
import { ConfusionMatrix } from '../../evaluation/index.ts';

/** How two models agree; all NaN-free where both were right and wrong at some pixel. */
export interface PairDiversity {
  readonly first: number;
  readonly second: number;
  /** Yule's Q of being right, -1 to 1: 0 for independent errors, 1 for the same ones. */
  readonly q: number;
  /** Cohen's kappa between the two predictions, whatever the truth: 1 for equal ones. */
  readonly kappa: number;
  /** Share of pixels predicted alike, 0–1. */
  readonly agreement: number;
}

/** Counts right and wrong answers, and answers in common, of several models on the same pixels, image after image. */
export class DiversityCounts {
  readonly models: number;
  readonly classes: number;
  /** Counts of a model that always picks the truth where any model has it: what a perfect selection could reach. */
  readonly oracle: ConfusionMatrix;
  /** `[pairs × 4]`: both right, first only, second only, neither. */
  readonly #right: Float64Array;
  readonly #between: ConfusionMatrix[];

  constructor(models: number, classes: number) {
    this.models = models;
    this.classes = classes;
    this.oracle = new ConfusionMatrix(classes);
    this.#right = new Float64Array(4 * models * models);
    this.#between = Array.from({ length: models * models }, () => new ConfusionMatrix(classes));
  }

  /** Adds an image. @param truth class indexes, 255 left out @param predictions one a model, as long as `truth` */
  add(truth: Uint8Array, predictions: readonly Uint8Array[]): void {
    if (predictions.length !== this.models || predictions.some(({ length }) => length !== truth.length)) {
      throw new InvalidArgumentError(`${predictions.length} predictions of ${this.models} models`, {
        remedy: 'give one prediction a model, as long as the truth',
      });
    }
    const best = predictions[0]!.slice();
    for (const prediction of predictions) {
      for (let i = 0; i < truth.length; i++) if (prediction[i] === truth[i]) best[i] = truth[i]!;
    }
    this.oracle.accumulate(truth, best);
    for (let a = 0; a < this.models; a++) {
      for (let b = a + 1; b < this.models; b++) {
        const [one, other] = [predictions[a]!, predictions[b]!];
        const place = a * this.models + b;
        const scored = one.slice();
        for (let i = 0; i < truth.length; i++) {
          if (truth[i]! >= this.classes) {
            scored[i] = 255;
            continue;
          }
          const wrong = Number(one[i] !== truth[i]) * 2 + Number(other[i] !== truth[i]);
          this.#right[4 * place + wrong]!++;
        }
        this.#between[place]!.accumulate(scored, other);
      }
    }
  }

  /**
   * The measures of every pair.
   *
   * Source: L. Kuncheva and C. Whitaker, "Measures of Diversity in Classifier Ensembles", 2003.
   */
  pairs(): PairDiversity[] {
    const result: PairDiversity[] = [];
    for (let first = 0; first < this.models; first++) {
      for (let second = first + 1; second < this.models; second++) {
        const place = first * this.models + second;
        const [both, secondWrong, firstWrong, neither] = this.#right.subarray(4 * place, 4 * place + 4);
        const between = this.#between[place]!;
        const [rows, columns] = [between.truthTotals(), between.predictionTotals()];
        const total = rows.reduce((sum, count) => sum + count, 0);
        let [same, chance] = [0, 0];
        for (let index = 0; index < this.classes; index++) {
          same += between.at(index, index) / total;
          chance += (rows[index]! / total) * (columns[index]! / total);
        }
        const [product, cross] = [both! * neither!, firstWrong! * secondWrong!];
        result.push({
          ...{ first, second },
          q: (product - cross) / (product + cross),
          kappa: (same - chance) / (1 - chance),
          agreement: same,
        });
      }
    }
    return result;
  }
}
