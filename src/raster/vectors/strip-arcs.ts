/** The four ways a border can leave a lattice point, clockwise in an image whose rows go down. */
export const NORTH = 0;
export const EAST = 1;
export const SOUTH = 2;
export const WEST = 3;
export type Direction = 0 | 1 | 2 | 3;

const stepX = [0, 1, 0, -1] as const;
const stepY = [-1, 0, 1, 0] as const;

/** A border between two regions from one node to the next, or a loop without nodes. */
export interface Arc {
  /** `x, y` of the points where it turns, ends included. */
  readonly points: Int32Array;
  /** How it leaves its first point and how it arrives at its last (the direction back along it). */
  readonly leaves: Direction;
  readonly arrives: Direction;
  readonly loop: boolean;
}

/**
 * The borders in one strip of cells. The strip holds the lattice rows from `top` up to, and not including, `bottom`, unless it
 * is the last; borders that cross into the next strip end at a node on row `bottom`.
 */
export class StripBorders {
  readonly top: number;
  readonly bottom: number;
  readonly width: number;
  readonly last: boolean;
  private readonly above: Uint8Array | null;
  private readonly cells: Uint8Array;
  /** Bits of borders already walked, by lattice point: 1 to the east, 2 to the south. */
  private readonly walked: Uint8Array;

  /** @param above the row of cells over the strip; null at the raster's top */
  constructor(
    strip: { readonly y: number; readonly rows: number; readonly cells: Uint8Array },
    width: number,
    above: Uint8Array | null,
    last: boolean,
  ) {
    this.top = strip.y;
    this.bottom = strip.y + strip.rows;
    this.width = width;
    this.last = last;
    this.above = above;
    this.cells = strip.cells;
    this.walked = new Uint8Array((width + 1) * (strip.rows + 1));
  }

  /** Value of a cell; -1 beyond the raster. Below the strip, for all but the last, nothing is known: -2. */
  value(x: number, y: number): number {
    if (x < 0 || x >= this.width) return -1;
    if (y < this.top) return this.above === null ? -1 : this.above[x]!;
    if (y >= this.bottom) return this.last ? -1 : -2;
    return this.cells[(y - this.top) * this.width + x]!;
  }

  /** Which borders meet in a lattice point: bit `1 << direction` for each. */
  borders(x: number, y: number): number {
    const [nw, ne] = [this.value(x - 1, y - 1), this.value(x, y - 1)];
    if (y === this.bottom && !this.last) return nw !== ne ? 1 << NORTH : 0;
    const [sw, se] = [this.value(x - 1, y), this.value(x, y)];
    return (
      (nw !== ne ? 1 << NORTH : 0) |
      (ne !== se ? 1 << EAST : 0) |
      (se !== sw ? 1 << SOUTH : 0) |
      (sw !== nw ? 1 << WEST : 0)
    );
  }

  /**
   * Whether borders end in a point: where three or four meet, where they pass from strip to strip, and at the raster's
   * corners, which must stay where they are.
   */
  isNode(x: number, y: number, borders: number): boolean {
    const straightOrTurn = borders === 0 || countBits(borders) === 2;
    if (!straightOrTurn) return true;
    const atEnd = (y === this.top && this.above === null) || (y === this.bottom && this.last);
    if (atEnd && (x === 0 || x === this.width)) return true;
    if (y === this.top && this.above !== null) return (borders & (1 << NORTH)) !== 0;
    return y === this.bottom && !this.last && borders !== 0;
  }

  /** Rows of lattice points whose borders to the east and south belong to this strip. */
  get pointRows(): number {
    return this.bottom - this.top + (this.last ? 1 : 0);
  }

  private mark(x: number, y: number, direction: Direction): boolean {
    const px = direction === WEST ? x - 1 : x;
    const py = direction === NORTH ? y - 1 : y;
    const bit = direction === EAST || direction === WEST ? 1 : 2;
    const at = (py - this.top) * (this.width + 1) + px;
    if (((this.walked[at] ?? 0) & bit) !== 0) return false;
    this.walked[at] = this.walked[at]! | bit;
    return true;
  }

  /** Every border of the strip once: first those between nodes, then loops. */
  *arcs(): Generator<Arc> {
    yield* this.arcsFrom((x, y, borders) => this.isNode(x, y, borders), false);
    yield* this.arcsFrom((_x, _y, borders) => countBits(borders) === 2, true);
  }

  private *arcsFrom(
    wanted: (x: number, y: number, borders: number) => boolean,
    loop: boolean,
  ): Generator<Arc> {
    for (let y = this.top; y <= this.bottom; y++) {
      for (let x = 0; x <= this.width; x++) {
        const borders = this.borders(x, y);
        if (borders === 0 || !wanted(x, y, borders)) continue;
        for (const direction of [NORTH, EAST, SOUTH, WEST] as const) {
          if ((borders & (1 << direction)) === 0) continue;
          // What lies above the strip was walked with it.
          if (direction === NORTH && y === this.top) continue;
          if (!this.mark(x, y, direction)) continue;
          yield this.walk(x, y, direction, loop);
        }
      }
    }
  }

  private walk(startX: number, startY: number, leaves: Direction, loop: boolean): Arc {
    const points = [startX, startY];
    let [x, y, direction] = [startX, startY, leaves];
    for (;;) {
      x += stepX[direction];
      y += stepY[direction];
      const back = ((direction + 2) % 4) as Direction;
      const borders = this.borders(x, y);
      if ((x === startX && y === startY && loop) || this.isNode(x, y, borders)) {
        points.push(x, y);
        return { points: Int32Array.from(points), leaves, arrives: back, loop };
      }
      const onward = (31 - Math.clz32(borders & ~(1 << back))) as Direction;
      if (onward !== direction) points.push(x, y);
      direction = onward;
      this.mark(x, y, direction);
    }
  }
}

export function countBits(bits: number): number {
  return (bits & 1) + ((bits >> 1) & 1) + ((bits >> 2) & 1) + ((bits >> 3) & 1);
}
