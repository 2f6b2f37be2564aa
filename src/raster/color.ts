import { InvalidArgumentError } from '../core/index.ts';

/** Red, green, blue and opacity, each 0 to 255. */
export type RgbaColor = readonly [number, number, number, number];

/** Entry `i` is the colour of cells of value `i`. */
export type ColorTable = readonly RgbaColor[];

/** A class of a map: the cell value that stands for it, its name and its colour. */
export interface RasterClass {
  readonly value: number;
  readonly name: string;
  /** `#rrggbb`. */
  readonly color: string;
}

/** Colour of `#rgb`, `#rrggbb` or `#rrggbbaa`. @throws InvalidArgumentError for anything else. */
export function parseColor(text: string): RgbaColor {
  const digits = /^#?([0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})$/i.exec(text.trim())?.[1];
  if (digits === undefined) {
    throw new InvalidArgumentError(`"${text}" is not a colour`, { remedy: 'write colours as #rrggbb' });
  }
  const long = digits.length === 3 ? [...digits].map((digit) => digit + digit).join('') : digits;
  const channel = (start: number) => Number.parseInt(long.slice(start, start + 2), 16);
  return [channel(0), channel(2), channel(4), long.length === 8 ? channel(6) : 255];
}

/** `#rrggbb` of a colour, its opacity left out. */
export function formatColor([red, green, blue]: RgbaColor): string {
  return `#${[red, green, blue].map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}

/** The colour table of a list of classes: values nobody uses are transparent black. */
export function colorTableOf(classes: readonly RasterClass[]): ColorTable {
  const length = classes.reduce((longest, { value }) => Math.max(longest, value + 1), 0);
  const table: RgbaColor[] = Array.from({ length }, () => [0, 0, 0, 0]);
  for (const { value, color } of classes) table[value] = parseColor(color);
  return table;
}

/**
 * Paint a class map: `[H, W]` values to planar `[3, H, W]` RGB.
 * Values beyond the table take `background`.
 */
export function paintClasses(
  values: ArrayLike<number>,
  table: ColorTable,
  background: RgbaColor = [0, 0, 0, 0],
): Uint8Array {
  const size = values.length;
  const painted = new Uint8Array(3 * size);
  for (let index = 0; index < size; index++) {
    const color = table[values[index] as number] ?? background;
    painted[index] = color[0];
    painted[index + size] = color[1];
    painted[index + 2 * size] = color[2];
  }
  return painted;
}
