import { parseHexColor } from '../core/index.ts';

/** Red, green, blue and opacity, each 0 to 255. */
export type RgbaColor = readonly [red: number, green: number, blue: number, opacity: number];

/** Entry `i` is the colour of cells of value `i`. */
export type ColorTable = readonly RgbaColor[];

/** A class of a map: the cell value that stands for it, its name and its colour. */
export interface RasterClass {
  readonly value: number;
  readonly name: string;
  /** `#rrggbb`. */
  readonly color: string;
}

const transparent: RgbaColor = [0, 0, 0, 0];

/** The colour table of a list of classes: values that belong to none are transparent black. */
export function colorTableOf(classes: readonly RasterClass[]): ColorTable {
  const length = classes.reduce((longest, { value }) => Math.max(longest, value + 1), 0);
  const table: RgbaColor[] = Array.from({ length }, () => transparent);
  for (const { value, color } of classes) table[value] = [...parseHexColor(color), 255];
  return table;
}

/** Names of the values 0, 1, … of a list of classes, empty where a value belongs to none. */
export function classNamesOf(classes: readonly RasterClass[]): readonly string[] {
  const length = classes.reduce((longest, { value }) => Math.max(longest, value + 1), 0);
  const names = Array.from({ length }, () => '');
  for (const { value, name } of classes) names[value] = name;
  return names;
}

/** Paint a class map, `[H, W]` values, as planar `[3, H, W]` RGB; values beyond the table take `background`. */
export function paintClasses(
  values: ArrayLike<number>,
  table: ColorTable,
  background: RgbaColor = transparent,
): Uint8Array {
  const size = values.length;
  const painted = new Uint8Array(3 * size);
  for (let index = 0; index < size; index++) {
    const color = table[values[index]!] ?? background;
    painted[index] = color[0];
    painted[index + size] = color[1];
    painted[index + 2 * size] = color[2];
  }
  return painted;
}
