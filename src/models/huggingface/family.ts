import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cachedModel } from '../../weights/index.ts';
import { UnknownModelError } from '../errors.ts';
import type { ModelFamily } from '../family.ts';
import { nearestNames } from '../nearest-names.ts';
import { readConfigFile } from './config-file.ts';
import { knownNetworks } from './known-networks.ts';
import type { ConfigChanges } from './network-from-config.ts';
import { networkFromConfig, readConfig } from './network-from-config.ts';

/**
 * Networks of the Hugging Face hub, by their names there (`nvidia/mit-b5`) or by a folder that holds their `config.json`:
 * SegFormer, UperNet on Swin and ConvNeXt, Mask2Former on Swin. Names that are not listed must lie in the hub's cache
 * (`fetchNetwork` brings them there).
 */
export const huggingFaceFamily: ModelFamily = {
  name: 'transformers',

  create({ name, classes, inChannels }) {
    if (name === undefined) return null;
    const changes: ConfigChanges = inChannels === undefined ? { classes } : { classes, inChannels };
    const known = knownNetworks.get(name);
    if (known) return networkFromConfig(readConfig(known.config, changes), name);
    const folder = existsSync(join(name, 'config.json')) ? name : (cachedModel(name) ?? name);
    const file = join(folder, 'config.json');
    if (existsSync(file)) return networkFromConfig(readConfig(readConfigFile(file), changes, file), name);
    if (!/^[\w.-]+\/[\w.-]+$/.test(name)) return null;
    throw new UnknownModelError('listed or downloaded network', name, nearestNames(name, this.names()));
  },

  names: () => [...knownNetworks.keys()],

  weights: (name) => [
    {
      repository: name,
      licence: knownNetworks.get(name)!.licence,
      part: name.startsWith('nvidia/mit-') ? 'encoder' : 'network',
    },
  ],

  fromReference(reference) {
    if (reference.library !== this.name || !reference.config) return null;
    return networkFromConfig(readConfig(reference.config), reference.name);
  },
};
