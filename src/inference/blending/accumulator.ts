import type { Span } from './axis.ts';
import { axisWeights, type BlendWindow } from './windows.ts';

/** The windows of a map along both axes and how they share pixels. */
export interface BlendLayout {
  readonly columns: readonly Span[];
  readonly rows: readonly Span[];
  readonly window: BlendWindow;
}

/** A part of the map to which no window will add any more. */
export interface FinishedBlock {
  /** In pixels of the raster. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Planar `[K, height, width]`: blended values times {@link BlendAccumulator.scale}. Valid until the next call. */
  readonly sums: Int32Array;
}

/** A rectangle inside a window, from the upper left of the pixels that count. */
export interface Inside {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Scores of a rectangle inside a window, planar `[K, height, width]`. */
export interface ScorePart extends Inside {
  readonly scores: Float32Array;
}

/** Where a window's pixels that count lie, and how many columns and rows of them it finishes. */
interface Extent {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly own: number;
  readonly ownRows: number;
}

/** Fixed-point steps of one: probabilities sum to at most 1, scores may reach ±2000 before they are clipped. */
const SCALES = { probabilities: 2 ** 24, logits: 2 ** 20 } as const;
const MOST_LOGIT = 2000;

const overlapOf = (spans: readonly Span[], i: number): number =>
  Math.max(0, i + 1 < spans.length ? spans[i]!.to - spans[i + 1]!.from : 0);

/**
 * Blends predictions of overlapping windows in one pass, window after window, row by row.
 *
 * Memory holds the rows that the next row of windows overlaps and the columns that the next window overlaps, for each class:
 * `(overlap · width + tile · overlap) · K` numbers, whatever the raster's height. Sums are kept in whole numbers, which
 * add to the same total in any order.
 */
export class BlendAccumulator {
  /** Sums are the blended values times this. */
  readonly scale: number;
  readonly classes: number;
  private readonly layout: BlendLayout;
  private readonly weights: { readonly columns: Float64Array[]; readonly rows: Float64Array[] };
  private readonly width: number;
  private readonly block: Int32Array;
  /** Sums of rows that the next row of windows continues, `[K, belowRows, width]`. */
  private readonly below: Int32Array;
  private readonly belowRows: number;
  /** Sums of columns that the next window of the row continues, `[K, height, columns]`, and the same being made. */
  private right: Int32Array;
  private nextRight: Int32Array;

  constructor(layout: BlendLayout, classes: number, kind: 'probabilities' | 'logits' = 'probabilities') {
    const { columns, rows, window } = layout;
    const tallest = Math.max(...rows.map(({ from, to }) => to - from));
    const broadest = Math.max(...columns.map(({ from, to }) => to - from));
    const across = Math.max(0, ...columns.map((_, i) => overlapOf(columns, i)));
    this.layout = layout;
    this.classes = classes;
    this.scale = SCALES[kind];
    this.weights = { columns: axisWeights(window, columns), rows: axisWeights(window, rows) };
    this.width = columns.at(-1)!.to;
    this.belowRows = Math.max(0, ...rows.map((_, i) => overlapOf(rows, i)));
    this.block = new Int32Array(classes * tallest * broadest);
    this.below = new Int32Array(classes * this.belowRows * this.width);
    this.right = new Int32Array(classes * tallest * across);
    this.nextRight = new Int32Array(this.right.length);
  }

  /** Bytes kept between windows, for plans. */
  static bytes({ columns, rows }: Pick<BlendLayout, 'columns' | 'rows'>, classes: number): number {
    const tallest = Math.max(...rows.map(({ from, to }) => to - from));
    const broadest = Math.max(...columns.map(({ from, to }) => to - from));
    const across = Math.max(0, ...columns.map((_, i) => overlapOf(columns, i)));
    const down = Math.max(0, ...rows.map((_, i) => overlapOf(rows, i)));
    return 4 * classes * (down * columns.at(-1)!.to + 2 * tallest * across + tallest * broadest);
  }

  /**
   * Adds one window's prediction and returns the part it finishes. Windows come row by row, each row from left to right.
   *
   * @param scores planar `[K, h, w]` of the pixels of the window that count; null for a window that was left out
   */
  add(column: number, row: number, scores: Float32Array | null): FinishedBlock {
    const { width, height } = this.extent(column, row);
    return this.addParts(column, row, scores && [{ x: 0, y: 0, width, height, scores }]);
  }

  /**
   * The same with the prediction in parts. What they leave out (see {@link aloneInside}) holds anything in the finished part.
   *
   * @param parts rectangles from the upper left of the pixels that count; null for a window that was left out
   */
  addParts(column: number, row: number, parts: readonly ScorePart[] | null): FinishedBlock {
    return this.fold(column, row, (sums, carry) => {
      if (parts === null) {
        sums.fill(0);
        carry.fill(0);
      } else for (const part of parts) this.addScores(column, row, part, sums, carry);
    });
  }

  private extent(column: number, row: number): Extent {
    const { columns, rows } = this.layout;
    const x = columns[column]!;
    const y = rows[row]!;
    const width = x.to - x.from;
    const height = y.to - y.from;
    // What the next window (to the right, below) does not begin to see is finished.
    const own = column + 1 < columns.length ? Math.min(columns[column + 1]!.from - x.from, width) : width;
    const ownRows = row + 1 < rows.length ? Math.min(rows[row + 1]!.from - y.from, height) : height;
    return { x: x.from, y: y.from, width, height, own, ownRows };
  }

