import { allocateCells, type PixelArray, type RasterDataType } from '../pixel-block.ts';
import { levelWidths, type RowReducer } from './reducer.ts';

type Emit = (level: number, row: PixelArray) => void;

const bytesOf = (cells: PixelArray) => Buffer.from(cells.buffer, cells.byteOffset, cells.byteLength);

/** Stands for a cell beyond the edge where there is no nodata value to stand for it. */
const nothing = -1;

/**
 * The value that most of four cells have, `invalid` ones not counting: `invalid` when there is none. A tie goes to the first
 * cell if it is among the tied, else to the lowest value.
 */
export function majorityOfFour(a: number, b: number, c: number, d: number, invalid: number): number {
  let best = invalid;
  let most = 0;
  if (a !== invalid) {
    best = a;
    most = 1 + Number(b === a) + Number(c === a) + Number(d === a);
    if (most > 2) return a;
  }
  if (b !== invalid && b !== a) {
    const count = 1 + Number(c === b) + Number(d === b);
    if (count > most) {
      best = b;
      most = count;
    }
  }
  if (c !== invalid && c !== a && c !== b) {
    const count = 1 + Number(d === c);
    if (count > most || (count === most && c < best && best !== a)) {
      best = c;
      most = count;
    }
  }
  if (
    d !== invalid &&
    d !== a &&
    d !== b &&
    d !== c &&
    (most === 0 || (most === 1 && d < best && best !== a))
  )
    best = d;
  return best;
}

/** Votes for each value in the cells of one row of one level, from the quarter size on. */
interface LevelState {
  /** `[cells, values]`. */
  readonly votes: Uint32Array;
  readonly row: PixelArray;
  /** What the upper-left cell below became; it decides ties. */
  readonly corners: PixelArray;
  /** Rows of the level below taken so far: 0, 1, 2. */
  taken: number;
  /** Which stretches of {@link STRETCH} cells of the row that is being made something voted for. */
  readonly voted: Uint8Array;
}

/** Cells of a row that are looked at together: those without data are passed over. */
const STRETCH = 512;

const stretches = (cells: number): number => Math.ceil(cells / STRETCH);

/**
 * Overviews of class maps: the value that most of the cells of the full map below have. Cells without data do not vote.
 * A tie goes to what the upper-left corner became if it is among the tied, else to the lowest value.
 */
export class MajorityReducer implements RowReducer {
  readonly #width: number;
  readonly #values: number;
  readonly #invalid: number;
  /** The half-size row, and the upper of the two full rows it is made from. */
  readonly #half: PixelArray;
  readonly #upper: PixelArray;
  #hasUpper = false;
  /** Level 1 (a quarter of the size) and beyond. */
  readonly #levels: readonly LevelState[];
  readonly #depth: number;
  /** A full row without data; null where no value stands for that. */
  readonly #blank: PixelArray | null;

  /** @param values how many different values there are: cells hold 0 to `values - 1`, or the nodata value. */
  constructor(
    width: number,
    levels: number,
    dataType: RasterDataType,
    noData: number | null,
    values: number,
  ) {
    this.#width = width;
    this.#values = values;
    this.#invalid = noData ?? nothing;
    this.#depth = levels;
    this.#upper = allocateCells(dataType, width);
    this.#half = allocateCells(dataType, Math.ceil(width / 2));
    this.#levels = levelWidths(width, levels)
      .slice(1)
      .map((size) => ({
        votes: new Uint32Array(size * values),
        row: allocateCells(dataType, size),
        corners: allocateCells(dataType, size),
        taken: 0,
        voted: new Uint8Array(stretches(size)),
      }));
    this.#blank = noData === null ? null : allocateCells(dataType, width).fill(noData);
  }

