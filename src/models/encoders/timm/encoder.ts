import { scope, type Tensor } from '../../../engine/index.ts';
import type { Module } from '../../../nn/index.ts';
import { type EncoderStages, withEncoderPath } from '../../image-encoder.ts';
import { Encoder, type EncoderSettings, type FeatureMap } from '../encoder.ts';

/** The body of a timm network: an image to one map a scale, finest first. */
export type TimmTrunk = Module & {
  forward(images: Tensor): Tensor[];
  /** Channels of each map. */
  readonly channels: readonly number[];
  readonly idleModules?: readonly string[];
  readonly encoderStages: EncoderStages;
};

/**
 * A timm network as an encoder, under the names that smp's `tu-` encoders give it (`encoder.model.…`).
 *
 * Networks that start at a quarter of the size (ConvNeXt, Swin) have no map of half size: feature 1 is null.
 */
export class TimmEncoder extends Encoder {
  model: TimmTrunk;
  readonly #startsAtQuarter: boolean;

  /** @param makeTrunk is given the number of maps to make */
  constructor(
    settings: EncoderSettings,
    { startsAtQuarter }: { startsAtQuarter: boolean },
    makeTrunk: (scales: number) => TimmTrunk,
  ) {
    const trunk = makeTrunk(settings.depth - (startsAtQuarter ? 1 : 0));
    const gap = startsAtQuarter ? [0] : [];
    super(settings, [3, ...gap, ...trunk.channels], { minDepth: startsAtQuarter ? 2 : 1 });
    this.model = trunk;
    this.#startsAtQuarter = startsAtQuarter;
    this.idleModules = (trunk.idleModules ?? []).map((name) => `model.${name}`);
  }

  get encoderStages(): EncoderStages {
    return withEncoderPath('model', this.model.encoderStages);
  }

  override forward(images: Tensor): FeatureMap[] {
    const maps = scope(() => this.model.forward(images));
    return this.#startsAtQuarter ? [images, null, ...maps] : [images, ...maps];
  }
}
