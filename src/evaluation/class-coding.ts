import { type Nomenclature, parseHexColor, valueTable } from '../core/index.ts';
import { bandOf, MissingBandError, type PixelArray, type PixelBlock } from '../raster/index.ts';

/**
 * How the pixels of a raster stand for classes.
 * - `values`: one band; `table[value]` is the class index, -1 for values without a class.
 * - `colors`: painted masks (RGB or palette); `colors[index]` is the class's colour, other colours have no class.
 */
export type ClassCoding =
  | { readonly kind: 'values'; readonly table: ArrayLike<number>; readonly band?: number }
  | { readonly kind: 'colors'; readonly colors: readonly string[] };

/** Rasters whose values are class indexes (0-based masks, our predictions), 1-based with `firstValue` 1. */
export function indexCoding(classes: number, firstValue = 0): ClassCoding {
  const table = Array.from({ length: classes + firstValue }, (_, value) => Math.max(-1, value - firstValue));
  return { kind: 'values', table };
}

/** Masks that hold a nomenclature's own values, merges included. */
export function valueCoding(nomenclature: Nomenclature): ClassCoding {
  return { kind: 'values', table: valueTable(nomenclature, 65536) };
}

/** Masks painted in a nomenclature's colours. */
export function colorCoding(nomenclature: Nomenclature): ClassCoding {
  return { kind: 'colors', colors: nomenclature.classes.map(({ color }) => color) };
}

/** What marks a pixel without a class among class indexes: classes are at most 0–254 there. */
export const NO_CLASS = 255;

const packed = (red: number, green: number, blue: number) => (red << 16) | (green << 8) | blue;

/**
 * Turns a block into class indexes `[height × width]`, {@link NO_CLASS} where a pixel has no class.
 * @param file named in errors.
 * @throws {MissingBandError} when colours are asked of a raster with fewer than three bands.
 */
export function classIndexes(block: PixelBlock, coding: ClassCoding, file: string): Uint8Array {
  const indexes = new Uint8Array(block.width * block.height).fill(NO_CLASS);
  if (coding.kind === 'values') {
    const values: PixelArray = bandOf(block, 0);
    for (let pixel = 0; pixel < indexes.length; pixel++) {
      const index = coding.table[values[pixel]!];
      if (index !== undefined && index >= 0) indexes[pixel] = index;
    }
    return indexes;
  }
  if (block.bands < 3) throw new MissingBandError(file, block.bands + 1, block.bands);
  const indexOf = new Map(coding.colors.map((color, index) => [packed(...parseHexColor(color)), index]));
  const [red, green, blue] = [bandOf(block, 0), bandOf(block, 1), bandOf(block, 2)];
  // Masks are large areas of one colour: most pixels repeat the one before.
  let lastColor = -1;
  let lastIndex = NO_CLASS;
  for (let pixel = 0; pixel < indexes.length; pixel++) {
    const color = packed(red[pixel]!, green[pixel]!, blue[pixel]!);
    if (color !== lastColor) {
      lastColor = color;
      lastIndex = indexOf.get(color) ?? NO_CLASS;
    }
    indexes[pixel] = lastIndex;
  }
  return indexes;
}
