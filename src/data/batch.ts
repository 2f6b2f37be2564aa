import type { AugmentationConfig } from '../config/index.ts';
import type { Random } from '../core/index.ts';
import { empty, ops, scope, type Tensor, type TypedArray, tensor, withNumThreads } from '../engine/index.ts';
import { type AugmentedPair, augment } from './augmentation.ts';
import { IGNORE_INDEX } from './masks.ts';
import type { MetadataTable } from './metadata.ts';
import { METADATA_LENGTH } from './metadata-encoding.ts';
import { fullScale, type Normalizer } from './normalization.ts';
import type { Patch } from './patch-list.ts';
import type { Sample } from './read-patch.ts';

/** Patches as the network takes them. The holder disposes of the tensors. */
export interface Batch {
  /** Normalised float32 `[N, C, H, W]`. */
  readonly images: Tensor;
  /** Class indices int64 `[N, H, W]`, or null when a patch has no mask. */
  readonly targets: Tensor | null;
  /** Encoded acquisition metadata float32 `[N, 45]`, or null where none is used. */
  readonly metadata?: Tensor | null;
  readonly patches: readonly Patch[];
  /** Height and width of each patch before padding. */
  readonly sizes: readonly (readonly [height: number, width: number])[];
}

/** How samples become a batch. */
export interface BatchOptions {
  readonly normalizer: Normalizer;
  readonly augmentation: AugmentationConfig;
  /** Height and width are padded to a multiple of this: below and to the right, the image by its border, the mask ignored. */
  readonly divisor: number;
  /** Acquisition metadata of the patches; none by default. */
  readonly metadata?: MetadataTable | null | undefined;
}

const ceilTo = (value: number, divisor: number): number => Math.ceil(value / divisor) * divisor;

function padPair({ image, mask }: AugmentedPair, height: number, width: number): AugmentedPair {
  const [, h, w] = image.shape as [number, number, number];
  const border = [0, width - w, 0, height - h];
  if (border.every((size) => size === 0)) return { image, mask };
  const inside = height - h < h && width - w < w;
  // libtorch does not pad integers by reflection.
  const planes = ops.unsqueeze(image.to({ dtype: 'float32' }), 0);
  const padded = ops.squeeze(ops.pad(planes, border, { mode: inside ? 'reflect' : 'replicate' }), 0);
  return { image: padded, mask: mask && ops.pad(mask, border, { value: IGNORE_INDEX }) };
}

/** A sample's own cells as tensors, in the stored type: what moves pixels about is quickest on the narrowest. */
function pairOf({ image, mask, channels, height, width }: Sample): AugmentedPair {
  return {
    image: tensor(image as TypedArray, [channels, height, width], { share: true }),
    mask: mask && tensor(mask, [height, width], { share: true }),
  };
}

/** Normalised float32 `[N, C, H, W]`; each sample by its own stored type, written straight to its place. */
function stackImages(pairs: readonly AugmentedPair[], samples: readonly Sample[], by: Normalizer): Tensor {
  const images = empty([pairs.length, ...pairs[0]!.image.shape]);
  for (const [i, { image }] of pairs.entries())
    by.apply(image, samples[i]!.dataType, ops.select(images, 0, i), samples[i]!.patch.image);
  return images;
}

/** Class indices int64 `[N, H, W]`. */
function stackMasks(masks: readonly Tensor[]): Tensor {
  const targets = empty([masks.length, ...masks[0]!.shape], { dtype: 'int64' });
  for (const [i, mask] of masks.entries()) ops.copy_(ops.select(targets, 0, i), mask);
  return targets;
}

/**
 * Augments, normalises, pads to a common size and stacks. One thread works, for the others are decoding what comes next.
 *
 * @param random a stream for each sample, or null where nothing is drawn
 */
export function makeBatch(
  samples: readonly Sample[],
  options: BatchOptions,
  random: readonly Random[] | null,
): Batch {
  const patches = samples.map(({ patch }) => patch);
  const make = () => {
    // What augmentation makes on the way is freed sample by sample: less for the collector to hear of.
    const pairs = samples.map((sample, i) =>
      scope((): AugmentedPair => {
        const stream = random?.[i];
        const pair = pairOf(sample);
        return stream ? augment(pair, options.augmentation, stream, fullScale(sample.dataType)) : pair;
      }),
    );
    const tallest = Math.max(...pairs.map(({ image }) => image.size(1)));
    const widest = Math.max(...pairs.map(({ image }) => image.size(2)));
    const [height, width] = [ceilTo(tallest, options.divisor), ceilTo(widest, options.divisor)];
    const padded = pairs.map((pair) => padPair(pair, height, width));
    const masks = padded.map(({ mask }) => mask).filter((mask) => mask !== null);
    return {
      images: stackImages(padded, samples, options.normalizer),
      targets: masks.length === padded.length ? stackMasks(masks) : null,
      metadata: options.metadata
        ? tensor(options.metadata(patches), [patches.length, METADATA_LENGTH])
        : null,
    };
  };
  const { images, targets, metadata } = withNumThreads(1, () => scope(make));
  return {
    images,
    targets,
    metadata,
    patches,
    sizes: samples.map(({ height, width }) => [height, width] as const),
  };
}

/** Frees a batch's tensors. */
export function disposeBatch({ images, targets, metadata }: Batch): void {
  images.dispose();
  targets?.dispose();
  metadata?.dispose();
}