  private fold(
    column: number,
    row: number,
    add: (sums: Int32Array, carry: Int32Array) => void,
  ): FinishedBlock {
    const extent = this.extent(column, row);
    const { x, y, width, height, own, ownRows } = extent;
    const { classes } = this;
    const sums = this.block.subarray(0, classes * height * own);
    const carry = this.nextRight.subarray(0, classes * height * (width - own));
    add(sums, carry);
    if (column > 0) this.takeRight(overlapOf(this.layout.columns, column - 1), extent, sums, carry);
    [this.right, this.nextRight] = [this.nextRight, this.right];
    this.passBelow(row, extent, sums);
    return { x, y, width: own, height: ownRows, sums: sums.subarray(0, classes * ownRows * own) };
  }

  /**
   * Where row `r` of class `k` lies among the sums of a window: finished rows first, `[K, ownRows, own]`, then those that the row
   * below continues, `[K, height - ownRows, own]`. What nothing is added to is never touched, and takes no memory.
   */
  private lineAt(k: number, r: number, { height, own, ownRows }: Extent): number {
    if (r < ownRows) return (k * ownRows + r) * own;
    return (this.classes * ownRows + k * (height - ownRows) + r - ownRows) * own;
  }

  /** Adds what the window to the left left over. */
  private takeRight(left: number, extent: Extent, sums: Int32Array, carry: Int32Array): void {
    const { right } = this;
    const { width, height, own } = extent;
    const rest = width - own;
    const shared = Math.min(left, own);
    for (let k = 0; k < this.classes; k++) {
      for (let r = 0; r < height; r++) {
        const line = k * height + r;
        const from = line * left;
        const to = this.lineAt(k, r, extent);
        for (let c = 0; c < shared; c++) sums[to + c]! += right[from + c]!;
        for (let c = own; c < left; c++) carry[line * rest + c - own]! += right[from + c]!;
      }
    }
  }

  /** Adds what the row of windows above left over, and leaves over what the row below continues. */
  private passBelow(row: number, extent: Extent, sums: Int32Array): void {
    const { below, belowRows, width, classes } = this;
    const { x, height, own, ownRows } = extent;
    const above = row > 0 ? overlapOf(this.layout.rows, row - 1) : 0;
    for (let k = 0; k < classes; k++) {
      for (let r = 0; r < above; r++) {
        const from = (k * belowRows + r) * width + x;
        const to = this.lineAt(k, r, extent);
        for (let c = 0; c < own; c++) sums[to + c]! += below[from + c]!;
      }
      for (let r = ownRows; r < height; r++) {
        const from = this.lineAt(k, r, extent);
        below.set(sums.subarray(from, from + own), (k * belowRows + r - ownRows) * width + x);
      }
    }
  }

  private addScores(column: number, row: number, part: ScorePart, sums: Int32Array, carry: Int32Array): void {
    const extent = this.extent(column, row);
    const { width, height, own } = extent;
    const rest = width - own;
    const { classes, scale } = this;
    const clip = scale === SCALES.logits;
    const across = this.weights.columns[column]!;
    const down = this.weights.rows[row]!;
    const end = part.x + part.width;
    for (let k = 0; k < classes; k++) {
      for (let r = part.y; r < part.y + part.height; r++) {
        const weight = down[r]! * scale;
        const from = (k * part.height + r - part.y) * part.width - part.x;
        const to = this.lineAt(k, r, extent);
        const tail = (k * height + r) * rest - own;
        weigh(part.scores, from, across, weight, sums, to, part.x, Math.min(end, own), clip);
        weigh(part.scores, from, across, weight, carry, tail, Math.max(part.x, own), end, clip);
      }
    }
  }
}

/** Weights columns `start` to `end` of a row of scores and stores them as whole numbers. */
function weigh(
  scores: Float32Array,
  from: number,
  across: Float64Array,
  weight: number,
  into: Int32Array,
  to: number,
  start: number,
  end: number,
  clip: boolean,
): void {
  if (clip) {
    for (let c = start; c < end; c++) {
      const score = Math.max(-MOST_LOGIT, Math.min(MOST_LOGIT, scores[from + c]!));
      into[to + c] = Math.floor(score * weight * across[c]! + 0.5);
    }
    return;
  }
  // Probabilities are never negative, so cutting off rounds as it should.
  for (let c = start; c < end; c++) into[to + c] = (scores[from + c]! * weight * across[c]! + 0.5) | 0;
}

/** The pixels, from the upper left of those that count, that one window alone counts; null where there are none. */
export function aloneInside(
  { columns, rows }: Pick<BlendLayout, 'columns' | 'rows'>,
  column: number,
  row: number,
): Inside | null {
  const [across, down] = [aloneIn(columns, column), aloneIn(rows, row)];
  if (across === null || down === null) return null;
  return { x: across[0], y: down[0], width: across[1], height: down[1] };
}

/** Start, from the span's first pixel, and length of what span `i` alone counts. */
function aloneIn(spans: readonly Span[], i: number): [number, number] | null {
  const { from, to } = spans[i]!;
  const start = Math.max(from, ...spans.slice(Math.max(0, i - 8), i).map((span) => span.to));
  const end = Math.min(to, ...spans.slice(i + 1, i + 2).map((span) => span.from));
  return end > start ? [start - from, end - start] : null;
}
