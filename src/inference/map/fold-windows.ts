import { BlendAccumulator, type ScorePart, VoteAccumulator } from '../blending/index.ts';
import { type MapLayout, placeOf } from './layout.ts';
import type { Answer } from './predict-windows.ts';
import {
  blankInvalid,
  emptyProducts,
  type Prediction,
  type ProductName,
  type ProductPlan,
  productsOf,
} from './products.ts';
import { type BadBlock, encodeTile, type FinishedTile, sumOf } from './tile-record.ts';

/** How answers become finished windows. Plain data: it goes to the thread that does it. */
export interface FoldPlan extends ProductPlan {
  readonly layout: MapLayout;
  readonly blendOf: 'probabilities' | 'logits';
  readonly votes: boolean;
  /** The product that the map itself shows. */
  readonly main: ProductName;
  /** Whether the outputs hold nodata where nothing is written, so that empty windows need no writing. */
  readonly skipsEmpty: boolean;
  /** Whether finished windows go to a journal. */
  readonly recorded: boolean;
  /** The first window to finish; those before it are folded for what they share with it. */
  readonly first: number;
}

/** One window's answer. */
export interface FoldTask {
  readonly index: number;
  /** Null where no pixel of the window is to be mapped. */
  readonly answer: Answer | null;
  /** Which of the pixels that count are mapped; null: all. */
  readonly valid: Uint8Array | null;
  readonly bad: readonly BadBlock[];
}

/** A finished window on its way to the disk. */
export interface FoldedTile {
  readonly tile: FinishedTile;
  /** CRC-32 of its pixels of the map. */
  readonly sum: number;
  /** Its record for the journal. */
  readonly record: Uint8Array | null;
}

/**
 * Turns the answers of windows, in reading order, into what each finishes: blends them, reads classes and percents off the
 * sums, blanks what is not mapped and writes the journal's record.
 */
export class WindowFold {
  private readonly plan: FoldPlan;
  private readonly accumulator: BlendAccumulator | null;
  private readonly ballot: VoteAccumulator | null;

  constructor(plan: FoldPlan) {
    const { layout, classes, votes, blendOf } = plan;
    this.plan = plan;
    this.accumulator = layout.blended && !votes ? new BlendAccumulator(layout, classes, blendOf) : null;
    this.ballot = layout.blended && votes ? new VoteAccumulator(layout, classes) : null;
  }

  /** Takes the next window. Null for windows that an earlier run finished. */
  add({ index, answer, valid, bad }: FoldTask): FoldedTile | null {
    const { plan } = this;
    const { column, row, own, kept } = placeOf(plan.layout, index);
    const prediction = this.fold(column, row, answer);
    if (index < plan.first) return null;
    const products = answer === null ? this.empty(own.width * own.height) : productsOf(prediction!, plan);
    blankInvalid(products, valid && cropMask(valid, kept.width, own.width, own.height));
    const tile = { index, window: own, products, bad };
    const record = plan.recorded ? encodeTile(tile) : null;
    return { tile, sum: sumOf(tile, plan.main, plan.classes), record };
  }

  private empty(pixels: number) {
    return this.plan.skipsEmpty ? {} : emptyProducts(pixels, this.plan);
  }

  private fold(column: number, row: number, answer: Answer | null): Prediction | null {
    const { accumulator, ballot } = this;
    const scores = answer?.scores ?? null;
    if (ballot !== null) {
      const { sums, width } = ballot.add(column, row, scores as Uint8Array | null);
      return { kind: 'sums', sums, scale: ballot.scale, of: 'probabilities', width };
    }
    if (accumulator === null) {
      if (scores === null) return null;
      return scores instanceof Uint8Array
        ? { kind: 'classes', classes: scores }
        : { kind: 'probabilities', probabilities: scores as Float32Array };
    }
    const { sums, width } = Array.isArray(scores)
      ? accumulator.addParts(column, row, scores as ScorePart[])
      : accumulator.add(column, row, scores as Float32Array | null);
    const inside = answer?.inside ? { inside: answer.inside } : {};
    return { kind: 'sums', sums, scale: accumulator.scale, of: this.plan.blendOf, width, ...inside };
  }
}

/** The upper left part of a mask of `stride` columns. */
function cropMask(mask: Uint8Array, stride: number, width: number, height: number): Uint8Array {
  if (width === stride) return mask.subarray(0, width * height);
  const part = new Uint8Array(width * height);
  for (let row = 0; row < height; row++)
    part.set(mask.subarray(row * stride, row * stride + width), row * width);
  return part;
}
