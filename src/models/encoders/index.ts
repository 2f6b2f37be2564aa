import { ModelOptionError, UnknownModelError } from '../errors.ts';
import { nearestNames } from '../nearest-names.ts';
import { EfficientNetEncoder, efficientNetVariants } from './efficientnet.ts';
import type { Encoder, EncoderSettings } from './encoder.ts';
import { MixTransformerEncoder, mixTransformerVariants } from './mix-transformer.ts';
import { MobileNetV2Encoder } from './mobilenet.ts';
import { ResNetEncoder } from './resnet.ts';
import { resnetVariants } from './resnet-variants.ts';
import { convNeXtVariants, makeConvNeXtEncoder } from './timm/convnext.ts';
import { makeEfficientNetV2Encoder } from './timm/efficientnetv2.ts';
import { efficientNetV2Variants } from './timm/efficientnetv2-variants.ts';
import { makeSwinEncoder, swinVariants } from './timm/swin.ts';

export { Encoder, type EncoderSettings, type FeatureMap } from './encoder.ts';

type EncoderMaker = (settings: EncoderSettings) => Encoder;

function makers<V>(
  variants: Readonly<Record<string, V>>,
  make: (variant: V, settings: EncoderSettings) => Encoder,
  prefix = '',
): [string, EncoderMaker][] {
  return Object.entries(variants).map(([name, variant]) => [
    prefix + name,
    (settings) => make(variant, settings),
  ]);
}

/** Encoders by their `segmentation_models_pytorch` names (`tu-` for timm's). A new encoder is one line here. */
const encoders: ReadonlyMap<string, EncoderMaker> = new Map([
  ...makers(resnetVariants, (variant, settings) => new ResNetEncoder(variant, settings)),
  ...makers(efficientNetVariants, (variant, settings) => new EfficientNetEncoder(variant, settings)),
  ...makers(mixTransformerVariants, (variant, settings) => new MixTransformerEncoder(variant, settings)),
  ['mobilenet_v2', (settings: EncoderSettings) => new MobileNetV2Encoder(settings)],
  ...makers(convNeXtVariants, makeConvNeXtEncoder, 'tu-'),
  ...makers(efficientNetV2Variants, makeEfficientNetV2Encoder, 'tu-'),
  ...makers(swinVariants, makeSwinEncoder, 'tu-'),
]);

/** The names of all encoders. */
export function encoderNames(): string[] {
  return [...encoders.keys()];
}

/** The architecture's name: timm's tag of the weights (`.fb_in22k`) is cut off. */
function architecture(name: string): string {
  return name.startsWith('tu-') ? name.split('.')[0]! : name;
}

/** Whether an encoder goes by this name. */
export function isEncoderName(name: string): boolean {
  return encoders.has(architecture(name));
}

/** Whether strides of an encoder can become dilation, as DeepLab and PAN want it. */
export function canDilate(name: string): boolean {
  return !name.startsWith('tu-swin');
}

/**
 * Builds an encoder with freshly drawn weights.
 *
 * @throws {@link UnknownModelError} with the nearest names
 * @throws {@link ModelOptionError} for a depth, stride or size that this encoder does not have
 */
export function createEncoder(name: string, settings: EncoderSettings): Encoder {
  const make = encoders.get(architecture(name));
  if (make === undefined) throw new UnknownModelError('encoder', name, nearestNames(name, encoderNames()));
  if (!canDilate(name) && settings.outputStride !== 32)
    throw new ModelOptionError('Swin encoders cannot be dilated', {
      key: 'encoderOutputStride',
      remedy: 'choose another encoder for DeepLab and PAN, or an output stride of 32',
    });
  return make(settings);
}
