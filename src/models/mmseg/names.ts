import { knownNetworks } from '../huggingface/known-networks.ts';
import { networkFromConfig, readConfig } from '../huggingface/network-from-config.ts';
import type { SegmentationNetwork } from '../network.ts';
import { EncoderDecoder } from './encoder-decoder.ts';
import { type InternImageSize, internImageConfigs } from './intern-image/config.ts';
import { mmsegSwinConfigs, type SwinSize } from './swin.ts';

/** A network of mmsegmentation that a name stands for. */
export type MmsegName =
  | { readonly kind: 'upernet-internimage'; readonly size: InternImageSize }
  | { readonly kind: 'upernet-swin'; readonly size: SwinSize }
  | { readonly kind: 'mask2former-swin'; readonly size: SwinSize };

const INTERN_SIZES = Object.keys(internImageConfigs) as InternImageSize[];
const SWIN_SIZES = Object.keys(mmsegSwinConfigs) as SwinSize[];
const SWIN_LETTERS: Readonly<Record<string, SwinSize>> = { t: 'tiny', s: 'small', b: 'base', l: 'large' };

/** The short names that every network goes by. */
export const mmsegNames: readonly string[] = [
  ...INTERN_SIZES.map((size) => `upernet_internimage_${size}`),
  ...SWIN_SIZES.map((size) => `upernet_swin_${size}`),
  ...SWIN_SIZES.map((size) => `mask2former_swin_${size}`),
];

/**
 * Reads a short name, or the name of a configuration file (`upernet_internimage_l_640_160k_ade20k`,
 * `swin-large-patch4-window12-in22k-384x384-pre_upernet_8xb2-160k_ade20k-512x512`,
 * `mask2former_swin-l-in22k-384x384-pre_8xb2-160k_ade20k-640x640`).
 *
 * @returns null for names of other families
 */
export function parseMmsegName(name: string): MmsegName | null {
  const intern = /^upernet_internimage_(t|s|b|l|xl|h)(_|$)/.exec(name);
  if (intern) return { kind: 'upernet-internimage', size: intern[1] as InternImageSize };
  const swin = /(?:^|_)swin[_-](tiny|small|base|large|t|s|b|l)(?=[_-]|$)/.exec(name);
  if (!swin) return null;
  const size = SWIN_LETTERS[swin[1]!] ?? (swin[1] as SwinSize);
  if (/^mask2former_/.test(name)) return { kind: 'mask2former-swin', size };
  return /(^|_)upernet(_|$)/.test(name) ? { kind: 'upernet-swin', size } : null;
}

/** What a network of mmsegmentation is asked for with. */
export interface MmsegOptions {
  readonly classes: number;
  readonly inChannels: number;
  readonly modelName: string;
}

const WIDTH = 512;
const AUXILIARY_WIDTH = 256;

/** Builds a network with freshly drawn weights. */
export function mmsegNetwork(
  { kind, size }: MmsegName,
  { classes, inChannels, modelName }: MmsegOptions,
): SegmentationNetwork {
  if (kind === 'mask2former-swin') {
    const { config } = knownNetworks.get(`facebook/mask2former-swin-${size}-ade-semantic`)!;
    return networkFromConfig(readConfig(config, { classes, inChannels }), modelName);
  }
  const published = kind === 'upernet-swin' ? mmsegSwinConfigs[size] : internImageConfigs[size];
  const backbone = { ...published, inChannels };
  return new EncoderDecoder({ backbone, classes, width: WIDTH, auxiliaryWidth: AUXILIARY_WIDTH }, modelName);
}
