import type { MaskConfig } from '../config/index.ts';
import type { PixelBlock } from '../raster/index.ts';
import { UnknownClassError } from './errors.ts';

/** The class index of pixels that neither train nor score. */
export const IGNORE_INDEX = 255;

/** Marks pixel values that stand for nothing. */
const UNKNOWN = -1;

/** Class indices of a mask's pixels. */
export type MaskDecoder = (block: PixelBlock, place: { file: string }) => Uint8Array;

const packed = (red: number, green: number, blue: number): number => (red << 16) | (green << 8) | blue;

/** Class index of each mask value (or packed colour) that means something, {@link IGNORE_INDEX} for ignored ones. */
export function maskEntries({ encoding, ignoreValues }: MaskConfig, classes: number): Map<number, number> {
  const table = new Map<number, number>();
  if (encoding.kind === 'colors') {
    for (const [index, [red, green, blue]] of encoding.colors.entries())
      table.set(packed(red, green, blue), index);
    for (const [red, green, blue] of encoding.ignored) table.set(packed(red, green, blue), IGNORE_INDEX);
  } else if (encoding.kind === 'values') {
    for (const [index, values] of encoding.values.entries())
      for (const value of values) table.set(value, index);
  } else {
    const first = encoding.kind === 'one-based' ? 1 : 0;
    for (let index = 0; index < classes; index++) table.set(index + first, index);
  }
  for (const value of ignoreValues) table.set(value, IGNORE_INDEX);
  return table;
}

function describe(value: number, colors: boolean): string {
  return colors ? `the colour #${value.toString(16).padStart(6, '0')}` : `the value ${value}`;
}

/**
 * A function from mask pixels to class indices (0-based, {@link IGNORE_INDEX} where nothing is to be learned).
 *
 * Decoders throw UnknownClassError, naming the value and how many pixels have it, when a pixel stands for no class and
 * `unknown` is `error`; `ignore` leaves such pixels out, and `first-class` repeats IGN's slip of training class 0.
 */
export function maskDecoder(config: MaskConfig, classes: number): MaskDecoder {
  const entries = maskEntries(config, classes);
  const colors = config.encoding.kind === 'colors';
  const fallback =
    config.unknown === 'ignore' ? IGNORE_INDEX : config.unknown === 'first-class' ? 0 : UNKNOWN;
  // Values of 16 bits are looked up in an array; colours and wider values in the map, where runs of equal pixels hit
  // the last answer.
  const table = new Int16Array(65536).fill(fallback);
  for (const [value, index] of entries) if (value >= 0 && value < 65536) table[value] = index;

  return ({ data, bands, width, height }, { file }) => {
    const size = width * height;
    const indices = new Uint8Array(size);
    const unknown = new Map<number, number>();
    let last = Number.NaN;
    let lastIndex = UNKNOWN;
    for (let pixel = 0; pixel < size; pixel++) {
      const value =
        colors && bands >= 3
          ? packed(data[pixel] as number, data[size + pixel] as number, data[2 * size + pixel] as number)
          : (data[pixel] as number);
      if (value !== last) {
        last = value;
        lastIndex =
          !colors && value >= 0 && value < 65536
            ? (table[value] as number)
            : (entries.get(value) ?? fallback);
      }
      if (lastIndex === UNKNOWN) unknown.set(value, (unknown.get(value) ?? 0) + 1);
      else indices[pixel] = lastIndex;
    }
    if (unknown.size === 0) return indices;
    const found = [...unknown]
      .sort((a, b) => b[1] - a[1])
      .slice(0, 4)
      .map(([value, count]) => `${describe(value, colors)} (${count} pixels)`)
      .join(', ');
    throw new UnknownClassError(`the mask holds ${found}, which stands for none of the ${classes} classes`, {
      file,
      remedy:
        'check the mask encoding (one-based, zero-based, values or colors) and the classes, or list values to leave out as ignored',
    });
  };
}
