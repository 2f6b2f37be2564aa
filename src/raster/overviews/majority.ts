import { allocateCells, type PixelArray, type RasterDataType } from '../pixel-block.ts';
import { levelWidths, type RowReducer } from './reducer.ts';

/** Votes for each value in the cells of one row of one level. */
interface LevelState {
  /** `[cells, values]`. */
  readonly votes: Uint32Array;
  readonly row: PixelArray;
  /** The class last seen first in the cell: its upper-left corner decides ties. */
  readonly corners: PixelArray;
  taken: number;
}

/**
 * Overviews of class maps: the value that most of the cells below have. Cells without data do not vote. A tie goes to the
 * value in the upper-left corner if it is among the tied, else to the lowest.
 */
export class MajorityReducer implements RowReducer {
  readonly #width: number;
  readonly #values: number;
  readonly #noData: number | null;
  readonly #levels: readonly LevelState[];

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
    this.#noData = noData;
    this.#levels = levelWidths(width, levels).map((size) => ({
      votes: new Uint32Array(size * values),
      row: allocateCells(dataType, size),
      corners: allocateCells(dataType, size),
      taken: 0,
    }));
  }

  push(cells: PixelArray, rows: number, emit: (level: number, row: PixelArray) => void): void {
    const first = this.#levels[0];
    if (first === undefined) return;
    const values = this.#values;
    const noData = this.#noData;
    const width = this.#width;
    for (let row = 0; row < rows; row++) {
      const { votes, corners } = first;
      const start = row * width;
      if (first.taken === 0) for (let x = 0; x < width; x += 2) corners[x >> 1] = cells[start + x]!;
      for (let x = 0; x < width; x++) {
        const value = cells[start + x]!;
        if (value !== noData) votes[(x >> 1) * values + value]!++;
      }
      if (++first.taken === 2) this.#finish(0, emit);
    }
  }

  #finish(level: number, emit: (level: number, row: PixelArray) => void): void {
    const state = this.#levels[level]!;
    const { votes, row, corners } = state;
    const values = this.#values;
    const above = this.#levels[level + 1];
    for (let x = 0; x < row.length; x++) {
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
        if (above !== undefined) above.votes[target + value]! += count;
        votes[start + value] = 0;
      }
      row[x] = most === 0 ? (this.#noData ?? 0) : best;
      if (above !== undefined && above.taken === 0 && (x & 1) === 0) above.corners[x >> 1] = row[x]!;
    }
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
