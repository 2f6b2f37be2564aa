import { allocateCells, type PixelArray, type RasterDataType } from '../pixel-block.ts';
import { levelWidths, type RowReducer } from './reducer.ts';

/** Sums and counts of the cells of one row of one level. */
interface LevelState {
  readonly sums: Float64Array;
  readonly counts: Float64Array;
  readonly row: PixelArray;
  /** Rows of the level below taken so far: 0, 1, 2. */
  taken: number;
}

/** Overviews of measured values: the mean of the valid cells, whole numbers rounded half up. */
export class AverageReducer implements RowReducer {
  readonly #width: number;
  readonly #levels: readonly LevelState[];
  readonly #noData: number | null;
  readonly #whole: boolean;

  constructor(width: number, levels: number, dataType: RasterDataType, noData: number | null) {
    this.#width = width;
    this.#noData = noData;
    this.#whole = !dataType.startsWith('float');
    this.#levels = levelWidths(width, levels).map((size) => ({
      sums: new Float64Array(size),
      counts: new Float64Array(size),
      row: allocateCells(dataType, size),
      taken: 0,
    }));
  }

  push(cells: PixelArray, rows: number, emit: (level: number, row: PixelArray) => void): void {
    const first = this.#levels[0];
    if (first === undefined) return;
    for (let row = 0; row < rows; row++) {
      const { sums, counts } = first;
      for (let x = 0, at = row * this.#width; x < this.#width; x++, at++) {
        const value = cells[at]!;
        if (value === this.#noData || Number.isNaN(value)) continue;
        sums[x >> 1]! += value;
        counts[x >> 1]!++;
      }
      if (++first.taken === 2) this.#finish(0, emit);
    }
  }

  #finish(level: number, emit: (level: number, row: PixelArray) => void): void {
    const state = this.#levels[level]!;
    const { sums, counts, row } = state;
    const above = this.#levels[level + 1];
    const empty = this.#noData ?? (this.#whole ? 0 : Number.NaN);
    for (let x = 0; x < row.length; x++) {
      const mean = sums[x]! / counts[x]!;
      row[x] = counts[x] === 0 ? empty : this.#whole ? Math.floor(mean + 0.5) : mean;
      if (above !== undefined) {
        above.sums[x >> 1]! += sums[x]!;
        above.counts[x >> 1]! += counts[x]!;
      }
    }
    sums.fill(0);
    counts.fill(0);
    state.taken = 0;
    emit(level, row);
    if (above !== undefined && ++above.taken === 2) this.#finish(level + 1, emit);
  }

  end(emit: (level: number, row: PixelArray) => void): void {
    for (const [level, state] of this.#levels.entries()) {
      if (state.taken > 0) this.#finish(level, emit);
    }
  }
}
