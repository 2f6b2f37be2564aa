import { mkdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { type ColorTable, createGeoTiff, pixelBlock } from '../../raster/index.ts';
import { asClasses, asProbabilities } from '../combine/layers.ts';
import { openInput } from '../combine/open-inputs.ts';
import type { CombinationInput } from '../combine/rule.ts';
import { ConfidenceHistogram, type PseudoLabelRule, PseudoSelector } from './thresholds.ts';

/** An image without truth and the probabilities predicted for it. */
export interface UnlabelledImage {
  readonly image: string;
  readonly probabilities: CombinationInput;
}

/** How pseudo-masks are written. */
export interface PseudoLabelOptions extends PseudoLabelRule {
  readonly classes: number;
  /** Folder of the masks. */
  readonly folder: string;
  /** Value of class 0 in the masks: 1 for FLAIR's. Default 0. */
  readonly first?: number;
  /** Value of each class, where they do not follow each other. */
  readonly values?: readonly number[];
  /** Colours of the values, for training lists whose masks are read by colour. */
  readonly colorTable?: ColorTable | null;
  /** Value of pixels that are not believed. Default 255. */
  readonly ignore?: number;
  readonly overwrite?: boolean;
  readonly onProgress?: (done: number, total: number) => void;
}

/** What came of {@link writePseudoLabels}. */
export interface PseudoLabels {
  readonly pairs: readonly { readonly image: string; readonly mask: string; readonly kept: number }[];
  readonly thresholds: readonly number[];
  /** Pixels kept of each class, and predicted. */
  readonly kept: readonly number[];
  readonly predicted: readonly number[];
}

/** Predicted classes and the probability of each, 0–1, as shares of the pixel's sum. */
async function readCertainty(input: CombinationInput, classes: number) {
  const opened = await openInput('probabilities', input, classes);
  try {
    const { grid } = opened.raster;
    const layer = asProbabilities(
      await opened.read({ x: 0, y: 0, width: grid.width, height: grid.height }),
      classes,
    );
    const predicted = asClasses(layer, classes);
    const pixels = predicted.length;
    const confidence = new Float32Array(pixels);
    for (let pixel = 0; pixel < pixels; pixel++) {
      let total = 0;
      for (let i = pixel; i < layer.data.length; i += pixels) total += Math.max(0, layer.data[i]! || 0);
      if (predicted[pixel]! < classes)
        confidence[pixel] = layer.data[predicted[pixel]! * pixels + pixel]! / total;
    }
    return { grid, predicted, confidence };
  } finally {
    await opened.raster.close();
  }
}

/**
 * Turns probabilities of unlabelled images into masks to train on: the predicted class where it is certain, the ignore
 * value elsewhere. Two passes: the first counts confidences over all images, so that thresholds by class hold for the
 * whole set; one image is in memory at a time.
 * @throws {CombinationInputError | OutputExistsError | …} naming the file.
 */
export async function writePseudoLabels(
  images: readonly UnlabelledImage[],
  options: PseudoLabelOptions,
): Promise<PseudoLabels> {
  const { classes, folder, first = 0, ignore = 255, overwrite = false, colorTable = null } = options;
  const values = options.values ?? Array.from({ length: classes }, (_, index) => index + first);
  await mkdir(folder, { recursive: true });
  const histogram = new ConfidenceHistogram(classes);
  for (const [place, { probabilities }] of images.entries()) {
    const { predicted, confidence } = await readCertainty(probabilities, classes);
    histogram.add(predicted, confidence);
    options.onProgress?.(place + 1, 2 * images.length);
  }
  const selector = new PseudoSelector(histogram, options);
  const kept = new Array<number>(classes).fill(0);
  const pairs: { image: string; mask: string; kept: number }[] = [];
  for (const [place, { image, probabilities }] of images.entries()) {
    const { grid, predicted, confidence } = await readCertainty(probabilities, classes);
    const mask = selector.mask(predicted, confidence);
    const path = join(folder, `PSEUDO_${basename(image, extname(image))}.tif`);
    let count = 0;
    for (let pixel = 0; pixel < mask.length; pixel++) {
      const index = mask[pixel]!;
      if (index < classes) {
        kept[index]!++;
        count++;
      }
      mask[pixel] = values[index] ?? ignore;
    }
    const writer = await createGeoTiff(path, {
      ...{ ...grid, dataType: 'uint8', overwrite },
      // A value without data would lose its colour.
      ...(colorTable === null ? { noData: ignore } : { colorTable }),
    });
    await writer.write(pixelBlock(mask, 1, grid.height, grid.width), 0, 0);
    await writer.close();
    pairs.push({ image, mask: path, kept: count / mask.length });
    options.onProgress?.(images.length + place + 1, 2 * images.length);
  }
  const { thresholds } = selector;
  return { pairs, thresholds, kept, predicted: kept.map((_, index) => histogram.total(index)) };
}
