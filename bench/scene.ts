/** Mixes three whole numbers into 32 random bits. */
function hash(a: number, b: number, c: number): number {
  let h =
    Math.imul(a, 0x9e3779b1) ^ Math.imul(b + 0x7f4a7c15, 0x85ebca6b) ^ Math.imul(c + 0x165667b1, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return (h ^ (h >>> 15)) >>> 0;
}

/** Mean side of a parcel, in pixels. */
const PARCEL = 96;

/** The class of each pixel and what a sensor sees of it. */
export interface Scene {
  /** `[bands, height, width]`. */
  readonly pixels: Uint8Array;
  /** Classes from 0, `[height, width]`. */
  readonly classes: Uint8Array;
}

/**
 * A made-up landscape: parcels of every shape (cells of a jittered grid), each of one class with its own colour in
 * every band, under slow light and a little noise. Any part of it can be made alone.
 *
 * @param seed another landscape for another number
 * @param top first row
 */
export function makeScene(
  { bands, classes: count }: { bands: number; classes: number },
  { width, height }: { width: number; height: number },
  seed: number,
  top = 0,
): Scene {
  const classes = new Uint8Array(height * width);
  for (let row = 0, at = 0; row < height; row++) {
    const y = top + row;
    const cellY = Math.floor(y / PARCEL);
    for (let x = 0; x < width; x++, at++) {
      const cellX = Math.floor(x / PARCEL);
      let nearest = Number.POSITIVE_INFINITY;
      for (let j = cellY - 1; j <= cellY + 1; j++) {
        for (let i = cellX - 1; i <= cellX + 1; i++) {
          const h = hash(i, j, seed);
          const dx = (i + (h & 255) / 256) * PARCEL - x;
          const dy = (j + ((h >>> 8) & 255) / 256) * PARCEL - y;
          const distance = dx * dx + dy * dy;
          if (distance >= nearest) continue;
          nearest = distance;
          classes[at] = (h >>> 16) % count;
        }
      }
    }
  }
  const pixels = new Uint8Array(bands * height * width);
  let noise = hash(seed, top, 7);
  for (let band = 0, at = 0; band < bands; band++) {
    const colors = Array.from({ length: count }, (_, c) => 40 + (hash(c, band, 11) % 170));
    for (let row = 0, pixel = 0; row < height; row++) {
      const light = 8 * Math.sin((top + row) / 310 + band);
      for (let x = 0; x < width; x++, at++, pixel++) {
        noise = (Math.imul(noise, 1664525) + 1013904223) >>> 0;
        pixels[at] = colors[classes[pixel]!]! + light + 6 * Math.sin(x / 270 + seed) + (noise >>> 28) - 8;
      }
    }
  }
  return { pixels, classes };
}
