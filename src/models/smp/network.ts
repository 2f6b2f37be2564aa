import { scope, type Tensor } from '../../engine/index.ts';
import type { Decoder } from '../decoders/decoder.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { initialiseDecoder, initialiseHead } from '../encoders/initialization.ts';
import { type NetworkTraits, SegmentationNetwork } from '../network.ts';
import { ClassificationHead, SegmentationHead, type SegmentationHeadOptions } from './heads.ts';
import type { AuxiliaryOptions } from './options.ts';

/** The parts an {@link EncoderDecoderNetwork} is put together from. */
export interface NetworkParts {
  readonly encoder: Encoder;
  readonly decoder: Decoder;
  readonly head: SegmentationHeadOptions;
  readonly auxiliary: AuxiliaryOptions | undefined;
  /** Whether decoder and heads are started as smp does; DeepLab keeps PyTorch's default start there. */
  readonly initialise: boolean;
}

/**
 * A network of `segmentation_models_pytorch`: encoder, decoder and head, under its parameter names.
 *
 * Logits have the size of the image: `[N, C, H, W]` → `[N, classes, H, W]`.
 */
export class EncoderDecoderNetwork extends SegmentationNetwork {
  encoder: Encoder;
  decoder: Decoder;
  segmentation_head: SegmentationHead;
  classification_head: ClassificationHead | undefined;

  constructor(traits: NetworkTraits, { encoder, decoder, head, auxiliary, initialise }: NetworkParts) {
    super(traits);
    this.encoder = encoder;
    this.decoder = decoder;
    this.segmentation_head = new SegmentationHead(decoder.outChannels, traits.classes, head);
    if (auxiliary) this.classification_head = new ClassificationHead(encoder.outChannels.at(-1)!, auxiliary);
    if (!initialise) return;
    initialiseDecoder(decoder);
    initialiseHead(this.segmentation_head);
    if (this.classification_head) initialiseHead(this.classification_head);
  }

  override get idleModules(): readonly string[] {
    return this.encoder.idleModules.map((name) => `encoder.${name}`);
  }

  /**
   * @throws InputChannelsError for the wrong number of bands
   * @throws InputSizeError when height or width is not a multiple of `inputDivisor`
   */
  override forward(images: Tensor): Tensor {
    this.checkInput(images);
    return scope(() => {
      const features = this.encoder.forward(images);
      return this.segmentation_head.forward(this.decoder.forward(features));
    });
  }

  /** `logits`, and with an auxiliary head `labels` `[N, auxiliary classes]`: what the whole image shows. */
  override outputs(images: Tensor): Record<string, Tensor> {
    const { classification_head: head } = this;
    if (head === undefined) return { logits: this.forward(images) };
    this.checkInput(images);
    return scope(() => {
      const features = this.encoder.forward(images);
      const logits = this.segmentation_head.forward(this.decoder.forward(features));
      return { logits, labels: head.forward(features.at(-1)!) };
    });
  }
}
