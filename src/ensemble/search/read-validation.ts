import { InvalidArgumentError, Random } from '../../core/index.ts';
import { type ClassCoding, classIndexes } from '../../evaluation/index.ts';
import { openRaster } from '../../raster/index.ts';
import { asProbabilities } from '../combine/layers.ts';
import { openInputs } from '../combine/open-inputs.ts';
import type { CombinationInput } from '../combine/rule.ts';
import { CombinationInputError } from '../errors.ts';
import type { ValidationImage } from './blend.ts';

/** A validation image by its files. */
export interface ValidationFiles {
  readonly name: string;
  readonly group: string;
  readonly truth: string;
  /** Predictions of every model, in one order for all images. */
  readonly models: readonly CombinationInput[];
}

/** How validation images are read. */
export interface ReadValidationOptions {
  readonly classes: number;
  readonly truth: ClassCoding;
  /** Most pixels drawn from an image (seeded); all when it has no more. Default 20 000. */
  readonly pixels?: number;
  readonly seed?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Places of pixels with a truth, at most `most` of them, in rising order. */
function drawPixels(truth: Uint8Array, most: number, random: Random): Uint32Array {
  const places = new Uint32Array(truth.length);
  let count = 0;
  for (let pixel = 0; pixel < truth.length; pixel++) if (truth[pixel] !== 255) places[count++] = pixel;
  const known = places.subarray(0, count);
  if (count <= most) return known;
  for (let i = 0; i < most; i++) {
    const j = i + random.below(count - i);
    [known[i], known[j]] = [known[j]!, known[i]!];
  }
  return known.slice(0, most).sort();
}

/**
 * Reads validation images with what each model predicts there, at a seeded sample of pixels, so that hundreds of images and
 * several networks fit in memory.
 * @throws {CombinationInputError | RasterNotFoundError | …} naming the file.
 */
export async function readValidation(
  files: readonly ValidationFiles[],
  { classes, truth: coding, pixels = 20_000, seed = 2022, onProgress }: ReadValidationOptions,
): Promise<ValidationImage[]> {
  if (!(pixels >= 1))
    throw new InvalidArgumentError(`${pixels} pixels an image`, { remedy: 'give 1 or more' });
  const images: ValidationImage[] = [];
  for (const [place, { name, group, truth: path, models }] of files.entries()) {
    await using raster = await openRaster(
      path,
      coding.kind === 'colors' ? { palette: 'rgb' } : { bands: [1] },
    );
    const inputs = await openInputs(
      Object.fromEntries(models.map((model, i) => [String(i), model])),
      classes,
    );
    try {
      const [{ width, height }] = [inputs[0]!.raster.grid];
      if (raster.width !== width || raster.height !== height) {
        throw new CombinationInputError(
          `${raster.width} × ${raster.height} pixels of truth for ${width} × ${height}`,
          {
            file: path,
            remedy: 'name predictions of the image that belongs to this truth',
          },
        );
      }
      const window = { x: 0, y: 0, width, height };
      const whole = classIndexes(await raster.read(window), coding, path);
      const drawn = drawPixels(whole, pixels, new Random(seed, 8, place));
      const sampled: Float32Array[] = [];
      for (const input of inputs) {
        const { data, one } = asProbabilities(await input.read(window), classes);
        const values = new Float32Array(classes * drawn.length);
        for (let index = 0, i = 0; index < classes; index++) {
          for (const pixel of drawn)
            values[i++] = Math.max(0, data[index * whole.length + pixel]! / one || 0);
        }
        sampled.push(values);
      }
      images.push({ name, group, truth: Uint8Array.from(drawn, (pixel) => whole[pixel]!), models: sampled });
    } finally {
      await Promise.all(inputs.map((input) => input.raster.close()));
    }
    onProgress?.(place + 1, files.length);
  }
  return images;
}
