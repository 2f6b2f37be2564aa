import type { ModelFamily } from '../family.ts';
import { createEncoderDecoder } from './create.ts';
import { weightSources } from './encoder-weight-sources.ts';
import { encoderDecoderNames, parseEncoderDecoderName } from './name.ts';
import { referenceOptions } from './reference-options.ts';

/** The networks of `segmentation_models_pytorch` 0.5: any of its decoders here on any of its encoders here. */
export const smpFamily: ModelFamily = {
  name: 'segmentation_models_pytorch',

  create(options) {
    const { name, encoder, decoder, ...rest } = options;
    if (name === undefined) {
      if (decoder === undefined) return null;
      return createEncoderDecoder({ ...rest, decoder, ...(encoder === undefined ? {} : { encoder }) });
    }
    const pair = parseEncoderDecoderName(name);
    return pair === null ? null : createEncoderDecoder({ ...rest, ...pair });
  },

  names: encoderDecoderNames,

  weights(name) {
    const { encoder } = parseEncoderDecoderName(name)!;
    return weightSources(encoder).map(({ repository, licence }) => ({
      repository,
      licence,
      part: 'encoder',
    }));
  },

  fromReference(reference) {
    if (reference.library !== this.name) return null;
    const { arch, encoder, in_channels: inChannels, classes } = reference;
    const options = referenceOptions(reference);
    return createEncoderDecoder({ ...options, encoder: encoder!, decoder: arch!, inChannels, classes });
  },
};
