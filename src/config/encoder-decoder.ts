import { nearest } from './suggest.ts';

/** Decoders of `segmentation_models_pytorch`, by the names its `create_model` takes. */
export const DECODERS = [
  'unet',
  'unetplusplus',
  'manet',
  'linknet',
  'fpn',
  'pspnet',
  'pan',
  'deeplabv3',
  'deeplabv3plus',
  'upernet',
  'segformer',
  'dpt',
] as const;

/** Encoder and decoder of a name, or what is wrong with it. */
export type EncoderDecoder =
  | { readonly encoder: string; readonly decoder: string }
  | { readonly problem: string; readonly suggestion: string | null };

/** Whether a name is that of a whole network, Hugging Face's or mmsegmentation's, rather than a decoder's. */
export function namesWholeNetwork(name: string): boolean {
  return name.includes('/') || /(^|_)(upernet|mask2former)_/.test(name);
}

/**
 * Splits IGN's `encoder_decoder` (`resnet34_unet`) at its last `_`. IGN splits at every `_` and refuses more than two
 * parts; encoders with a `_` of their own (`mit_b0_unet`, `resnext50_32x4d_fpn`) work here.
 */
export function splitEncoderDecoder(name: string): EncoderDecoder {
  const at = name.lastIndexOf('_');
  const encoder = name.slice(0, Math.max(0, at));
  const last = name.slice(at + 1).toLowerCase();
  const decoder = DECODERS.find((known) => known === last);
  if (encoder !== '' && decoder !== undefined) return { encoder, decoder };
  const problem = `"${name}" does not end in "_" and a decoder; the decoders are ${DECODERS.join(', ')}`;
  const hyphen = /^(.+)-([^-]+)$/.exec(name);
  const parts = at > 0 ? [encoder, last] : [hyphen?.[1], hyphen?.[2]?.toLowerCase()];
  const meant = parts[1] === undefined ? null : nearest(parts[1], DECODERS);
  return { problem, suggestion: meant === null || !parts[0] ? null : `"${parts[0]}_${meant}"` };
}
