import type { MaskConfig } from '../config/index.ts';
import type { PixelBlock } from '../raster/index.ts';
import { UnknownClassError } from './errors.ts';

/** The class index of pixels that neither train nor score. */
export const IGNORE_INDEX = 255;

/** Marks pixel values that stand for nothing. */
const UNKNOWN = -1;

/** Class indices of a mask's pixels, written `into` an array where one is given. */
export type MaskDecoder = (block: PixelBlock, place: { file: string }, into?: Uint8Array) => Uint8Array;

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

/** Answers of a table of bytes for two neighbouring pixels at once; {@link UNKNOWN} where it has none for either. */
function pairsOf(table: Int16Array): Int32Array {
  return Int32Array.from({ length: 65536 }, (_, pair) => {
    const [low, high] = [table[pair & 255]!, table[pair >> 8]!];
    return low === UNKNOWN || high === UNKNOWN ? UNKNOWN : low | (high << 8);
  });
}

/** The table's answer for every pixel; `rare` is told of those it has none for. A loop of its own compiles best. */
function lookUp(
  data: PixelBlock['data'],
  table: Int16Array,
  indices: Uint8Array,
  rare: (pixel: number, value: number) => void,
  from = 0,
  to = indices.length,
): void {
  for (let pixel = from; pixel < to; pixel++) {
    const value = data[pixel]!;
    const index = table[value];
    if (index !== undefined && index >= 0) indices[pixel] = index;
    else rare(pixel, value);
  }
}

/** {@link lookUp} of bytes, two at a time. */
function lookUpBytes(
  data: Uint8Array,
  tables: { readonly table: Int16Array; readonly pairs: Int32Array },
  indices: Uint8Array,
  rare: (pixel: number, value: number) => void,
): void {
  const { table, pairs } = tables;
  const count = (data.byteOffset | indices.byteOffset) & 1 ? 0 : indices.length >> 1;
  const input = new Uint16Array(data.buffer, count > 0 ? data.byteOffset : 0, count);
  const output = new Uint16Array(indices.buffer, count > 0 ? indices.byteOffset : 0, count);
  for (let i = 0; i < count; i++) {
    const pair = pairs[input[i]!]!;
    if (pair >= 0) output[i] = pair;
    else lookUp(data, table, indices, rare, 2 * i, 2 * i + 2);
  }
  lookUp(data, table, indices, rare, 2 * count);
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
  // Values of 16 bits are looked up in an array; colours and wider values in the map.
  const table = new Int16Array(65536).fill(fallback);
  for (const [value, index] of entries) if (value >= 0 && value < 65536) table[value] = index;

  let pairs: Int32Array | null = null;

  return ({ data, bands, width, height }, { file }, into) => {
    const size = width * height;
    const indices = into ?? new Uint8Array(size);
    const unknown = new Map<number, number>();
    /** A pixel that the table does not know: wider values, those that stand for nothing. */
    const rare = (pixel: number, value: number): void => {
      const index = entries.get(value) ?? fallback;
      if (index === UNKNOWN) unknown.set(value, (unknown.get(value) ?? 0) + 1);
      else indices[pixel] = index;
    };
    if (colors && bands >= 3) {
      let last = Number.NaN;
      let lastIndex = UNKNOWN;
      for (let pixel = 0; pixel < size; pixel++) {
        const value = packed(data[pixel]!, data[size + pixel]!, data[2 * size + pixel]!);
        if (value !== last) {
          last = value;
          lastIndex = entries.get(value) ?? UNKNOWN;
        }
        if (lastIndex === UNKNOWN) rare(pixel, value);
        else indices[pixel] = lastIndex;
      }
    } else {
      pairs ??= pairsOf(table);
      if (data instanceof Uint8Array) lookUpBytes(data, { table, pairs }, indices, rare);
      else lookUp(data, table, indices, rare);
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
