import { canDilate, encoderNames, isEncoderName } from '../encoders/index.ts';
import { UnknownModelError } from '../errors.ts';
import { nearestNames } from '../nearest-names.ts';
import { architectures } from './architectures.ts';

/** An encoder and a decoder by their smp names. */
export interface EncoderDecoderName {
  readonly encoder: string;
  readonly decoder: string;
}

// Longest first: `deeplabv3plus` before `deeplabv3`, `unetplusplus` before `unet`.
const decoders = Object.keys(architectures).sort((a, b) => b.length - a.length);

/** Names of every pair that can be built, as IGN writes them (`resnet34_unet`). */
export function encoderDecoderNames(): string[] {
  return encoderNames().flatMap((encoder) =>
    Object.entries(architectures)
      .filter(([, { refuses, outputStride }]) => {
        return !refuses?.test(encoder) && (outputStride === undefined || canDilate(encoder));
      })
      .map(([decoder]) => `${encoder}_${decoder}`),
  );
}

/**
 * Takes `ENCODER_DECODER` apart at the decoder, since encoders have underscores of their own (`mit_b0_unet`,
 * `tu-tf_efficientnetv2_s_unet`).
 *
 * @returns null when the name ends with no decoder's name: it belongs to another family
 * @throws {@link UnknownModelError} when it does, but the rest is no encoder
 */
export function parseEncoderDecoderName(name: string): EncoderDecoderName | null {
  if (name.includes('/')) return null;
  const lower = name.toLowerCase();
  const decoder = decoders.find((candidate) => lower.endsWith(`_${candidate}`));
  if (decoder === undefined) return null;
  const encoder = name.slice(0, -decoder.length - 1);
  if (!isEncoderName(encoder))
    throw new UnknownModelError('encoder', encoder, nearestNames(encoder, encoderNames()));
  return { encoder, decoder };
}
