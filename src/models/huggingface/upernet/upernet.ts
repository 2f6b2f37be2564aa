import { scope, type Tensor } from '../../../engine/index.ts';
import type { ImageEncoder } from '../../image-encoder.ts';
import { SegmentationNetwork } from '../../network.ts';
import type { AuxiliaryLogits, AuxiliarySupervision } from '../../objective.ts';
import { ConvNextBackbone } from '../convnext/backbone.ts';
import { initialiseNormal } from '../initialise.ts';
import { SwinBackbone } from '../swin/backbone.ts';
import { mapSize } from '../tokens.ts';
import { UperNetAuxiliaryHead } from './auxiliary-head.ts';
import type { UperNetConfig } from './config.ts';
import { resize, UperNetHead } from './decode-head.ts';

/** A network from images to maps of several sizes, finest first. */
type Backbone = ImageEncoder<Tensor> & { readonly channels: readonly number[] };

/** The stage that the auxiliary head supervises. */
const AUXILIARY_STAGE = 2;

/**
 * UperNet on Swin or ConvNeXt, with the parameter names of its published checkpoints (`backbone.…`, `decode_head.…`,
 * `auxiliary_head.…`).
 *
 * @see Xiao et al., "Unified perceptual parsing for scene understanding", 2018
 */
export class UperNetForSemanticSegmentation extends SegmentationNetwork implements AuxiliarySupervision {
  readonly config: UperNetConfig;
  readonly backbone: Backbone;
  readonly decode_head: UperNetHead;
  declare auxiliary_head?: UperNetAuxiliaryHead;

  constructor(config: UperNetConfig, modelName = 'upernet') {
    super({ modelName, inChannels: config.backbone.channels, classes: config.classes, inputDivisor: 1 });
    this.config = config;
    this.backbone =
      config.backbone.modelType === 'swin'
        ? new SwinBackbone(config.backbone)
        : new ConvNextBackbone(config.backbone);
    const { channels } = this.backbone;
    const { width, poolScales, auxiliary } = config;
    const norm = 'batch_norm';
    this.decode_head = new UperNetHead({ inChannels: channels, width, poolScales, norm }, config.classes);
    if (auxiliary) {
      const inChannels = auxiliary.inChannels ?? channels[AUXILIARY_STAGE]!;
      this.auxiliary_head = new UperNetAuxiliaryHead({ ...auxiliary, inChannels, norm }, config.classes);
    }
    initialiseNormal(this);
  }

  override get encoderPath(): string {
    return 'backbone';
  }

  override get idleModules(): readonly string[] {
    return ['backbone.swin', 'auxiliary_head'];
  }

  /**
   * @param images `[N, channels, H, W]`
   * @returns logits at the image's size `[N, classes, H, W]`
   */
  forward(images: Tensor): Tensor {
    this.checkInput(images);
    return scope(() => {
      const features = scope(() => this.backbone.forward(images));
      return resize(this.decode_head.forward(features), mapSize(images));
    });
  }

  /** The logits and, beside them, those of the auxiliary head with their weight in the loss. */
  forwardTraining(images: Tensor): { logits: Tensor; auxiliary: AuxiliaryLogits[] } {
    this.checkInput(images);
    return scope(() => {
      const features = scope(() => this.backbone.forward(images));
      const size = mapSize(images);
      const logits = resize(this.decode_head.forward(features), size);
      if (!this.auxiliary_head) return { logits, auxiliary: [] };
      const supervised = resize(this.auxiliary_head.forward(features[AUXILIARY_STAGE]!), size);
      return { logits, auxiliary: [{ logits: supervised, weight: this.config.auxiliary!.lossWeight }] };
    });
  }
}
