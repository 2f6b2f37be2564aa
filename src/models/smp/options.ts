/** Norm layer of a decoder's convolutions; `true` is batch norm, `false` none. */
export type DecoderNorm = 'batchnorm' | 'identity' | 'instancenorm' | boolean;

/** What follows the last convolution of a head; networks are trained and exported with none. */
export type ActivationName =
  | 'identity'
  | 'sigmoid'
  | 'softmax2d'
  | 'logsoftmax'
  | 'tanh'
  | 'argmax2d'
  | 'clamp'
  | null;

/** How a decoder brings maps to a finer size. */
export type Interpolation = 'nearest' | 'bilinear';

/** The auxiliary head that classifies the whole image from the deepest features. */
export interface AuxiliaryOptions {
  readonly classes: number;
  /** Default `avg`. */
  readonly pooling?: 'avg' | 'max';
  /** Default 0.2. */
  readonly dropout?: number;
  readonly activation?: ActivationName;
}

/**
 * The options of `segmentation_models_pytorch`, in camel case. Each decoder reads those it has there and takes the defaults
 * it has there; options of other decoders are ignored.
 */
export interface SmpOptions {
  /** Number of halvings, 1 to 5. */
  readonly encoderDepth?: number;
  /** Total stride of the encoder, 8, 16 or 32: dilation replaces strides beyond it (DeepLabV3, DeepLabV3+, PAN). */
  readonly encoderOutputStride?: number;
  /** Largest probability of dropping a residual branch in training, for encoders that have it. */
  readonly encoderDropPathRate?: number;
  /** Design size of the image for Swin encoders, which decides where windows are shifted; any size can still be fed. */
  readonly encoderImageSize?: number;
  readonly decoderUseNorm?: DecoderNorm;
  /** Unet, Unet++, MAnet: channels of each block, deepest first. DeepLabV3(+), PAN, UPerNet: one number. */
  readonly decoderChannels?: readonly number[] | number;
  readonly decoderAttentionType?: 'scse' | null;
  readonly decoderInterpolation?: Interpolation;
  readonly decoderPabChannels?: number;
  readonly decoderPyramidChannels?: number;
  readonly decoderSegmentationChannels?: number;
  readonly decoderMergePolicy?: 'add' | 'cat';
  readonly decoderDropout?: number;
  readonly decoderAtrousRates?: readonly [number, number, number];
  readonly decoderAsppSeparable?: boolean;
  readonly decoderAsppDropout?: number;
  readonly pspOutChannels?: number;
  readonly pspDropout?: number;
  readonly upsampling?: number;
  readonly activation?: ActivationName;
  readonly auxParams?: AuxiliaryOptions;
}
