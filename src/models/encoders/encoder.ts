import type { Tensor } from '../../engine/index.ts';
import { Module } from '../../nn/index.ts';
import { ModelOptionError } from '../errors.ts';
import type { EncoderStages } from '../image-encoder.ts';

/** One scale of an encoder's output; null where a transformer has no map (half size). */
export type FeatureMap = Tensor | null;

/** What every encoder is built with. */
export interface EncoderSettings {
  /** Bands of the input. */
  readonly inChannels: number;
  /** Number of halvings, 1 to 5. */
  readonly depth: number;
  /** Total stride, 8, 16 or 32; strides beyond it become dilation. */
  readonly outputStride: number;
  /** Largest probability of dropping a residual branch, for encoders with stochastic depth; the reference's if left out. */
  readonly dropPathRate?: number | undefined;
  /** Design size of the image for Swin; the size in the name if left out. */
  readonly imageSize?: number | undefined;
}

/**
 * The part of a network that turns an image into feature maps of halving size.
 *
 * Feature 0 is the image itself, feature `i` has stride `2^i` (as far as the output stride allows).
 */
export abstract class Encoder extends Module {
  /** Channels of each feature map, the image's first; 0 where there is no map. */
  readonly outChannels: readonly number[];
  /** Height and width of the deepest map are the image's over this. */
  readonly outputStride: number;
  readonly depth: number;
  /** Children that the reference's checkpoints carry and that no result depends on at this depth. */
  idleModules: readonly string[] = [];
  /** Its steps in order of depth, cut to the depth. */
  abstract readonly encoderStages: EncoderStages;

  /**
   * @param channels of all six features, as the reference lists them; cut to the depth
   * @throws {@link ModelOptionError} for a depth out of range
   */
  constructor(settings: EncoderSettings, channels: readonly number[], { minDepth = 1 } = {}) {
    super();
    const { depth, outputStride, inChannels } = settings;
    if (!Number.isInteger(depth) || depth < minDepth || depth > 5)
      throw new ModelOptionError(`this encoder has a depth of ${minDepth} to 5, not ${depth}`, {
        key: 'encoderDepth',
        remedy: `choose a depth from ${minDepth} to 5`,
      });
    if (![8, 16, 32].includes(outputStride))
      throw new ModelOptionError(`an encoder has an output stride of 8, 16 or 32, not ${outputStride}`, {
        key: 'encoderOutputStride',
        remedy: 'choose 8, 16 or 32',
      });
    this.depth = depth;
    this.outChannels = [inChannels, ...channels.slice(1, depth + 1)];
    this.outputStride = Math.min(outputStride, 2 ** depth);
  }

  /**
   * @param images `[N, C, H, W]`
   * @returns `depth + 1` maps, the image first
   */
  abstract override forward(images: Tensor): FeatureMap[];
}

/** How a stage that would stride beyond the output stride is dilated instead: 1 is not at all. */
export function dilationRate(stageStride: number, outputStride: number): number {
  return Math.max(1, stageStride / outputStride);
}

/**
 * Stride, padding and dilation of a convolution in a stage of the given dilation rate.
 *
 * Source: `segmentation_models_pytorch`, which gives every convolution of a dilated stage stride 1, the stage's dilation and
 * the padding that keeps the size.
 */
export function dilated(
  rate: number,
  kernel: number,
  { stride = 1, padding = 0 },
): { stride: number; padding: number; dilation: number } {
  if (rate === 1) return { stride, padding, dilation: 1 };
  return { stride: 1, padding: Math.floor(kernel / 2) * rate, dilation: rate };
}
