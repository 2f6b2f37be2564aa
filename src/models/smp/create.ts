import { createEncoder } from '../encoders/index.ts';
import { ModelOptionError, UnknownModelError } from '../errors.ts';
import { nearestNames } from '../nearest-names.ts';
import { type Architecture, architectures } from './architectures.ts';
import { EncoderDecoderNetwork } from './network.ts';
import type { SmpOptions } from './options.ts';

/** What {@link createEncoderDecoder} is given besides smp's options. */
export interface EncoderDecoderOptions extends SmpOptions {
  /** Encoder by its smp name; `resnet34` if left out. */
  readonly encoder?: string;
  /** Decoder by its smp name, in any case (`UnetPlusPlus`). */
  readonly decoder: string;
  /** Bands of the input; 3 if left out. */
  readonly inChannels?: number;
  /** Number of logits per pixel. */
  readonly classes: number;
}

function checkCount(key: string, value: number): void {
  if (!Number.isInteger(value) || value < 1)
    throw new ModelOptionError(`${key} is a whole number from 1 up, not ${value}`, {
      key,
      remedy: 'give such a number',
    });
}

function chosenStride(decoder: string, architecture: Architecture, options: SmpOptions): number {
  const stride = options.encoderOutputStride ?? architecture.outputStride ?? 32;
  const possible = architecture.outputStrides ?? [8, 16, 32];
  if (!possible.includes(stride))
    throw new ModelOptionError(
      `${decoder} works with an output stride of ${possible.join(' or ')}, not ${stride}`,
      {
        key: 'encoderOutputStride',
        remedy: `choose ${possible.join(' or ')}`,
      },
    );
  return stride;
}

/**
 * Builds a network of `segmentation_models_pytorch` with freshly drawn weights.
 *
 * @throws {@link UnknownModelError} for a decoder or encoder nobody knows, with the nearest names
 * @throws {@link ModelOptionError} for a combination or option that smp refuses
 */
export function createEncoderDecoder(options: EncoderDecoderOptions): EncoderDecoderNetwork {
  const { encoder: encoderName = 'resnet34', inChannels = 3, classes } = options;
  const decoderName = options.decoder.toLowerCase();
  const architecture = Object.hasOwn(architectures, decoderName) ? architectures[decoderName]! : undefined;
  if (architecture === undefined)
    throw new UnknownModelError(
      'decoder',
      options.decoder,
      nearestNames(decoderName.slice(decoderName.lastIndexOf('_') + 1), Object.keys(architectures)),
    );
  if (architecture.refuses?.test(encoderName))
    throw new ModelOptionError(
      `${decoderName} needs a map of half the size, which ${encoderName} does not make`,
      {
        key: 'encoder',
        remedy: 'choose unet, fpn, upernet or segformer with this encoder, or another encoder',
      },
    );
  checkCount('inChannels', inChannels);
  checkCount('classes', classes);
  const depth = options.encoderDepth ?? architecture.depth ?? 5;
  const outputStride = chosenStride(decoderName, architecture, options);
  const encoder = createEncoder(encoderName, {
    inChannels,
    depth,
    outputStride,
    dropPathRate: options.encoderDropPathRate,
    imageSize: options.encoderImageSize,
  });
  const { upsampling: byDefault = 1 } = architecture;
  const upsampling =
    options.upsampling ?? (typeof byDefault === 'number' ? byDefault : byDefault(depth, outputStride));
  const decoder = architecture.decoder(encoder.outChannels, options, outputStride);
  const modelName = `${encoderName}_${decoderName}`;
  const inputDivisor = architecture.anySize ? 1 : encoder.outputStride;
  return new EncoderDecoderNetwork(
    { modelName, inChannels, classes, inputDivisor },
    {
      encoder,
      decoder,
      head: { kernel: architecture.headKernel, upsampling, activation: options.activation ?? null },
      auxiliary: options.auxParams,
      initialise: !architecture.defaultStart,
    },
  );
}
