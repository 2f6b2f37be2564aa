import type { Tensor } from '../../engine/index.ts';
import { encodeColorPng } from '../../raster/writers/png.ts';

/** White pixels between two pictures. */
const GAP = 4;

/** Rows of images in one PNG, each with its pictures side by side: image, what was left of it, what was made of it. */
export function reconstructionPicture({
  images,
  hidden,
  predicted,
}: Readonly<Record<'images' | 'hidden' | 'predicted', Tensor>>): Buffer {
  const [count, channels, height, width] = images.shape as [number, number, number, number];
  const columns = [images, hidden, predicted].map((x) => x.toFloat32());
  const original = columns[0]!;
  const total = { width: 3 * (width + GAP) - GAP, height: count * (height + GAP) - GAP };
  const pixels = new Uint8Array(3 * total.width * total.height).fill(255);
  const plane = height * width;
  for (let n = 0; n < count; n++) {
    for (let color = 0; color < 3; color++) {
      const start = (n * channels + (channels >= 3 ? color : 0)) * plane;
      // The range of the image itself: predictions beyond it are cut.
      const [low, high] = range(original.subarray(start, start + plane));
      for (const [column, values] of columns.entries()) {
        for (let pixel = 0; pixel < plane; pixel++) {
          const y = n * (height + GAP) + Math.floor(pixel / width);
          const x = column * (width + GAP) + (pixel % width);
          const shade = (255 * (values[start + pixel]! - low)) / (high - low);
          pixels[3 * (y * total.width + x) + color] = Math.min(255, Math.max(0, Math.round(shade)));
        }
      }
    }
  }
  return encodeColorPng(total.width, total.height, pixels, 3);
}

/** From the 2nd to the 98th percentile. */
function range(values: Float32Array): readonly [low: number, high: number] {
  const sorted = Float32Array.from(values).sort();
  const at = (part: number) => sorted[Math.floor(part * (sorted.length - 1))]!;
  return [at(0.02), Math.max(at(0.98), at(0.02) + 1e-6)];
}