  push(cells: PixelArray, rows: number, emit: Emit): void {
    if (this.#depth === 0) return;
    for (let row = 0; row < rows; row++) {
      const line = cells.subarray(row * this.#width, (row + 1) * this.#width);
      if (this.#hasUpper) this.#pair(this.#upper, line, emit);
      else this.#upper.set(line);
      this.#hasUpper = !this.#hasUpper;
    }
  }

  /** Two full rows become one of half size, and vote for the next level; `lower` is null below the last row. */
  #pair(upper: PixelArray, lower: PixelArray | null, emit: Emit): void {
    const half = this.#half;
    const empty = this.#emptyStretches(upper, lower);
    for (let stretch = 0; stretch < stretches(half.length); stretch++) {
      const [start, end] = [stretch * STRETCH, Math.min(half.length, (stretch + 1) * STRETCH)];
      if (empty(start, end)) half.fill(this.#invalid, start, end);
      else {
        this.#pairCells(upper, lower, start, end);
        const above = this.#levels[0];
        if (above !== undefined) above.voted[stretch >> 1] = 1;
      }
    }
    emit(0, half);
    this.#passUp(0, half, emit);
  }

  /**
   * Whether two full rows hold nothing where cells `start` to `end` of the half row lie. Large parts of some maps are empty:
   * comparing bytes finds them far faster than counting votes.
   */
  #emptyStretches(upper: PixelArray, lower: PixelArray | null): (start: number, end: number) => boolean {
    if (this.#blank === null) return () => false;
    const blank = bytesOf(this.#blank);
    const size = blank.length / this.#width;
    const rows = [upper, ...(lower === null ? [] : [lower])].map(bytesOf);
    if (rows.every((row) => row.equals(blank))) return () => true;
    return (start, end) => {
      const [from, to] = [2 * size * start, Math.min(blank.length, 2 * size * end)];
      return rows.every((row) => row.compare(blank, from, to, from, to) === 0);
    };
  }

  #pairCells(upper: PixelArray, lower: PixelArray | null, start: number, end: number): void {
    const width = this.#width;
    const half = this.#half;
    const invalid = this.#invalid;
    const values = this.#values;
    const votes = this.#levels[0]?.votes;
    for (let x = start, column = 2 * start; x < end; x++, column += 2) {
      const inside = column + 1 < width;
      const a = upper[column]!;
      const b = inside ? upper[column + 1]! : invalid;
      const c = lower === null ? invalid : lower[column]!;
      const d = lower === null || !inside ? invalid : lower[column + 1]!;
      const target = (x >> 1) * values;
      if (a === b && a === c && a === d) {
        half[x] = a;
        if (votes !== undefined && a !== invalid) votes[target + a]! += 4;
        continue;
      }
      half[x] = majorityOfFour(a, b, c, d, invalid);
      if (votes === undefined) continue;
      if (a !== invalid) votes[target + a]!++;
      if (b !== invalid) votes[target + b]!++;
      if (c !== invalid) votes[target + c]!++;
      if (d !== invalid) votes[target + d]!++;
    }
  }

  /** Note the corners of a finished row for the level above, and finish that one when its two rows are there. */
  #passUp(level: number, row: PixelArray, emit: Emit): void {
    const above = this.#levels[level];
    if (above === undefined) return;
    if (above.taken === 0) {
      const { corners, voted } = above;
      for (let stretch = 0; stretch < voted.length; stretch++) {
        const [start, end] = [stretch * STRETCH, Math.min(corners.length, (stretch + 1) * STRETCH)];
        if (voted[stretch] === 0) corners.fill(this.#invalid, start, end);
        else for (let x = start; x < end; x++) corners[x] = row[2 * x]!;
      }
    }
    if (++above.taken === 2) this.#finish(level + 1, emit);
  }

  /** Count the votes of a row of level 1 or beyond, and hand them on. */
  #finish(level: number, emit: Emit): void {
    const { row, voted } = this.#levels[level - 1]!;
    const above = this.#levels[level];
    this.#levels[level - 1]!.taken = 0;
    for (let stretch = 0; stretch < voted.length; stretch++) {
      const [start, end] = [stretch * STRETCH, Math.min(row.length, (stretch + 1) * STRETCH)];
      if (voted[stretch] === 0) row.fill(Math.max(0, this.#invalid), start, end);
      else {
        this.#countVotes(level, start, end);
        if (above !== undefined) above.voted[stretch >> 1] = 1;
      }
    }
    voted.fill(0);
    emit(level, row);
    this.#passUp(level, row, emit);
  }

  #countVotes(level: number, from: number, to: number): void {
    const { votes, row, corners } = this.#levels[level - 1]!;
    const values = this.#values;
    const aboveVotes = this.#levels[level]?.votes;
    for (let x = from; x < to; x++) {
      const start = x * values;
      const target = (x >> 1) * values;
      const corner = corners[x]!;
      let best = corner < values ? corner : 0;
      let most = votes[start + best]!;
      for (let value = 0; value < values; value++) {
        const count = votes[start + value]!;
        if (count === 0) continue;
        if (count > most) {
          most = count;
          best = value;
        }
        if (aboveVotes !== undefined) aboveVotes[target + value]! += count;
        votes[start + value] = 0;
      }
      row[x] = most === 0 ? Math.max(0, this.#invalid) : best;
    }
  }

  end(emit: Emit): void {
    if (this.#hasUpper) this.#pair(this.#upper, null, emit);
    this.#hasUpper = false;
    for (const [index, { taken }] of this.#levels.entries()) {
      if (taken > 0) this.#finish(index + 1, emit);
    }
  }
}
