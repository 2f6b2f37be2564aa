import type { PixelBlock } from '../../raster/index.ts';
import { bandOf } from '../../raster/index.ts';

/** An RGB picture, `[height × width × 3]` interleaved. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** What a pixel of `step × step` covers at the far edges too: at least one pixel each way. */
const shrunk = (length: number, step: number) => Math.max(1, Math.floor(length / step));

/**
 * The range of values that is spread over black to white: 0–255 for bytes, from the 2nd to the 98th percentile (of
 * a sample) for any other type, so that 16-bit and float images show.
 */
function displayRange(values: PixelBlock['data']): readonly [low: number, high: number] {
  if (values instanceof Uint8Array) return [0, 255];
  const stride = Math.max(1, Math.floor(values.length / 10_000));
  const sample = Float64Array.from(
    { length: Math.ceil(values.length / stride) },
    (_, place) => values[place * stride]!,
  );
  sample.sort();
  const at = (part: number) => sample[Math.floor(part * (sample.length - 1))]!;
  return [at(0.02), Math.max(at(0.98), at(0.02) + 1e-9)];
}

/** A block as an RGB picture, each pixel the mean of `step × step`; fewer than three bands are drawn grey. */
export function shrinkImage(block: PixelBlock, step: number): Picture {
  const [width, height] = [shrunk(block.width, step), shrunk(block.height, step)];
  const pixels = new Uint8Array(3 * width * height);
  for (let channel = 0; channel < 3; channel++) {
    const values = bandOf(block, block.bands >= 3 ? channel : 0);
    const [low, high] = displayRange(values);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let sum = 0;
        for (let dy = 0; dy < step; dy++) {
          const row = Math.min(y * step + dy, block.height - 1) * block.width;
          for (let dx = 0; dx < step; dx++) sum += values[row + Math.min(x * step + dx, block.width - 1)]!;
        }
        const shade = (255 * (sum / (step * step) - low)) / (high - low);
        pixels[3 * (y * width + x) + channel] = Math.min(255, Math.max(0, Math.round(shade)));
      }
    }
  }
  return { width, height, pixels };
}

/** Every `step`-th class index both ways, from the middle of each step. */
export function pickClasses(indexes: Uint8Array, width: number, height: number, step: number): Uint8Array {
  const [outWidth, outHeight] = [shrunk(width, step), shrunk(height, step)];
  const half = Math.floor(step / 2);
  const picked = new Uint8Array(outWidth * outHeight);
  for (let y = 0; y < outHeight; y++) {
    const row = Math.min(y * step + half, height - 1) * width;
    for (let x = 0; x < outWidth; x++)
      picked[y * outWidth + x] = indexes[row + Math.min(x * step + half, width - 1)]!;
  }
  return picked;
}
