import { UnknownModelError } from './errors.ts';
import type { ModelFamily, ModelOptions } from './family.ts';
import { huggingFaceFamily } from './huggingface/family.ts';
import { mmsegFamily } from './mmseg/family.ts';
import { nearestNames } from './nearest-names.ts';
import type { SegmentationNetwork } from './network.ts';
import { smpFamily } from './smp/family.ts';

/** Every family of networks, asked in this order. A new family is one line here. */
export const families: readonly ModelFamily[] = [mmsegFamily, smpFamily, huggingFaceFamily];

/**
 * Builds a network by the name a person knows it by, with freshly drawn weights.
 *
 * @example
 * createModel({ name: 'resnet34_unet', inChannels: 5, classes: 19 });
 * createModel({ encoder: 'tu-convnext_tiny', decoder: 'unetplusplus', classes: 13 });
 *
 * @throws {@link UnknownModelError} with the nearest names when nobody knows the name
 */
export function createModel(options: ModelOptions): SegmentationNetwork {
  for (const family of families) {
    const network = family.create(options);
    if (network !== null) return network;
  }
  const name = options.name ?? `${options.encoder ?? '?'}_${options.decoder ?? '?'}`;
  throw new UnknownModelError('network', name, nearestNetworks(name));
}

/** The names of networks that are most like a name that nobody knows. */
export function nearestNetworks(name: string): string[] {
  return nearestNames(name, modelNames());
}

/** The name of every network that {@link createModel} knows. */
export function modelNames(): string[] {
  return families.flatMap((family) => family.names());
}
