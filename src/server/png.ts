import { encodeColorPng, encodeIndexedPng } from '../raster/writers/png.ts';

/** Tiles are many and short-lived: speed counts more than size. */
const LEVEL = 3;

/** A tile with transparency. @param pixels `[height × width × 4]`, interleaved */
export const rgbaPng = (width: number, height: number, pixels: Uint8Array): Buffer =>
  encodeColorPng(width, height, pixels, 4, { level: LEVEL });

/**
 * A tile of classes in their colours; values without a colour are transparent.
 * @param cells `[height × width]`
 * @param colors `[r, g, b]` by class
 */
export function classPng(
  width: number,
  height: number,
  cells: Uint8Array,
  colors: readonly (readonly [number, number, number])[],
): Buffer {
  const palette = new Uint8Array(768);
  const alpha = new Uint8Array(256);
  for (const [value, color] of colors.entries()) {
    palette.set(color, 3 * value);
    alpha[value] = 255;
  }
  return encodeIndexedPng(width, height, cells, palette, { level: LEVEL, alpha });
}
