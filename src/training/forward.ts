import type { Batch } from '../data/index.ts';
import { autocast, type Device, ops, type Tensor } from '../engine/index.ts';
import { type SegmentationNetwork, takesMetadata } from '../models/index.ts';

/** Arithmetic and place of training. */
export interface ComputeOptions {
  readonly device: Device;
  readonly precision: 'fp32' | 'bf16' | 'fp16';
  readonly channelsLast: boolean;
}

/** A labelled batch where the network is. */
export interface PlacedBatch {
  readonly images: Tensor;
  readonly targets: Tensor;
  readonly metadata: Tensor | null;
}

/** A batch where the network is, in the memory order it likes; belongs to the caller's scope. */
export function moveBatch(
  { images, targets, metadata }: Batch,
  { device, channelsLast }: ComputeOptions,
): PlacedBatch {
  const placed = images.to({ device, nonBlocking: true });
  return {
    images: channelsLast ? placed.to({ memoryFormat: 'channels_last' }) : placed,
    targets: targets!.to({ device, nonBlocking: true }),
    metadata: metadata?.to({ device, nonBlocking: true }) ?? null,
  };
}

/** Runs `body` in the arithmetic of the options. */
export function inPrecision<T>({ device, precision }: ComputeOptions, body: () => T): T {
  if (precision === 'fp32') return body();
  return autocast({ device, dtype: precision === 'bf16' ? 'bfloat16' : 'float16' }, body);
}

/** The network's scores, with the metadata where it takes them; they may be smaller than the images. */
export function rawLogits(network: SegmentationNetwork, { images, metadata }: PlacedBatch): Tensor {
  return metadata && takesMetadata(network)
    ? network.forwardWithMetadata(images, metadata)
    : network.forward(images);
}

/** Scores at the images' own size: scores that are smaller are brought up bilinearly. */
export function atImageSize(logits: Tensor, { images }: PlacedBatch): Tensor {
  const size = [images.size(2), images.size(3)] as const;
  if (logits.size(2) === size[0] && logits.size(3) === size[1]) return logits;
  return ops.interpolate(logits, { size, mode: 'bilinear' });
}
