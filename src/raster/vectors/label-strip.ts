/** Rows of a class map, top to bottom, a few at a time. */
export interface LabelStrip {
  /** First row. */
  readonly y: number;
  readonly rows: number;
  /** `[rows, width]`. */
  readonly cells: Uint8Array;
}

/** A connected patch of equal cells while it is being outlined. */
export class Region {
  readonly value: number;
  /** Cells so far. */
  pixels = 0;
  /** Parts of its outline so far. */
  outline: OutlinePart[] = [];
  private parent: Region | null = null;

  constructor(value: number) {
    this.value = value;
  }

  /** The region that this one has become part of. */
  root(): Region {
    let region: Region = this;
    while (region.parent !== null) {
      if (region.parent.parent !== null) region.parent = region.parent.parent;
      region = region.parent;
    }
    return region;
  }

  /** Makes two regions one. */
  static join(a: Region, b: Region): Region {
    const [first, second] = [a.root(), b.root()];
    if (first === second) return first;
    const [large, small] = first.outline.length >= second.outline.length ? [first, second] : [second, first];
    small.parent = large;
    large.pixels += small.pixels;
    for (const part of small.outline) large.outline.push(part);
    small.outline = [];
    return large;
  }
}

/** A stretch of a region's outline, walked with the region on the right (in an image whose rows go down). */
export interface OutlinePart {
  /** `x, y` of each point, the last of which is the first of {@link next}. */
  readonly points: Int32Array;
  next: OutlinePart | null;
  taken: boolean;
}

/** The regions of the cells of one strip, continuing those of the row above it. */
export function labelRegions(
  { rows, cells }: LabelStrip,
  width: number,
  above: readonly Region[] | null,
  aboveCells: Uint8Array | null,
): Region[][] {
  const found: Region[][] = [];
  for (let row = 0; row < rows; row++) {
    const start = row * width;
    const upper = row > 0 ? found[row - 1]! : above;
    const line = new Array<Region>(width);
    for (let x = 0; x < width; x++) {
      const value = cells[start + x]!;
      const upperValue = row > 0 ? cells[start - width + x]! : aboveCells?.[x];
      const left = x > 0 && cells[start + x - 1] === value ? line[x - 1]! : null;
      const top = upper !== null && upperValue === value ? upper[x]!.root() : null;
      const region = left !== null && top !== null ? joined(left, top) : (left ?? top ?? new Region(value));
      region.pixels++;
      line[x] = region;
    }
    found.push(line);
  }
  return found;
}

const joined = (a: Region, b: Region): Region => {
  const root = a.root();
  return root === b ? root : Region.join(root, b);
};
