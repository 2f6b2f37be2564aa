import { scope, type Tensor } from '../../../engine/index.ts';
import { Module } from '../../../nn/index.ts';
import { SegmentationNetwork } from '../../network.ts';
import { resizeTo } from '../../resize.ts';
import { initialiseNormal } from '../initialise.ts';
import type { SegformerConfig } from './config.ts';
import { SegformerDecodeHead } from './decode-head.ts';
import { SegformerEncoder } from './encoder.ts';

/** The level between the network and its encoder in published parameter names. */
class SegformerModel extends Module {
  readonly encoder: SegformerEncoder;

  constructor(config: SegformerConfig) {
    super();
    this.encoder = new SegformerEncoder(config);
  }

  forward(images: Tensor): Tensor[] {
    return this.encoder.forward(images);
  }
}

/**
 * SegFormer for semantic segmentation, with the parameter names of its published checkpoints
 * (`segformer.encoder.…`, `decode_head.…`).
 *
 * @see Xie et al., "SegFormer: simple and efficient design for semantic segmentation with transformers", 2021
 */
export class SegformerForSemanticSegmentation extends SegmentationNetwork {
  readonly config: SegformerConfig;
  readonly segformer: SegformerModel;
  readonly decode_head: SegformerDecodeHead;

  constructor(config: SegformerConfig, modelName = 'segformer') {
    super({ modelName, inChannels: config.channels, classes: config.classes, inputDivisor: 1 });
    this.config = config;
    this.segformer = new SegformerModel(config);
    this.decode_head = new SegformerDecodeHead(config);
    initialiseNormal(this);
  }

  override get encoderPath(): string {
    return 'segformer.encoder';
  }

  /**
   * Logits brought to the image's size bilinearly (half-pixel centres), as the reference does for its loss.
   *
   * @param images `[N, channels, H, W]`
   * @returns `[N, classes, H, W]`
   */
  forward(images: Tensor): Tensor {
    return scope(() => {
      const { logits } = this.outputs(images);
      return resizeTo(logits, images.size(2), images.size(3), { mode: 'bilinear' });
    });
  }

  /** What the reference returns: logits at a quarter of the image's size, `[N, classes, H/4, W/4]`. */
  override outputs(images: Tensor): { logits: Tensor } {
    this.checkInput(images);
    return scope(() => ({ logits: this.decode_head.forward(this.segformer.forward(images)) }));
  }
}
