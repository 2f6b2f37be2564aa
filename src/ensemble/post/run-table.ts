import type { Pixels } from '../../raster/index.ts';

/** An array of whole numbers that grows by doubling. */
class Growing<T extends Uint8Array | Uint32Array> {
  values: T;
  readonly #make: (length: number) => T;

  constructor(make: (length: number) => T) {
    this.#make = make;
    this.values = make(1024);
  }

  set(place: number, value: number): void {
    if (place >= this.values.length) {
      const longer = this.#make(2 * this.values.length);
      longer.set(this.values as never);
      this.values = longer;
    }
    this.values[place] = value;
  }
}

const numbers = () => new Growing((length) => new Uint32Array(length));

/** A class map as horizontal runs of equal pixels, each belonging to a region of runs that touch. */
export class RunTable {
  readonly width: Pixels;
  /** Number of runs. */
  count = 0;
  readonly #corners: boolean;
  readonly #ends = numbers();
  readonly #rowOf = numbers();
  /** First run of each row, and one number more. */
  readonly #firsts = numbers();
  /** A run of the same region that is closer to its first; the first one's own number. */
  readonly #parents = numbers();
  readonly #classes = new Growing((length) => new Uint8Array(length));
  #rows = 0;

  /** @param corners whether runs that touch at a corner only are one region */
  constructor(width: Pixels, corners: boolean) {
    this.width = width;
    this.#corners = corners;
    this.#firsts.set(0, 0);
  }

  /** Adds rows. @param cells `[rows, width]` */
  add(cells: Uint8Array): void {
    const { width } = this;
    for (let top = 0; top < cells.length; top += width) {
      let above = this.#rows === 0 ? 0 : this.#firsts.values[this.#rows - 1]!;
      const firstOfRow = this.count;
      for (let x = 0; x < width; ) {
        const [start, index] = [x, cells[top + x]!];
        while (x < width && cells[top + x] === index) x++;
        const run = this.count++;
        this.#ends.set(run, x);
        this.#rowOf.set(run, this.#rows);
        this.#classes.set(run, index);
        this.#parents.set(run, run);
        above = this.#join(run, start, above, firstOfRow);
      }
      this.#rows++;
      this.#firsts.set(this.#rows, this.count);
    }
  }

  /** Joins a new run with those of the row above that touch it. @returns where the next run has to look from */
  #join(run: number, start: number, from: number, end: number): number {
    const reach = this.#corners ? 1 : 0;
    const last = this.#ends.values[run]! + reach;
    let above = from;
    while (above < end && this.#ends.values[above]! + reach <= start) above++;
    for (let other = above; other < end && this.#startOf(other) < last; other++) {
      if (this.#classes.values[other] === this.#classes.values[run]) this.unite(run, other);
    }
    return above;
  }

  /** Makes the regions of two runs one. @returns its number */
  unite(a: number, b: number): number {
    const [one, other] = [this.regionOf(a), this.regionOf(b)];
    const region = Math.min(one, other);
    this.#parents.values[Math.max(one, other)] = region;
    return region;
  }

  #startOf(run: number): number {
    return run === this.#firsts.values[this.#rowOf.values[run]!] ? 0 : this.#ends.values[run - 1]!;
  }

  /** The first run of the region that a run belongs to: regions are numbered in the order they begin. */
  regionOf(run: number): number {
    const parents = this.#parents.values;
    let region = run;
    while (parents[region] !== region) {
      parents[region] = parents[parents[region]!]!;
      region = parents[region]!;
    }
    return region;
  }

  /** Pixels of each region, at the number of its first run. */
  regionSizes(): Float64Array {
    const sizes = new Float64Array(this.count);
    for (let run = 0; run < this.count; run++) {
      sizes[this.regionOf(run)]! += this.#ends.values[run]! - this.#startOf(run);
    }
    return sizes;
  }

  classOf(run: number): number {
    return this.#classes.values[run]!;
  }

  /** Changes a run's class; its region stays. */
  setClass(run: number, index: number): void {
    this.#classes.values[run] = index;
  }

  /** Calls `each` with every run that shares a border with this one, and the border's length in pixels. */
  eachNeighbour(run: number, each: (run: number, length: number) => void): void {
    const [row, start, end] = [this.#rowOf.values[run]!, this.#startOf(run), this.#ends.values[run]!];
    if (start > 0) each(run - 1, 1);
    if (end < this.width) each(run + 1, 1);
    for (const next of [row - 1, row + 1]) {
      if (next < 0 || next >= this.#rows) continue;
      const last = this.#firsts.values[next + 1]!;
      for (let other = this.#at(next, start); other < last; other++) {
        const from = this.#startOf(other);
        if (from >= end) break;
        each(other, Math.min(end, this.#ends.values[other]!) - Math.max(start, from));
      }
    }
  }

  /** The run of a row that holds a column. */
  #at(row: number, x: number): number {
    let [low, high] = [this.#firsts.values[row]!, this.#firsts.values[row + 1]! - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ends.values[middle]! > x) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Rows as class indexes, `[count, width]`. */
  rows(top: number, count: number): Uint8Array {
    const cells = new Uint8Array(count * this.width);
    for (let row = top; row < top + count; row++) {
      const start = (row - top) * this.width;
      for (let run = this.#firsts.values[row]!; run < this.#firsts.values[row + 1]!; run++) {
        cells.fill(this.#classes.values[run]!, start + this.#startOf(run), start + this.#ends.values[run]!);
      }
    }
    return cells;
  }
}
