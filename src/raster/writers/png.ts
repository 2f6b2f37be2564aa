import { crc32, deflateSync } from 'node:zlib';

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const PALETTE = 3;
/** PNG's colour type by samples a pixel. */
const TRUE_COLOR = { 3: 2, 4: 6 } as const;

/** How a picture is packed. */
export interface PngOptions {
  /** zlib's level, 1 (quick) to 9 (small); zlib's own default otherwise. */
  readonly level?: number;
}

function chunk(type: string, data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12 + data.length);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}

function assemble(
  [width, height]: readonly [number, number],
  colorType: number,
  rows: Uint8Array,
  { level }: PngOptions,
  extra: readonly Buffer[] = [],
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colorType], 8);
  const data = deflateSync(rows, level === undefined ? {} : { level });
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    ...extra,
    chunk('IDAT', data),
    chunk('IEND', new Uint8Array()),
  ]);
}

/**
 * A PNG of a picture in true colour, with transparency or without.
 * @param pixels `[height × width × samples]`, interleaved: RGB or RGBA
 */
export function encodeColorPng(
  width: number,
  height: number,
  pixels: Uint8Array,
  samples: 3 | 4,
  options: PngOptions = {},
): Buffer {
  const stride = samples * width;
  const rows = new Uint8Array(height * (stride + 1));
  for (let y = 0; y < height; y++) {
    // Each byte minus that of the pixel to its left: photographs pack better so.
    const to = y * (stride + 1);
    rows[to] = 1;
    for (let x = 0; x < stride; x++) {
      const left = x < samples ? 0 : pixels[y * stride + x - samples]!;
      rows[to + 1 + x] = pixels[y * stride + x]! - left;
    }
  }
  return assemble([width, height], TRUE_COLOR[samples], rows, options);
}

/**
 * A PNG of cells with a palette.
 * @param cells `[height × width]`
 * @param palette `[256 × 3]` bytes
 * @param alpha opacity of each value; all opaque without
 */
export function encodeIndexedPng(
  width: number,
  height: number,
  cells: Uint8Array,
  palette: Uint8Array,
  { alpha, ...options }: PngOptions & { readonly alpha?: Uint8Array } = {},
): Buffer {
  const rows = new Uint8Array(height * (width + 1));
  for (let y = 0; y < height; y++) rows.set(cells.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  const opacity = alpha === undefined ? [] : [chunk('tRNS', alpha)];
  return assemble([width, height], PALETTE, rows, options, [chunk('PLTE', palette), ...opacity]);
}
