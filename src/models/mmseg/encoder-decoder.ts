import { scope, type Tensor } from '../../engine/index.ts';
import { resize } from '../huggingface/upernet/decode-head.ts';
import type { ImageEncoder } from '../image-encoder.ts';
import { SegmentationNetwork } from '../network.ts';
import type { AuxiliaryLogits, AuxiliarySupervision } from '../objective.ts';
import { FCNHead, UPerHead } from './heads.ts';
import { InternImage } from './intern-image/backbone.ts';
import type { InternImageConfig } from './intern-image/config.ts';
import { MmsegSwin, type MmsegSwinConfig } from './swin.ts';

/** An UperNet of mmsegmentation. */
export interface EncoderDecoderConfig {
  readonly backbone: InternImageConfig | MmsegSwinConfig;
  readonly classes: number;
  /** Channels of the decode head. */
  readonly width: number;
  /** Channels of the auxiliary head. */
  readonly auxiliaryWidth: number;
}

type Backbone = ImageEncoder<Tensor> & { readonly channels: readonly number[] };

const POOL_SCALES = [1, 2, 3, 6];
/** The level that the auxiliary head supervises, and the weight of its loss. */
const AUXILIARY_LEVEL = 2;
const AUXILIARY_WEIGHT = 0.4;

/**
 * UperNet on InternImage or Swin with the parameter names of mmsegmentation's checkpoints (`backbone.…`, `decode_head.…`,
 * `auxiliary_head.…`).
 */
export class EncoderDecoder extends SegmentationNetwork implements AuxiliarySupervision {
  readonly backbone: Backbone;
  readonly decode_head: UPerHead;
  readonly auxiliary_head: FCNHead;

  constructor({ backbone, classes, width, auxiliaryWidth }: EncoderDecoderConfig, modelName: string) {
    super({ modelName, inChannels: backbone.inChannels, classes, inputDivisor: 1 });
    this.backbone = backbone.type === 'swin' ? new MmsegSwin(backbone) : new InternImage(backbone);
    const { channels } = this.backbone;
    this.decode_head = new UPerHead({ inChannels: channels, width, poolScales: POOL_SCALES }, classes);
    const inChannels = channels[AUXILIARY_LEVEL]!;
    const auxiliary = { inChannels, width: auxiliaryWidth, convolutions: 1, concatInput: false };
    this.auxiliary_head = new FCNHead(auxiliary, classes);
  }

  override get encoderPath(): string {
    return 'backbone';
  }

  override get idleModules(): readonly string[] {
    return ['auxiliary_head'];
  }

  /**
   * @param images `[N, bands, H, W]`
   * @returns logits at the image's size `[N, classes, H, W]`
   */
  forward(images: Tensor): Tensor {
    this.checkInput(images);
    return scope(() => {
      const features = scope(() => this.backbone.forward(images));
      return resize(this.decode_head.forward(features), [images.size(2), images.size(3)]);
    });
  }

  forwardTraining(images: Tensor): { logits: Tensor; auxiliary: AuxiliaryLogits[] } {
    this.checkInput(images);
    return scope(() => {
      const features = scope(() => this.backbone.forward(images));
      const size = [images.size(2), images.size(3)] as const;
      const logits = resize(this.decode_head.forward(features), size);
      const supervised = resize(this.auxiliary_head.forward(features[AUXILIARY_LEVEL]!), size);
      return { logits, auxiliary: [{ logits: supervised, weight: AUXILIARY_WEIGHT }] };
    });
  }
}
