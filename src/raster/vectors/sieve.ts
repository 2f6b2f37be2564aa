import type { LabelStrip } from './label-strip.ts';

/** Reads rows of a class map, `[rows, width]`. */
export type RowReader = (y: number, rows: number) => Promise<Uint8Array>;

/** Which patches are too small. */
export interface SieveOptions {
  readonly width: number;
  readonly height: number;
  /** Patches of fewer cells are merged into a neighbour. */
  readonly minimum: number;
  /** Cells of this value neither merge nor take others in. */
  readonly noData?: number;
  /** Rows given at a time. */
  readonly rows: number;
}

/** Connected patches of a block of rows. */
interface Patches {
  /** Number of the patch of each cell. */
  readonly labels: Int32Array;
  /** Class, cells, and whether it may go on beyond the block, of each patch. */
  readonly values: number[];
  readonly sizes: number[];
  readonly open: boolean[];
}

function findPatches(
  cells: Uint8Array,
  width: number,
  rows: number,
  openTop: boolean,
  openBottom: boolean,
): Patches {
  const labels = new Int32Array(cells.length).fill(-1);
  const [values, sizes, open] = [[] as number[], [] as number[], [] as boolean[]];
  const stack: number[] = [];
  for (let seed = 0; seed < cells.length; seed++) {
    if (labels[seed] !== -1) continue;
    const label = values.length;
    const value = cells[seed]!;
    let size = 0;
    let beyond = false;
    labels[seed] = label;
    stack.push(seed);
    while (stack.length > 0) {
      const at = stack.pop()!;
      size++;
      const [x, y] = [at % width, Math.floor(at / width)];
      if ((y === 0 && openTop) || (y === rows - 1 && openBottom)) beyond = true;
      const visit = (next: number) => {
        if (labels[next] !== -1 || cells[next] !== value) return;
        labels[next] = label;
        stack.push(next);
      };
      if (x > 0) visit(at - 1);
      if (x + 1 < width) visit(at + 1);
      if (y > 0) visit(at - width);
      if (y + 1 < rows) visit(at + width);
    }
    values.push(value);
    sizes.push(size);
    open.push(beyond);
  }
  return { labels, values, sizes, open };
}

/** For each small patch, the length of its border with each neighbour. */
function borderLengths(
  labels: Int32Array,
  width: number,
  small: readonly boolean[],
): Map<number, Map<number, number>> {
  const lengths = new Map<number, Map<number, number>>();
  const add = (a: number, b: number) => {
    if (!small[a]) return;
    const borders = lengths.get(a) ?? new Map<number, number>();
    borders.set(b, (borders.get(b) ?? 0) + 1);
    lengths.set(a, borders);
  };
  for (let at = 0; at < labels.length; at++) {
    for (const next of [(at + 1) % width === 0 ? -1 : at + 1, at + width]) {
      if (next < 0 || next >= labels.length) continue;
      const [a, b] = [labels[at]!, labels[next]!];
      if (a === b) continue;
      add(a, b);
      add(b, a);
    }
  }
  return lengths;
}

/** Gives each small patch the class of the neighbour it shares most border with, in place; clusters from the outside in. */
function merge(cells: Uint8Array, width: number, patches: Patches, { minimum, noData }: SieveOptions): void {
  const { labels, values, sizes, open } = patches;
  const small = sizes.map((size, i) => size < minimum && !open[i] && values[i] !== noData);
  const target = values.map((value, i) => (small[i] ? null : value));
  const borders = borderLengths(labels, width, small);
  let left = [...borders.keys()];
  for (let before = -1; left.length !== before; ) {
    before = left.length;
    const decided = new Map<number, number>();
    for (const label of left) {
      const votes = new Map<number, number>();
      for (const [neighbour, length] of borders.get(label)!) {
        const value = target[neighbour] ?? null;
        if (value !== null && value !== noData) votes.set(value, (votes.get(value) ?? 0) + length);
      }
      const best = [...votes].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0];
      if (best !== undefined) decided.set(label, best[0]);
    }
    for (const [label, value] of decided) target[label] = value;
    left = left.filter((label) => !decided.has(label));
  }
  for (let at = 0; at < cells.length; at++) cells[at] = target[labels[at]!] ?? cells[at]!;
}

/**
 * A class map in strips, its patches below a size merged into their neighbours. A patch of fewer than `minimum` cells is less
 * than `minimum` rows high, so that many rows above and below a strip show all that matters to it.
 */
export async function* sieveStrips(read: RowReader, options: SieveOptions): AsyncGenerator<LabelStrip> {
  const { width, height, minimum, rows } = options;
  const reach = minimum > 1 ? minimum : 0;
  for (let y = 0; y < height; y += rows) {
    const count = Math.min(rows, height - y);
    const from = Math.max(0, y - reach);
    const to = Math.min(height, y + count + reach);
    const cells = await read(from, to - from);
    if (reach > 0) {
      const patches = findPatches(cells, width, to - from, from > 0, to < height);
      merge(cells, width, patches, options);
    }
    yield { y, rows: count, cells: cells.subarray((y - from) * width, (y - from + count) * width) };
  }
}
