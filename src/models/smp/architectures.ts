import { type Decoder, singleChannels } from '../decoders/decoder.ts';
import { DeepLabV3Decoder, DeepLabV3PlusDecoder } from '../decoders/deeplabv3.ts';
import { FPNDecoder } from '../decoders/fpn.ts';
import { LinknetDecoder } from '../decoders/linknet.ts';
import { MAnetDecoder } from '../decoders/manet.ts';
import { PANDecoder } from '../decoders/pan.ts';
import { PSPDecoder } from '../decoders/pspnet.ts';
import { SegformerDecoder } from '../decoders/segformer.ts';
import { UnetDecoder } from '../decoders/unet.ts';
import type { UnetBlockOptions } from '../decoders/unet-block.ts';
import { UnetPlusPlusDecoder } from '../decoders/unetplusplus.ts';
import { UPerNetDecoder } from '../decoders/upernet.ts';
import type { SmpOptions } from './options.ts';

/** How one decoder of smp is put together with an encoder. */
export interface Architecture {
  /** Default halvings of the encoder. */
  readonly depth?: number;
  /** Default total stride of the encoder. */
  readonly outputStride?: number;
  /** Total strides it can have. */
  readonly outputStrides?: readonly number[];
  readonly headKernel: number;
  /** Default enlargement of the head. */
  readonly upsampling?: number | ((depth: number, outputStride: number) => number);
  /** Encoders that smp refuses for it. */
  readonly refuses?: RegExp;
  /** Any height and width can be fed. */
  readonly anySize?: boolean;
  /** Keeps PyTorch's default start. */
  readonly defaultStart?: boolean;
  decoder(encoderChannels: readonly number[], options: SmpOptions, outputStride: number): Decoder;
}

const unetChannels = [256, 128, 64, 32, 16];

function unetOptions(options: SmpOptions): UnetBlockOptions {
  const {
    decoderUseNorm = 'batchnorm',
    decoderAttentionType = null,
    decoderInterpolation = 'nearest',
  } = options;
  return { norm: decoderUseNorm, attention: decoderAttentionType, interpolation: decoderInterpolation };
}

function asppOptions(options: SmpOptions, separable: boolean) {
  return {
    atrousRates: options.decoderAtrousRates ?? ([12, 24, 36] as const),
    separable: options.decoderAsppSeparable ?? separable,
    dropout: options.decoderAsppDropout ?? 0.5,
  };
}

/** Decoders by their `segmentation_models_pytorch` names, with the defaults of version 0.5. A new decoder is one entry. */
export const architectures: Readonly<Record<string, Architecture>> = {
  unet: {
    headKernel: 3,
    anySize: true,
    decoder: (channels, options) =>
      new UnetDecoder(channels, options.decoderChannels ?? unetChannels, unetOptions(options)),
  },
  unetplusplus: {
    headKernel: 3,
    refuses: /^mit_b/,
    decoder: (channels, options) =>
      new UnetPlusPlusDecoder(channels, options.decoderChannels ?? unetChannels, unetOptions(options)),
  },
  manet: {
    headKernel: 3,
    decoder: (channels, options) => {
      const { norm, interpolation } = unetOptions(options);
      const pabChannels = options.decoderPabChannels ?? 64;
      return new MAnetDecoder(channels, options.decoderChannels ?? unetChannels, {
        norm,
        interpolation,
        pabChannels,
      });
    },
  },
  linknet: {
    headKernel: 1,
    refuses: /^mit_b/,
    decoder: (channels, options) => new LinknetDecoder(channels, options.decoderUseNorm ?? 'batchnorm'),
  },
  fpn: {
    headKernel: 1,
    upsampling: 4,
    decoder: (channels, options) =>
      new FPNDecoder(channels, {
        pyramidChannels: options.decoderPyramidChannels ?? 256,
        segmentationChannels: options.decoderSegmentationChannels ?? 128,
        dropout: options.decoderDropout ?? 0.2,
        mergePolicy: options.decoderMergePolicy ?? 'add',
        interpolation: options.decoderInterpolation ?? 'nearest',
      }),
  },
  pspnet: {
    depth: 3,
    headKernel: 3,
    upsampling: 8,
    decoder: (channels, options) =>
      new PSPDecoder(channels, {
        norm: options.decoderUseNorm ?? 'batchnorm',
        outChannels: options.pspOutChannels ?? 512,
        dropout: options.pspDropout ?? 0.2,
      }),
  },
  deeplabv3: {
    outputStride: 8,
    outputStrides: [8, 16],
    headKernel: 1,
    upsampling: (depth, outputStride) => (depth <= 3 ? 2 ** depth : outputStride),
    defaultStart: true,
    decoder: (channels, options) =>
      new DeepLabV3Decoder(
        channels,
        singleChannels(options.decoderChannels ?? 256),
        asppOptions(options, false),
      ),
  },
  deeplabv3plus: {
    outputStride: 16,
    outputStrides: [8, 16],
    headKernel: 1,
    upsampling: 4,
    defaultStart: true,
    decoder: (channels, options, outputStride) => {
      const width = singleChannels(options.decoderChannels ?? 256);
      return new DeepLabV3PlusDecoder(channels, width, { ...asppOptions(options, true), outputStride });
    },
  },
  pan: {
    outputStride: 16,
    outputStrides: [16, 32],
    headKernel: 3,
    upsampling: 4,
    decoder: (channels, options) => {
      const interpolation = options.decoderInterpolation ?? 'bilinear';
      return new PANDecoder(channels, singleChannels(options.decoderChannels ?? 32), interpolation);
    },
  },
  upernet: {
    headKernel: 1,
    upsampling: 4,
    decoder: (channels, options) => {
      const width = singleChannels(options.decoderChannels ?? 256);
      return new UPerNetDecoder(channels, width, options.decoderUseNorm ?? 'batchnorm');
    },
  },
  segformer: {
    headKernel: 1,
    upsampling: 4,
    decoder: (channels, options) =>
      new SegformerDecoder(channels, options.decoderSegmentationChannels ?? 256),
  },
};
