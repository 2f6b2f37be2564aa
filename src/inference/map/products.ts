import {
  bestClass,
  bestClassAround,
  blendedValues,
  confidencePercent,
  entropyPercent,
  type Inside,
  probabilityBytes,
  softmaxOverClasses,
} from '../blending/index.ts';

/** What can be told of each pixel. */
export type ProductName = 'classes' | 'probabilities' | 'confidence' | 'entropy';

/** All products, in the order they are stored. */
export const productNames: readonly ProductName[] = ['classes', 'probabilities', 'confidence', 'entropy'];

/** Value of pixels that are not mapped: beyond the classes, and the output's nodata. */
export const MAP_NODATA = 255;

/** The wanted products of a part of a map; probabilities planar `[K, h, w]`, the others `[h, w]`. */
export type Products = Readonly<Partial<Record<ProductName, Uint8Array>>>;

/** A prediction of some pixels: classes alone, probabilities or blended sums `[K, pixels]`. */
export type Prediction =
  | { readonly kind: 'classes'; readonly classes: Uint8Array }
  | { readonly kind: 'probabilities'; readonly probabilities: Float32Array }
  | {
      readonly kind: 'sums';
      readonly sums: Int32Array;
      readonly scale: number;
      readonly of: 'probabilities' | 'logits';
      readonly width: number;
      /** Pixels that were not blended, and their classes. */
      readonly inside?: { readonly window: Inside; readonly classes: Uint8Array };
    };

/** What to make of predictions. */
export interface ProductPlan {
  readonly wanted: ReadonlySet<ProductName>;
  readonly classes: number;
  /** Probabilities are cut off instead of rounded to bytes, as IGN's program does. */
  readonly cutProbabilities: boolean;
}

function probabilitiesOf(prediction: Prediction, classes: number): Float32Array {
  if (prediction.kind === 'probabilities') return prediction.probabilities;
  if (prediction.kind === 'classes') throw new TypeError('classes alone have no probabilities');
  const values = blendedValues(prediction.sums, prediction.scale);
  return prediction.of === 'logits' ? softmaxOverClasses(values, classes) : values;
}

function classesOf(prediction: Prediction, classes: number): Uint8Array {
  if (prediction.kind === 'classes') return prediction.classes;
  if (prediction.kind === 'sums' && prediction.inside !== undefined) {
    const { sums, width, inside } = prediction;
    return bestClassAround(sums, classes, width, inside.window, inside.classes);
  }
  return bestClass(prediction.kind === 'sums' ? prediction.sums : prediction.probabilities, classes);
}

/** IGN's bytes: 255 times the probability in single precision, cut off. */
const cutBytes = (probabilities: Float32Array): Uint8Array =>
  Uint8Array.from(probabilities, (probability) => Math.fround(255 * probability));

/** The products that are wanted of a prediction. */
export function productsOf(prediction: Prediction, plan: ProductPlan): Products {
  const { wanted, classes } = plan;
  const products: Partial<Record<ProductName, Uint8Array>> = {};
  if (wanted.has('classes')) products.classes = classesOf(prediction, classes);
  if (wanted.size > (wanted.has('classes') ? 1 : 0)) {
    const probabilities = probabilitiesOf(prediction, classes);
    if (wanted.has('probabilities')) {
      products.probabilities = plan.cutProbabilities
        ? cutBytes(probabilities)
        : probabilityBytes(probabilities);
    }
    if (wanted.has('confidence')) products.confidence = confidencePercent(probabilities, classes);
    if (wanted.has('entropy')) products.entropy = entropyPercent(probabilities, classes);
  }
  return products;
}

/** A product of pixels that are not mapped at all. */
export function emptyProduct(name: ProductName, pixels: number, classes: number): Uint8Array {
  return name === 'probabilities'
    ? new Uint8Array(classes * pixels)
    : new Uint8Array(pixels).fill(MAP_NODATA);
}

/** Products of pixels that are not mapped at all. */
export function emptyProducts(pixels: number, { wanted, classes }: ProductPlan): Products {
  return Object.fromEntries([...wanted].map((name) => [name, emptyProduct(name, pixels, classes)]));
}

/** Blanks, in place, the pixels that are not valid: nodata, and zero in every band of probabilities. */
export function blankInvalid(products: Products, valid: Uint8Array | null): void {
  if (valid === null || !valid.includes(0)) return;
  for (const name of productNames) {
    const cells = products[name];
    if (cells === undefined) continue;
    const blank = name === 'probabilities' ? 0 : MAP_NODATA;
    for (let i = 0; i < cells.length; i++) if (valid[i % valid.length] === 0) cells[i] = blank;
  }
}
