import { allocateCells, type PixelArray } from '../raster/index.ts';
import type { Core, Tile } from './predictor.ts';

/** The eight ways to turn and mirror a square: quarter turns to the left, then a mirroring of columns. */
export interface Symmetry {
  readonly turns: 0 | 1 | 2 | 3;
  readonly mirror: boolean;
}

/** Names of the symmetries, as options take them. */
export type SymmetryName =
  | 'identity'
  | 'rot90'
  | 'rot180'
  | 'rot270'
  | 'hflip'
  | 'vflip'
  | 'transpose'
  | 'antitranspose';

/** All symmetries of the square (the dihedral group D4), the identity first. */
export const symmetries: Readonly<Record<SymmetryName, Symmetry>> = {
  identity: { turns: 0, mirror: false },
  rot90: { turns: 1, mirror: false },
  rot180: { turns: 2, mirror: false },
  rot270: { turns: 3, mirror: false },
  hflip: { turns: 0, mirror: true },
  vflip: { turns: 2, mirror: true },
  transpose: { turns: 1, mirror: true },
  antitranspose: { turns: 3, mirror: true },
};

/** Index arithmetic of a symmetry: the source of the cell at (0, 0), and the steps to the next column and row. */
function walk({ turns, mirror }: Symmetry, width: number, height: number): [number, number, number] {
  // After a quarter turn to the left, cell (row, column) shows (column, width - 1 - row).
  const turned: readonly [number, number, number][] = [
    [0, 1, width],
    [width - 1, width, -1],
    [width * height - 1, -1, -width],
    [width * (height - 1), -width, 1],
  ];
  const [origin, right, down] = turned[turns]!;
  const across = turns % 2 === 0 ? width : height;
  return mirror ? [origin + (across - 1) * right, -right, down] : [origin, right, down];
}

/** Planar cells `[C, height, width]` turned and mirrored; width and height change places with odd turns. */
export function transformCells<Cells extends PixelArray>(
  cells: Cells,
  width: number,
  height: number,
  symmetry: Symmetry,
  into: Cells,
): Cells {
  const plane = width * height;
  const [origin, right, down] = walk(symmetry, width, height);
  const [across, rows] = symmetry.turns % 2 === 0 ? [width, height] : [height, width];
  for (let start = 0, to = 0; start < cells.length; start += plane) {
    for (let row = 0; row < rows; row++) {
      let from = start + origin + row * down;
      for (let column = 0; column < across; column++, to++, from += right) into[to] = cells[from]!;
    }
  }
  return into;
}

/** A tile turned and mirrored. */
export function transformTile(tile: Tile, symmetry: Symmetry): Tile {
  const { pixels, dataType, width, height } = tile;
  const into = allocateCells(dataType, pixels.length);
  const turned = transformCells(pixels, width, height, symmetry, into);
  const odd = symmetry.turns % 2 === 1;
  return { ...tile, pixels: turned, width: odd ? height : width, height: odd ? width : height };
}

/** Where a part of a tile lies in the transformed tile. */
export function transformCore({ x, y, width, height }: Core, tile: Tile, symmetry: Symmetry): Core {
  let core = { x, y, width, height };
  let [w, h] = [tile.width, tile.height];
  for (let turn = 0; turn < symmetry.turns; turn++) {
    core = { x: core.y, y: w - core.x - core.width, width: core.height, height: core.width };
    [w, h] = [h, w];
  }
  return symmetry.mirror ? { ...core, x: w - core.x - core.width } : core;
}

/** The symmetry that undoes another. */
export function inverse(symmetry: Symmetry): Symmetry {
  // Mirrorings undo themselves, whatever turn comes before them.
  if (symmetry.mirror) return symmetry;
  return { turns: ((4 - symmetry.turns) % 4) as Symmetry['turns'], mirror: false };
}
