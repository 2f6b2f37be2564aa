import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The two weights figures are set in. */
export type FontWeight = 400 | 600;

/** CSS family name of the shipped font. */
export const FONT_FAMILY = 'Inter';

const FILES: Readonly<Record<FontWeight, string>> = { 400: 'Inter-Regular.otf', 600: 'Inter-SemiBold.otf' };

const pathOf = (weight: FontWeight) =>
  fileURLToPath(new URL(`../../../assets/fonts/${FILES[weight]}`, import.meta.url));

/** Paths of the font files, for renderers that want files. */
export const fontFiles = (): string[] => [pathOf(400), pathOf(600)];

interface FontMetrics {
  readonly bytes: Buffer;
  /** Advance width of a character, in em. */
  readonly advance: (codePoint: number) => number;
}

const loaded = new Map<FontWeight, FontMetrics>();

/** Reads what text layout needs from an OpenType file: the character map (format 4) and the advance widths. */
function loadFont(weight: FontWeight): FontMetrics {
  const known = loaded.get(weight);
  if (known !== undefined) return known;
  const bytes = readFileSync(pathOf(weight));
  const tables = new Map<string, number>();
  for (let entry = 12; entry < 12 + 16 * bytes.readUInt16BE(4); entry += 16) {
    tables.set(bytes.toString('latin1', entry, entry + 4), bytes.readUInt32BE(entry + 8));
  }
  const [head, hhea, hmtx, cmap] = ['head', 'hhea', 'hmtx', 'cmap'].map((name) => tables.get(name) ?? 0) as [
    number,
    number,
    number,
    number,
  ];
  const unitsPerEm = bytes.readUInt16BE(head + 18);
  const lastMetric = bytes.readUInt16BE(hhea + 34) - 1;
  const map = cmap + bytes.readUInt32BE(cmap + 8);
  const segments = bytes.readUInt16BE(map + 6) / 2;
  const [ends, starts] = [map + 14, map + 16 + 2 * segments];
  const [deltas, offsets] = [starts + 2 * segments, starts + 4 * segments];
  const glyphOf = (codePoint: number): number => {
    for (let segment = 0; segment < segments; segment++) {
      if (codePoint > bytes.readUInt16BE(ends + 2 * segment)) continue;
      const start = bytes.readUInt16BE(starts + 2 * segment);
      if (codePoint < start) return 0;
      const delta = bytes.readUInt16BE(deltas + 2 * segment);
      const at = offsets + 2 * segment;
      const offset = bytes.readUInt16BE(at);
      if (offset === 0) return (codePoint + delta) & 0xffff;
      const glyph = bytes.readUInt16BE(at + offset + 2 * (codePoint - start));
      return glyph === 0 ? 0 : (glyph + delta) & 0xffff;
    }
    return 0;
  };
  const advance = (codePoint: number) =>
    bytes.readUInt16BE(hmtx + 4 * Math.min(glyphOf(codePoint), lastMetric)) / unitsPerEm;
  const metrics = { bytes, advance };
  loaded.set(weight, metrics);
  return metrics;
}

/** Width of a line of text, in the unit of `size`; kerning, which only tightens, is left out. */
export function textWidth(text: string, size: number, weight: FontWeight = 400): number {
  const { advance } = loadFont(weight);
  let ems = 0;
  for (const character of text) ems += advance(character.codePointAt(0)!);
  return ems * size;
}

/** Cuts a text that is too wide and ends it with an ellipsis. */
export function fitText(text: string, width: number, size: number, weight: FontWeight = 400): string {
  if (textWidth(text, size, weight) <= width) return text;
  const characters = [...text];
  while (characters.length > 1 && textWidth(`${characters.join('')}…`, size, weight) > width)
    characters.pop();
  return `${characters.join('').trimEnd()}…`;
}

/** `@font-face` rules with the fonts inside, so that an SVG looks the same wherever it is opened. */
export function fontFaces(): string {
  return ([400, 600] as const)
    .map((weight) => {
      const data = loadFont(weight).bytes.toString('base64');
      return `@font-face{font-family:${FONT_FAMILY};font-weight:${weight};src:url(data:font/otf;base64,${data})}`;
    })
    .join('');
}
