import type { Batch } from '../data/index.ts';
import { autocast, type Device, ops, type Tensor } from '../engine/index.ts';
import type { SegmentationNetwork } from '../models/index.ts';

/** Arithmetic and place of training. */
export interface ComputeOptions {
  readonly device: Device;
  readonly precision: 'fp32' | 'bf16' | 'fp16';
  readonly channelsLast: boolean;
}

/** A batch where the network is, in the memory order it likes; belongs to the caller's scope. */
export function moveBatch(
  { images, targets }: Batch,
  { device, channelsLast }: ComputeOptions,
): [Tensor, Tensor] {
  const placed = images.to({ device, nonBlocking: true });
  const ordered = channelsLast ? placed.to({ memoryFormat: 'channels_last' }) : placed;
  return [ordered, targets!.to({ device, nonBlocking: true })];
}

/** Runs `body` in the arithmetic of the options. */
export function inPrecision<T>({ device, precision }: ComputeOptions, body: () => T): T {
  if (precision === 'fp32') return body();
  return autocast({ device, dtype: precision === 'bf16' ? 'bfloat16' : 'float16' }, body);
}

/** Scores at the images' own size: networks whose scores are smaller are brought up bilinearly. */
export function logitsAtImageSize(network: SegmentationNetwork, images: Tensor): Tensor {
  const logits = network.forward(images);
  const size = [images.size(2), images.size(3)] as const;
  if (logits.size(2) === size[0] && logits.size(3) === size[1]) return logits;
  return ops.interpolate(logits, { size, mode: 'bilinear' });
}
