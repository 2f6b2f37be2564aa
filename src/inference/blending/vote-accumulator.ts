import type { BlendLayout, FinishedBlock } from './accumulator.ts';

/** Votes are shared in steps of this part of one. */
const SCALE = 2 ** 24;

const endOf = (spans: BlendLayout['columns'], i: number): number =>
  i + 1 < spans.length ? Math.min(spans[i + 1]!.from, spans[i]!.to) : spans[i]!.to;

/** How many spans hold each pixel of an axis. */
function coverage(spans: BlendLayout['columns']): Uint8Array {
  const counts = new Uint8Array(spans.at(-1)!.to);
  for (const { from, to } of spans) for (let x = from; x < to; x++) counts[x]!++;
  return counts;
}

/**
 * Counts the votes of overlapping windows, window after window, row by row: a byte for each pixel and class of the rows that
 * windows still reach, `tile · width · K` in all. All windows that see a pixel count alike.
 */
export class VoteAccumulator {
  /** Sums are the shares of votes times this. */
  readonly scale = SCALE;
  private readonly layout: BlendLayout;
  private readonly classes: number;
  private readonly width: number;
  private readonly tallest: number;
  private readonly across: Uint8Array;
  private readonly down: Uint8Array;
  /** `[row modulo tallest, column, class]`. */
  private readonly votes: Uint8Array;

  constructor(layout: BlendLayout, classes: number) {
    const { columns, rows } = layout;
    this.layout = layout;
    this.classes = classes;
    this.width = columns.at(-1)!.to;
    this.tallest = Math.max(...rows.map(({ from, to }) => to - from));
    this.across = coverage(columns);
    this.down = coverage(rows);
    this.votes = new Uint8Array(this.tallest * this.width * classes);
  }

  /** Bytes kept between windows, for plans. */
  static bytes({ columns, rows }: Pick<BlendLayout, 'columns' | 'rows'>, classes: number): number {
    return classes * columns.at(-1)!.to * Math.max(...rows.map(({ from, to }) => to - from));
  }

  /**
   * Adds one window's classes and returns the part it finishes. Windows come row by row, each row from left to right.
   *
   * @param found `[h, w]` class indices of the pixels that count; null for a window that was left out
   */
  add(column: number, row: number, found: Uint8Array | null): FinishedBlock {
    const { columns, rows } = this.layout;
    const [x, y] = [columns[column]!, rows[row]!];
    const { votes, classes, width } = this;
    if (found !== null) {
      for (let line = y.from, at = 0; line < y.to; line++) {
        let cell = this.cellAt(x.from, line);
        for (let c = x.from; c < x.to; c++, at++, cell += classes) votes[cell + found[at]!]!++;
      }
    }
    const own = endOf(columns, column) - x.from;
    const ownRows = endOf(rows, row) - y.from;
    const sums = new Int32Array(classes * own * ownRows);
    for (let line = 0, pixel = 0; line < ownRows; line++) {
      const start = this.cellAt(x.from, y.from + line);
      for (let c = 0, cell = start; c < own; c++, pixel++) {
        const share = SCALE / (this.across[x.from + c]! * this.down[y.from + line]!);
        for (let k = 0; k < classes; k++, cell++) sums[k * own * ownRows + pixel] = votes[cell]! * share;
      }
      votes.fill(0, start, start + own * classes);
    }
    return { x: x.from, y: y.from, width: Math.min(own, width), height: ownRows, sums };
  }

  private cellAt(x: number, y: number): number {
    return ((y % this.tallest) * this.width + x) * this.classes;
  }
}
