import { ArpentError } from './errors.ts';

/** A colour as three bytes: red, green, blue, each 0–255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** A text that should be a colour (`#db0e9a`) and is not. */
export class InvalidColorError extends ArpentError {
  constructor(text: string, place: { file?: string; line?: number; key?: string } = {}) {
    super(`"${text}" is not a colour`, { ...place, remedy: 'write it as #rrggbb, for instance #db0e9a' });
  }
}

/**
 * Reads `#rrggbb` or `#rgb` (the hash may be missing, letters in either case).
 * @throws {InvalidColorError} for anything else.
 */
export function parseHexColor(text: string): Rgb {
  const digits = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text.trim())?.[1];
  if (digits === undefined) throw new InvalidColorError(text);
  const full = digits.length === 3 ? [...digits].map((digit) => digit + digit).join('') : digits;
  const packed = Number.parseInt(full, 16);
  return [packed >> 16, (packed >> 8) & 255, packed & 255];
}

/** Writes a colour as `#rrggbb` in small letters; parts are rounded and kept within 0–255. */
export function formatHexColor([red, green, blue]: Rgb): string {
  const hex = (part: number) =>
    Math.round(Math.min(255, Math.max(0, part)))
      .toString(16)
      .padStart(2, '0');
  return `#${hex(red)}${hex(green)}${hex(blue)}`;
}

/** Linear light of an sRGB byte, 0–1 (IEC 61966-2-1). */
export function linearLight(byte: number): number {
  const part = byte / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}

/** Relative luminance of a colour, 0 (black) to 1 (white), as WCAG 2 defines it. */
export function relativeLuminance([red, green, blue]: Rgb): number {
  return 0.2126 * linearLight(red) + 0.7152 * linearLight(green) + 0.0722 * linearLight(blue);
}

/** Contrast ratio between two colours, 1 to 21, as WCAG 2 defines it; text wants 4.5 or more. */
export function contrastRatio(one: Rgb, other: Rgb): number {
  const [light, dark] = [relativeLuminance(one), relativeLuminance(other)].sort((a, b) => b - a) as [
    number,
    number,
  ];
  return (light + 0.05) / (dark + 0.05);
}

const INK: Rgb = [27, 31, 36];
const WHITE: Rgb = [255, 255, 255];

/** Near-black or white, whichever reads better on the given background. */
export function readableTextColor(background: Rgb): Rgb {
  return contrastRatio(INK, background) >= contrastRatio(WHITE, background) ? INK : WHITE;
}

/** Colours as one byte table `[256 × 3]` for painting class index arrays; entries without a class take `missing`. */
export function colorTable(colors: readonly string[], missing: Rgb = [255, 255, 255]): Uint8Array {
  const table = new Uint8Array(256 * 3);
  for (let index = 0; index < 256; index++) {
    const color = colors[index];
    table.set(color === undefined ? missing : parseHexColor(color), index * 3);
  }
  return table;
}
