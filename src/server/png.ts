import { crc32, deflateSync } from 'node:zlib';

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const PALETTE = 3;
const RGBA = 6;
/** Tiles are many and short-lived: speed counts more than size. */
const LEVEL = 3;

function chunk(type: string, data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12 + data.length);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}

function assemble(width: number, height: number, type: number, rows: Uint8Array, extra: Buffer[]): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, type], 8);
  const data = deflateSync(rows, { level: LEVEL });
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    ...extra,
    chunk('IDAT', data),
    chunk('IEND', new Uint8Array()),
  ]);
}

/** A PNG with transparency. @param pixels `[height × width × 4]`, interleaved */
export function rgbaPng(width: number, height: number, pixels: Uint8Array): Buffer {
  const stride = 4 * width;
  const rows = new Uint8Array(height * (stride + 1));
  for (let y = 0; y < height; y++) {
    const to = y * (stride + 1);
    // Each byte minus that of the pixel to its left: photographs pack better so.
    rows[to] = 1;
    for (let x = 0; x < stride; x++) {
      rows[to + 1 + x] = pixels[y * stride + x]! - (x < 4 ? 0 : pixels[y * stride + x - 4]!);
    }
  }
  return assemble(width, height, RGBA, rows, []);
}

/**
 * A PNG of classes in their colours; values without a colour are transparent.
 * @param cells `[height × width]`
 * @param colors `[r, g, b]` by class
 */
export function classPng(
  width: number,
  height: number,
  cells: Uint8Array,
  colors: readonly (readonly [number, number, number])[],
): Buffer {
  const rows = new Uint8Array(height * (width + 1));
  for (let y = 0; y < height; y++) rows.set(cells.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  const palette = new Uint8Array(768);
  const alpha = new Uint8Array(256);
  for (const [value, color] of colors.entries()) {
    palette.set(color, 3 * value);
    alpha[value] = 255;
  }
  return assemble(width, height, PALETTE, rows, [chunk('PLTE', palette), chunk('tRNS', alpha)]);
}
