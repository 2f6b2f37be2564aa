import { extname } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { Resvg } from '@resvg/resvg-js';
import { InvalidArgumentError } from '../../core/index.ts';
import { type OutputOptions, writeOutput } from '../output-files.ts';
import { FONT_FAMILY, fontFiles } from './font.ts';
import type { Figure } from './svg.ts';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const TRUE_COLOR = 2;
const PALETTE = 3;

function chunk(type: string, data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12 + data.length);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}

function encode(
  width: number,
  height: number,
  colorType: number,
  rows: Uint8Array,
  palette?: Uint8Array,
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colorType], 8);
  return Buffer.concat([
    Uint8Array.from(SIGNATURE),
    chunk('IHDR', header),
    ...(palette === undefined ? [] : [chunk('PLTE', palette)]),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', new Uint8Array()),
  ]);
}

/**
 * A PNG of an RGB picture.
 * @param pixels `[height × width × 3]`, interleaved.
 */
export function encodeRgbPng(width: number, height: number, pixels: Uint8Array): Buffer {
  const stride = 3 * width;
  const rows = new Uint8Array(height * (stride + 1));
  for (let y = 0; y < height; y++) {
    // Each byte minus that of the pixel to its left: photographs pack better so.
    const to = y * (stride + 1);
    rows[to] = 1;
    for (let x = 0; x < stride; x++) {
      const left = x < 3 ? 0 : pixels[y * stride + x - 3]!;
      rows[to + 1 + x] = pixels[y * stride + x]! - left;
    }
  }
  return encode(width, height, TRUE_COLOR, rows);
}

/**
 * A PNG of a class map.
 * @param indexes `[height × width]`.
 * @param palette `[256 × 3]` bytes.
 */
export function encodeIndexedPng(
  width: number,
  height: number,
  indexes: Uint8Array,
  palette: Uint8Array,
): Buffer {
  const rows = new Uint8Array(height * (width + 1));
  for (let y = 0; y < height; y++)
    rows.set(indexes.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  return encode(width, height, PALETTE, rows, palette);
}

/** Draws a figure as PNG bytes; `scale` 2 doubles the pixels both ways, for sharp text. */
export function renderPng({ svg, width }: Figure, scale = 2): Uint8Array {
  const drawing = new Resvg(svg, {
    fitTo: { mode: 'width', value: Math.round(width * scale) },
    font: { loadSystemFonts: false, fontFiles: fontFiles(), defaultFontFamily: FONT_FAMILY },
  });
  return drawing.render().asPng();
}

/**
 * Writes a figure as `.svg` or `.png`, whichever the path ends in.
 * @throws {InvalidArgumentError} for another ending; {@link OutputExistsError} unless `overwrite`.
 */
export async function writeFigure(path: string, figure: Figure, options: OutputOptions = {}): Promise<void> {
  const kind = extname(path).toLowerCase();
  if (kind !== '.svg' && kind !== '.png') {
    throw new InvalidArgumentError(`a figure cannot be written as "${kind}"`, {
      file: path,
      remedy: 'end the name in .svg or .png',
    });
  }
  await writeOutput(path, kind === '.svg' ? figure.svg : renderPng(figure), options);
}
