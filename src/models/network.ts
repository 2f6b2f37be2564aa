import type { Tensor } from '../engine/index.ts';
import { Module } from '../nn/index.ts';
import { InputChannelsError, InputSizeError } from './errors.ts';
import { type EncoderStages, type ImageEncoder, withEncoderPath } from './image-encoder.ts';

/** What every segmentation network says of itself. */
export interface NetworkTraits {
  /** Name it was asked for by, such as `resnet34_unet` or `nvidia/mit-b0`. */
  readonly modelName: string;
  /** Bands of the input. */
  readonly inChannels: number;
  /** Number of logits per pixel. */
  readonly classes: number;
  /** Height and width must be multiples of this (1: any size goes). */
  readonly inputDivisor: number;
}

/**
 * A network that gives each pixel its class logits, whatever the family it comes from.
 *
 * Parameters carry the names of the reference, so published checkpoints load without a translation table.
 */
export abstract class SegmentationNetwork extends Module implements NetworkTraits {
  readonly modelName: string;
  readonly inChannels: number;
  readonly classes: number;
  readonly inputDivisor: number;

  constructor(traits: NetworkTraits) {
    super();
    this.modelName = traits.modelName;
    this.inChannels = traits.inChannels;
    this.classes = traits.classes;
    this.inputDivisor = traits.inputDivisor;
  }

  /** Where the encoder is among the modules: the beginning of its parameters' names. */
  get encoderPath(): string {
    return 'encoder';
  }

  /** The part that turns images into maps; null where a network has no such part. */
  get imageEncoder(): ImageEncoder | null {
    return (this.getModule(this.encoderPath) as ImageEncoder | undefined) ?? null;
  }

  /** The steps of the encoder in order of depth, under the names of this network. */
  get encoderStages(): EncoderStages {
    return withEncoderPath(this.encoderPath, this.imageEncoder?.encoderStages ?? []);
  }

  /** Children that published checkpoints carry and no result depends on: their parameters get no gradient. */
  get idleModules(): readonly string[] {
    return [];
  }

  /**
   * Class logits at the size the reference gives them, which may be smaller than the image (SegFormer: a quarter).
   *
   * @param images `[N, C, H, W]`
   * @returns `[N, classes, h, w]`
   */
  abstract override forward(images: Tensor): Tensor;

  /**
   * Everything the reference returns, by its names there. Networks with more than one output override this.
   *
   * @param images `[N, C, H, W]`
   */
  outputs(images: Tensor): Record<string, Tensor> {
    return { logits: this.forward(images) };
  }

  /**
   * Refuses images this network cannot take.
   *
   * @throws {@link InputChannelsError} for the wrong number of bands
   * @throws {@link InputSizeError} when height or width is not a multiple of {@link inputDivisor}
   */
  checkInput(images: Tensor): void {
    const [, channels, height, width] = images.shape;
    if (channels !== this.inChannels) throw new InputChannelsError(this.modelName, this.inChannels, channels);
    if (height! % this.inputDivisor !== 0 || width! % this.inputDivisor !== 0)
      throw new InputSizeError(this.modelName, this.inputDivisor, height!, width!);
  }
}
