import { existsSync } from 'node:fs';
import { HubError, type HubOptions, resolveModel } from '../../weights/index.ts';
import { UnknownModelError } from '../errors.ts';
import { nearestNames } from '../nearest-names.ts';
import { knownNetworks } from './known-networks.ts';

/**
 * Brings a network of the hub that is not listed into the hub's cache, so that `createModel` can read its configuration. Other
 * names, folders and what lies there already are left alone.
 *
 * @throws UnknownModelError when it cannot be had and looks like a listed name that was misspelt; else HubError
 */
export async function fetchNetwork(name: string, hub: HubOptions = {}): Promise<void> {
  if (knownNetworks.has(name) || existsSync(name) || !/^[\w.-]+\/[\w.-]+$/.test(name)) return;
  try {
    await resolveModel(name, hub);
  } catch (error) {
    const nearest = nearestNames(name, [...knownNetworks.keys()]);
    if (!(error instanceof HubError) || nearest.length === 0) throw error;
    throw new UnknownModelError('listed or downloaded network', name, nearest);
  }
}
