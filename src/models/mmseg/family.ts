import type { ModelFamily } from '../family.ts';
import { readMmsegConfig } from './config.ts';
import { EncoderDecoder } from './encoder-decoder.ts';
import { mmsegNames, mmsegNetwork, parseMmsegName } from './names.ts';

/** Networks of mmsegmentation, by short names (`upernet_internimage_l`) or those of its configuration files. */
export const mmsegFamily: ModelFamily = {
  name: 'mmsegmentation',

  create({ name, classes, inChannels = 3 }) {
    const parsed = name === undefined ? null : parseMmsegName(name);
    return parsed && mmsegNetwork(parsed, { classes, inChannels, modelName: name! });
  },

  names: () => [...mmsegNames],

  weights(name) {
    const kind = parseMmsegName(name)?.kind;
    if (kind === 'upernet-internimage') {
      return [{ repository: 'OpenGVLab/InternImage', licence: 'MIT', part: 'network' }];
    }
    const zoo = 'https://github.com/open-mmlab/mmsegmentation/tree/main/configs';
    const folder = kind === 'upernet-swin' ? 'swin' : 'mask2former';
    return [{ repository: `${zoo}/${folder}`, licence: 'Apache-2.0', part: 'network' }];
  },

  fromReference({ library, config, name = 'mmsegmentation', in_channels }) {
    if (library !== this.name || !config) return null;
    return new EncoderDecoder(readMmsegConfig(config, in_channels), name);
  },
};
