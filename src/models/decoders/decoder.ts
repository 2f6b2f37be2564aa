import type { Tensor } from '../../engine/index.ts';
import { Module } from '../../nn/index.ts';
import type { FeatureMap } from '../encoders/encoder.ts';
import { ModelOptionError } from '../errors.ts';

/** The part of a network that turns an encoder's maps into one map, from which a head draws the logits. */
export abstract class Decoder extends Module {
  /** Channels of the result. */
  abstract readonly outChannels: number;

  /** @param features the image and one map a scale, finest first, as an encoder makes them; left unchanged */
  abstract override forward(features: readonly FeatureMap[]): Tensor;
}

/** Refuses encoders that are not deep enough for a decoder. @throws {@link ModelOptionError} */
export function requireDepth(decoder: string, depth: number, least = 3): void {
  if (depth < least)
    throw new ModelOptionError(`${decoder} needs an encoder depth of at least ${least}, not ${depth}`, {
      key: 'encoderDepth',
      remedy: `choose a depth from ${least} to 5`,
    });
}

/** One number of channels a block, or an error that says how many there should be. @throws {@link ModelOptionError} */
export function blockChannels(channels: readonly number[] | number, depth: number): readonly number[] {
  if (typeof channels === 'number' || channels.length !== depth)
    throw new ModelOptionError(`this decoder has ${depth} blocks, one a halving of the encoder`, {
      key: 'decoderChannels',
      remedy: `give ${depth} numbers of channels, deepest first`,
    });
  return channels;
}

/** One number of channels for the whole decoder. @throws {@link ModelOptionError} */
export function singleChannels(channels: readonly number[] | number): number {
  if (typeof channels !== 'number')
    throw new ModelOptionError('this decoder has the same number of channels throughout', {
      key: 'decoderChannels',
      remedy: 'give one number',
    });
  return channels;
}
