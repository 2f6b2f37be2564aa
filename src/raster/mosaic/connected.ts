import { growWindow, intersectWindows, type RasterWindow } from '../window.ts';

/** Follow parents to the root, halving the way for those who come after. */
function findRoot(parents: Int32Array, member: number): number {
  let index = member;
  while (parents[index] !== index) {
    parents[index] = parents[parents[index]!]!;
    index = parents[index]!;
  }
  return index;
}

/** Cells of a coarse lattice that a window touches, as keys. */
function* latticeKeys({ x, y, width, height }: RasterWindow, pitch: number): Generator<string> {
  for (let row = Math.floor(y / pitch); row <= Math.floor((y + height) / pitch); row++) {
    for (let column = Math.floor(x / pitch); column <= Math.floor((x + width) / pitch); column++) {
      yield `${column},${row}`;
    }
  }
}

/**
 * Sets of windows that overlap or touch (edges or corners), directly or through others.
 *
 * @returns indices into `windows`, each set in the list's order, sets ordered by their first member.
 */
export function connectedWindows(windows: readonly RasterWindow[]): number[][] {
  const parents = Int32Array.from(windows, (_, index) => index);
  const pitch = Math.max(1, ...windows.map(({ width, height }) => Math.max(width, height)));
  const lattice = new Map<string, number[]>();
  for (const [index, window] of windows.entries()) {
    const reach = growWindow(window, 1);
    for (const key of latticeKeys(reach, pitch)) {
      const neighbours = lattice.get(key) ?? [];
      for (const other of neighbours) {
        if (intersectWindows(reach, windows[other]!) === null) continue;
        const [a, b] = [findRoot(parents, index), findRoot(parents, other)];
        parents[Math.max(a, b)] = Math.min(a, b);
      }
      neighbours.push(index);
      lattice.set(key, neighbours);
    }
  }
  const sets = new Map<number, number[]>();
  for (let index = 0; index < windows.length; index++) {
    const root = findRoot(parents, index);
    const set = sets.get(root);
    if (set === undefined) sets.set(root, [index]);
    else set.push(index);
  }
  return [...sets.values()];
}
